import type { Locator, Page } from "playwright-core";

export interface RunFields {
  readonly name?: string;
  readonly command?: string;
  readonly ports?: readonly (readonly [host: string, container: string])[];
  readonly env?: readonly (readonly [name: string, value: string])[];
  readonly volumes?: readonly (readonly [source: string, target: string])[];
}

/** The dialog that runs an image. */
export class RunDialog {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get dialog(): Locator {
    return this.page.getByRole("dialog", { name: "Run a container" });
  }

  async fill(fields: RunFields): Promise<void> {
    const { dialog } = this;
    if (fields.name !== undefined) await dialog.getByRole("textbox", { name: "Name", exact: true }).fill(fields.name);
    if (fields.command !== undefined) await dialog.getByRole("textbox", { name: "Command" }).fill(fields.command);
    for (const [index, [host, container]] of (fields.ports ?? []).entries()) {
      await dialog.getByRole("button", { name: "Add port" }).click();
      await dialog.getByRole("textbox", { name: `Host port ${index + 1}` }).fill(host);
      await dialog.getByRole("textbox", { name: `Container port ${index + 1}` }).fill(container);
    }
    for (const [index, [name, value]] of (fields.env ?? []).entries()) {
      await dialog.getByRole("button", { name: "Add variable" }).click();
      await dialog.getByRole("textbox", { name: `Variable name ${index + 1}` }).fill(name);
      await dialog.getByRole("textbox", { name: `Variable value ${index + 1}` }).fill(value);
    }
    for (const [index, [source, target]] of (fields.volumes ?? []).entries()) {
      await dialog.getByRole("button", { name: "Add mount" }).click();
      await dialog.getByLabel(`Source of mount ${index + 1}`, { exact: true }).fill(source);
      await dialog.getByRole("textbox", { name: `Path in the container of mount ${index + 1}` }).fill(target);
    }
  }

  /** Fills fields of one line by their labels; folded ones are found by the search. */
  async set(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, value] of Object.entries(fields)) {
      await this.find(label);
      await this.dialog.getByLabel(label, { exact: true }).fill(value);
    }
    await this.find("");
  }

  /** Narrows the form to the options that are called so. */
  async find(words: string): Promise<void> {
    await this.dialog.getByRole("searchbox", { name: "Find an option" }).fill(words);
  }

  /** Fills the form with a pasted line. */
  async paste(line: string): Promise<void> {
    await this.dialog.getByRole("button", { name: "Paste docker run" }).click();
    await this.dialog.getByRole("textbox", { name: "A docker run line" }).fill(line);
    await this.dialog.getByRole("button", { name: "Fill the form" }).click();
  }

  /** Presses a button that copies, and answers what was copied. */
  async copied(button: "Copy as docker run" | "Copy as compose"): Promise<string> {
    await this.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await this.dialog.getByRole("button", { name: button }).click();
    await this.dialog.getByRole("button", { name: "Copied" }).waitFor();
    return this.page.evaluate("navigator.clipboard.readText()");
  }

  /** The `docker run` line that does the same. */
  commandLine(): Promise<string> {
    return this.dialog.getByRole("group", { name: "Equivalent command" }).innerText();
  }

  async run(): Promise<void> {
    await this.dialog.getByRole("button", { name: "Run", exact: true }).last().click();
    await this.dialog.waitFor({ state: "hidden" });
  }
}

/** The dialog that changes a container that exists: the form, then the preview of its changes. */
export class EditDialog {
  readonly page: Page;
  readonly name: string;

  constructor(page: Page, name: string) {
    this.page = page;
    this.name = name;
  }

  get form(): Locator {
    return this.page.getByRole("dialog", { name: `Edit ${this.name}`, exact: true });
  }

  get preview(): Locator {
    return this.page.getByRole("dialog", { name: `Changes to ${this.name}`, exact: true });
  }

  /** Opens it from the container's page. */
  async open(): Promise<void> {
    await this.page.getByRole("main", { name: `Container ${this.name}` }).getByRole("button", { name: "Edit", exact: true }).click();
    await this.form.getByRole("textbox", { name: "Name", exact: true }).waitFor();
  }

  async review(): Promise<void> {
    await this.form.getByRole("button", { name: "Review changes" }).click();
    await this.preview.waitFor();
  }

  /** One row for each changed setting, as it is read: name, effect, what goes and what comes. */
  async changes(): Promise<string[]> {
    const rows = await this.preview.getByRole("list", { name: "Changes" }).getByRole("listitem").allInnerTexts();
    return rows.map((row) => row.split("\n").map((line) => line.trim()).filter((line) => !/^(Goes:|Comes:)?$/.test(line)).join(" | ").replaceAll(/([−+]) \| /g, "$1 "));
  }

  async apply(button: "Apply" | "Apply and restart"): Promise<void> {
    await this.preview.getByRole("button", { name: button, exact: true }).click();
    await this.preview.waitFor({ state: "hidden" });
  }
}
