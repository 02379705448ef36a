/** The journey of a first day: pull, run with a port, look, read the log, open a shell, stop, remove. With real clicks. */
import { beforeAll, expect, it } from "vitest";
import { waitFor } from "../fixtures/exec.ts";
import { freePort } from "../fixtures/registry.ts";
import { journeys } from "../harness/journeys.ts";
import { ContainerPage } from "../pages/container-page.ts";
import { ContainersPage } from "../pages/containers-page.ts";
import { ImagesPage } from "../pages/images-page.ts";
import { RunDialog } from "../pages/run-dialog.ts";

const NAME = "web-1";
const COMMAND = `sh -c 'trap "exit 0" TERM; httpd -p 8080 -h /var/www; i=0; while true; do i=$((i+1)); echo "tick $i of $COLOR"; sleep 0.2; done'`;

journeys("the journey", "journey", (stage) => {
  let image: string;
  let port: number;

  beforeAll(async () => {
    image = stage.image;
    port = await freePort();
    await stage.open();
  });

  it("connects and says what a container is", async () => {
    await stage.page.getByRole("heading", { name: "No containers yet" }).waitFor();
    await stage.desktop.shot("1-empty");
  });

  it("pulls an image with progress", async () => {
    const images = new ImagesPage(stage.page);
    await stage.app.goTo("Images");
    await images.startPull(image);
    await images.pulled();
    await stage.desktop.shot("2-pulled");
    await images.see(image);
  });

  it("runs it with a published port", async () => {
    const run = new RunDialog(stage.page);
    await new ImagesPage(stage.page).pullDialog.getByRole("button", { name: "Run" }).click();
    await run.dialog.waitFor();
    await run.fill({ name: NAME, command: COMMAND, ports: [[String(port), "8080"]], env: [["COLOR", "sea green"]] });
    expect(await run.commandLine()).toContain(`docker run -d --name ${NAME} -p ${port}:8080 -e 'COLOR=sea green' ${image} sh -c`);
    await stage.desktop.shot("3-run");
    await stage.accessible("the run dialog");
    await run.run();
    await waitFor("the published port", async () => (await fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text(), () => "")) === "hello from slipway\n");
  });

  it("shows the log while it grows", async () => {
    const container = new ContainerPage(stage.page, NAME);
    await container.logSays(/tick \d+ of sea green/);
    const before = await container.lastNumber(/tick (\d+) of/);
    await waitFor("more lines", async () => (await container.lastNumber(/tick (\d+) of/)) > before + 3);
    await stage.desktop.shot("4-log");
    await stage.accessible("the log");
    await container.press("Pause");
    // What had come before is painted with the button.
    await stage.page.getByRole("button", { name: "Resume" }).waitFor();
    const paused = await container.lastNumber(/tick (\d+) of/);
    await stage.page.waitForTimeout(800);
    expect(await container.lastNumber(/tick (\d+) of/)).toBe(paused);
    await container.press("Resume");
    await waitFor("lines after the pause", async () => (await container.lastNumber(/tick (\d+) of/)) > paused + 3);
  });

  it("opens a shell inside", async () => {
    const container = new ContainerPage(stage.page, NAME);
    await container.tab("Terminal");
    await container.shell("echo answer-$((40+2))-$COLOR", "answer-42-sea green");
    await stage.desktop.shot("5-terminal");
    await stage.accessible("the terminal");
  });

  it("lists it with its port, live", async () => {
    const containers = new ContainersPage(stage.page);
    await stage.app.goTo("Containers");
    await containers.says(NAME, "Running");
    await containers.says(NAME, `${port}:8080`);
    await stage.engine.docker.run(["run", "-d", "--name", "from-the-cli", image, "sleep", "100"]);
    await containers.see("from-the-cli");
    await stage.desktop.shot("6-list");
    await stage.accessible("the list");
    await stage.engine.docker.run(["rm", "-f", "from-the-cli"]);
    await containers.gone("from-the-cli");
  });

  it("stops and starts it", async () => {
    const containers = new ContainersPage(stage.page);
    await containers.act(NAME, "Stop");
    await containers.says(NAME, /Exited \(\d+\)/);
    await containers.act(NAME, "Start");
    await containers.says(NAME, "Running");
    expect((await stage.engine.docker.run(["ps", "--format", "{{.Names}}"])).stdout.trim()).toBe(NAME);
  });

  it("removes the container after asking, then the image", async () => {
    const app = stage.app;
    const containers = new ContainersPage(stage.page);
    await containers.act(NAME, "Remove");
    await stage.desktop.shot("7-remove");
    await app.confirm(`Remove ${NAME}`);
    await containers.gone(NAME);
    expect((await stage.engine.docker.run(["ps", "-aq"])).stdout).toBe("");
    await app.goTo("Images");
    await new ImagesPage(stage.page).remove(image);
    await app.confirm(`Remove ${image}`);
    await stage.page.mouse.move(2, 2);
    await stage.page.getByRole("heading", { name: "No images yet" }).waitFor();
  });

  it("leaves no error in the page", async () => {
    await stage.app.goTo("Engine");
    await stage.accessible("the engine");
    await stage.desktop.shot("8-engine");
    expect(stage.desktop.problems).toEqual([]);
  });
}, { rootful: true });
