import type { Locator, Page } from "playwright-core";
import { AppPage } from "./app-page.ts";

/** The Engine screen's list of calls, and what is shown of one. */
export class CallsPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(): Promise<void> {
    await new AppPage(this.page).goTo("Engine");
    await this.page.getByRole("tab", { name: "Calls" }).click();
    await this.page.getByRole("grid", { name: "Calls" }).waitFor();
  }

  /** Rows are named by method and path: "GET /containers/json". */
  rows(name: string | RegExp): Locator {
    return this.page.getByRole("grid", { name: "Calls" }).getByRole("row", { name });
  }

  /** Waits until a row is there and says so, with the pointer out of the way: under it nothing moves. */
  async says(name: string | RegExp, words: RegExp | string): Promise<Locator> {
    await this.page.mouse.move(2, 2);
    const row = this.rows(name).filter({ hasText: words }).first();
    await row.waitFor();
    return row;
  }

  async gone(name: string | RegExp): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.rows(name).first().waitFor({ state: "detached" });
  }

  async filter(what: "Client" | "Method" | "Status", choice: string): Promise<void> {
    await this.page.getByRole("combobox", { name: what }).selectOption({ label: choice });
  }

  async search(text: string): Promise<void> {
    await this.page.getByRole("toolbar", { name: "Calls" }).getByRole("searchbox", { name: "Search calls" }).fill(text);
  }

  /** Opens a row beside the list, and one of its parts. */
  async show(row: Locator, part: "Answer" | "Request" | "Headers" | "curl"): Promise<void> {
    await row.click();
    await this.page.getByRole("radio", { name: part, exact: true }).click();
  }

  details(name: string | RegExp): Locator {
    return this.page.getByRole("region", { name });
  }

  /** What "Copy as curl" puts on the clipboard. */
  async copiedCurl(): Promise<string> {
    await this.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await this.page.getByRole("button", { name: "Copy as curl" }).click();
    await this.page.getByRole("button", { name: "Copied" }).waitFor();
    return this.page.evaluate("navigator.clipboard.readText()");
  }
}
