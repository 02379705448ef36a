/** What a build can be told beside its folder, with real clicks: secrets, an SSH agent, a platform, labels, network and hosts; and what is remembered of it. */
import { chmod, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { tempDir, type TempDir } from "../fixtures/exec.ts";
import { journeys } from "../harness/journeys.ts";
import { BuildPages } from "../pages/build-page.ts";

const TAG = "journey/options:1";
const FROM_VARIABLE = "sesame-of-the-variable";
const FROM_FILE = "sesame-of-the-file";

journeys("build options", "build-options", (stage) => {
  let project: TempDir;
  let pages: BuildPages;

  beforeAll(async () => {
    await stage.engine.docker.ok("pull", "-q", stage.image);
    project = stage.stack.use(await tempDir("options"));
    await chmod(project.path, 0o755);
    const run = `RUN --mount=type=secret,id=token,required --mount=type=secret,id=key,required --mount=type=ssh test -S "$SSH_AUTH_SOCK" && grep db.internal /etc/hosts && wc -c < /run/secrets/token && wc -c < /run/secrets/key`;
    await writeFile(join(project.path, "Dockerfile"), `FROM scratch AS files\nCOPY page /page\n\nFROM ${stage.image}\n${run}\nCOPY page /page\n`);
    await writeFile(join(project.path, "page"), "hello\n");
    await writeFile(join(project.path, "key"), FROM_FILE);
    const agent = stage.stack.adopt(await listen(join(project.path, "agent")), (server) => void server.close());
    expect(agent.listening).toBe(true);
    await chmod(join(project.path, "agent"), 0o777);
    await stage.open({ JOURNEY_TOKEN: FROM_VARIABLE, SSH_AUTH_SOCK: join(project.path, "agent") });
    pages = new BuildPages(stage.page);
  });

  it("checks each of them while it is typed", async () => {
    await stage.page.keyboard.press("b");
    await pages.fill({ folder: project.path, tag: TAG });
    await pages.form.getByText("The Dockerfile asks for token, key.").waitFor();
    await pages.addSecret(1, "token", "Variable", "JOURNEY_TOKENS");
    await pages.form.getByText("The variable JOURNEY_TOKENS is not set where Slipway was started.").waitFor();
    await pages.addSecret(2, "key", "File", join(project.path, "keys"));
    await pages.form.getByText(`${join(project.path, "keys")} does not exist.`).waitFor();
    await pages.more();
    await pages.form.getByText("The Dockerfile asks for it.").waitFor();
    await pages.form.getByRole("combobox", { name: "Platform" }).fill("ARM");
    await pages.form.getByText("“ARM” is not a platform.").waitFor();
    await stage.desktop.shot("1-wrong");
    await stage.accessible("what is wrong");
    await pages.form.getByRole("textbox", { name: "Variable of secret 1" }).fill("JOURNEY_TOKEN");
    await pages.form.getByRole("textbox", { name: "File of secret 2" }).fill(join(project.path, "key"));
    await pages.form.getByRole("combobox", { name: "Platform" }).fill("");
    for (const problem of ["JOURNEY_TOKENS is not set", "does not exist", "is not a platform"]) await pages.form.getByText(problem).waitFor({ state: "detached" });
  });

  it("builds with secrets, agent, network, hosts and labels, and foresees what they change", async () => {
    await pages.form.getByRole("combobox", { name: "Network" }).selectOption("None");
    await pages.addLabel(1, "team", "shop floor");
    await pages.form.getByRole("button", { name: "Add host" }).click();
    await pages.form.getByRole("textbox", { name: "Host name 1" }).fill("db.internal");
    await pages.form.getByRole("textbox", { name: "Host address 1" }).fill("10.9.8.7");
    await pages.form.getByRole("checkbox", { name: /^Lend it the SSH agent/ }).check();
    expect(await pages.commandLine()).toContain(`docker build -t ${TAG} --secret id=token,env=JOURNEY_TOKEN --secret id=key,src=${join(project.path, "key")} --ssh default --label 'team=shop floor' --network none --add-host db.internal:10.9.8.7 ${project.path}`);
    await pages.foresees("None of 2 steps cached.");
    await stage.desktop.shot("2-form");
    await pages.build(TAG);
    await pages.ended(TAG, "Built");
    await pages.step(TAG, 2).click();
    const log = pages.main(TAG).getByRole("log", { name: "Log of step 2" });
    await log.getByText("10.9.8.7").waitFor();
    await log.getByText(String(FROM_VARIABLE.length), { exact: true }).waitFor();
    await log.getByText(String(FROM_FILE.length), { exact: true }).waitFor();
    expect(JSON.parse(await stage.docker("inspect", "-f", "{{json .Config.Labels}}", TAG))).toMatchObject({ team: "shop floor" });
    await pages.main(TAG).getByRole("button", { name: "Build again" }).click();
    await pages.foresees("All 2 steps cached.");
    await pages.form.getByRole("textbox", { name: "Host address 1" }).fill("10.9.8.8");
    await pages.foresees("None of 2 steps cached.");
  });

  it("shows, keeps and tells no secret's value", async () => {
    const kept = [
      await stage.page.evaluate("JSON.stringify(localStorage) + document.body.innerText"),
      await stage.docker("history", "--no-trunc", TAG),
      await stage.docker("inspect", TAG),
    ].join("\n");
    expect(kept).toContain("JOURNEY_TOKEN");
    expect(kept).not.toContain("sesame");
  });

  it("builds for another platform", async () => {
    await pages.form.getByRole("combobox", { name: "Platform" }).fill("linux/arm64");
    await pages.form.getByRole("combobox", { name: "Target" }).selectOption("files");
    await pages.fill({ tag: "journey/arm:1" });
    await pages.build("journey/arm:1");
    await pages.ended("journey/arm:1", "Built");
    expect(await stage.docker("inspect", "-f", "{{.Os}}/{{.Architecture}}", "journey/arm:1")).toBe("linux/arm64");
  });

  it("remembers how a folder was built last, but for secrets' values", async () => {
    await stage.page.reload();
    await stage.app.connected();
    await stage.page.keyboard.press("b");
    await pages.fill({ folder: project.path });
    await pages.form.getByText("Filled in as this folder was built last.").waitFor();
    expect(await pages.commandLine()).toContain("docker build -t journey/arm:1 --target files --secret id=token,env=JOURNEY_TOKEN");
    await pages.form.getByRole("textbox", { name: "Label value 1" }).and(stage.page.locator("[value='shop floor']")).waitFor();
    await stage.desktop.shot("3-remembered");
    await stage.accessible("what is remembered");
    await pages.form.getByRole("button", { name: "Start afresh" }).click();
    expect(await pages.commandLine()).toMatch(new RegExp(`docker build ${project.path}$`));
    expect(stage.desktop.problems).toEqual([]);
  });
});

function listen(path: string): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.end()).listen(path, () => resolve(server));
  });
}
