import type { Locator, Page } from "playwright-core";
import { RowsPage } from "./rows-page.ts";

/** A list of the window by its name: "Volumes", "Networks", "Ports". */
export class ListPage extends RowsPage<string | RegExp> {
  readonly name: string;

  constructor(page: Page, name: "Volumes" | "Networks" | "Ports") {
    super(page);
    this.name = name;
  }

  get main(): Locator {
    return this.page.getByRole("main", { name: this.name });
  }

  /** Also found behind an open dialog, which hides the list from screen readers. */
  row(name: string | RegExp): Locator {
    return this.page.getByRole("grid", { name: this.name, includeHidden: true }).getByRole("row", { name, exact: true, includeHidden: true });
  }

  async open(name: string): Promise<void> {
    await this.row(name).focus();
    await this.page.keyboard.press("Enter");
  }

  /** Presses one of the row's buttons, such as "Remove". */
  async act(name: string, word: string): Promise<void> {
    await this.row(name).hover();
    await this.row(name).getByRole("button", { name: `${word} ${name}`, exact: true }).click();
  }

  async filter(text: string): Promise<void> {
    await this.main.getByRole("searchbox").fill(text);
  }
}

/** One of the dialogs that these screens open, by its title. */
export class FormDialog {
  readonly dialog: Locator;

  constructor(page: Page, title: string) {
    this.dialog = page.getByRole("dialog", { name: title });
  }

  async fill(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(fields)) await this.dialog.getByRole("textbox", { name, exact: true }).fill(value);
  }

  async addLabel(name: string, value: string): Promise<void> {
    const rows = await this.dialog.getByRole("textbox", { name: /^Label name/ }).count();
    await this.dialog.getByRole("button", { name: "Add label" }).click();
    await this.fill({ [`Label name ${rows + 1}`]: name, [`Label value ${rows + 1}`]: value });
  }

  /** The equivalent command as it is shown. */
  async commandLine(): Promise<string> {
    return ((await this.dialog.getByRole("group", { name: "Equivalent command" }).locator("code").textContent()) ?? "").replace(/^\$ /, "");
  }

  async press(button: string): Promise<void> {
    await this.dialog.getByRole("button", { name: button, exact: true }).click();
  }

  async says(text: string | RegExp): Promise<void> {
    await this.dialog.getByText(text).first().waitFor();
  }

  async closed(): Promise<void> {
    await this.dialog.waitFor({ state: "hidden" });
  }
}
