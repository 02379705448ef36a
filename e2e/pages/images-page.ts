import type { Locator } from "playwright-core";
import { RowsPage } from "./rows-page.ts";

/** The list of images and the pull dialog. */
export class ImagesPage extends RowsPage {
  /** The row that has this tag, maybe with others. Also found behind an open dialog, which hides the list from screen readers. */
  row(reference: string): Locator {
    const literal = reference.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return this.page.getByRole("grid", { name: "Images", includeHidden: true }).getByRole("row", { name: new RegExp(`(^|, )${literal}(,|$)`), includeHidden: true });
  }

  get pullDialog(): Locator {
    return this.page.getByRole("dialog", { name: "Pull an image" });
  }

  async startPull(reference: string): Promise<void> {
    await this.page.getByRole("main").getByRole("button", { name: /^Pull/ }).first().click();
    await this.pullDialog.getByRole("textbox", { name: "Image" }).fill(reference);
    await this.pullDialog.getByRole("button", { name: "Pull", exact: true }).click();
  }

  /** Waits until the dialog says that the image is here. */
  async pulled(): Promise<void> {
    await this.pullDialog.getByRole("status").filter({ hasText: /^(Pulled|Up to date)/ }).waitFor({ timeout: 60_000 });
  }

  async remove(reference: string): Promise<void> {
    await this.act(reference, "Remove");
  }

  /** Presses one of the row's buttons, such as "Push". */
  async act(reference: string, word: string): Promise<void> {
    await this.row(reference).hover();
    await this.row(reference).getByRole("button", { name: `${word} ${reference}` }).click();
  }
}
