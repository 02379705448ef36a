import type { Locator, Page } from "playwright-core";

export interface RunFields {
  readonly name?: string;
  readonly command?: string;
  readonly ports?: readonly (readonly [host: string, container: string])[];
  readonly env?: readonly (readonly [name: string, value: string])[];
  readonly volumes?: readonly (readonly [source: string, target: string])[];
}

/** The dialog that runs an image. */
export class RunDialog {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get dialog(): Locator {
    return this.page.getByRole("dialog", { name: "Run a container" });
  }

  async fill(fields: RunFields): Promise<void> {
    const { dialog } = this;
    if (fields.name !== undefined) await dialog.getByRole("textbox", { name: "Name", exact: true }).fill(fields.name);
    if (fields.command !== undefined) await dialog.getByRole("textbox", { name: "Command" }).fill(fields.command);
    for (const [index, [host, container]] of (fields.ports ?? []).entries()) {
      await dialog.getByRole("button", { name: "Add port" }).click();
      await dialog.getByRole("textbox", { name: `Host port ${index + 1}` }).fill(host);
      await dialog.getByRole("textbox", { name: `Container port ${index + 1}` }).fill(container);
    }
    for (const [index, [name, value]] of (fields.env ?? []).entries()) {
      await dialog.getByRole("button", { name: "Add variable" }).click();
      await dialog.getByRole("textbox", { name: `Variable name ${index + 1}` }).fill(name);
      await dialog.getByRole("textbox", { name: `Variable value ${index + 1}` }).fill(value);
    }
    for (const [index, [source, target]] of (fields.volumes ?? []).entries()) {
      await dialog.getByRole("button", { name: "Add volume" }).click();
      await dialog.getByRole("textbox", { name: `Source of volume ${index + 1}` }).fill(source);
      await dialog.getByRole("textbox", { name: `Path in the container of volume ${index + 1}` }).fill(target);
    }
  }

  /** The `docker run` line that does the same. */
  commandLine(): Promise<string> {
    return this.dialog.getByRole("group", { name: "Equivalent command" }).innerText();
  }

  async run(): Promise<void> {
    await this.dialog.getByRole("button", { name: "Run", exact: true }).last().click();
    await this.dialog.waitFor({ state: "hidden" });
  }
}
