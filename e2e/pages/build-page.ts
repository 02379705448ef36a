import type { Locator, Page } from "playwright-core";

/** Builds: the list, the form with forecast and editor, and one build's page. */
export class BuildPages {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get list(): Locator {
    return this.page.getByRole("grid", { name: "Builds" });
  }

  get form(): Locator {
    return this.page.getByRole("main", { name: "Build an image" });
  }

  /** The page of a build, by its title. */
  main(title: string): Locator {
    return this.page.getByRole("main", { name: `Build ${title}`, exact: true });
  }

  async fill(fields: { readonly folder?: string; readonly tag?: string; readonly args?: readonly (readonly [name: string, value: string])[] }): Promise<void> {
    const { form } = this;
    if (fields.folder !== undefined) await form.getByRole("combobox", { name: "Folder" }).fill(fields.folder);
    if (fields.tag !== undefined) await form.getByRole("textbox", { name: "Tag 1" }).fill(fields.tag);
    for (const [index, [name, value]] of (fields.args ?? []).entries()) {
      await form.getByRole("button", { name: "Add argument" }).click();
      await form.getByRole("combobox", { name: `Argument name ${index + 1}` }).fill(name);
      await form.getByRole("textbox", { name: `Argument value ${index + 1}` }).fill(value);
    }
  }

  /** Adds a secret, whose value stays where it is. */
  async addSecret(index: number, id: string, from: "File" | "Variable", source: string): Promise<void> {
    await this.form.getByRole("button", { name: "Add secret" }).click();
    await this.form.getByRole("combobox", { name: `Secret id ${index}` }).fill(id);
    await this.form.getByRole("combobox", { name: `Source of secret ${index}` }).selectOption(from);
    await this.form.getByRole("textbox", { name: `${from} of secret ${index}` }).fill(source);
  }

  /** Unfolds what few builds need. */
  async more(): Promise<void> {
    const head = this.form.getByRole("button", { name: /^More/ });
    if ((await head.getAttribute("aria-expanded")) !== "true") await head.click();
  }

  async addLabel(index: number, name: string, value: string): Promise<void> {
    await this.form.getByRole("button", { name: "Add label" }).click();
    await this.form.getByRole("textbox", { name: `Label name ${index}` }).fill(name);
    await this.form.getByRole("textbox", { name: `Label value ${index}` }).fill(value);
  }

  /** The `docker build` line that does the same. */
  commandLine(): Promise<string> {
    return this.form.getByRole("group", { name: "Equivalent command" }).innerText();
  }

  /** Waits for what the forecast says. */
  async foresees(text: string | RegExp): Promise<void> {
    await this.form.getByRole("tab", { name: "Forecast" }).click();
    await this.form.getByRole("tabpanel").getByText(text).first().waitFor();
  }

  /** Puts the cursor to the end of a line of the Dockerfile. */
  async editLine(number: number): Promise<void> {
    await this.form.getByRole("tab", { name: "Dockerfile" }).click();
    await this.form.getByRole("textbox", { name: "Dockerfile", exact: true }).and(this.page.locator(".cm-content")).click();
    await this.page.keyboard.press("ControlOrMeta+Home");
    for (let line = 1; line < number; line++) await this.page.keyboard.press("ArrowDown");
    await this.page.keyboard.press("End");
  }

  /** Shows the Dockerfile as cards. */
  async cards(): Promise<void> {
    await this.form.getByRole("tab", { name: "Dockerfile" }).click();
    await this.form.getByRole("radio", { name: "Cards" }).click();
  }

  /** An instruction's card, by what it says. */
  card(text: string): Locator {
    return this.form.getByRole("list", { name: "Instructions" }).getByRole("group", { name: new RegExp(`: ${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`) });
  }

  /** Presses Build, or Save and build, and waits for the page of the build. */
  async build(title: string): Promise<void> {
    await this.form.getByRole("banner").or(this.form.locator("header")).getByRole("button", { name: /^(Save and build|Build)$/ }).click();
    await this.main(title).waitFor();
  }

  /** Waits until the build's page says how it ended. */
  async ended(title: string, words: "Built" | "Failed" | "Cancelled"): Promise<void> {
    await this.main(title).getByRole("status").filter({ hasText: `${words} in` }).waitFor({ timeout: 60_000 });
  }

  /** A step's row, which says what became of it. */
  step(title: string, number: number): Locator {
    return this.main(title).getByLabel(new RegExp(`^Step ${number}: `));
  }

  /** Types into the shell of a failed step and waits for what it prints. */
  async shell(step: number, line: string, answer: string): Promise<void> {
    await this.page.getByRole("status").filter({ hasText: `Connected to step ${step}` }).waitFor();
    const terminal = this.page.getByRole("region", { name: `Terminal of step ${step}` });
    await terminal.locator("textarea").focus();
    await this.page.keyboard.type(`${line}\n`);
    await terminal.getByText(answer, { exact: true }).first().waitFor();
  }
}
