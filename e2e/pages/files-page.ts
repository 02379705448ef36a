import type { Locator, Page } from "playwright-core";
import { RowsPage } from "./rows-page.ts";

/** The Files tab of a container or volume. */
export class FilesPage extends RowsPage {
  /** Of the container or volume. */
  readonly name: string;

  constructor(page: Page, name: string) {
    super(page);
    this.name = name;
  }

  /** Goes to a folder or file by its address. */
  async open(kind: "containers" | "volumes", id: string, path = "/"): Promise<void> {
    const address = `#/${kind}/${encodeURIComponent(id)}/files/${encodeURIComponent(path)}`;
    await this.page.goto(new URL(address, this.page.url()).href);
  }

  /** The list of a folder. */
  folder(path: string): Locator {
    return this.page.getByRole("grid", { name: `Files in ${path} of ${this.name}`, exact: true });
  }

  row(name: string): Locator {
    return this.page.getByRole("row", { name, exact: true });
  }

  /** Enters a folder, or shows a file. */
  async enter(name: string): Promise<void> {
    await this.row(name).getByText(name, { exact: true }).click();
  }

  preview(name: string): Locator {
    return this.page.getByRole("region", { name: `Preview of ${name}` });
  }

  /** The text of the file that is shown. */
  text(name: string): Locator {
    return this.preview(name).getByRole("textbox", { name: `Text of ${name}` });
  }

  /** Chooses from the menu of a row. */
  async act(name: string, action: string): Promise<void> {
    await this.row(name).hover();
    await this.row(name).getByRole("button", { name: `Actions for ${name}` }).click();
    await this.page.getByRole("menuitem", { name: action }).click();
  }

  async show(which: "All" | "Changed"): Promise<void> {
    await this.page.getByRole("radio", { name: which, exact: true }).click();
  }

  async upload(files: readonly { readonly name: string; readonly mimeType: string; readonly buffer: Buffer }[]): Promise<void> {
    await this.page.locator("input[type=file]").setInputFiles([...files]);
  }
}
