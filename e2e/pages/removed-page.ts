import type { Locator } from "playwright-core";
import { RowsPage } from "./rows-page.ts";

/** The list of what was removed and can be brought back. */
export class RemovedPage extends RowsPage {
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
}
