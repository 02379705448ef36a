import type { Locator, Page } from "playwright-core";
import { AppPage } from "./app-page.ts";

/** The Engine screen's list of engines, and the dialog that adds one. */
export class ConnectionsPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(): Promise<void> {
    await new AppPage(this.page).goTo("Engine");
    await this.page.getByRole("tab", { name: "Connections" }).click();
    await this.page.getByRole("list", { name: "Connections" }).waitFor();
  }

  row(name: string): Locator {
    return this.page.getByRole("list", { name: "Connections" }).getByRole("listitem", { name, exact: true });
  }

  async says(name: string, words: string | RegExp): Promise<void> {
    await this.row(name).getByRole("status").filter({ hasText: words }).waitFor();
  }

  async use(name: string): Promise<void> {
    await this.row(name).getByRole("button", { name: `Use ${name}` }).click();
    await this.row(name).getByText("Current").waitFor();
  }

  get dialog(): Locator {
    return this.page.getByRole("dialog", { name: "Add a connection" });
  }

  async fill(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, text] of Object.entries(fields)) await this.dialog.getByRole("textbox", { name: label, exact: true }).fill(text);
  }
}
