/** Running with every kind of option, and changing what runs, with real clicks on a real engine; each step is checked with Docker's CLI. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { compose, composeProgram } from "../fixtures/compose.ts";
import { tempDir } from "../fixtures/exec.ts";
import { freePort } from "../fixtures/registry.ts";
import { journeys } from "../harness/journeys.ts";
import type { AppPage } from "../pages/app-page.ts";
import { EditDialog, RunDialog } from "../pages/run-dialog.ts";
import { ListPage } from "../pages/storage-pages.ts";

journeys("running and editing", "run", (stage) => {
  let app: AppPage;
  let run: RunDialog;
  let image: string;
  let port: number;

  beforeAll(async () => {
    image = stage.image;
    await stage.docker("pull", "-q", image);
    await stage.docker("network", "create", "web");
    port = await freePort();
    await stage.open();
    app = stage.app;
    run = new RunDialog(stage.page);
  });

  const inspect = (name: string, format: string): Promise<string> => stage.docker("inspect", "-f", format, name);

  it("runs with options of every group, found by name, and says what is wrong while typing", async () => {
    await app.goTo("Containers");
    await stage.page.getByRole("main", { name: "Containers" }).getByRole("button", { name: "Run", exact: true }).click();
    await run.dialog.getByRole("combobox", { name: "Image" }).fill(image);
    await run.fill({ name: "web", command: "httpd -f -p 80 -h /var/www", ports: [[`127.0.0.1:${port}`, "80"]], env: [["MODE", "a b"]], volumes: [["webdata", "/data"]] });
    await run.set({ Memory: "lots" });
    await run.dialog.getByText("“lots” is not a size: write it like 512m or 2g.").waitFor();
    await run.set({ Memory: "64m", "Host name": "webhost", "Further hosts": "db:10.9.8.7", "Add capabilities": "NET_ADMIN", "Drop capabilities": "MKNOD", "Stop signal": "SIGKILL", "Seconds until it is killed": "1" });
    await run.find("networks");
    await run.dialog.getByRole("button", { name: "Add network" }).click();
    await run.dialog.getByRole("combobox", { name: "Network 1", exact: true }).fill("nowhere");
    await run.dialog.getByText("There is no network nowhere.").waitFor();
    await run.dialog.getByRole("combobox", { name: "Network 1", exact: true }).fill("web");
    await run.dialog.getByRole("textbox", { name: "Aliases on network 1" }).fill("www");
    await run.find("label");
    await run.dialog.getByRole("button", { name: "Add label" }).click();
    await run.dialog.getByRole("textbox", { name: "Label name 1" }).fill("team");
    await run.dialog.getByRole("textbox", { name: "Label value 1" }).fill("red");
    await run.find("init");
    await run.dialog.getByRole("checkbox", { name: /Init process/ }).check();
    await run.find("");
    expect(await run.commandLine()).toContain(
      `docker run -d --init --name web -h webhost -m 64m --stop-signal SIGKILL --stop-timeout 1 -p 127.0.0.1:${port}:80 -e 'MODE=a b' -l team=red -v webdata:/data --network web --network-alias www --add-host db:10.9.8.7 --cap-add NET_ADMIN --cap-drop MKNOD ${image} httpd -f -p 80 -h /var/www`,
    );
    await stage.accessible("the run dialog");
    await run.run();
    await expect.poll(() => inspect("web", "{{.State.Status}}")).toBe("running");
    expect(await inspect("web", "{{.Config.Hostname}} {{.HostConfig.Memory}} {{.Config.StopSignal}} {{.Config.StopTimeout}} {{.HostConfig.CapAdd}} {{.HostConfig.CapDrop}} {{.HostConfig.ExtraHosts}} {{.HostConfig.Init}} {{.Config.Labels.team}} {{.HostConfig.NetworkMode}} {{(index .NetworkSettings.Networks \"web\").Aliases}} {{.HostConfig.Binds}}"))
      .toBe("webhost 67108864 SIGKILL 1 [NET_ADMIN] [MKNOD] [db:10.9.8.7] true red web [www] [webdata:/data]");
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("hello from slipway\n");
  });

  it("fills the form from a pasted line, names what is left out, and copies it as a compose file", async () => {
    await app.goTo("Containers");
    await stage.page.getByRole("main", { name: "Containers" }).getByRole("button", { name: "Run", exact: true }).click();
    await run.paste(`$ docker container run -itd --rm \\\n  --name web -p ${port}:80 -e API_TOKEN=canary -e "GREETING=it's \\$5: yes" --userns=host \\\n  -v /tmp:/host:ro --tmpfs /t:size=1m --restart=no --ulimit nofile=64:128 ${image} sh -c 'echo "$GREETING"; sleep 1000'`);
    await run.dialog.getByText("--userns is left out: the form has no field for it.").waitFor();
    await run.dialog.getByText("Another container is called web.").waitFor();
    await run.dialog.getByText(`Port ${port} is published by web.`).waitFor();
    await run.dialog.getByRole("button", { name: /^Use \d+$/ }).click();
    await run.set({ Name: "pasted" });
    expect(await run.commandLine()).not.toContain("canary");
    const token = run.dialog.getByRole("textbox", { name: "Variable value 1" });
    const dots = (): Promise<string> => stage.page.evaluate(`getComputedStyle(document.querySelector('[aria-label="Variable value 1"]')).webkitTextSecurity`);
    expect(await dots()).toBe("disc");
    await token.focus();
    expect(await dots()).toBe("none");
    const line = await run.copied("Copy as docker run");
    expect(line).toMatch(new RegExp(`^docker run -dit --rm --name pasted -p \\d+:80 -e API_TOKEN=canary -e 'GREETING=it'\\\\''s \\$5: yes' -v /tmp:/host:ro --tmpfs /t:size=1m --ulimit nofile=64:128 ${image.replaceAll(".", "\\.")} sh -c 'echo "\\$GREETING"; sleep 1000'$`));
    await expectComposeReads(await run.copied("Copy as compose"));
    await stage.desktop.shot("pasted");
    await run.run();
    await expect.poll(() => stage.docker("logs", "pasted")).toContain("it's $5: yes");
    expect(await inspect("pasted", "{{.Config.Tty}} {{.HostConfig.AutoRemove}} {{.HostConfig.Tmpfs}} {{.HostConfig.Ulimits}}")).toContain("true true map[/t:size=1m]");
    await stage.docker("rm", "-f", "pasted");
  });

  it("changes live what can be changed live", async () => {
    await stage.docker("exec", "web", "sh", "-c", "echo kept > /kept");
    await openContainer("web");
    const edit = new EditDialog(stage.page, "web");
    await edit.open();
    await edit.form.getByRole("combobox", { name: "Restart" }).selectOption("unless-stopped");
    await edit.form.getByRole("searchbox", { name: "Find an option" }).fill("label");
    await edit.form.getByRole("textbox", { name: "Label value 1" }).fill("blue");
    const before = await inspect("web", "{{.State.Pid}}");
    await edit.review();
    expect((await edit.changes()).sort()).toEqual(["Labels | At once | − team=red | + team=blue", "Restart | At once | − no | + unless-stopped"]);
    await edit.preview.getByText("2 settings change at once, while web runs on.").waitFor();
    await edit.apply("Apply");
    expect(await inspect("web", "{{.State.Pid}} {{.Config.Labels.team}} {{.HostConfig.RestartPolicy.Name}}")).toBe(`${before} blue unless-stopped`);
    await stage.page.getByRole("main", { name: "Container web" }).getByText("Always, unless stopped").waitFor();
  });

  it("says what restarts it, keeps its files, and goes back with one click", async () => {
    await openContainer("web");
    const edit = new EditDialog(stage.page, "web");
    await edit.open();
    await edit.form.getByRole("textbox", { name: "Variable value 1" }).fill("changed");
    await edit.form.getByRole("button", { name: "Add variable" }).click();
    await edit.form.getByRole("textbox", { name: "Variable name 2" }).fill("MORE");
    await edit.form.getByRole("textbox", { name: "Name", exact: true }).fill("web-2");
    await stage.accessible("the edit dialog");
    await edit.review();
    expect((await edit.changes()).sort()).toEqual(["Environment | Restarts it | − MODE=a b | + MODE=changed | + MORE=", "Name | At once | − web | + web-2"]);
    await stage.accessible("the preview of changes");
    await stage.desktop.shot("preview");
    await edit.apply("Apply and restart");
    const page = stage.page.getByRole("main", { name: "Container web-2" });
    await page.waitFor();
    expect(await stage.docker("exec", "web-2", "sh", "-c", "cat /kept; echo $MODE")).toBe("kept\nchanged");
    await page.getByText("MORE").waitFor();
    await app.toast("web has its new configuration.").getByRole("button", { name: "Go back" }).click();
    await stage.page.getByRole("main", { name: "Container web", exact: true }).waitFor();
    // The name is back at once, the container a moment later.
    await app.toast("web has the configuration it had before.").waitFor();
    expect(await stage.docker("exec", "web", "sh", "-c", "cat /kept; echo $MODE")).toBe("kept\na b");
  });

  it("changes a published port from the list of ports, and can go back later", async () => {
    const list = new ListPage(stage.page, "Ports");
    const other = await freePort();
    await app.goTo("Ports");
    await list.says(new RegExp(String(port)), "web");
    await list.row(new RegExp(String(port))).hover();
    await list.row(new RegExp(String(port))).getByRole("button", { name: /^Change / }).click();
    const edit = new EditDialog(stage.page, "web");
    const field = edit.form.getByRole("textbox", { name: "Host port 1" });
    await expect.poll(() => field.evaluate((element) => element.matches(":focus"))).toBe(true);
    await field.fill(`127.0.0.1:${other}`);
    await edit.review();
    expect(await edit.changes()).toEqual([`Ports | Restarts it | − 127.0.0.1:${port} → 80/tcp | + 127.0.0.1:${other} → 80/tcp`]);
    await edit.apply("Apply and restart");
    await list.says(new RegExp(String(other)), "web");
    expect(await (await fetch(`http://127.0.0.1:${other}/`)).text()).toBe("hello from slipway\n");
    await list.row(new RegExp(String(other))).hover();
    await list.row(new RegExp(String(other))).getByRole("button", { name: /^Change / }).click();
    await edit.form.getByRole("button", { name: "Go back to before" }).click();
    await edit.apply("Apply and restart");
    await list.says(new RegExp(String(port)), "web");
    expect(await stage.docker("exec", "web", "cat", "/kept")).toBe("kept");
    expect(stage.desktop.problems).toEqual([]);
  });

  async function openContainer(name: string): Promise<void> {
    await app.goTo("Containers");
    await app.command(name);
    await stage.page.getByRole("main", { name: `Container ${name}`, exact: true }).waitFor();
  }

  /** docker-compose, where the machine has it, understands the file as it was meant. */
  async function expectComposeReads(text: string): Promise<void> {
    const program = composeProgram();
    if (program === undefined) return expect(text).toContain('GREETING: "it\'s $$5: yes"');
    await using directory = await tempDir("compose");
    await writeFile(join(directory.path, "compose.yaml"), text);
    const read = await compose(program, ["-f", "compose.yaml", "config"], { socket: stage.engine.socket, directory: directory.path, name: "pasted" });
    expect(read.stderr).toBe("");
    for (const part of ["container_name: pasted", "stdin_open: true", "tty: true", "- /tmp:/host:ro", "hard: 128", "- /t:size=1m"]) expect(read.stdout).toContain(part);
    expect(read.stdout).toMatch(/GREETING: .?it''?s \$\$5: yes/);
  }
}, { rootful: true });
