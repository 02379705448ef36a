import type { Locator } from "playwright-core";
import { RowsPage } from "./rows-page.ts";

/** The list of containers. */
export class ContainersPage extends RowsPage {
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
}
