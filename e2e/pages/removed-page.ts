import type { Locator, Page } from "playwright-core";

/** The list of what was removed and can be brought back. */
export class RemovedPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get main(): Locator {
    return this.page.getByRole("main", { name: "Recently removed" });
  }

  row(name: string): Locator {
    return this.page.getByRole("grid", { name: "Recently removed" }).getByRole("row", { name, exact: true });
  }

  async bringBack(name: string): Promise<void> {
    await this.row(name).hover();
    await this.row(name).getByRole("button", { name: `Bring back ${name}`, exact: true }).click();
  }

  async deleteForGood(name: string): Promise<void> {
    await this.row(name).hover();
    await this.row(name).getByRole("button", { name: `Delete ${name} for good`, exact: true }).click();
  }

  /** Waits until the row is there and says so, with the pointer out of the way: under it nothing moves. */
  async says(name: string, words: RegExp | string): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.row(name).filter({ hasText: words }).waitFor();
  }

  async gone(name: string): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.row(name).waitFor({ state: "detached" });
  }
}
