/** Images with real clicks on a real engine: layers, files, tags, archives, removal and comparison, each step checked with Docker's CLI. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEngine, type EngineKind, type TestEngine } from "../fixtures/engines.ts";
import { tempDir } from "../fixtures/exec.ts";
import { makeImage, makeLayer, pushTestImages } from "../fixtures/images.ts";
import { pushImage } from "../fixtures/push.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";
import { makeTar } from "../fixtures/tar.ts";
import { missing, openDesktop, type Desktop, type HostKind } from "../harness/desktop.ts";
import { AppPage } from "../pages/app-page.ts";
import { ImagePage } from "../pages/image-page.ts";
import { ImagesPage } from "../pages/images-page.ts";
import { FormDialog } from "../pages/storage-pages.ts";

const hosts: readonly HostKind[] = ["browser", "electron"];
const ours = process.getuid?.() === 0 ? ["ours-rootful", "ours-rootless"] : ["ours-rootless"];
const engines = (process.env["SLIPWAY_E2E_ENGINES"]?.split(",") ?? ours) as EngineKind[];

for (const host of hosts) {
  const reason = missing(host);
  if (reason) console.warn(`SKIPPED: images in ${host}, because ${reason}.`);
  describe.skipIf(reason !== undefined).each(engines)(`images in ${host} on %s`, (kind) => {
    const stack = new AsyncDisposableStack();
    let registry: TestRegistry;
    let engine: TestEngine;
    let desktop: Desktop;
    let app: AppPage;
    let images: ImagesPage;
    let layered: string;
    let small: string;
    let folder: string;

    beforeAll(async () => {
      registry = stack.use(await startRegistry());
      await pushTestImages(registry.url);
      await pushImage(registry.url, "small", "1", makeImage([makeLayer([{ name: "kept", data: "kept" }, { name: "old.log", data: "x".repeat(30_000) }]), makeLayer([{ name: ".wh.old.log" }, { name: "kept", data: "replaced" }])]));
      engine = stack.use(await startEngine(kind));
      layered = `${registry.host}/library/layered:latest`;
      small = `${registry.host}/small:1`;
      for (const image of [layered, small]) await docker("pull", "-q", image);
      folder = stack.use(await tempDir("images")).path;
      desktop = stack.use(await openDesktop(host, { socket: engine.socket, name: `images-${host}-${kind}` }));
      desktop.page.setDefaultTimeout(20_000);
      app = new AppPage(desktop.page);
      images = new ImagesPage(desktop.page);
      await app.connected();
    });
    afterAll(() => stack.disposeAsync());

    /** What Docker's CLI prints. */
    const docker = (...words: string[]): Promise<string> => engine.docker.ok(...words).then((text) => text.trim());

    it("shows who uses an image, and what it shares with others", async () => {
      await docker("run", "-d", "--name", "user", layered, "sleep", "1000");
      await app.goTo("Images");
      await desktop.page.mouse.move(2, 2);
      await images.row(layered).getByRole("link", { name: "user" }).waitFor();
      await images.row(small).getByText("unused").waitFor();
      await images.row(small).getByText("30.0 kB").first().waitFor();
      await desktop.page.getByRole("radio", { name: /^Unused/ }).click();
      await images.row(layered).waitFor({ state: "detached" });
      await desktop.page.getByRole("radio", { name: /^All/ }).click();
    });

    it("opens an image: its layers with their files, and what later layers hide", async () => {
      await images.row(small).focus();
      await desktop.page.keyboard.press("Enter");
      const page = new ImagePage(desktop.page, small);
      await page.main.getByRole("region", { name: "How it runs" }).getByText("sh", { exact: true }).waitFor();
      await page.openTab("Layers");
      await page.file("Files of layer 1", "old.log").filter({ hasText: "deleted by 2" }).waitFor();
      await page.layer(2).click();
      await page.file("Files of layer 2", "kept").waitFor();
      await page.file("Files of layer 2", "old.log").filter({ hasText: "deletes it below" }).waitFor();
      await desktop.shot("layers");
      await page.openTab("Files");
      await page.main.getByText("30.0 kB of 30.0 kB").waitFor();
      await page.main.getByRole("radio", { name: /^Wasted/ }).click();
      await page.file("Files", "/kept").filter({ hasText: "replaced by 2" }).waitFor();
      await desktop.shot("files");
      await accessible("files");
      await page.openTab("History");
      await page.main.getByRole("table", { name: `History of ${small}` }).getByText("layer 2").waitFor();
    });

    it("tags while saying what is wrong, and that a tag moves", async () => {
      const page = new ImagePage(desktop.page, small);
      await page.more("Tag");
      const form = new FormDialog(desktop.page, `Tag ${small}`);
      await form.fill({ "Name and tag": "Upper:1" });
      await form.says("Image names are lower case: upper.");
      await form.fill({ "Name and tag": "extra:1" });
      expect(await form.commandLine()).toBe(`docker tag ${small} extra:1`);
      await form.press("Tag");
      await form.closed();
      expect(await docker("image", "inspect", "-f", "{{.Id}}", "extra:1")).toBe(await docker("image", "inspect", "-f", "{{.Id}}", small));
      await docker("tag", layered, "moving:1");
      await page.more("Tag");
      await form.fill({ "Name and tag": "moving:1" });
      await form.says(/^moving:1 points to [0-9a-f]{12} now\.$/);
      await form.press("Move tag");
      await form.closed();
      expect(await docker("image", "inspect", "-f", "{{.Id}}", "moving:1")).toBe(await docker("image", "inspect", "-f", "{{.Id}}", small));
      await page.main.getByRole("button", { name: "Untag moving:1" }).or(page.main.getByRole("tab", { name: "Overview" })).first().click();
      await page.main.getByRole("button", { name: "Untag moving:1" }).click();
      await desktop.page.getByRole("alertdialog").getByText("The tag goes; the image stays under its other names.").waitFor();
      await app.confirm("Remove moving:1");
      await page.main.getByRole("button", { name: "Untag moving:1" }).waitFor({ state: "detached" });
      await expect.poll(() => docker("images", "-q", "moving:1")).toBe("");
    });

    it("saves to a path without overwriting, removes to the byte, and loads again from the browser's file", async () => {
      const page = new ImagePage(desktop.page, small);
      const file = join(folder, "small.tar");
      await writeFile(file, "taken");
      await page.more("Save to a file");
      const save = new FormDialog(desktop.page, `Save ${small}`);
      await save.fill({ File: file });
      await save.press("Save");
      await save.says(`${file} exists already.`);
      expect(await readFile(file, "utf8")).toBe("taken");
      await save.press("Replace the file");
      await save.says(/^Saved /);
      await save.dialog.getByText("Close", { exact: true }).last().click();
      await save.closed();
      expect((await stat(file)).size).toBeGreaterThan(1000);

      await page.main.getByRole("button", { name: "Remove", exact: true }).click();
      const question = desktop.page.getByRole("alertdialog", { name: `Remove ${small}` });
      await question.getByText(/^This frees/).waitFor();
      await question.getByText("extra:1").waitFor();
      await app.confirm(`Remove ${small}`);
      await images.see(layered);
      await expect.poll(() => docker("images", "-q", "extra:1")).toBe("");

      await desktop.page.getByRole("button", { name: "More actions for images" }).click();
      await desktop.page.getByRole("menuitem", { name: "Load or import a file" }).click();
      const load = new FormDialog(desktop.page, "Load images from a file");
      await load.dialog.locator('input[type="file"]').setInputFiles(file);
      await load.press("Load");
      await load.dialog.getByRole("list", { name: "What was loaded" }).getByText(small).waitFor();
      await desktop.shot("loaded");
      expect(await docker("run", "--rm", "--entrypoint", "", layered, "echo", "ok")).toBe("ok");
      expect(await docker("images", "-q", small)).toMatch(/^[0-9a-f]{12}$/);
      await load.press("Load another");
      await load.dialog.getByRole("radio", { name: "A root file system" }).click();
      await load.dialog.getByRole("radio", { name: /^A path/ }).click();
      const rootfs = join(folder, "root.tar");
      await writeFile(rootfs, makeTar([{ name: "hello", data: "hello" }]));
      await load.fill({ File: rootfs, "Name and tag": "imported:1", Change: 'CMD ["/hello"]' });
      await load.press("Import");
      await load.dialog.getByRole("list", { name: "What was loaded" }).getByText("imported:1").waitFor();
      await load.dialog.getByText("Close", { exact: true }).last().click();
      await load.closed();
      expect(await docker("image", "inspect", "-f", "{{json .Config.Cmd}}", "imported:1")).toBe('["/hello"]');
    });

    it("downloads an image through the browser", { skip: host !== "browser" }, async () => {
      await images.see("imported:1");
      await images.row("imported:1").hover();
      await images.row("imported:1").getByRole("button", { name: /^More actions/ }).click();
      await desktop.page.getByRole("menuitem", { name: "Save to a file" }).click();
      await desktop.page.getByRole("radio", { name: "Download" }).click();
      const [download] = await Promise.all([desktop.page.waitForEvent("download"), desktop.page.getByRole("link", { name: "Download" }).click()]);
      expect(download.suggestedFilename()).toBe("imported_1.tar");
      expect((await readFile(await download.path())).toString("latin1")).toContain("manifest.json");
    });

    it("compares two images", async () => {
      for (const image of [small, "imported:1"]) await images.see(image);
      for (const image of [small, "imported:1"]) await images.row(image).getByRole("checkbox").check();
      await desktop.page.getByRole("toolbar", { name: "Selected rows" }).getByRole("button", { name: "Compare" }).click();
      const main = desktop.page.getByRole("main", { name: "Compare images" });
      await main.getByText("They have no layer in common.").waitFor();
      await main.getByRole("region", { name: "Files" }).getByText("/hello").waitFor();
      await desktop.shot("compare");
      await main.getByRole("button", { name: "All images" }).click();
    });

    it("removes several at once, says what stays and why, and prunes to the byte", async () => {
      for (const image of [layered, "imported:1"]) await images.see(image);
      for (const image of [layered, "imported:1"]) await images.row(image).getByRole("checkbox").check();
      await desktop.page.getByRole("toolbar", { name: "Selected rows" }).getByRole("button", { name: "Remove" }).click();
      const question = desktop.page.getByRole("alertdialog", { name: "Remove 2 images" });
      await question.getByRole("list", { name: "What stays" }).getByText(layered).waitFor();
      await question.getByText("The container user uses it (running): stop it first.").waitFor();
      await question.getByRole("list", { name: "What goes" }).getByText("imported:1").waitFor();
      await accessible("the removal");
      await app.confirm("Remove 2 images");
      await desktop.page.mouse.move(2, 2);
      await images.row("imported:1").waitFor({ state: "detached" });
      await images.see(layered);

      await desktop.page.keyboard.press("Escape");
      await app.command("prune images");
      const prune = new FormDialog(desktop.page, "Prune images");
      await prune.dialog.getByRole("radio", { name: "All unused" }).click();
      await prune.says(/^This frees/);
      const said = Number(((await prune.dialog.getByRole("status").first().textContent()) ?? "").match(/([\d,]+) bytes/)?.[1]?.replaceAll(",", ""));
      expect(said).toBeGreaterThan(30_000);
      await desktop.shot("prune");
      await prune.press("Remove 1 image");
      await prune.closed();
      await desktop.page.mouse.move(2, 2);
      await images.row(small).waitFor({ state: "detached" });
      await expect.poll(() => docker("images", "--format", "{{.Repository}}:{{.Tag}}")).toBe(layered);
    });

    it("made no mistake on the way", () => {
      expect(desktop.problems).toEqual([]);
    });

    async function accessible(what: string): Promise<void> {
      for (const colorScheme of ["light", "dark"] as const) {
        await desktop.page.emulateMedia({ colorScheme });
        const { violations } = await new AxeBuilder({ page: desktop.page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]).analyze();
        expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${what}, ${colorScheme}: ${id} ${nodes[0]?.html ?? ""}`)).toEqual([]);
      }
    }
  });
}
