/** Building a project, with real clicks: its steps, why they ran, a failure looked at from inside, and the result run. */
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { tempDir, waitFor, type TempDir } from "../fixtures/exec.ts";
import { journeys } from "../harness/journeys.ts";
import { BuildPages } from "../pages/build-page.ts";
import { RunDialog } from "../pages/run-dialog.ts";

const TAG = "journey/greeter:1";

journeys("building", "build", (stage) => {
  let project: TempDir;
  let pages: BuildPages;
  let dockerfile: string;

  beforeAll(async () => {
    const base = `${stage.registry.host}/busybox:1.0`;
    await stage.engine.docker.ok("pull", "-q", base);
    project = stage.stack.use(await tempDir("project"));
    await chmod(project.path, 0o755);
    dockerfile = `FROM ${base} AS build\nWORKDIR /src\nARG NAME=nobody\nCOPY . .\nRUN echo building for $NAME && sed "s/NAME/$NAME/" greeting > page\n\nFROM ${base}\nCOPY --from=build /src/page /page\nCMD ["cat", "/page"]\n`;
    await write("Dockerfile", dockerfile);
    await write("greeting", "hello NAME\n");
    await stage.open();
    pages = new BuildPages(stage.page);
  });

  it("says what a build is when there is none", async () => {
    await stage.app.goTo("Build");
    await stage.page.getByRole("heading", { name: "No builds yet" }).waitFor();
    await stage.accessible("the empty list");
  });

  it("checks the form while it is typed and foresees what will run", async () => {
    await stage.page.getByRole("button", { name: "Build an image" }).click();
    await pages.fill({ folder: `${project.path}/nowhere` });
    await pages.form.getByText(`${project.path}/nowhere does not exist.`).waitFor();
    await pages.fill({ folder: project.path, tag: "Journey" });
    await pages.form.getByText("Image names are lower case: journey.").waitFor();
    await pages.fill({ tag: TAG, args: [["NAME", "ada"]] });
    await pages.form.getByRole("combobox", { name: "Target" }).getByRole("option", { name: "build", exact: true }).waitFor({ state: "attached" });
    expect(await pages.commandLine()).toContain(`docker build -t ${TAG} --build-arg NAME=ada ${project.path}`);
    await pages.foresees(/is the first to run: first build of this step/);
    await stage.desktop.shot("1-form");
    await stage.accessible("the form");
  });

  it("builds, and shows what each step printed", async () => {
    await pages.build(TAG);
    await pages.ended(TAG, "Built");
    await pages.step(TAG, 5).click();
    await pages.main(TAG).getByRole("log", { name: "Log of step 5" }).getByText("building for ada").waitFor();
    await stage.desktop.shot("2-built");
    await stage.accessible("a build");
    expect((await stage.engine.docker.ok("run", "--rm", TAG)).trim()).toBe("hello ada");
  });

  it("builds again after a change and says which file changed", async () => {
    await write("greeting", "good morning NAME\n");
    await pages.main(TAG).getByRole("button", { name: "Build again" }).click();
    await pages.foresees(/greeting changed/);
    await stage.desktop.shot("3-forecast");
    await pages.build(TAG);
    await pages.ended(TAG, "Built");
    await waitFor("the reason", async () => /greeting changed/.test(await pages.step(TAG, 4).getAttribute("aria-label") ?? ""));
    expect(await pages.step(TAG, 2).getAttribute("aria-label")).toContain("Cached");
    expect(await pages.step(TAG, 5).getAttribute("aria-label")).toContain("Step 4 changed");
  });

  it("marks mistakes while the Dockerfile is typed, and never writes over what another program wrote", async () => {
    await pages.main(TAG).getByRole("button", { name: "Build again" }).click();
    await pages.editLine(5);
    await stage.page.keyboard.type("\nRNU false");
    await pages.form.getByRole("list", { name: "Findings" }).getByText("unknown instruction: RNU (did you mean RUN?)").waitFor();
    await stage.desktop.shot("4-mistake");
    await stage.accessible("the editor");
    await write("Dockerfile", `${dockerfile}# from elsewhere\n`);
    await pages.form.getByRole("button", { name: "Save", exact: true }).click();
    await pages.form.getByRole("alert").getByText("Dockerfile was changed meanwhile by something else.").waitFor();
    await pages.form.getByRole("button", { name: "Take the one on the disk" }).click();
    await pages.form.getByText("# from elsewhere").waitFor();
    await pages.form.getByRole("list", { name: "Findings" }).waitFor({ state: "hidden" });
    await pages.editLine(5);
    await stage.page.keyboard.type("\nRUN touch /src/half-made && exit 3");
  });

  it("shows a failed step, and opens a shell in what it left", async () => {
    await pages.build(TAG);
    await pages.ended(TAG, "Failed");
    const main = pages.main(TAG);
    await main.getByRole("alert").getByText("Step 6 failed: its command ended with code 3.").waitFor();
    await stage.desktop.shot("5-failed");
    await stage.accessible("a failed build");
    await main.getByRole("button", { name: "Open a shell in it" }).click();
    await pages.shell(6, "echo found-$(ls /src/half-made)-by-$NAME", "found-/src/half-made-by-ada");
    await stage.desktop.shot("6-shell");
  });

  it("is mended from there, and the result runs", async () => {
    await pages.main(TAG).getByRole("tab", { name: "Steps" }).click();
    await pages.main(TAG).getByRole("button", { name: "Edit and build again" }).click();
    await pages.editLine(6);
    for (let at = 0; at < " && exit 3".length; at++) await stage.page.keyboard.press("Backspace");
    await pages.build(TAG);
    await pages.ended(TAG, "Built");
    await pages.main(TAG).getByRole("button", { name: "Run", exact: true }).click();
    const run = new RunDialog(stage.page);
    await run.fill({ name: "greeter" });
    await run.run();
    await stage.page.getByRole("log", { name: "Log of greeter" }).getByText("good morning ada").waitFor();
  });

  it("disables an instruction on its card, builds without it, and enables it byte for byte", async () => {
    const before = await readFile(join(project.path, "Dockerfile"), "utf8");
    await stage.app.goTo("Build");
    await pages.list.getByRole("row", { name: TAG }).first().click();
    await pages.main(TAG).getByRole("button", { name: "Build again" }).click();
    await pages.cards();
    const card = pages.card("RUN touch /src/half-made");
    await card.hover();
    await pages.form.getByRole("button", { name: "Disable line 6" }).click();
    await card.getByText("Disabled").waitFor();
    await stage.page.mouse.move(2, 2);
    await stage.desktop.shot("7-disabled");
    await stage.accessible("a disabled instruction");
    await pages.build(TAG);
    await pages.ended(TAG, "Built");
    expect(await readFile(join(project.path, "Dockerfile"), "utf8")).toBe(before.replace("RUN touch", "#~ RUN touch"));
    expect(await pages.main(TAG).getByText("touch /src/half-made").count()).toBe(0);
    await pages.main(TAG).getByRole("button", { name: "Build again" }).click();
    await pages.cards();
    await card.focus();
    await stage.page.keyboard.press("Space");
    await card.and(stage.page.getByLabel(/^Line 6:/)).waitFor();
    await pages.form.getByRole("button", { name: "Save", exact: true }).click();
    await waitFor("the file as it was", async () => (await readFile(join(project.path, "Dockerfile"), "utf8")) === before);
  });

  it("lists the builds, hears of one from elsewhere, and forgets one", async () => {
    await stage.app.goTo("Build");
    await waitFor("five builds", async () => (await pages.list.getByRole("row", { name: TAG }).count()) === 5);
    await stage.engine.docker.ok("build", "-q", "-t", "from-the-cli", project.path);
    await stage.page.mouse.move(2, 2);
    const fromElsewhere = pages.list.getByRole("row", { name: "from-the-cli" });
    await fromElsewhere.filter({ hasText: "Built" }).waitFor();
    await stage.desktop.shot("8-list");
    await stage.accessible("the list");
    await fromElsewhere.focus();
    await stage.page.keyboard.press("Delete");
    await stage.page.getByRole("alertdialog").getByRole("button", { name: /^Remove from-the-cli/ }).click();
    await stage.page.mouse.move(2, 2);
    await fromElsewhere.waitFor({ state: "detached" });
    expect(stage.desktop.problems).toEqual([]);
  });

  async function write(name: string, text: string): Promise<void> {
    await writeFile(join(project.path, name), text);
  }
}, { rootful: true });
