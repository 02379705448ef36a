/** Images with real clicks on a real engine: layers, files, tags, archives, removal and comparison, each step checked with Docker's CLI. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { tempDir } from "../fixtures/exec.ts";
import { makeImage, makeLayer } from "../fixtures/images.ts";
import { pushImage } from "../fixtures/push.ts";
import { makeTar } from "../fixtures/tar.ts";
import { journeys } from "../harness/journeys.ts";
import type { AppPage } from "../pages/app-page.ts";
import { ImagePage } from "../pages/image-page.ts";
import { ImagesPage } from "../pages/images-page.ts";
import { FormDialog } from "../pages/storage-pages.ts";

journeys("images", "images", (stage) => {
  let app: AppPage;
  let images: ImagesPage;
  let layered: string;
  let small: string;
  let folder: string;

  beforeAll(async () => {
    await pushImage(stage.registry.url, "small", "1", makeImage([makeLayer([{ name: "kept", data: "kept" }, { name: "old.log", data: "x".repeat(30_000) }]), makeLayer([{ name: ".wh.old.log" }, { name: "kept", data: "replaced" }])]));
    layered = `${stage.registry.host}/library/layered:latest`;
    small = `${stage.registry.host}/small:1`;
    for (const image of [layered, small]) await stage.docker("pull", "-q", image);
    folder = stage.stack.use(await tempDir("images")).path;
    await stage.open();
    app = stage.app;
    images = new ImagesPage(stage.page);
  });

  it("shows who uses an image, and what it shares with others", async () => {
    await stage.docker("run", "-d", "--name", "user", layered, "sleep", "1000");
    await app.goTo("Images");
    await stage.page.mouse.move(2, 2);
    await images.row(layered).getByRole("link", { name: "user" }).waitFor();
    await images.row(small).getByText("unused").waitFor();
    await images.row(small).getByText("30.0 kB").first().waitFor();
    await stage.page.getByRole("radio", { name: /^Unused/ }).click();
    await images.row(layered).waitFor({ state: "detached" });
    await stage.page.getByRole("radio", { name: /^All/ }).click();
  });

  it("opens an image: its layers with their files, and what later layers hide", async () => {
    await images.row(small).focus();
    await stage.page.keyboard.press("Enter");
    const page = new ImagePage(stage.page, small);
    await page.main.getByRole("region", { name: "How it runs" }).getByText("sh", { exact: true }).waitFor();
    await page.openTab("Layers");
    await page.file("Files of layer 1", "old.log").filter({ hasText: "deleted by 2" }).waitFor();
    await page.layer(2).click();
    await page.file("Files of layer 2", "kept").waitFor();
    await page.file("Files of layer 2", "old.log").filter({ hasText: "deletes it below" }).waitFor();
    await stage.desktop.shot("layers");
    await page.openTab("Files");
    await page.main.getByText("30.0 kB of 30.0 kB").waitFor();
    await page.main.getByRole("radio", { name: /^Wasted/ }).click();
    await page.file("Files", "/kept").filter({ hasText: "replaced by 2" }).waitFor();
    await stage.desktop.shot("files");
    await stage.accessible("files");
    await page.openTab("History");
    await page.main.getByRole("table", { name: `History of ${small}` }).getByText("layer 2").waitFor();
  });

  it("tags while saying what is wrong, and that a tag moves", async () => {
    const page = new ImagePage(stage.page, small);
    await page.more("Tag");
    const form = new FormDialog(stage.page, `Tag ${small}`);
    await form.fill({ "Name and tag": "Upper:1" });
    await form.says("Image names are lower case: upper.");
    await form.fill({ "Name and tag": "extra:1" });
    expect(await form.commandLine()).toBe(`docker tag ${small} extra:1`);
    await form.press("Tag");
    await form.closed();
    expect(await stage.docker("image", "inspect", "-f", "{{.Id}}", "extra:1")).toBe(await stage.docker("image", "inspect", "-f", "{{.Id}}", small));
    await stage.docker("tag", layered, "moving:1");
    await page.more("Tag");
    await form.fill({ "Name and tag": "moving:1" });
    await form.says(/^moving:1 points to [0-9a-f]{12} now\.$/);
    await form.press("Move tag");
    await form.closed();
    expect(await stage.docker("image", "inspect", "-f", "{{.Id}}", "moving:1")).toBe(await stage.docker("image", "inspect", "-f", "{{.Id}}", small));
    await page.main.getByRole("button", { name: "Untag moving:1" }).or(page.main.getByRole("tab", { name: "Overview" })).first().click();
    await page.main.getByRole("button", { name: "Untag moving:1" }).click();
    await stage.page.getByRole("alertdialog").getByText("The tag goes; the image stays under its other names.").waitFor();
    await app.confirm("Remove moving:1");
    await page.main.getByRole("button", { name: "Untag moving:1" }).waitFor({ state: "detached" });
    await expect.poll(() => stage.docker("images", "-q", "moving:1")).toBe("");
  });

  it("saves to a path without overwriting, removes to the byte, and loads again from the browser's file", async () => {
    const page = new ImagePage(stage.page, small);
    const file = join(folder, "small.tar");
    await writeFile(file, "taken");
    await page.more("Save to a file");
    const save = new FormDialog(stage.page, `Save ${small}`);
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
    const question = stage.page.getByRole("alertdialog", { name: `Remove ${small}` });
    await question.getByText(/^In the end this frees/).waitFor();
    await question.getByText("extra:1").waitFor();
    await app.confirm(`Remove ${small}`);
    await images.see(layered);
    await expect.poll(() => stage.docker("images", "-q", "extra:1")).toBe("");

    await stage.page.getByRole("button", { name: "More actions for images" }).click();
    await stage.page.getByRole("menuitem", { name: "Load or import a file" }).click();
    const load = new FormDialog(stage.page, "Load images from a file");
    await load.dialog.locator('input[type="file"]').setInputFiles(file);
    await load.press("Load");
    await load.dialog.getByRole("list", { name: "What was loaded" }).getByText(small).waitFor();
    await stage.desktop.shot("loaded");
    expect(await stage.docker("run", "--rm", "--entrypoint", "", layered, "echo", "ok")).toBe("ok");
    expect(await stage.docker("images", "-q", small)).toMatch(/^[0-9a-f]{12}$/);
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
    expect(await stage.docker("image", "inspect", "-f", "{{json .Config.Cmd}}", "imported:1")).toBe('["/hello"]');
  });

  it("downloads an image through the browser", { skip: stage.host !== "browser" }, async () => {
    await images.see("imported:1");
    await images.row("imported:1").hover();
    await images.row("imported:1").getByRole("button", { name: /^More actions/ }).click();
    await stage.page.getByRole("menuitem", { name: "Save to a file" }).click();
    await stage.page.getByRole("radio", { name: "Download" }).click();
    const [download] = await Promise.all([stage.page.waitForEvent("download"), stage.page.getByRole("link", { name: "Download" }).click()]);
    expect(download.suggestedFilename()).toBe("imported_1.tar");
    expect((await readFile(await download.path())).toString("latin1")).toContain("manifest.json");
  });

  it("compares two images", async () => {
    for (const image of [small, "imported:1"]) await images.see(image);
    for (const image of [small, "imported:1"]) await images.row(image).getByRole("checkbox").check();
    await stage.page.getByRole("toolbar", { name: "Selected rows" }).getByRole("button", { name: "Compare" }).click();
    const main = stage.page.getByRole("main", { name: "Compare images" });
    await main.getByText("They have no layer in common.").waitFor();
    await main.getByRole("region", { name: "Files" }).getByText("/hello").waitFor();
    await stage.desktop.shot("compare");
    await main.getByRole("button", { name: "All images" }).click();
  });

  it("removes several at once, says what stays and why, and prunes to the byte", async () => {
    for (const image of [layered, "imported:1"]) await images.see(image);
    for (const image of [layered, "imported:1"]) await images.row(image).getByRole("checkbox").check();
    await stage.page.getByRole("toolbar", { name: "Selected rows" }).getByRole("button", { name: "Remove" }).click();
    const question = stage.page.getByRole("alertdialog", { name: "Remove 2 images" });
    await question.getByRole("list", { name: "What stays" }).getByText(layered).waitFor();
    await question.getByText("The container user uses it (running): stop it first.").waitFor();
    await question.getByRole("list", { name: "What goes" }).getByText("imported:1").waitFor();
    await stage.accessible("the removal");
    await app.confirm("Remove 2 images");
    await images.gone("imported:1");
    await images.see(layered);

    await stage.page.keyboard.press("Escape");
    await app.command("prune images");
    const prune = new FormDialog(stage.page, "Prune images");
    await prune.dialog.getByRole("radio", { name: "All unused" }).click();
    await prune.says(/^This frees/);
    const said = Number(((await prune.dialog.getByRole("status").first().textContent()) ?? "").match(/([\d,]+) bytes/)?.[1]?.replaceAll(",", ""));
    expect(said).toBeGreaterThan(30_000);
    await stage.desktop.shot("prune");
    await prune.press("Remove 1 image");
    await prune.closed();
    await images.gone(small);
    await expect.poll(() => stage.docker("images", "--format", "{{.Repository}}:{{.Tag}}")).toBe(layered);
  });

  it("made no mistake on the way", () => {
    expect(stage.desktop.problems).toEqual([]);
  });
});
