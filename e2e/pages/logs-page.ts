import type { Locator, Page } from "playwright-core";

/** The screen that shows logs of many containers, and what a container's own log has in common with it. */
export class LogsPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get main(): Locator {
    return this.page.getByRole("main");
  }

  get log(): Locator {
    return this.page.getByRole("log");
  }

  get search(): Locator {
    return this.page.getByRole("searchbox", { name: "Search log" });
  }

  /** Matches in all that was ever printed. */
  get whole(): Locator {
    return this.page.getByRole("region", { name: "Matches in the whole log" });
  }

  /** Chooses or leaves out what the panel offers: a rule, a project, a container. */
  async choose(...labels: string[]): Promise<void> {
    for (const label of labels) await this.page.getByRole("complementary", { name: "Containers to show" }).getByRole("checkbox", { name: label }).click();
  }

  /** Waits for what the search says: "1 of 3 lines". */
  async counts(text: string | RegExp): Promise<void> {
    await this.page.getByRole("toolbar", { name: "Search" }).getByRole("status").filter({ hasText: text }).waitFor();
  }

  /** Waits for what the log says of itself: "Live, 12 lines from 2 containers". */
  async state(text: string | RegExp): Promise<void> {
    await this.page.getByRole("toolbar", { name: "Log", exact: true }).getByRole("status").filter({ hasText: text }).waitFor();
  }

  async press(button: string): Promise<void> {
    await this.main.getByRole("button", { name: button, exact: true }).click();
  }

  async says(text: string | RegExp): Promise<void> {
    await this.log.getByText(text).last().waitFor();
  }

  /** Texts of the lines in view, from top to bottom. */
  async lines(): Promise<string[]> {
    return this.page.evaluate("[...document.querySelectorAll('[role=log] [data-line]')].sort((a, b) => a.dataset.line - b.dataset.line).map((line) => line.lastElementChild.textContent)");
  }
}
