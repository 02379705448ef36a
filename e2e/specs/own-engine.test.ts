/** The built-in engine, which the desktop starts by itself: the first steps, what it needs, what it writes down. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { must, tempDir, waitFor } from "../fixtures/exec.ts";
import { ownEngine, type OwnEngine } from "../fixtures/own-engine.ts";
import { missing, openDesktop, type Desktop } from "../harness/desktop.ts";
import { accessible, HOSTS } from "../harness/journeys.ts";
import { AppPage } from "../pages/app-page.ts";
import { WelcomePage } from "../pages/welcome-page.ts";

for (const host of HOSTS) {
  const reason = missing(host);
  if (reason) console.warn(`SKIPPED: the built-in engine in ${host}, because ${reason}.`);
  describe.skipIf(reason !== undefined)(`the built-in engine in ${host}`, () => {
    const stack = new AsyncDisposableStack();
    let engine: OwnEngine;
    let desktop: Desktop;
    let app: AppPage;

    beforeAll(async () => {
      const data = stack.use(await tempDir("samples"));
      engine = stack.use(await ownEngine());
      desktop = stack.use(await openDesktop(host, { socket: engine.socket, name: `own-${host}`, env: { ...engine.env, XDG_DATA_HOME: data.path }, manages: true, firstRun: true }));
      desktop.page.setDefaultTimeout(20_000);
      app = new AppPage(desktop.page);
    });
    afterAll(() => stack.disposeAsync());

    it("is started, and a first container runs on it", async () => {
      const { page } = desktop;
      const machine = page.getByRole("region", { name: "This machine" });
      await machine.getByText("The engine is running.").waitFor({ timeout: 60_000 });
      await machine.getByText(/^(Everything the engine needs is here|The engine works)/).waitFor();
      await accessible(page, "the first steps");
      const url = await new WelcomePage(page).runSample();
      await desktop.shot("1-sample");
      await waitFor("the page of the sample", async () => (await fetch(url.replace("localhost", "127.0.0.1")).then((answer) => answer.text(), () => "")).includes("Hello from a container"));
    });

    it("shows what it needs, each with where it is", async () => {
      const { page } = desktop;
      await app.goTo("Engine");
      await page.getByRole("tab", { name: "Requirements" }).click();
      const conmon = page.getByRole("list", { name: "Requirements" }).getByRole("listitem").filter({ hasText: "output and exit code" });
      await conmon.getByRole("img", { name: "Found" }).waitFor();
      await conmon.getByText(/^\/.*conmon$/).waitFor();
      await page.getByRole("button", { name: "Check again" }).click();
      await page.getByRole("status").filter({ hasText: /^(Everything the engine needs is here|The engine works)/ }).waitFor();
      await accessible(page, "the requirements");
      await desktop.shot("2-requirements");
    });

    it("shows what it wrote down, also when it is started again", async () => {
      const { page } = desktop;
      await page.getByRole("tab", { name: "Log" }).click();
      const log = page.getByRole("log", { name: "Log of the engine" });
      await log.getByText(`listening on unix://${engine.socket}`).waitFor();
      await accessible(page, "the engine's log");
      await desktop.shot("3-log");
      await page.getByRole("tab", { name: "Engine", exact: true }).click();
      await page.getByRole("button", { name: "Restart" }).click();
      await page.getByRole("tab", { name: "Log" }).click();
      await log.getByText("stopping; containers go on").waitFor();
      await expect.poll(() => log.getByText(`listening on unix://${engine.socket}`).count(), { timeout: 60_000 }).toBe(2);
      await app.connected();
    });

    it("stays stopped when it is stopped in a terminal, and is there when it is started there", async () => {
      const { page } = desktop;
      const slipway = (verb: string): Promise<unknown> => must(process.execPath, [engine.env["SLIPWAY_CLI"]!, "engine", verb], { timeout: 60_000 });
      await slipway("stop");
      await page.getByRole("contentinfo", { name: "Status" }).getByText("Engine is stopped").waitFor();
      await desktop.shot("4-stopped-elsewhere");
      expect(await engine.docker.run(["version"])).not.toMatchObject({ code: 0 });
      await slipway("start");
      await app.connected();
    });

    it("is shown with its first steps once, and with them again from the palette", async () => {
      const { page } = desktop;
      await engine.docker.ok("rm", "-f", "slipway-sample");
      await engine.docker.ok("rmi", "slipway-sample");
      await app.goTo("Containers");
      await page.reload();
      await page.getByRole("contentinfo", { name: "Status" }).getByText("No images").waitFor();
      await page.getByRole("heading", { name: "No containers yet" }).waitFor();
      await app.command("first steps");
      await new WelcomePage(page).see();
      await page.getByRole("button", { name: "Go to containers" }).or(page.getByRole("button", { name: "Skip" })).click();
      await page.getByRole("heading", { name: "No containers yet" }).waitFor();
      expect(desktop.problems).toEqual([]);
    });
  });
}
