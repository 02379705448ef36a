import type { Locator, Page } from "playwright-core";

/** The window's frame: navigation, status bar, palette, questions. */
export class AppPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async goTo(place: "Containers" | "Images" | "Build" | "Logs" | "Ports" | "Volumes" | "Networks" | "Registries" | "Engine"): Promise<void> {
    await this.page.getByRole("navigation", { name: "Slipway" }).getByRole("link", { name: place }).click();
    await this.page.getByRole("heading", { name: place, level: 1 }).waitFor();
  }

  /** Waits until the status bar says that the engine answers. */
  async connected(): Promise<void> {
    const engine = this.page.getByRole("contentinfo", { name: "Status" }).getByRole("link", { name: /^Engine: / });
    await engine.filter({ hasNotText: /Connecting|Connection lost|does not answer|is starting|is stopped|did not start/ }).waitFor({ timeout: 30_000 });
  }

  toast(text: string | RegExp): Locator {
    return this.page.getByRole("dialog").filter({ hasText: text });
  }

  /** Presses the button that does what was asked about, such as "Remove web-1". */
  async confirm(action: string): Promise<void> {
    await this.page.getByRole("alertdialog").getByRole("button", { name: action }).click();
    await this.page.getByRole("alertdialog").waitFor({ state: "hidden" });
  }

  /** Opens the palette, types, and runs the first thing it finds. */
  async command(text: string): Promise<void> {
    await this.page.keyboard.press("ControlOrMeta+k");
    await this.page.getByRole("combobox", { name: "Commands" }).fill(text);
    await this.page.keyboard.press("Enter");
  }
}
