/** Containers in depth with real clicks on a real engine: what they use, what they changed, terminals, projects, filters, every action; each step checked with Docker's CLI. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { journeys } from "../harness/journeys.ts";
import { AppPage } from "../pages/app-page.ts";
import { ContainerPage } from "../pages/container-page.ts";
import { ContainersPage } from "../pages/containers-page.ts";
import { RunDialog } from "../pages/run-dialog.ts";
import { FormDialog } from "../pages/storage-pages.ts";

const SERVE = "echo written > /root/notes; trap 'exit 0' TERM; while read -r line; do echo heard $line; done; while true; do sleep 0.1; done";

journeys("containers", "containers", (stage) => {
  let list: ContainersPage;
  let image: string;

  beforeAll(async () => {
    image = stage.image;
    await stage.docker("pull", "-q", image);
    const project = (service: string): string[] => ["--label", "com.docker.compose.project=shop", "--label", `com.docker.compose.service=${service}`, "--network", "none"];
    await stage.docker("run", "-di", "--name", "api", ...project("api"), "--env", "API_TOKEN=for-few-eyes", "--memory", "64m", "--volume", "/data", image, "sh", "-c", SERVE);
    await stage.docker("run", "-d", "--name", "worker", ...project("worker"), image, "sleep", "1000");
    await stage.docker("run", "-d", "--name", "lonely", "--network", "none", "--stop-timeout", "0", image, "sleep", "1000");
    await stage.docker("create", "--name", "idle", "--network", "none", "--label", "kept=no", image, "true");
    await stage.open();
    list = new ContainersPage(stage.page);
  });

  it("groups a project, says what is used, and closes the group for good", async () => {
    const { page } = stage;
    const heading = page.getByRole("row", { name: "Group shop" });
    await heading.getByText("2 running").waitFor();
    await list.row("api").getByText(/\d %/).waitFor();
    await list.row("api").getByText(/\d+(\.\d+)? (kB|MB)/).waitFor();
    await stage.desktop.shot("list");
    await stage.accessible("the list");
    await heading.getByRole("button", { name: "Close shop" }).click();
    await list.gone("worker");
    await page.reload();
    await heading.getByRole("button", { name: "Open shop" }).click();
    await list.see("worker");
  });

  it("narrows by what is clicked in the filter, and keeps it under a name", async () => {
    const { page } = stage;
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByRole("button", { name: "Created", exact: true }).click();
    await list.gone("api");
    await page.getByRole("textbox", { name: "Label" }).fill("kept=no");
    expect(await page.getByRole("searchbox", { name: "Search containers" }).inputValue()).toBe("state:created label:kept=no");
    await page.getByRole("textbox", { name: "Name for this filter" }).fill("leftovers");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Filter leftovers" }).waitFor();
    await stage.accessible("the filter");
    await page.keyboard.press("Escape");
    await list.see("idle");
    await page.getByRole("button", { name: "Clear search" }).click();
    await list.see("api");
  });

  it("renames, commits and exports from the context menu", async () => {
    await list.menu("idle", "Rename");
    const rename = new FormDialog(stage.page, "Rename idle");
    await rename.fill({ "New name": "api" });
    await rename.says("Another container is called api.");
    await rename.fill({ "New name": "rested" });
    await rename.press("Rename");
    await rename.closed();
    await list.see("rested");

    await list.menu("api", "Commit to an image");
    const commit = new FormDialog(stage.page, "Commit api to an image");
    await commit.fill({ Image: "made/here:two", Message: "as it is", Instructions: 'CMD ["true"]' });
    expect(await commit.commandLine()).toBe(`docker commit --change 'CMD ["true"]' --message 'as it is' api made/here:two`);
    await commit.press("Commit");
    await commit.closed();
    expect(await stage.docker("image", "inspect", "-f", "{{json .Config.Cmd}} {{.Comment}}", "made/here:two")).toBe('["true"] as it is');

    await list.menu("api", "Export to a file");
    const file = join(stage.engine.dir, "api.tar");
    const exported = new FormDialog(stage.page, "Export api to a file");
    await exported.fill({ File: file });
    await exported.press("Export");
    await exported.closed();
    expect((await stat(file)).size).toBeGreaterThan(10_000);
  });

  it("shows settings with secrets hidden, live charts, processes and changes", async () => {
    const { page } = stage;
    const api = new ContainerPage(page, "api");
    await list.open("api");
    const environment = api.main.getByRole("region", { name: "Environment" });
    await environment.getByText("••••••••").waitFor();
    expect(await api.main.getByText("for-few-eyes").count()).toBe(0);
    await environment.getByRole("button", { name: "Show API_TOKEN" }).click();
    await environment.getByText("for-few-eyes").waitFor();
    await stage.accessible("the overview");

    await api.tab("Stats");
    await api.main.getByRole("region", { name: "Memory" }).getByText(/of 67\.1 MB|of \d/).waitFor();
    await api.main.getByRole("region", { name: "CPU" }).getByText(/\d %/).waitFor();
    await api.main.getByRole("region", { name: "List of processes" }).getByRole("cell", { name: /sh -c/ }).waitFor();
    await stage.desktop.shot("stats");
    await stage.accessible("the charts");

    await api.tab("Changes");
    await api.main.getByRole("treeitem", { name: /^notes, added, \d+ B$/ }).waitFor();
    await api.main.getByRole("radio", { name: "By size" }).click();
    await api.main.getByText(/^\d.* in files$/).waitFor();
    await stage.accessible("the changes");

    await api.tab("Inspect");
    await page.getByRole("searchbox", { name: "Search, or .path" }).fill(".hostconfig.memory");
    await api.main.getByText(".HostConfig.Memory", { exact: true }).waitFor();
    await stage.accessible("the answer of the engine");
  });

  it("keeps terminals open while one walks around, and attaches without ending anything", async () => {
    const { page } = stage;
    const api = new ContainerPage(page, "api");
    await api.tab("Terminal");
    await api.shell("echo one-$((1+1))", "one-2");
    await page.getByRole("button", { name: "New terminal" }).click();
    await page.getByRole("combobox", { name: "Shell" }).locator("option", { hasText: "/bin/sh" }).waitFor({ state: "attached" });
    await page.getByRole("combobox", { name: "Shell" }).selectOption("/bin/sh");
    await page.getByRole("textbox", { name: "Working directory" }).fill("/etc");
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await api.shell("pwd", "/etc");
    await page.getByRole("button", { name: "New terminal" }).click();
    await page.getByRole("button", { name: "Attach to the main process" }).click();
    await page.getByRole("status").filter({ hasText: "Attached to api" }).waitFor();
    await api.terminal.locator("textarea").focus();
    await page.keyboard.type("hello\n");
    await api.terminal.getByText("heard hello").first().waitFor();
    await stage.accessible("the terminals");
    await page.getByRole("button", { name: "Detach" }).click();
    await api.tab("Overview");
    await api.tab("Terminal");
    await page.getByRole("tab", { name: "1 Shell" }).click();
    await api.terminal.getByText("one-2", { exact: true }).first().waitFor();
    await expect.poll(() => stage.docker("inspect", "-f", "{{.State.Running}}", "api")).toBe("true");
  });

  it("lists, runs, reads a log, filters, selects, stops and removes by keyboard alone", async () => {
    const { page } = stage;
    /** Presses Tab until the focus is on `what`. */
    async function tabTo(what: string): Promise<void> {
      for (let times = 0; times < 40; times++) {
        if (await page.evaluate(`document.activeElement?.matches(${JSON.stringify(what)})`)) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`Tab does not lead to ${what}`);
    }
    /** Presses Tab until the focus is in the field that is called `label`. */
    async function tabToField(label: string): Promise<void> {
      for (let times = 0; times < 40; times++) {
        if (await page.evaluate(`document.activeElement?.labels?.[0]?.textContent?.trim() === ${JSON.stringify(label)}`)) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`Tab does not lead to the field ${label}`);
    }
    // Under a pointer the list would keep still.
    await page.mouse.move(2, 2);
    // A terminal has the focus, and every key but this one.
    await page.keyboard.press("F6");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Commands" }).waitFor();
    await page.keyboard.type("go to containers");
    await page.keyboard.press("Enter");
    await list.see("lonely");
    await page.getByRole("dialog", { name: "Commands" }).waitFor({ state: "hidden" });
    await page.keyboard.press("r");
    await new RunDialog(page).dialog.waitFor();
    await tabToField("Image");
    await page.keyboard.type(stage.image);
    await tabToField("Name");
    await page.keyboard.type("by-key");
    await tabToField("Command");
    await page.keyboard.type("sh -c 'echo typed; exec sleep 1000'");
    await page.keyboard.press("Enter");
    await new ContainerPage(page, "by-key").logSays("typed");
    await page.keyboard.press("1");
    await list.says("by-key", "Running");
    await stage.docker("rm", "-f", "by-key");
    await page.keyboard.press("/");
    await page.keyboard.type("state:running lonely");
    await list.gone("api");
    await tabTo("[data-row]");
    await page.keyboard.press("Space");
    await page.getByRole("toolbar", { name: "Selected rows" }).getByText("1 selected").waitFor();
    await page.keyboard.press("Shift+F10");
    await page.getByRole("menuitem", { name: "Stop" }).waitFor();
    await page.keyboard.type("sto");
    await page.keyboard.press("Enter");
    await list.gone("lonely");
    // The list is ahead of the engine: it shows at once what was asked for.
    await expect.poll(() => stage.docker("inspect", "-f", "{{.State.Status}}", "lonely")).toBe("exited");
    await page.getByRole("menu").waitFor({ state: "detached" });
    await page.keyboard.press("/");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("lonely");
    await list.see("lonely");
    await tabTo("[data-row]");
    await page.keyboard.press("Delete");
    await page.getByRole("alertdialog", { name: "Remove lonely" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await list.gone("lonely");
    await page.getByRole("alertdialog").waitFor({ state: "detached" });
    await page.keyboard.press("/");
    await page.keyboard.press("Escape");
    await list.see("api");
    await expect.poll(() => stage.docker("ps", "-aq", "--filter", "name=lonely")).toBe("");
  });

  it("prunes what does not run, with its bytes, and removes a project with its anonymous volume named", async () => {
    const { page } = stage;
    await page.getByRole("button", { name: "Prune containers" }).click();
    const prune = page.getByRole("dialog", { name: "Prune containers" });
    await prune.getByText(/This frees/).waitFor();
    await prune.getByText("rested").waitFor();
    await stage.accessible("the prune");
    await prune.getByRole("button", { name: "Remove 1 container" }).click();
    await prune.waitFor({ state: "hidden" });
    await list.gone("rested");

    const volume = await stage.docker("inspect", "-f", "{{(index .Mounts 0).Name}}", "api");
    await page.getByRole("row", { name: "Group shop" }).hover();
    await page.getByRole("button", { name: "Remove all of shop" }).click();
    const question = page.getByRole("alertdialog", { name: "Remove project shop" });
    await question.getByText(`${volume.slice(0, 12)} at /data`).waitFor();
    await question.getByText(/api, worker|worker, api/).waitFor();
    await new AppPage(page).confirm("Remove project shop");
    await page.mouse.move(2, 2);
    await page.getByRole("heading", { name: "No containers yet" }).waitFor();
    await expect.poll(() => stage.docker("volume", "ls", "-q")).toBe("");
    expect(stage.desktop.problems).toEqual([]);
  });
}, { rootful: true });
