import type { Locator, Page } from "playwright-core";

/** One container's page. */
export class ContainerPage {
  readonly page: Page;
  readonly name: string;

  constructor(page: Page, name: string) {
    this.page = page;
    this.name = name;
  }

  get main(): Locator {
    return this.page.getByRole("main", { name: `Container ${this.name}` });
  }

  get log(): Locator {
    return this.page.getByRole("log", { name: `Log of ${this.name}` });
  }

  /** What the search has marked, among the lines in view. */
  get marks(): Locator {
    return this.log.locator("mark");
  }

  get terminal(): Locator {
    return this.page.getByRole("region", { name: `Terminal of ${this.name}` });
  }

  async tab(name: "Overview" | "Logs" | "Terminal" | "Files" | "Stats" | "Changes" | "Inspect"): Promise<void> {
    await this.main.getByRole("tab", { name }).click();
    await this.main.getByRole("tab", { name, selected: true }).waitFor();
  }

  async press(button: string): Promise<void> {
    await this.main.getByRole("button", { name: button, exact: true }).click();
  }

  /** Waits for a line of the log. */
  async logSays(text: string | RegExp): Promise<void> {
    await this.log.getByText(text).last().waitFor();
  }

  /** Number in the last line of the log that `pattern` captures it from. */
  async lastNumber(pattern: RegExp): Promise<number> {
    const text = await this.log.innerText();
    return Number([...text.matchAll(new RegExp(pattern, "g"))].at(-1)?.[1] ?? Number.NaN);
  }

  /** Types a line into the shell and waits for what it prints. */
  async shell(line: string, answer: string): Promise<void> {
    await this.page.getByRole("status").filter({ hasText: `Connected to ${this.name}` }).waitFor();
    await this.terminal.locator("textarea").focus();
    await this.page.keyboard.type(`${line}\n`);
    await this.terminal.getByText(answer, { exact: true }).first().waitFor();
  }
}
