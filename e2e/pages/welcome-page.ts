import type { Page } from "playwright-core";

/** The first steps. */
export class WelcomePage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async see(): Promise<void> {
    await this.page.getByRole("heading", { name: "First steps", level: 1 }).waitFor();
  }

  /** Clicks the one button, and waits until all steps are done. Answers where the container's page is. */
  async runSample(): Promise<string> {
    await this.see();
    await this.page.getByRole("button", { name: "Build and run the sample" }).click();
    await this.page.getByRole("status").getByText(/^runs, .* after the click/).waitFor({ timeout: 60_000 });
    await this.page.getByRole("list", { name: "Steps" }).getByRole("img", { name: "Done" }).nth(2).waitFor();
    return /http:\S+/.exec((await this.page.getByRole("button", { name: /^Open http/ }).textContent()) ?? "")?.[0] ?? "";
  }
}
