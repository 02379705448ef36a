/** Files of containers and volumes with real clicks on a real engine, each step checked with Docker's CLI. */
import { readFile } from "node:fs/promises";
import { beforeAll, expect, it } from "vitest";
import { makeTar } from "../fixtures/tar.ts";
import { staticBusybox } from "../fixtures/tools.ts";
import { journeys } from "../harness/journeys.ts";
import type { AppPage } from "../pages/app-page.ts";
import { ContainerPage } from "../pages/container-page.ts";
import { FilesPage } from "../pages/files-page.ts";

journeys("files", "files", (stage) => {
  let app: AppPage;
  let files: FilesPage;
  let image: string;

  beforeAll(async () => {
    image = stage.image;
    await stage.docker("pull", "-q", image);
    await stage.docker("run", "-d", "--name", "web", "-v", "shared:/data", image, "sh", "-c", "rm /etc/shadow; echo extra >> /etc/group; mkdir /made; ln -s /etc/passwd /made/link; mkfifo /made/pipe; exec sleep 1000");
    await stage.open();
    app = stage.app;
    files = new FilesPage(stage.page, "web");
  });

  const inside = (...words: string[]): Promise<string> => stage.docker("exec", "web", ...words);

  it("browses from the container's page: mounts, links, layers, and back up", async () => {
    await app.goTo("Containers");
    await stage.page.getByRole("row", { name: "web", exact: true }).getByText("web", { exact: true }).click();
    await new ContainerPage(stage.page, "web").tab("Files");
    await files.says("data", "volume");
    await files.says("proc", "mount");
    await files.says("var", "layer 1");
    await files.enter("made");
    await files.says("link", "→ /etc/passwd");
    await files.enter("link");
    await files.preview("link").getByText("root:x:0:0").waitFor();
    await stage.desktop.shot("link");
    await files.enter("pipe");
    await files.preview("pipe").getByText("A named pipe has no content to show.").waitFor();
    await stage.page.keyboard.press("Escape");
    await files.row("pipe").focus();
    await stage.page.keyboard.press("Backspace");
    await files.folder("/").waitFor();
  });

  it("shows what changed, and brings back what was deleted and what was edited", async () => {
    await files.open("containers", "web", "/etc");
    await files.show("Changed");
    await files.says("shadow", "deleted");
    await files.says("group", "changed");
    await stage.desktop.shot("changed");
    await files.enter("shadow");
    await app.confirm("Revert shadow");
    await files.gone("shadow");
    await files.act("group", "Revert");
    await app.confirm("Revert group");
    await files.gone("group");
    expect(await inside("sh", "-c", "wc -l < /etc/shadow; grep -c extra /etc/group || true")).toBe("1\n0");
    await files.show("All");
  });

  it("edits a file, and says so when someone else was faster", async () => {
    await inside("sh", "-c", "printf 'port=1\\n' > /made/app.conf; chmod 640 /made/app.conf");
    await files.open("containers", "web", "/made/app.conf");
    await files.text("app.conf").click();
    await stage.page.keyboard.press("ControlOrMeta+End");
    await stage.page.keyboard.type("debug=yes");
    await files.preview("app.conf").getByText("Not saved yet.").waitFor();
    await files.preview("app.conf").getByRole("button", { name: "Save" }).click();
    await files.preview("app.conf").getByText("Not saved yet.").waitFor({ state: "detached" });
    expect(await inside("sh", "-c", "cat /made/app.conf; stat -c %a /made/app.conf")).toBe("port=1\ndebug=yes640");
    await files.text("app.conf").click();
    await stage.page.keyboard.type("mine");
    await inside("sh", "-c", "echo theirs > /made/app.conf");
    await stage.page.keyboard.press("ControlOrMeta+s");
    await files.preview("app.conf").getByText("has changed since it was read").waitFor();
    await stage.desktop.shot("conflict");
    await stage.accessible("an edit that lost");
    await files.preview("app.conf").getByRole("button", { name: "Discard mine and read again" }).click();
    await files.text("app.conf").getByText("theirs").waitFor();
  });

  it("uploads, downloads, and asks before it replaces", async () => {
    await files.open("containers", "web", "/made");
    const bytes = Buffer.alloc(2_000_000, "0123456789abcdef\n");
    await files.upload([{ name: "big file.bin", mimeType: "application/octet-stream", buffer: bytes }, { name: "small.txt", mimeType: "text/plain", buffer: Buffer.from("one") }]);
    await app.toast("2 files uploaded.").waitFor();
    expect(await inside("sh", "-c", "wc -c < '/made/big file.bin'; cat /made/small.txt")).toBe("2000000\none");
    const [download] = await Promise.all([stage.page.waitForEvent("download"), files.act("big file.bin", "Download")]);
    expect(download.suggestedFilename()).toBe("big file.bin");
    expect((await readFile(await download.path())).equals(bytes)).toBe(true);
    await files.upload([{ name: "small.txt", mimeType: "text/plain", buffer: Buffer.from("two") }]);
    await app.confirm("Replace small.txt");
    await app.toast("small.txt is uploaded.").waitFor();
    expect(await inside("cat", "/made/small.txt")).toBe("two");
  });

  it("makes folders, renames, changes permissions, searches and deletes", async () => {
    const { page } = stage;
    await page.getByRole("button", { name: "New folder" }).click();
    const dialog = page.getByRole("dialog", { name: "New folder" });
    await dialog.getByLabel("Name").fill("a/b");
    await dialog.getByText("A name has no slash.").waitFor();
    await dialog.getByLabel("Name").fill("sub");
    await dialog.getByRole("button", { name: "Create" }).click();
    await files.see("sub");
    await files.row("small.txt").focus();
    await page.keyboard.press("F2");
    await page.getByRole("dialog", { name: "Rename small.txt" }).getByLabel("Name").fill("renamed.txt");
    await page.keyboard.press("Enter");
    await files.see("renamed.txt");
    await files.act("renamed.txt", "Permissions");
    const permissions = page.getByRole("dialog", { name: "Permissions of renamed.txt" });
    await permissions.getByRole("group", { name: "Owner" }).getByLabel("execute").check();
    await permissions.getByLabel("User").fill("app");
    await permissions.getByRole("button", { name: "Apply" }).click();
    await files.says("renamed.txt", "-rwxr--r--");
    expect(await inside("stat", "-c", "%a %U", "/made/renamed.txt")).toBe("744 app");
    await page.getByRole("searchbox", { name: "Search below" }).fill("REN");
    await page.getByRole("grid", { name: "Search below /made" }).getByText("renamed.txt").click();
    await files.text("renamed.txt").getByText("two").waitFor();
    await files.row("sub").focus();
    await page.keyboard.press("Delete");
    await app.confirm("Delete sub");
    await files.gone("sub");
    expect((await inside("ls", "/made")).split("\n")).not.toContain("sub");
  });

  it("works the same while the container is stopped", async () => {
    await stage.docker("stop", "-t", "0", "web");
    await files.open("containers", "web", "/made/renamed.txt");
    await files.text("renamed.txt").click();
    await stage.page.keyboard.press("ControlOrMeta+a");
    await stage.page.keyboard.type("written while stopped");
    await stage.page.keyboard.press("ControlOrMeta+s");
    await files.preview("renamed.txt").getByText("Not saved yet.").waitFor({ state: "detached" });
    await stage.docker("start", "web");
    expect(await inside("cat", "/made/renamed.txt")).toBe("written while stopped");
  });

  it("looks into an image with one program and nothing else", async () => {
    const tar = makeTar([{ name: "busybox", data: await readFile(staticBusybox()), mode: 0o755 }]);
    await stage.engine.docker.run(["import", "-c", 'ENTRYPOINT ["/busybox", "sleep", "1000"]', "-", "tiny:1"], { input: tar });
    await stage.docker("run", "-d", "--name", "tiny", "tiny:1");
    const tiny = new FilesPage(stage.page, "tiny");
    await app.goTo("Containers");
    await stage.page.getByRole("row", { name: "tiny", exact: true }).waitFor();
    await tiny.open("containers", "tiny", "/");
    await tiny.enter("busybox");
    await tiny.preview("busybox").getByText("7f 45 4c 46").waitFor();
    await stage.desktop.shot("bytes");
  });

  it("shows a volume by the same browser", async () => {
    await inside("sh", "-c", "echo from-container > /data/note");
    const volume = new FilesPage(stage.page, "shared");
    await app.goTo("Volumes");
    await stage.page.getByRole("row", { name: "shared", exact: true }).getByText("shared", { exact: true }).click();
    await stage.page.getByRole("tab", { name: "Files" }).click();
    await volume.enter("note");
    await volume.text("note").getByText("from-container").waitFor();
    await volume.upload([{ name: "sent", mimeType: "text/plain", buffer: Buffer.from("from-window") }]);
    await app.toast("sent is uploaded.").waitFor();
    expect(await inside("cat", "/data/sent")).toBe("from-window");
    await stage.desktop.shot("volume");
    expect(stage.desktop.problems).toEqual([]);
  });
}, { rootful: true });
