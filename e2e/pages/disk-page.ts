import type { Locator } from "playwright-core";
import { RowsPage } from "./rows-page.ts";

/** What takes space, within Engine. Rows are named by kind and name: "Volume pgdata". */
export class DiskPage extends RowsPage<string | RegExp> {
  get main(): Locator {
    return this.page.getByRole("main", { name: "Engine" });
  }

  get question(): Locator {
    return this.page.getByRole("alertdialog", { name: /^Free / });
  }

  private get bar(): Locator {
    return this.page.getByRole("toolbar", { name: "Selected rows" });
  }

  row(name: string | RegExp): Locator {
    return this.page.getByRole("grid", { name: "What takes space", includeHidden: true }).getByRole("row", { name, exact: true, includeHidden: true });
  }

  /** Through the palette, as it is found. */
  async open(): Promise<void> {
    await this.page.keyboard.press("Control+k");
    await this.page.getByRole("combobox").fill("takes space");
    await this.page.getByRole("option", { name: "What takes space" }).click();
    await this.page.getByRole("grid", { name: "What takes space" }).waitFor();
  }

  /** Reads everything again and waits for the last number, with the pointer out of the way: under it nothing moves. */
  async measure(): Promise<void> {
    await this.main.getByRole("button", { name: "Measure again" }).click();
    await this.settled();
  }

  async settled(): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.main.getByRole("button", { name: "Measure again", disabled: false }).waitFor();
  }

  box(name: string | RegExp): Locator {
    return this.row(name).getByRole("checkbox");
  }

  /** Selects rows and waits for the number. @returns the bytes that the bar says come free */
  async select(...names: readonly (string | RegExp)[]): Promise<number> {
    for (const name of names) await this.box(name).check();
    const count = this.bar.getByText(`${names.length} selected`, { exact: true });
    await count.waitFor();
    await this.bar.getByRole("button", { name: /^Free .*\d/ }).and(this.page.locator(":enabled")).waitFor();
    return Number(((await this.bar.getByRole("status").textContent()) ?? "").match(/([\d,]+) bytes/)?.[1]?.replaceAll(",", ""));
  }

  async clear(): Promise<void> {
    await this.row(/./).first().focus();
    await this.page.keyboard.press("Escape");
    await this.bar.waitFor({ state: "detached" });
  }

  async ask(): Promise<void> {
    await this.bar.getByRole("button", { name: /^Free / }).click();
    await this.question.waitFor();
  }

  /** Answers the question, and waits for the toast that says what is free. */
  async free(): Promise<string> {
    await this.question.getByRole("button", { name: /^Free / }).click();
    const toast = this.page.getByRole("dialog", { includeHidden: true }).or(this.page.getByRole("alertdialog", { includeHidden: true })).filter({ hasText: / freed\./ }).first();
    await toast.waitFor();
    const said = (await toast.textContent()) ?? "";
    await toast.getByRole("button", { name: "Dismiss", includeHidden: true }).click();
    await this.settled();
    return said;
  }
}
