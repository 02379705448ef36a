import type { Locator, Page } from "playwright-core";

/** Whatever has a list of rows. Under the pointer nothing moves, so waiting begins with moving it away. */
export abstract class RowsPage<Name extends string | RegExp = string> {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  abstract row(name: Name): Locator;

  /** Waits until the row is there. */
  async see(name: Name): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.row(name).waitFor();
  }

  /** Waits until the row is there and says so. */
  async says(name: Name, words: RegExp | string): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.row(name).filter({ hasText: words }).waitFor();
  }

  /** Waits until the row is gone. */
  async gone(name: Name): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.row(name).waitFor({ state: "detached" });
  }
}
