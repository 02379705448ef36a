import type { Locator, Page } from "playwright-core";

/** The list of containers. */
export class ContainersPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  row(name: string): Locator {
    return this.page.getByRole("grid", { name: "Containers" }).getByRole("row", { name, exact: true });
  }

  async open(name: string): Promise<void> {
    await this.row(name).focus();
    await this.page.keyboard.press("Enter");
    await this.page.getByRole("main", { name: `Container ${name}` }).waitFor();
  }

  /** Presses one of the row's buttons: "Stop", "Start", "Restart", "Remove". */
  async act(name: string, word: string): Promise<void> {
    await this.row(name).hover();
    await this.row(name).getByRole("button", { name: `${word} ${name}`, exact: true }).click();
  }

  /** Right-clicks the row and chooses from its menu. */
  async menu(name: string, word: string): Promise<void> {
    await this.row(name).click({ button: "right" });
    await this.page.getByRole("menuitem", { name: word }).click();
  }

  /** Waits until the row is there, with the pointer out of the way: under it nothing moves. */
  async see(name: string): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.row(name).waitFor();
  }

  /** Waits until the row is there and says so. */
  async says(name: string, words: RegExp | string): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.row(name).filter({ hasText: words }).waitFor();
  }

  async gone(name: string): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.row(name).waitFor({ state: "detached" });
  }
}
