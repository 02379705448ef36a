import type { Locator, Page } from "playwright-core";
import { FormDialog } from "./storage-pages.ts";

/** The list of registries, a registry's page with its repositories and tags, and the dialogs around them. */
export class RegistriesPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  row(host: string): Locator {
    return this.page.getByRole("grid", { name: "Registries", includeHidden: true }).getByRole("row", { name: host, exact: true, includeHidden: true });
  }

  registry(host: string): Locator {
    return this.page.getByRole("main", { name: `Registry ${host}` });
  }

  /** Goes to the list and from there to a registry. */
  async open(host: string): Promise<void> {
    await this.page.getByRole("navigation", { name: "Slipway" }).getByRole("link", { name: "Registries" }).click();
    await this.row(host).focus();
    await this.page.keyboard.press("Enter");
    await this.registry(host).waitFor();
  }

  async add(host: string): Promise<void> {
    await this.page.getByRole("navigation", { name: "Slipway" }).getByRole("link", { name: "Registries" }).click();
    await this.page.getByRole("main", { name: "Registries" }).getByRole("button", { name: "Add", exact: true }).click();
    const form = new FormDialog(this.page, "Add a registry");
    await form.fill({ Address: host });
    await form.press("Add");
    await form.closed();
    await this.registry(host).waitFor();
  }

  /** The login dialog of a registry, which something has opened. */
  login(host: string): FormDialog {
    return new FormDialog(this.page, `Log in to ${host}`);
  }

  async logIn(host: string, user: string, password: string): Promise<void> {
    const form = this.login(host);
    await form.fill({ "User name": user, "Password or token": password });
    await form.press("Log in");
  }

  async logOut(host: string): Promise<void> {
    await this.registry(host).locator("header").getByRole("button", { name: "Log out" }).first().click();
    await this.page.getByRole("alertdialog").getByRole("button", { name: `Log out of ${host}` }).click();
    await this.page.getByRole("alertdialog").waitFor({ state: "hidden" });
    await this.registry(host).getByText("Not logged in").first().waitFor();
  }

  /** Chooses a repository of the registry that is shown. */
  async choose(host: string, repository: string): Promise<void> {
    await this.registry(host).getByRole("tab", { name: "Repositories" }).click();
    await this.registry(host).getByRole("list", { name: "Repositories" }).getByRole("link", { name: new RegExp(`^${repository}`) }).click();
    await this.registry(host).getByRole("region", { name: `Tags of ${host}/${repository}` }).waitFor();
  }

  tag(reference: string): Locator {
    return this.page.getByRole("grid", { name: "Tags", includeHidden: true }).getByRole("row", { name: reference, exact: true, includeHidden: true });
  }

  /** Presses one of a tag's buttons: "Pull", "Run". */
  async actOnTag(reference: string, word: string): Promise<void> {
    await this.tag(reference).hover();
    await this.tag(reference).getByRole("button", { name: `${word} ${reference}`, exact: true }).click();
  }

  /** Waits until a tag says so, with the pointer out of the way: under it nothing moves. */
  async tagSays(reference: string, words: string | RegExp): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.tag(reference).filter({ hasText: words }).waitFor();
  }
}

/** The panel of transfers over the status bar. */
export class TransfersPanel {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get panel(): Locator {
    return this.page.getByRole("dialog", { name: "Transfers" });
  }

  line(what: string): Locator {
    return this.panel.getByRole("listitem", { name: what });
  }

  async open(): Promise<void> {
    await this.page.getByRole("contentinfo", { name: "Status" }).getByRole("button", { name: /^Transfers/ }).click();
    await this.panel.waitFor();
  }

  async close(): Promise<void> {
    await this.page.keyboard.press("Escape");
    await this.panel.waitFor({ state: "hidden" });
  }

  async press(word: string, image: string): Promise<void> {
    await this.panel.getByRole("button", { name: `${word} ${image}`, exact: true }).click();
  }
}
