/** The journey of a first day: pull, run with a port, look, read the log, open a shell, stop, remove. With real clicks. */
import { AxeBuilder } from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEngine, type EngineKind, type TestEngine } from "../fixtures/engines.ts";
import { waitFor } from "../fixtures/exec.ts";
import { pushTestImages } from "../fixtures/images.ts";
import { freePort, startRegistry, type TestRegistry } from "../fixtures/registry.ts";
import { missing, openDesktop, type Desktop, type HostKind } from "../harness/desktop.ts";
import { AppPage } from "../pages/app-page.ts";
import { ContainerPage } from "../pages/container-page.ts";
import { ContainersPage } from "../pages/containers-page.ts";
import { ImagesPage } from "../pages/images-page.ts";
import { RunDialog } from "../pages/run-dialog.ts";

const hosts: readonly HostKind[] = ["browser", "electron"];
const ours = process.getuid?.() === 0 ? ["ours-rootful", "ours-rootless"] : ["ours-rootless"];
const engines = (process.env["SLIPWAY_E2E_ENGINES"]?.split(",") ?? ours) as EngineKind[];
const NAME = "web-1";
const COMMAND = `sh -c 'trap "exit 0" TERM; httpd -p 8080 -h /var/www; i=0; while true; do i=$((i+1)); echo "tick $i of $COLOR"; sleep 0.2; done'`;

for (const host of hosts) {
  const reason = missing(host);
  if (reason) console.warn(`SKIPPED: the journey in ${host}, because ${reason}.`);
  describe.skipIf(reason !== undefined).each(engines)(`the journey in ${host} on %s`, (kind) => {
    let registry: TestRegistry;
    let engine: TestEngine;
    let desktop: Desktop;
    let image: string;
    let port: number;

    beforeAll(async () => {
      registry = await startRegistry();
      await pushTestImages(registry.url);
      engine = await startEngine(kind);
      image = `${registry.host}/busybox:1.0`;
      port = await freePort();
      desktop = await openDesktop(host, { socket: engine.socket, name: `${host}-${kind}` });
      desktop.page.setDefaultTimeout(20_000);
    });
    afterAll(async () => {
      await desktop?.[Symbol.asyncDispose]();
      await engine?.[Symbol.asyncDispose]();
      await registry?.[Symbol.asyncDispose]();
    });

    it("connects and says what a container is", async () => {
      const app = new AppPage(desktop.page);
      await app.connected();
      await desktop.page.getByRole("heading", { name: "No containers yet" }).waitFor();
      await desktop.shot("1-empty");
    });

    it("pulls an image with progress", async () => {
      const images = new ImagesPage(desktop.page);
      await new AppPage(desktop.page).goTo("Images");
      await images.startPull(image);
      await images.pulled();
      await desktop.shot("2-pulled");
      await images.see(image);
    });

    it("runs it with a published port", async () => {
      const run = new RunDialog(desktop.page);
      await new ImagesPage(desktop.page).pullDialog.getByRole("button", { name: "Run" }).click();
      await run.dialog.waitFor();
      await run.fill({ name: NAME, command: COMMAND, ports: [[String(port), "8080"]], env: [["COLOR", "sea green"]] });
      expect(await run.commandLine()).toContain(`docker run -d --name ${NAME} -p ${port}:8080 -e 'COLOR=sea green' ${image} sh -c`);
      await desktop.shot("3-run");
      await accessible("the run dialog");
      await run.run();
      await waitFor("the published port", async () => (await fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text(), () => "")) === "hello from slipway\n");
    });

    it("shows the log while it grows", async () => {
      const container = new ContainerPage(desktop.page, NAME);
      await container.logSays(/tick \d+ of sea green/);
      const before = await container.lastNumber(/tick (\d+) of/);
      await waitFor("more lines", async () => (await container.lastNumber(/tick (\d+) of/)) > before + 3);
      await desktop.shot("4-log");
      await accessible("the log");
      await container.press("Pause");
      const paused = await container.lastNumber(/tick (\d+) of/);
      await desktop.page.waitForTimeout(800);
      expect(await container.lastNumber(/tick (\d+) of/)).toBe(paused);
      await container.press("Resume");
      await waitFor("lines after the pause", async () => (await container.lastNumber(/tick (\d+) of/)) > paused + 3);
    });

    it("opens a shell inside", async () => {
      const container = new ContainerPage(desktop.page, NAME);
      await container.tab("Terminal");
      await container.shell("echo answer-$((40+2))-$COLOR", "answer-42-sea green");
      await desktop.shot("5-terminal");
      await accessible("the terminal");
    });

    it("lists it with its port, live", async () => {
      const containers = new ContainersPage(desktop.page);
      await new AppPage(desktop.page).goTo("Containers");
      await containers.says(NAME, "Running");
      await containers.says(NAME, `${port}:8080`);
      await engine.docker.run(["run", "-d", "--name", "from-the-cli", image, "sleep", "100"]);
      await containers.see("from-the-cli");
      await desktop.shot("6-list");
      await accessible("the list");
      await engine.docker.run(["rm", "-f", "from-the-cli"]);
      await containers.gone("from-the-cli");
    });

    it("stops and starts it", async () => {
      const containers = new ContainersPage(desktop.page);
      await containers.act(NAME, "Stop");
      await containers.says(NAME, /Exited \(\d+\)/);
      await containers.act(NAME, "Start");
      await containers.says(NAME, "Running");
      expect((await engine.docker.run(["ps", "--format", "{{.Names}}"])).stdout.trim()).toBe(NAME);
    });

    it("removes the container after asking, then the image", async () => {
      const app = new AppPage(desktop.page);
      const containers = new ContainersPage(desktop.page);
      await containers.act(NAME, "Remove");
      await desktop.shot("7-remove");
      await app.confirm(`Remove ${NAME}`);
      await containers.gone(NAME);
      expect((await engine.docker.run(["ps", "-aq"])).stdout).toBe("");
      await app.goTo("Images");
      await new ImagesPage(desktop.page).remove(image);
      await app.confirm(`Remove ${image}`);
      await desktop.page.mouse.move(2, 2);
      await desktop.page.getByRole("heading", { name: "No images yet" }).waitFor();
    });

    it("leaves no error in the page", async () => {
      await new AppPage(desktop.page).goTo("Engine");
      await accessible("the engine");
      await desktop.shot("8-engine");
      expect(desktop.problems).toEqual([]);
    });

    /** Nothing for axe to complain about on what is shown now. */
    async function accessible(what: string): Promise<void> {
      const { violations } = await new AxeBuilder({ page: desktop.page }).analyze();
      expect(violations.map((violation) => `${what}: ${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
    }
  });
}
