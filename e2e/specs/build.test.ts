/** Building a project, with real clicks: its steps, why they ran, a failure looked at from inside, and the result run. */
import { AxeBuilder } from "@axe-core/playwright";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEngine, type EngineKind, type TestEngine } from "../fixtures/engines.ts";
import { tempDir, waitFor, type TempDir } from "../fixtures/exec.ts";
import { pushTestImages } from "../fixtures/images.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";
import { missing, openDesktop, type Desktop, type HostKind } from "../harness/desktop.ts";
import { AppPage } from "../pages/app-page.ts";
import { BuildPages } from "../pages/build-page.ts";
import { RunDialog } from "../pages/run-dialog.ts";

const hosts: readonly HostKind[] = ["browser", "electron"];
const ours = process.getuid?.() === 0 ? ["ours-rootful", "ours-rootless"] : ["ours-rootless"];
const engines = (process.env["SLIPWAY_E2E_ENGINES"]?.split(",") ?? ours) as EngineKind[];
const TAG = "journey/greeter:1";

for (const host of hosts) {
  const reason = missing(host);
  if (reason) console.warn(`SKIPPED: building in ${host}, because ${reason}.`);
  describe.skipIf(reason !== undefined).each(engines)(`building in ${host} on %s`, (kind) => {
    let registry: TestRegistry;
    let engine: TestEngine;
    let desktop: Desktop;
    let project: TempDir;
    let pages: BuildPages;
    let dockerfile: string;

    beforeAll(async () => {
      registry = await startRegistry();
      await pushTestImages(registry.url);
      engine = await startEngine(kind);
      const base = `${registry.host}/busybox:1.0`;
      await engine.docker.ok("pull", "-q", base);
      project = await tempDir("project");
      await chmod(project.path, 0o755);
      dockerfile = `FROM ${base} AS build\nWORKDIR /src\nARG NAME=nobody\nCOPY . .\nRUN echo building for $NAME && sed "s/NAME/$NAME/" greeting > page\n\nFROM ${base}\nCOPY --from=build /src/page /page\nCMD ["cat", "/page"]\n`;
      await write("Dockerfile", dockerfile);
      await write("greeting", "hello NAME\n");
      desktop = await openDesktop(host, { socket: engine.socket, name: `build-${host}-${kind}` });
      desktop.page.setDefaultTimeout(20_000);
      pages = new BuildPages(desktop.page);
      await new AppPage(desktop.page).connected();
    });
    afterAll(async () => {
      await desktop?.[Symbol.asyncDispose]();
      await engine?.[Symbol.asyncDispose]();
      await registry?.[Symbol.asyncDispose]();
      await project?.[Symbol.asyncDispose]();
    });

    it("says what a build is when there is none", async () => {
      await new AppPage(desktop.page).goTo("Build");
      await desktop.page.getByRole("heading", { name: "No builds yet" }).waitFor();
      await accessible("the empty list");
    });

    it("checks the form while it is typed and foresees what will run", async () => {
      await desktop.page.getByRole("button", { name: "Build an image" }).click();
      await pages.fill({ folder: `${project.path}/nowhere` });
      await pages.form.getByText(`${project.path}/nowhere does not exist.`).waitFor();
      await pages.fill({ folder: project.path, tag: "Journey" });
      await pages.form.getByText("Image names are lower case: journey.").waitFor();
      await pages.fill({ tag: TAG, args: [["NAME", "ada"]] });
      await pages.form.getByRole("combobox", { name: "Target" }).getByRole("option", { name: "build", exact: true }).waitFor({ state: "attached" });
      expect(await pages.commandLine()).toContain(`docker build -t ${TAG} --build-arg NAME=ada ${project.path}`);
      await pages.foresees(/is the first to run: first build of this step/);
      await desktop.shot("1-form");
      await accessible("the form");
    });

    it("builds, and shows what each step printed", async () => {
      await pages.build(TAG);
      await pages.ended(TAG, "Built");
      await pages.step(TAG, 5).click();
      await pages.main(TAG).getByRole("log", { name: "Log of step 5" }).getByText("building for ada").waitFor();
      await desktop.shot("2-built");
      await accessible("a build");
      expect((await engine.docker.ok("run", "--rm", TAG)).trim()).toBe("hello ada");
    });

    it("builds again after a change and says which file changed", async () => {
      await write("greeting", "good morning NAME\n");
      await pages.main(TAG).getByRole("button", { name: "Build again" }).click();
      await pages.foresees(/greeting changed/);
      await desktop.shot("3-forecast");
      await pages.build(TAG);
      await pages.ended(TAG, "Built");
      await waitFor("the reason", async () => /greeting changed/.test(await pages.step(TAG, 4).getAttribute("aria-label") ?? ""));
      expect(await pages.step(TAG, 2).getAttribute("aria-label")).toContain("Cached");
      expect(await pages.step(TAG, 5).getAttribute("aria-label")).toContain("Step 4 changed");
    });

    it("marks mistakes while the Dockerfile is typed, and never writes over what another program wrote", async () => {
      await pages.main(TAG).getByRole("button", { name: "Build again" }).click();
      await pages.editLine(5);
      await desktop.page.keyboard.type("\nRNU false");
      await pages.form.getByRole("list", { name: "Findings" }).getByText("unknown instruction: RNU (did you mean RUN?)").waitFor();
      await desktop.shot("4-mistake");
      await accessible("the editor");
      await write("Dockerfile", `${dockerfile}# from elsewhere\n`);
      await pages.form.getByRole("button", { name: "Save", exact: true }).click();
      await pages.form.getByRole("alert").getByText("Dockerfile was changed meanwhile by something else.").waitFor();
      await pages.form.getByRole("button", { name: "Take the one on the disk" }).click();
      await pages.form.getByText("# from elsewhere").waitFor();
      await pages.form.getByRole("list", { name: "Findings" }).waitFor({ state: "hidden" });
      await pages.editLine(5);
      await desktop.page.keyboard.type("\nRUN touch /src/half-made && exit 3");
    });

    it("shows a failed step, and opens a shell in what it left", async () => {
      await pages.build(TAG);
      await pages.ended(TAG, "Failed");
      const main = pages.main(TAG);
      await main.getByRole("alert").getByText("Step 6 failed: its command ended with code 3.").waitFor();
      await desktop.shot("5-failed");
      await accessible("a failed build");
      await main.getByRole("button", { name: "Open a shell in it" }).click();
      await pages.shell(6, "echo found-$(ls /src/half-made)-by-$NAME", "found-/src/half-made-by-ada");
      await desktop.shot("6-shell");
    });

    it("is mended from there, and the result runs", async () => {
      await pages.main(TAG).getByRole("tab", { name: "Steps" }).click();
      await pages.main(TAG).getByRole("button", { name: "Edit and build again" }).click();
      await pages.editLine(6);
      for (let at = 0; at < " && exit 3".length; at++) await desktop.page.keyboard.press("Backspace");
      await pages.build(TAG);
      await pages.ended(TAG, "Built");
      await pages.main(TAG).getByRole("button", { name: "Run", exact: true }).click();
      const run = new RunDialog(desktop.page);
      await run.fill({ name: "greeter" });
      await run.run();
      await desktop.page.getByRole("log", { name: "Log of greeter" }).getByText("good morning ada").waitFor();
    });

    it("lists the builds, hears of one from elsewhere, and forgets one", async () => {
      await new AppPage(desktop.page).goTo("Build");
      await waitFor("four builds", async () => (await pages.list.getByRole("row", { name: TAG }).count()) === 4);
      await engine.docker.ok("build", "-q", "-t", "from-the-cli", project.path);
      await desktop.page.mouse.move(2, 2);
      const fromElsewhere = pages.list.getByRole("row", { name: "from-the-cli" });
      await fromElsewhere.filter({ hasText: "Built" }).waitFor();
      await desktop.shot("7-list");
      await accessible("the list");
      await fromElsewhere.focus();
      await desktop.page.keyboard.press("Delete");
      await desktop.page.getByRole("alertdialog").getByRole("button", { name: /^Remove from-the-cli/ }).click();
      await desktop.page.mouse.move(2, 2);
      await fromElsewhere.waitFor({ state: "detached" });
      expect(desktop.problems).toEqual([]);
    });

    async function write(name: string, text: string): Promise<void> {
      await writeFile(join(project.path, name), text);
    }

    /** Nothing for axe to complain about on what is shown now. */
    async function accessible(what: string): Promise<void> {
      const { violations } = await new AxeBuilder({ page: desktop.page }).analyze();
      expect(violations.map((violation) => `${what}: ${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
    }
  });
}
