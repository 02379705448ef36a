/** The Build screen in every state, on the window's fake host: looks that must hold, accessibility, long lists and logs, cards. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../fixtures/exec.ts";
import { missing } from "../harness/desktop.ts";
import { startFakeWindows, type FakeWindows } from "../harness/fake-window.ts";
import { sideways, violations } from "../harness/looks.ts";
import { AppPage } from "../pages/app-page.ts";
import { BuildPages } from "../pages/build-page.ts";

const reason = missing("browser");
if (reason) console.warn(`SKIPPED: the Build screen's states, because ${reason}.`);
const PROJECT = "/home/dev/storefront";
const FAILED = "ghcr.io/acme/storefront:2026.11.4";

describe.skipIf(reason !== undefined)("the Build screen", () => {
  let windows: FakeWindows;
  beforeAll(async () => {
    windows = await startFakeWindows();
  });
  afterAll(() => windows?.[Symbol.asyncDispose]());

  it.each([
    ["builds", "light", "", "#/builds"],
    ["builds", "dark", "", "#/builds"],
    ["no builds", "dark", "?scenario=empty", "#/builds"],
    ["long names", "light", "?scenario=long", "#/builds"],
    ["an engine without builds", "light", "?managed=no", "#/builds"],
    ["an engine that is down", "dark", "?engine=failed", "#/builds"],
    ["a build that is not there", "light", "", "#/builds/0123456789"],
    ["the empty form", "light", "", "#/builds/new"],
  ])("%s, %s: nothing for axe, nothing sideways, no errors", async (_name, theme, query, hash) => {
    const { page, problems } = await windows.open(query, { hash, dark: theme === "dark", width: 960, height: 640 });
    await page.getByRole("heading").or(page.getByRole("alert")).first().waitFor();
    await page.waitForTimeout(300);
    await sound(page, problems);
    await page.context().close();
  });

  it.each(["light", "dark"])("a failed build, its form, text and cards, %s: nothing for axe, nothing sideways", async (theme) => {
    const { page, problems } = await windows.open("", { hash: "#/builds", dark: theme === "dark", width: 960, height: 640 });
    const builds = new BuildPages(page);
    await builds.list.getByRole("row", { name: FAILED }).filter({ hasText: "kept" }).click();
    await builds.main(FAILED).getByRole("log", { name: "Log of step 7" }).getByText("Cannot find name 'backoff'.").waitFor();
    await sound(page, problems);
    await builds.main(FAILED).getByRole("button", { name: "Edit and build again" }).click();
    await builds.form.getByRole("list", { name: "Findings" }).waitFor();
    await sound(page, problems);
    await builds.form.getByRole("radio", { name: "Cards" }).click();
    await builds.form.getByRole("list", { name: "Instructions" }).waitFor();
    await sound(page, problems);
    await builds.foresees("src/cart.ts changed and 2 more");
    await sound(page, problems);
    await page.context().close();
  });

  it("changes one instruction on its card and nothing else in the text", async () => {
    const { page } = await windows.open("", { hash: "#/builds/new" });
    const builds = new BuildPages(page);
    await builds.fill({ folder: PROJECT });
    await builds.form.getByRole("tab", { name: "Dockerfile" }).click();
    await builds.form.getByRole("radio", { name: "Cards" }).click();
    const before = await dockerfile(page);
    await builds.card("USER node").hover();
    await builds.form.getByRole("button", { name: "Edit line 14" }).click();
    await builds.form.getByRole("textbox", { name: "Instruction" }).fill("USER 1000");
    await builds.form.getByRole("button", { name: "Change" }).click();
    await builds.card("USER 1000").waitFor();
    await builds.card("EXPOSE 8080").focus();
    await page.keyboard.press("Alt+ArrowUp");
    await builds.card("EXPOSE 8080").and(page.getByLabel(/^Line 14:/)).waitFor();
    await page.keyboard.press("Delete");
    await builds.card("EXPOSE 8080").waitFor({ state: "detached" });
    await builds.form.getByRole("button", { name: "Add instruction" }).click();
    await page.getByRole("menuitem", { name: "LABEL" }).click();
    await page.keyboard.type("team=shop");
    await page.keyboard.press("Control+Enter");
    await builds.card("LABEL team=shop").waitFor();
    await builds.form.getByRole("button", { name: "Save", exact: true }).click();
    await waitFor("the saved file", async () => (await dockerfile(page)) === `${before.replace("USER node\n", "USER 1000\n").replace("EXPOSE 8080\n", "")}LABEL team=shop\n`);
    await page.context().close();
  });

  it.each(["light", "dark"])("disables an instruction, shows it so, brings it back byte for byte, and undoes, %s", async (theme) => {
    const { page, problems } = await windows.open("", { hash: "#/builds/new", dark: theme === "dark", width: 960, height: 640 });
    const builds = new BuildPages(page);
    await builds.fill({ folder: PROJECT });
    await builds.cards();
    const before = await dockerfile(page);
    const disabled = before.replace("USER node\n", "#~ USER node\n");
    const save = async (expected: string) => {
      await builds.form.getByRole("button", { name: "Save", exact: true }).click();
      await waitFor("the saved file", async () => (await dockerfile(page)) === expected);
    };
    await builds.card("USER node").hover();
    await builds.form.getByRole("button", { name: "Disable line 14" }).click();
    await builds.card("USER node").and(page.getByLabel(/^Line 14, disabled:/)).getByText("Disabled").waitFor();
    await save(disabled);
    await sound(page, problems);
    await builds.form.getByRole("radio", { name: "Text" }).click();
    await builds.form.getByText("#~ USER node").waitFor();
    await builds.form.getByRole("radio", { name: "Cards" }).click();
    await builds.card("USER node").focus();
    await page.keyboard.press("Space");
    await builds.card("USER node").and(page.getByLabel(/^Line 14:/)).waitFor();
    await save(before);
    await builds.card("USER node").focus();
    await page.keyboard.press("Control+z");
    await builds.card("USER node").and(page.getByLabel(/^Line 14, disabled:/)).waitFor();
    await builds.form.getByRole("button", { name: "Undo", exact: true }).click();
    await builds.card("USER node").and(page.getByLabel(/^Line 14:/)).waitFor();
    await builds.form.getByRole("button", { name: "Redo", exact: true }).click();
    await builds.card("USER node").and(page.getByLabel(/^Line 14, disabled:/)).waitFor();
    await page.context().close();
  });

  it("keeps what was typed through navigation and an engine that restarts", async () => {
    const { page } = await windows.open("", { hash: "#/builds/new" });
    const builds = new BuildPages(page);
    await builds.fill({ folder: PROJECT, tag: "kept:1", args: [["VERSION", "7"]] });
    await builds.editLine(2);
    await page.keyboard.type(" # typed");
    await builds.form.getByRole("button", { name: "Save and build" }).waitFor();
    await new AppPage(page).goTo("Images");
    await page.evaluate("fake.setEngine('stopped'), fake.setEngine('connected')");
    await page.keyboard.press("b");
    expect(await builds.commandLine()).toContain(`docker build -t kept:1 --build-arg VERSION=7 ${PROJECT}`);
    await builds.editLine(2);
    await builds.form.getByText("# typed").waitFor();
    await page.context().close();
  });

  it("is usable with the keyboard alone: find, open, unfold, go back", async () => {
    const { page } = await windows.open("", { hash: "#/builds" });
    const builds = new BuildPages(page);
    await builds.list.getByRole("row").nth(3).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("migrate");
    await builds.list.getByRole("row", { name: "docs" }).waitFor({ state: "detached" });
    await builds.list.getByRole("row", { name: "tools/migrate:v3" }).focus();
    await page.keyboard.press("Enter");
    await builds.step("tools/migrate:v3", 7).focus();
    await page.keyboard.press("Enter");
    await builds.main("tools/migrate:v3").getByRole("log", { name: "Log of step 7" }).waitFor();
    await page.keyboard.press("Alt+ArrowLeft");
    await builds.list.waitFor();
    await new AppPage(page).command("build an image");
    await builds.form.waitFor();
    await page.context().close();
  });

  it("scrolls 1,000 builds and a step's log of 100,000 lines, of which only what is seen exists", async () => {
    const { page } = await windows.open("?scenario=many&log=100000", { hash: "#/builds" });
    const builds = new BuildPages(page);
    await builds.list.getByRole("row").nth(10).waitFor();
    expect(await builds.list.getByRole("row").count()).toBeLessThan(60);
    await builds.list.getByRole("row", { name: "ghcr.io/acme/storefront:2026.11.3" }).click();
    await builds.step("ghcr.io/acme/storefront:2026.11.3", 7).click();
    const log = builds.main("ghcr.io/acme/storefront:2026.11.3").getByRole("log", { name: "Log of step 7" });
    await log.getByText("src/module-100000.ts").waitFor();
    expect(await log.locator("> div > div").count()).toBeLessThan(120);
    await log.focus();
    await page.keyboard.press("Home");
    await log.getByText("src/module-1.ts", { exact: false }).first().waitFor();
    await builds.main("ghcr.io/acme/storefront:2026.11.3").getByRole("button", { name: "To the end of 100,000 lines" }).click();
    await log.getByText("src/module-100000.ts").waitFor();
    await page.context().close();
  });
});

function dockerfile(page: Page): Promise<string> {
  return page.evaluate(`fake.client.builds.readFile({ path: "${PROJECT}/Dockerfile" }).then((file) => file.text)`);
}

async function sound(page: Page, problems: readonly string[]): Promise<void> {
  expect(await violations(page)).toEqual([]);
  expect(await sideways(page)).toEqual([]);
  expect(problems).toEqual([]);
}
