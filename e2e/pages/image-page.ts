import type { Locator, Page } from "playwright-core";

/** The page of one image. */
export class ImagePage {
  readonly page: Page;
  readonly main: Locator;

  constructor(page: Page, name: string) {
    this.page = page;
    this.main = page.getByRole("main", { name: `Image ${name}` });
  }

  async openTab(name: "Overview" | "Layers" | "Files" | "History" | "Inspect"): Promise<void> {
    await this.main.getByRole("tab", { name }).click();
  }

  /** The step of a layer, by its number from the bottom. */
  layer(number: number): Locator {
    return this.main.getByRole("list", { name: "Layers" }).getByRole("button", { name: new RegExp(`^Layer ${number}:`) });
  }

  /** A row of a list of files. */
  file(list: string, path: string): Locator {
    return this.main.getByRole("table", { name: list, exact: true }).getByRole("row").filter({ hasText: path });
  }

  async more(action: string): Promise<void> {
    await this.main.getByRole("button", { name: /^More actions for/ }).click();
    await this.page.getByRole("menuitem", { name: action }).click();
  }
}
