/**
 * Two engines, ours and a real dockerd, and the change between them: every window follows, forms keep what was typed, and the
 * core of a day's work goes the same way on a plain dockerd. With real clicks.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, startDockerd, TEST_IMAGE, type TestDaemon } from "../../electron/testing/dockerd.ts";
import { tempDir, waitFor, type TempDir } from "../fixtures/exec.ts";
import { startEngine, type TestEngine } from "../fixtures/engines.ts";
import { missing, openDesktop, type Desktop } from "../harness/desktop.ts";
import { HOSTS } from "../harness/journeys.ts";
import { violations } from "../harness/looks.ts";
import { AppPage } from "../pages/app-page.ts";
import { BuildPages } from "../pages/build-page.ts";
import { ConnectionsPage } from "../pages/connections-page.ts";
import { ContainerPage } from "../pages/container-page.ts";
import { ContainersPage } from "../pages/containers-page.ts";
import { DiskPage } from "../pages/disk-page.ts";
import { ImagesPage } from "../pages/images-page.ts";
import { RunDialog } from "../pages/run-dialog.ts";

const NAME = "on-dockerd";
const BUILT = "classic/greeter:1";

for (const host of HOSTS) {
  const reason = missing(host);
  if (reason) console.warn(`SKIPPED: two engines in ${host}, because ${reason}.`);
  describe.skipIf(reason !== undefined)(`two engines in ${host}`, () => {
    let ours: TestEngine;
    let dockerd: TestDaemon;
    let desktop: Desktop;
    let second: Page;
    let app: AppPage;
    let project: TempDir;
    let connections: ConnectionsPage;

    beforeAll(async () => {
      project = await tempDir("classic");
      await writeFile(join(project.path, "Dockerfile"), `FROM ${TEST_IMAGE} AS page\nARG NAME=nobody\nCOPY greeting /greeting\nRUN sed -i "s/NAME/$NAME/" /greeting && echo changed\nRUN exit 4\nCMD ["cat", "/greeting"]\n`);
      await writeFile(join(project.path, "greeting"), "hello NAME\n");
      [ours, dockerd] = await Promise.all([startEngine("ours-rootful"), startDockerd()]);
      desktop = await openDesktop(host, { socket: ours.socket, name: `connections-${host}` });
      desktop.page.setDefaultTimeout(20_000);
      app = new AppPage(desktop.page);
      connections = new ConnectionsPage(desktop.page);
      await app.connected();
      // Another window of the same host.
      second = host === "browser" ? await desktop.page.context().newPage() : desktop.page;
      if (second !== desktop.page) await second.goto(desktop.page.url());
    });
    afterAll(async () => {
      await desktop?.[Symbol.asyncDispose]();
      await project?.[Symbol.asyncDispose]();
      await dockerd?.[Symbol.asyncDispose]();
      await ours?.[Symbol.asyncDispose]();
    });

    it("says what is wrong with an address while it is typed, and what answers there", async () => {
      await connections.open();
      await desktop.page.getByRole("main").getByRole("button", { name: "Add a connection" }).click();
      await connections.fill({ Name: "Plain Docker", Address: "tcp://127.0.0.1" });
      await connections.dialog.getByText("A TCP address has a host and a port").waitFor();
      await connections.fill({ Address: "/nowhere/docker.sock" });
      await connections.dialog.getByRole("button", { name: "Test" }).click();
      await connections.dialog.getByText("No engine answers at unix:///nowhere/docker.sock.").waitFor();
      await accessible("the new connection");
      await connections.fill({ Address: dockerd.socketPath });
      await connections.dialog.getByRole("button", { name: "Test" }).click();
      await connections.dialog.getByText(/ answers \(API /).waitFor();
      await connections.dialog.getByRole("button", { name: "Add", exact: true }).click();
      await connections.dialog.waitFor({ state: "hidden" });
      await connections.says("Plain Docker", / answers \(API /);
      await desktop.shot("1-added");
      await accessible("the connections");
    });

    it("changes over at once, in every window, and keeps what is typed into a form", async () => {
      const run = new RunDialog(desktop.page);
      await app.command("run a container");
      await run.fill({ name: "half-typed" });
      await desktop.page.keyboard.press("Escape");
      await run.dialog.waitFor({ state: "hidden" });
      await new AppPage(second).goTo("Images");
      await connections.open();
      await connections.use("Plain Docker");
      await desktop.page.getByRole("contentinfo", { name: "Status" }).getByText(/^Plain Docker: /).waitFor();
      await new ImagesPage(second).see(TEST_IMAGE);
      await second.getByRole("contentinfo", { name: "Status" }).getByText(/^Plain Docker: /).waitFor();
      await app.command("run a container");
      expect(await run.dialog.getByRole("textbox", { name: "Name", exact: true }).inputValue()).toBe("half-typed");
      await desktop.page.keyboard.press("Escape");
      await run.dialog.waitFor({ state: "hidden" });
    });

    it("runs a container there, and shows it with its log", async () => {
      const run = new RunDialog(desktop.page);
      await app.goTo("Images");
      await new ImagesPage(desktop.page).see(TEST_IMAGE);
      await desktop.page.goto(`${desktop.page.url().split("#")[0] ?? ""}#/images?run=${TEST_IMAGE}`);
      await run.dialog.waitFor();
      await run.fill({ name: NAME, command: `sh -c 'trap "exit 0" TERM; i=0; while true; do i=$((i+1)); echo "tick $i"; sleep 0.2; done'` });
      await run.run();
      await new ContainerPage(desktop.page, NAME).logSays(/tick \d+/);
      expect((await docker(dockerd.socketPath, "ps", "--format", "{{.Names}}")).stdout.trim()).toBe(NAME);
      expect((await ours.docker.run(["ps", "-aq"])).stdout).toBe("");
    });

    it("opens a shell inside", async () => {
      const container = new ContainerPage(desktop.page, NAME);
      await container.tab("Terminal");
      await container.shell("echo answer-$((40+2))", "answer-42");
      await desktop.shot("2-terminal");
    });

    it("lists it live, stops it and starts it", async () => {
      const containers = new ContainersPage(desktop.page);
      await app.goTo("Containers");
      await containers.says(NAME, "Running");
      await docker(dockerd.socketPath, "run", "-d", "--name", "from-the-cli", TEST_IMAGE, "sleep", "100");
      await containers.see("from-the-cli");
      await docker(dockerd.socketPath, "rm", "-f", "from-the-cli");
      await containers.gone("from-the-cli");
      await containers.act(NAME, "Stop");
      await containers.says(NAME, /Exited \(\d+\)/);
      await containers.act(NAME, "Start");
      await containers.says(NAME, "Running");
    });

    it("builds a folder with its classic builder, shows the steps, and runs the result", async () => {
      const builds = new BuildPages(desktop.page);
      await app.goTo("Build");
      await desktop.page.getByText(/keeps no builds: those that begin here/).waitFor();
      await accessible("no builds");
      await desktop.page.getByRole("button", { name: "Build an image" }).click();
      await builds.form.getByText(/has Docker’s classic builder/).waitFor();
      await builds.fill({ folder: project.path, tag: BUILT, args: [["NAME", "ada"]] });
      await builds.form.getByRole("combobox", { name: "Target" }).getByRole("option", { name: "page", exact: true }).waitFor({ state: "attached" });
      expect(await builds.form.getByRole("tab").allInnerTexts()).toEqual(["Dockerfile"]);
      expect(await builds.form.getByRole("button", { name: "Add secret" }).count()).toBe(0);
      await desktop.shot("3-classic-form");
      await accessible("the form of a classic build");
      await builds.build(BUILT);
      await builds.ended(BUILT, "Failed");
      await builds.main(BUILT).getByRole("alert").getByText("Step 5 failed: its command ended with code 4.").waitFor();
      expect(await builds.main(BUILT).getByRole("button", { name: "Open a shell in it" }).count()).toBe(0);
      await accessible("a failed classic build");
      await builds.main(BUILT).getByRole("button", { name: "Edit and build again" }).click();
      await builds.cards();
      await builds.card("RUN exit 4").focus();
      await desktop.page.keyboard.press("Space");
      await builds.card("RUN exit 4").getByText("Disabled").waitFor();
      await builds.build(BUILT);
      await builds.ended(BUILT, "Built");
      expect(await builds.step(BUILT, 3).getAttribute("aria-label")).toContain("Cached");
      await builds.step(BUILT, 4).click();
      await desktop.shot("4-classic-build");
      await builds.main(BUILT).getByRole("button", { name: "Run", exact: true }).click();
      const run = new RunDialog(desktop.page);
      await run.fill({ name: "greeter" });
      await run.run();
      await desktop.page.getByRole("log", { name: "Log of greeter" }).getByText("hello ada").waitFor();
      await docker(dockerd.socketPath, "rm", "-f", "greeter");
    });

    it("cancels a build there", async () => {
      const builds = new BuildPages(desktop.page);
      await writeFile(join(project.path, "Dockerfile"), `FROM ${TEST_IMAGE}\nRUN sleep 300\n`);
      await app.goTo("Build");
      await builds.list.getByRole("row", { name: BUILT }).first().click();
      await builds.main(BUILT).getByRole("button", { name: "Build again", exact: true }).click();
      await builds.build(BUILT);
      await waitFor("the running step", async () => /Running/.test((await builds.step(BUILT, 2).getAttribute("aria-label")) ?? ""));
      await builds.main(BUILT).getByRole("button", { name: "Cancel", exact: true }).click();
      await builds.ended(BUILT, "Cancelled");
      await waitFor("the daemon to stop it", async () => !(await docker(dockerd.socketPath, "ps", "--no-trunc", "--format", "{{.Command}}")).stdout.includes("sleep 300"));
      await docker(dockerd.socketPath, "rmi", "-f", BUILT);
      await docker(dockerd.socketPath, "image", "prune", "-f");
    });

    it("hides what a plain dockerd does not have", async () => {
      await app.goTo("Engine");
      expect(await desktop.page.getByRole("tab").allInnerTexts()).toEqual(["Engine", "Disk", "Connections", "Calls"]);
      await desktop.page.getByRole("tab", { name: "Calls" }).click();
      await desktop.page.getByRole("heading", { name: /does not list its calls$/ }).waitFor();
      await desktop.page.getByRole("tab", { name: "Engine", exact: true }).click();
      expect(await desktop.page.getByRole("button", { name: /^(Restart|Stop)$/ }).count()).toBe(0);
      await desktop.shot("5-engine");
    });

    it("tells what takes space as far as dockerd does, and frees it", async () => {
      const disk = new DiskPage(desktop.page);
      await docker(dockerd.socketPath, "run", "--name", "spacious", "-v", "room:/data", TEST_IMAGE, "sh", "-c", "head -c 3000000 /dev/zero > /data/three; head -c 2000000 /dev/zero > /two");
      await disk.open();
      await disk.main.getByText(/^This engine tells of images, containers, volumes and its build cache\./).waitFor();
      await disk.says("Container spacious", "2.00 MB");
      await disk.says("Volume room", "spacious");
      expect(await disk.select("Container spacious", "Volume room")).toBe(5_000_000);
      await disk.ask();
      await accessible("the question before freeing");
      expect(await disk.free()).toContain("5.00 MB freed.");
      await disk.gone("Volume room");
      expect((await docker(dockerd.socketPath, "volume", "ls", "-q")).stdout).toBe("");
    });

    it("removes the container, then the image", async () => {
      const containers = new ContainersPage(desktop.page);
      const images = new ImagesPage(desktop.page);
      await app.goTo("Containers");
      await containers.act(NAME, "Remove");
      await app.confirm(`Remove ${NAME}`);
      await containers.gone(NAME);
      await app.goTo("Images");
      await images.remove(TEST_IMAGE);
      await app.confirm(`Remove ${TEST_IMAGE}`);
      await desktop.page.mouse.move(2, 2);
      await desktop.page.getByRole("heading", { name: "No images yet" }).waitFor();
      expect((await docker(dockerd.socketPath, "images", "-q")).stdout).toBe("");
    });

    it("says when it is gone, and goes back to ours from the same screen", async () => {
      await dockerd.stop();
      await desktop.page.getByText("The engine does not answer.").waitFor();
      await desktop.page.getByRole("button", { name: "Use another engine" }).click();
      await connections.says("Plain Docker", /No engine answers at/);
      await desktop.shot("6-gone");
      await connections.use("Given at start");
      await app.goTo("Containers");
      await desktop.page.getByRole("heading", { name: "No containers yet" }).waitFor();
      expect(desktop.problems).toEqual([]);
    });

    /** Nothing for axe to complain about on what is shown now. */
    async function accessible(what: string): Promise<void> {
      expect(await violations(desktop.page), what).toEqual([]);
    }
  });
}
