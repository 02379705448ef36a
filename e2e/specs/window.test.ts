/** The window in every state, on its fake host: keyboard, looks that must hold, accessibility, long lists and long logs. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missing } from "../harness/desktop.ts";
import { startFakeWindows, type FakeWindows } from "../harness/fake-window.ts";
import { sideways, violations } from "../harness/looks.ts";
import { AppPage } from "../pages/app-page.ts";
import { ContainerPage } from "../pages/container-page.ts";
import { ContainersPage } from "../pages/containers-page.ts";
import { ImagesPage } from "../pages/images-page.ts";
import { EditDialog, RunDialog } from "../pages/run-dialog.ts";
import { FormDialog, ListPage } from "../pages/storage-pages.ts";

const reason = missing("browser");
if (reason) console.warn(`SKIPPED: the window's states, because ${reason}.`);

describe.skipIf(reason !== undefined)("the window", () => {
  let windows: FakeWindows;
  beforeAll(async () => {
    windows = await startFakeWindows();
  });
  afterAll(() => windows?.[Symbol.asyncDispose]());

  it.each([
    ["typical containers", "light", "", ""],
    ["typical containers", "dark", "", ""],
    ["no containers", "light", "?scenario=empty", ""],
    ["long names", "dark", "?scenario=long", ""],
    ["a container", "light", "", "#/containers/storefront-web/overview"],
    ["a container", "dark", "", "#/containers/storefront-web/overview"],
    ["images", "light", "", "#/images"],
    ["images", "dark", "", "#/images"],
    ["images with long names", "light", "?scenario=long", "#/images"],
    ["an image", "light", "", "#/images/node:24-bookworm-slim"],
    ["an image's layers", "dark", "", "#/images/node:24-bookworm-slim/layers"],
    ["an image's layers", "light", "", "#/images/node:24-bookworm-slim/layers"],
    ["an image's layers on a plain engine", "light", "?managed=no", "#/images/node:24-bookworm-slim/layers"],
    ["an image's history", "dark", "", "#/images/node:24-bookworm-slim/history"],
    ["two images", "light", "", "#/images/compare/node:24-bookworm-slim/redis:7.4"],
    ["the new tag", "light", "", "#/images?tag-image=redis:7.4"],
    ["saving images", "dark", "", "#/images?save-images=redis:7.4%20busybox:latest"],
    ["loading images", "light", "", "#/images?load-images="],
    ["the prune of images", "dark", "", "#/images?prune-images="],
    ["the engine", "dark", "", "#/engine"],
    ["connections", "light", "", "#/engine/connections"],
    ["connections", "dark", "", "#/engine/connections"],
    ["the new connection", "dark", "", "#/engine/connections?add-connection="],
    ["calls", "light", "", "#/engine/calls"],
    ["calls", "dark", "", "#/engine/calls"],
    ["calls with long names", "dark", "?scenario=long", "#/engine/calls"],
    ["no calls", "light", "?scenario=empty", "#/engine/calls"],
    ["calls of a plain engine", "light", "?managed=no", "#/engine/calls"],
    ["what is missing", "light", "?scenario=empty", "#/engine/requirements"],
    ["what is missing", "dark", "?scenario=empty", "#/engine/requirements"],
    ["the engine's log", "light", "", "#/engine/log"],
    ["the engine's log", "dark", "", "#/engine/log"],
    ["the first steps", "light", "?scenario=empty&first", ""],
    ["the first steps", "dark", "", "#/welcome"],
    ["the first steps on another engine", "dark", "?managed=no", "#/welcome"],
    ["the first steps without an engine", "dark", "?scenario=empty&first&engine=failed", ""],
    ["settings", "light", "", "#/settings"],
    ["settings", "dark", "", "#/settings"],
    ["logs", "light", "", "#/logs"],
    ["logs that are searched", "dark", "", "#/logs?rule=all&find=payment&only=1&levels=error"],
    ["logs with long names", "dark", "?scenario=long", "#/logs?project=storefront"],
    ["no logs", "light", "?scenario=empty", "#/logs"],
    ["a bad expression", "dark", "", "#/logs?rule=running&find=a(b&regex=1"],
    ["ports", "light", "", "#/ports"],
    ["ports", "dark", "", "#/ports"],
    ["no ports", "dark", "?scenario=empty", "#/ports"],
    ["ports with long names", "light", "?scenario=long", "#/ports"],
    ["the check of a port", "dark", "", "#/ports?check-port="],
    ["files", "light", "", "#/containers/storefront-web/files"],
    ["files of a folder with an open text", "dark", "", "#/containers/storefront-web/files/%2Fetc%2Fnginx%2Fnginx.conf"],
    ["files with long names and an image", "light", "?scenario=long", `#/containers/storefront-web-${"with-a-name-that-somebody-generated-".repeat(3)}end/files/%2Fsrv%2Flogo.png`],
    ["files without Slipway's engine", "dark", "?managed=no", "#/containers/storefront-web/files"],
    ["files of a volume", "dark", "", "#/volumes/storefront-data/files"],
    ["volumes", "light", "", "#/volumes"],
    ["volumes", "dark", "", "#/volumes"],
    ["no volumes", "light", "?scenario=empty", "#/volumes"],
    ["volumes with long names", "dark", "?scenario=long", "#/volumes"],
    ["a volume", "light", "", "#/volumes/storefront-data"],
    ["a volume's own words", "dark", "", "#/volumes/storefront-data/inspect"],
    ["a volume that is not there", "dark", "", "#/volumes/nowhere"],
    ["the new volume", "dark", "", "#/volumes?new-volume="],
    ["the prune of volumes", "light", "", "#/volumes?prune-volumes="],
    ["networks", "light", "", "#/networks"],
    ["networks", "dark", "", "#/networks"],
    ["networks with long names", "light", "?scenario=long", "#/networks"],
    ["a network", "dark", "", "#/networks/storefront_backend"],
    ["the new network", "light", "", "#/networks?new-network="],
    ["the prune of networks", "dark", "", "#/networks?prune-networks="],
    ["registries", "light", "", "#/registries"],
    ["registries with long names", "dark", "?scenario=long", "#/registries"],
    ["a repository's tags", "dark", "", "#/registries/registry.acme.example/repositories/platform%2Fapi"],
    ["a repository with long names", "light", "?scenario=long", "#/registries/registry.acme.example/repositories/platform%2Fapi"],
    ["a repository that is not there", "light", "", "#/registries/registry.acme.example/repositories/missing"],
    ["Docker Hub", "light", "", "#/registries/docker.io/repositories/library%2Fredis"],
    ["a registry on a plain engine", "light", "?managed=no", "#/registries/ghcr.io/repositories"],
    ["a login that cannot be read", "dark", "", "#/registries/quay.io/connection"],
    ["a login by AWS", "light", "", "#/registries?login=123456789012.dkr.ecr.eu-west-1.amazonaws.com"],
    ["nothing removed", "light", "", "#/removed"],
    ["nothing removed", "dark", "", "#/removed"],
    ["what was removed on a plain engine", "dark", "?managed=no", "#/removed"],
    ["the push dialog", "dark", "", "#/images?push=redis%3A7.4"],
    ["volumes without permission", "dark", "?engine=connecting&managed=no&denied=1", "#/volumes"],
    ["ports without an engine", "light", "?engine=failed", "#/ports"],
    ["what takes space", "light", "", "#/engine/disk"],
    ["what takes space", "dark", "", "#/engine/disk"],
    ["what takes space with long names", "dark", "?scenario=long", "#/engine/disk"],
    ["nothing that takes space", "light", "?scenario=empty", "#/engine/disk"],
    ["what takes space on a plain engine", "light", "?managed=no", "#/engine/disk"],
    ["the run dialog", "light", "", "#/containers?run=nginx"],
    ["the run dialog", "dark", "", "#/containers?run=nginx"],
    ["the pull dialog", "dark", "", "#/images?pull=nginx"],
    ["an engine that failed", "dark", "?engine=failed", ""],
    ["no permission", "light", "?engine=connecting&managed=no&denied=1", ""],
    ["a stopped engine's page", "light", "?engine=stopped", "#/engine"],
  ])("%s, %s: nothing for axe, nothing sideways, no errors", async (_name, theme, query, hash) => {
    const { page, problems } = await windows.open(query, { hash, dark: theme === "dark", width: 960, height: 640 });
    await page.getByRole("heading", { level: 1 }).or(page.getByRole("dialog")).first().waitFor();
    await page.waitForTimeout(300);
    expect(await violations(page)).toEqual([]);
    expect(await sideways(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it.each(["light", "dark"])("has nothing for axe in what opens over it, %s", async (theme) => {
    const { page } = await windows.open("", { dark: theme === "dark", reducedMotion: true });
    const list = new ContainersPage(page);
    await list.row("grafana").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Restart" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await list.row("grafana").getByRole("button", { name: "More actions for grafana" }).click();
    await page.getByRole("menu").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("menu").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByRole("dialog", { name: "Filter" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.evaluate("fake.setEngine('connecting'), fake.setEngine('connected')");
    await page.getByRole("button", { name: "Notifications, 1 new" }).click();
    await page.getByRole("list", { name: "What happened" }).getByText("The engine was away, and is back.").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  it("leads to the first steps once, also where the engine cannot start, and runs the sample there", async () => {
    const { page } = await windows.open("?scenario=empty&first&engine=failed");
    const machine = page.getByRole("region", { name: "This machine" });
    await machine.getByText("sudo apt-get install -y --no-install-recommends conmon rootlesskit").waitFor();
    expect(await page.getByRole("button", { name: "Build and run the sample" }).isDisabled()).toBe(true);
    await page.evaluate("fake.setEngine('connected')");
    await machine.getByText("The engine is running.").waitFor();
    await page.getByRole("button", { name: "Build and run the sample" }).click();
    await page.getByRole("status").getByText(/^runs, .* after the click/).waitFor();
    await page.getByRole("button", { name: "Show the container" }).click();
    await new ContainerPage(page, "slipway-sample").main.waitFor();
    await page.evaluate("fake.client.containers.remove({ id: 'slipway-sample', force: true })");
    await new AppPage(page).goTo("Containers");
    await page.getByRole("heading", { name: "No containers yet" }).waitFor();
    await new AppPage(page).command("first steps");
    await page.getByRole("heading", { name: "First steps" }).waitFor();
    await page.getByRole("button", { name: "Skip" }).or(page.getByRole("button", { name: "Go to containers" })).click();
    await page.getByRole("heading", { name: "No containers yet" }).waitFor();
    await page.context().close();
  });

  it("shows each image of the list by its tag, and a container's age and ports in full, at the width it is designed for", async () => {
    const { page } = await windows.open("", { reducedMotion: true });
    const list = new ContainersPage(page);
    await list.says("proxy", /Exited \(137\) 1 month(?! ago)/);
    await list.says("queue", "+2");
    const cut = await page.evaluate(`[...document.querySelectorAll('[role="gridcell"] *')].filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).textOverflow === "ellipsis").map((each) => each.textContent)`);
    expect(cut).toEqual([]);
    await page.context().close();
  });

  it("keeps searches of images under names", async () => {
    const { page } = await windows.open("", { hash: "#/images" });
    const search = page.getByRole("searchbox", { name: "Search images" });
    await search.fill("acme");
    await page.getByRole("radio", { name: "In use" }).click();
    await page.getByRole("button", { name: "Saved filters" }).click();
    await page.getByRole("textbox", { name: "Name for this filter" }).fill("ours");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Filter ours" }).getByText("in use, acme").waitFor();
    await page.keyboard.press("Escape");
    await search.fill("");
    await page.getByRole("radio", { name: "All" }).click();
    await new ImagesPage(page).see("busybox:latest");
    await page.getByRole("button", { name: "Saved filters" }).click();
    await page.getByRole("button", { name: "Filter ours" }).click();
    await page.keyboard.press("Escape");
    expect(await search.inputValue()).toBe("acme");
    expect(await page.getByRole("radio", { name: "In use", checked: true }).count()).toBe(1);
    await page.getByRole("row", { name: /busybox/ }).waitFor({ state: "detached" });
    await page.context().close();
  });

  it("runs and pushes an image by the tag that is chosen", async () => {
    const { page } = await windows.open("", { hash: "#/images/redis:7.4" });
    await page.evaluate("fake.client.images.tag({ id: 'redis:7.4', target: 'registry.acme.example/cache:1' })");
    await page.getByRole("button", { name: "Push registry.acme.example/cache:1" }).click();
    await page.getByRole("dialog").getByText("registry.acme.example/cache:1").or(page.getByRole("dialog").locator("input[value='registry.acme.example/cache:1']")).first().waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Run registry.acme.example/cache:1" }).click();
    expect(await new RunDialog(page).commandLine()).toContain("registry.acme.example/cache:1");
    await page.context().close();
  });

  it("shows no secret in what an edit changes, until asked", async () => {
    const { page } = await windows.open("", { hash: "#/containers?edit=storefront-db" });
    const { form } = new EditDialog(page, "storefront-db");
    await form.getByRole("button", { name: "Add variable" }).click();
    await form.getByRole("textbox", { name: /^Variable name/ }).last().fill("DB_PASSWORD");
    await form.getByRole("textbox", { name: /^Variable value/ }).last().fill("hunter2");
    await page.getByRole("button", { name: "Review changes" }).click();
    const dialog = page.getByRole("dialog", { name: "Changes to storefront-db" });
    await dialog.getByText("DB_PASSWORD=••••••••").waitFor();
    expect(await dialog.innerText()).not.toContain("hunter2");
    await dialog.getByRole("button", { name: "Show secrets" }).click();
    await dialog.getByText("DB_PASSWORD=hunter2").waitFor();
    await page.context().close();
  });

  it("skips the first steps for good", async () => {
    const { page } = await windows.open("?scenario=empty&first");
    await page.getByRole("button", { name: "Skip" }).click();
    await page.getByRole("heading", { name: "No containers yet" }).waitFor();
    await new AppPage(page).goTo("Images");
    await new AppPage(page).goTo("Containers");
    await page.getByRole("heading", { name: "No containers yet" }).waitFor();
    await page.context().close();
  });

  it("opens at the address that it is given", async () => {
    const { page } = await windows.open("", { hash: "#/containers/storefront-web/files/%2Fetc%2Fnginx%2Fnginx.conf" });
    await page.getByRole("region", { name: "Preview of nginx.conf" }).getByText("worker_connections").waitFor();
    await page.getByRole("button", { name: "Notifications" }).click();
    await page.getByText("Nothing has happened since this window was opened.").waitFor();
    await page.context().close();
  });

  it("browses files with the keyboard alone, and takes what is dropped on a folder", async () => {
    const { page } = await windows.open("", { hash: "#/containers/storefront-web/files" });
    const row = (name: string) => page.getByRole("row", { name, exact: true });
    const dropped = await page.evaluateHandle('(() => { const data = new DataTransfer(); data.items.add(new File(["dropped"], "dropped.txt")); return data; })()');
    await row("bin").waitFor();
    await page.getByRole("grid").dispatchEvent("dragover", { dataTransfer: dropped });
    await page.getByText("Drop to upload into /").waitFor();
    await page.getByRole("grid").dispatchEvent("drop", { dataTransfer: dropped });
    await row("dropped.txt").filter({ hasText: "7 B" }).waitFor();
    await row("bin").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator('[data-row="nginx"]:focus').waitFor();
    await page.keyboard.press("ArrowDown");
    await page.locator('[data-row="hosts"]:focus').waitFor();
    await page.keyboard.press("Backspace");
    await page.locator('[data-row="etc"]:focus').waitFor();
    await page.keyboard.press("F2");
    await page.getByRole("dialog", { name: "Rename etc" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("nginx.c");
    await row("/etc/nginx/nginx.conf").waitFor();
    await page.context().close();
  });

  it("is usable with the keyboard alone", async () => {
    const { page } = await windows.open();
    const list = new ContainersPage(page);
    await list.see("queue");
    await page.keyboard.press("/");
    await page.keyboard.type("storefront");
    await list.gone("queue");
    await list.row("storefront-worker").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await page.keyboard.press("Shift+ArrowDown");
    await page.getByRole("toolbar", { name: "Selected rows" }).getByText("2 selected").waitFor();
    await page.keyboard.press("Delete");
    await page.getByRole("alertdialog", { name: "Remove 2 containers" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("alertdialog").waitFor({ state: "hidden" });
    await page.keyboard.press("Escape");
    await list.row("storefront-web").focus();
    await page.keyboard.press("Enter");
    await new ContainerPage(page, "storefront-web").main.waitFor();
    await page.keyboard.press("Alt+ArrowLeft");
    await list.see("storefront-web");
    expect(await page.getByRole("searchbox").inputValue()).toBe("storefront");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await new AppPage(page).command("logs of grafana");
    await new ContainerPage(page, "grafana").log.waitFor();
    await page.context().close();
  });

  it("reaches volumes, networks, registries, transfers and ports by keyboard, refuses what is used, and says what an engine does not offer", async () => {
    const { page } = await windows.open();
    await new ContainersPage(page).see("queue");
    await page.keyboard.press("5");
    const volumes = new ListPage(page, "Volumes");
    await volumes.row("old-backups").focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Shift+ArrowDown");
    await page.getByRole("toolbar", { name: "Selected rows" }).getByText("2 selected").waitFor();
    await page.keyboard.press("Delete");
    const question = page.getByRole("alertdialog", { name: "Remove old-backups" });
    await question.getByText("This one stays, because a container uses it: storefront-cache (storefront-cache).").waitFor();
    await page.keyboard.press("Escape");
    await question.waitFor({ state: "hidden" });
    await page.keyboard.press("Escape");
    await volumes.row("grafana").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("main", { name: "Volume grafana" }).waitFor();
    await page.keyboard.press("Alt+ArrowLeft");
    // Going back takes a browser a moment: a key that goes elsewhere meanwhile would be undone by it.
    await volumes.see("old-backups");
    await page.keyboard.press("6");
    await new ListPage(page, "Networks").see("experiments");
    await new AppPage(page).command("create a network");
    const form = new FormDialog(page, "Create a network");
    await form.fill({ Name: "not-offered" });
    await page.keyboard.press("Enter");
    await form.says("This engine does not offer networks of your own.");
    await page.keyboard.press("Escape");
    await form.closed();
    await new AppPage(page).command("create a network");
    expect(await form.commandLine()).toBe("docker network create not-offered");
    await page.keyboard.press("Escape");
    await form.closed();
    await page.keyboard.press("7");
    await page.getByRole("grid", { name: "Registries" }).getByRole("row", { name: "registry.acme.example", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "platform/worker" }).waitFor();
    await page.keyboard.press("t");
    await page.getByRole("dialog", { name: "Transfers" }).getByText(/^Paused at /).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("4");
    await new ListPage(page, "Ports").says("8080/tcp of proxy", "Held by storefront-web");
    await page.context().close();
  });

  it("keeps a list still under the pointer", async () => {
    const { page } = await windows.open();
    const list = new ContainersPage(page);
    await list.row("grafana").hover();
    await page.evaluate("fake.client.containers.run({ image: 'busybox', name: 'newcomer' }).then(() => undefined)");
    await page.getByRole("button", { name: "1 new container" }).waitFor();
    expect(await list.row("newcomer").count()).toBe(0);
    await page.evaluate("fake.client.containers.remove({ id: 'queue', force: true })");
    await page.waitForTimeout(200);
    expect(await list.row("queue").getAttribute("aria-disabled")).toBe("true");
    await page.mouse.move(5, 5);
    await list.see("newcomer");
    await list.gone("queue");
    await page.context().close();
  });

  it("says in a tooltip what an element means: after a rest, at once beside it, by keyboard, and no longer than the element is there", async () => {
    const { page } = await windows.open();
    const list = new ContainersPage(page);
    const tip = page.locator("[class*=tip_]");
    await list.row("grafana").getByRole("link", { name: "3000:3000" }).hover();
    expect(await tip.count()).toBe(0);
    await tip.getByText("Open http://localhost:3000").waitFor();
    await list.row("grafana").getByRole("button", { name: "Restart grafana" }).hover();
    await tip.getByText("Restart", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await tip.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Prune containers" }).hover();
    await tip.getByText("Prune containers").hover();
    await page.waitForTimeout(400);
    expect(await tip.innerText()).toBe("Prune containers");
    await page.mouse.move(5, 5);
    await tip.waitFor({ state: "hidden" });
    await page.getByRole("radio", { name: "All" }).focus();
    await page.keyboard.press("Tab");
    await tip.getByText("Group by project").waitFor();
    await page.keyboard.press("Tab");
    await tip.getByText("Prune containers").waitFor();
    await list.row("grafana").getByRole("link", { name: "3000:3000" }).hover();
    await tip.getByText("Open http://localhost:3000").waitFor();
    await page.keyboard.press("2");
    await tip.waitFor({ state: "hidden" });
    await page.context().close();
  });

  it("validates the run form while typing, names who holds a port and keeps what was typed", async () => {
    const { page } = await windows.open("", { hash: "#/containers?run=postgres:16-alpine" });
    const run = new RunDialog(page);
    await run.fill({ name: "a b", ports: [["5433", "5432"]], volumes: [["pgdata", "var"]] });
    await run.dialog.getByText("The name may contain letters").waitFor();
    await run.dialog.getByText("The path in the container must be an absolute path.").waitFor();
    await run.dialog.getByText("Port 5433 is held by postgres, PID 812.").waitFor();
    await run.dialog.getByRole("button", { name: "Use 5434" }).click();
    await page.keyboard.press("Escape");
    await page.evaluate("fake.setEngine('stopped'), fake.setEngine('connected')");
    await page.getByRole("main", { name: "Containers" }).getByRole("button", { name: "Run", exact: true }).click();
    expect(await run.commandLine()).toContain("docker run -d --name 'a b' -p 5434:5432 -v pgdata:var postgres:16-alpine");
    await run.dialog.getByRole("textbox", { name: "Name", exact: true }).fill("grafana");
    await run.dialog.getByRole("textbox", { name: "Path in the container of mount 1" }).fill("/var");
    await run.dialog.getByRole("button", { name: "Run", exact: true }).last().click();
    await run.dialog.getByText("The name grafana is taken by another container.").waitFor();
    await run.dialog.getByRole("textbox", { name: "Name", exact: true }).fill("db-2");
    await run.run();
    await new ContainerPage(page, "db-2").log.waitFor();
    await page.context().close();
  });

  it("shows layers while pulling, cancels, and says why a pull failed", async () => {
    const { page } = await windows.open("", { hash: "#/images" });
    const images = new ImagesPage(page);
    await images.startPull("acme/search");
    await images.pullDialog.getByRole("list", { name: "Layers" }).getByText("Downloading").first().waitFor();
    await images.pullDialog.getByRole("button", { name: "Cancel pull" }).click();
    await images.pullDialog.getByText("Cancelled.").waitFor();
    await images.pullDialog.getByRole("textbox").fill("missing:1");
    await images.pullDialog.getByRole("button", { name: "Pull", exact: true }).click();
    await images.pullDialog.getByRole("alert").getByText("The registry has no image missing:1.").waitFor();
    await page.context().close();
  });

  it("comes back by itself when the engine does", async () => {
    const { page } = await windows.open("?engine=failed");
    await page.getByRole("alert").getByText("The engine did not start.").waitFor();
    await page.getByRole("button", { name: "Start engine" }).click();
    await new ContainersPage(page).see("grafana");
    await page.context().close();
  });

  it("scrolls 1,000 containers and reads a log of 1,000,000 lines", async () => {
    const { page } = await windows.open("?scenario=many&log=1000000");
    const list = new ContainersPage(page);
    await list.see("storefront-worker-0002");
    expect(await page.getByRole("row").count()).toBeLessThan(60);
    await page.keyboard.press("/");
    await page.keyboard.type("storefront-worker-0002");
    await list.open("storefront-worker-0002");
    const container = new ContainerPage(page, "storefront-worker-0002");
    await container.tab("Logs");
    await container.main.getByRole("button", { name: "Load the whole log" }).click();
    await container.main.getByText(/Live, (1,000,0|99\d,)/).waitFor({ timeout: 90_000 });
    await page.keyboard.press("/");
    await page.keyboard.type("order 1025036");
    await container.main.getByText("1 of 1 line").waitFor();
    await container.logSays("payment gateway answered 503 for order 1025036");
    expect(await container.marks.count()).toBe(1);
    await page.context().close();
  });
});
