/** Volumes, networks and ports with real clicks on a real engine, each step checked with Docker's CLI. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { beforeAll, expect, it } from "vitest";
import { freePort } from "../fixtures/registry.ts";
import { journeys } from "../harness/journeys.ts";
import type { AppPage } from "../pages/app-page.ts";
import { FormDialog, ListPage } from "../pages/storage-pages.ts";

journeys("volumes, networks and ports", "storage", (stage) => {
  let app: AppPage;
  let image: string;
  /** The first two numbers of a subnet that no other test's bridge has. */
  let net: string;

  beforeAll(async () => {
    image = stage.image;
    await stage.docker("pull", "-q", image);
    net = `10.${180 + Math.floor(Math.random() * 20)}`;
    await stage.open();
    app = stage.app;
  });

  it("teaches what a volume is, and creates one with a label", async () => {
    const list = new ListPage(stage.page, "Volumes");
    await app.goTo("Volumes");
    await stage.page.getByRole("heading", { name: "No volumes yet" }).waitFor();
    await list.main.getByRole("button", { name: "Create a volume", exact: true }).click();
    const form = new FormDialog(stage.page, "Create a volume");
    await form.fill({ Name: "pg data" });
    await form.says("and no blank");
    await form.fill({ Name: "pgdata" });
    await form.addLabel("team", "red");
    expect(await form.commandLine()).toBe("docker volume create --label team=red pgdata");
    await form.press("Create");
    await form.closed();
    await list.says("pgdata", "Unused");
    expect(await stage.docker("volume", "inspect", "-f", "{{.Driver}} {{.Labels.team}}", "pgdata")).toBe("local red");
  });

  it("shows live who mounts it where, and refuses to remove it, naming them", async () => {
    const list = new ListPage(stage.page, "Volumes");
    await stage.docker("run", "-d", "--name", "db", "-v", "pgdata:/var/lib/data:ro", image, "sleep", "1000");
    await list.says("pgdata", "db");
    await list.open("pgdata");
    const page = stage.page.getByRole("main", { name: "Volume pgdata" });
    const usedBy = page.getByRole("region", { name: "Used by" });
    await usedBy.getByText("/var/lib/data").waitFor();
    await usedBy.getByText("read-only").waitFor();
    await stage.desktop.shot("volume");
    await page.getByRole("tab", { name: "Inspect" }).click();
    await page.getByText('"Mountpoint"').waitFor();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    const refusal = stage.page.getByRole("alertdialog").filter({ hasText: "pgdata is in use and stays." });
    await refusal.filter({ hasText: "db mounts it. Remove that container first." }).filter({ hasText: "Show db" }).waitFor();
    await refusal.getByRole("button", { name: "Dismiss" }).click();
    expect(await stage.docker("volume", "ls", "-q")).toBe("pgdata");
    await page.getByRole("button", { name: "All volumes" }).click();
    await list.see("pgdata");
  });

  it("prunes what nobody uses, saying first how many bytes that frees", async () => {
    const list = new ListPage(stage.page, "Volumes");
    await stage.docker("run", "--rm", "-v", "spare:/d", image, "sh", "-c", "head -c 300000 /dev/zero > /d/file");
    await list.says("spare", "Unused");
    await list.main.getByRole("button", { name: "Prune", exact: true }).click();
    const prune = new FormDialog(stage.page, "Prune volumes");
    await prune.dialog.getByRole("radio", { name: /All unused/ }).click();
    await prune.says(/^This frees/);
    const said = Number(((await prune.dialog.getByRole("status").textContent()) ?? "").match(/([\d,]+) bytes/)?.[1]?.replaceAll(",", ""));
    expect(said).toBeGreaterThanOrEqual(300_000);
    expect(said).toBeLessThan(320_000);
    await stage.desktop.shot("prune-volumes");
    await stage.accessible("the prune of volumes");
    await prune.press("Remove 1 volume");
    await prune.closed();
    await list.gone("spare");
    expect(await stage.docker("volume", "ls", "-q")).toBe("pgdata");
  });

  it("removes several at once, naming each", async () => {
    const list = new ListPage(stage.page, "Volumes");
    await stage.docker("volume", "create", "one");
    await stage.docker("volume", "create", "two");
    await list.says("two", "Unused");
    for (const name of ["one", "two", "pgdata"]) await list.row(name).getByRole("checkbox").check();
    await stage.page.getByRole("toolbar", { name: "Selected rows" }).getByRole("button", { name: "Remove", exact: true }).click();
    const question = stage.page.getByRole("alertdialog", { name: "Remove 2 volumes" });
    await question.getByText("pgdata (db)").waitFor();
    await app.confirm("Remove 2 volumes");
    await list.gone("one");
    await list.gone("two");
    expect(await stage.docker("volume", "ls", "-q")).toBe("pgdata");
  });

  it("creates a network, after saying which subnets are taken", async () => {
    const list = new ListPage(stage.page, "Networks");
    await app.goTo("Networks");
    await list.says("bridge", "built in");
    const taken = await stage.docker("network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}", "bridge");
    await list.main.getByRole("button", { name: "Create", exact: true }).click();
    const form = new FormDialog(stage.page, "Create a network");
    await form.fill({ Name: "backend", Subnet: taken });
    await form.says(`It overlaps ${taken}, the subnet of bridge.`);
    await form.fill({ Subnet: `${net}.3.0/24`, Gateway: `${net}.4.1` });
    await form.says(`${net}.4.1 is not in ${net}.3.0/24.`);
    await form.fill({ Gateway: `${net}.3.254` });
    await form.dialog.getByRole("checkbox", { name: /^Internal/ }).check();
    expect(await form.commandLine()).toBe(`docker network create --subnet ${net}.3.0/24 --gateway ${net}.3.254 --internal backend`);
    await form.press("Create");
    await form.closed();
    await list.says("backend", `${net}.3.0/24`);
    expect(await stage.docker("network", "inspect", "-f", "{{.Internal}} {{(index .IPAM.Config 0).Gateway}}", "backend")).toBe(`true ${net}.3.254`);
    await stage.desktop.shot("networks");
    await stage.accessible("the list of networks");
  });

  it("connects a container with an address of its own, and disconnects it", async () => {
    const list = new ListPage(stage.page, "Networks");
    await list.open("backend");
    const page = stage.page.getByRole("main", { name: "Network backend" });
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    const form = new FormDialog(stage.page, "Connect a container to backend");
    await form.dialog.getByRole("combobox", { name: "Container" }).selectOption("db");
    await form.fill({ Address: `${net}.3.254` });
    await form.says(`${net}.3.254 belongs to the gateway.`);
    await form.fill({ Address: `${net}.3.77`, "Other names": "postgres" });
    await form.press("Connect");
    await form.closed();
    await page.getByRole("region", { name: "Containers" }).getByText(`${net}.3.77`).waitFor();
    expect(await stage.docker("inspect", "-f", "{{.NetworkSettings.Networks.backend.IPAddress}}", "db")).toBe(`${net}.3.77`);
    await stage.desktop.shot("network");
    await page.getByRole("button", { name: "Disconnect db" }).click();
    await page.getByText("No container is in this network.").first().waitFor();
    expect(await stage.docker("inspect", "-f", "{{len .NetworkSettings.Networks}}", "db")).toBe("1");
  });

  it("removes the network, and prunes those without containers", async () => {
    const list = new ListPage(stage.page, "Networks");
    await app.goTo("Networks");
    await list.act("backend", "Remove");
    await app.confirm("Remove backend");
    await list.gone("backend");
    await stage.docker("network", "create", "--subnet", `${net}.5.0/24`, "empty");
    await list.says("empty", "Unused");
    await list.main.getByRole("button", { name: "Prune", exact: true }).click();
    const prune = new FormDialog(stage.page, "Prune networks");
    await prune.says("empty");
    await prune.press("Remove 1 network");
    await prune.closed();
    await list.gone("empty");
    expect((await stage.docker("network", "ls", "--format", "{{.Name}}")).split("\n").sort()).toEqual(["bridge", "host", "none"]);
  });

  it("lists ports with their conflicts, also with other programs of this machine", async () => {
    const list = new ListPage(stage.page, "Ports");
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const held = (server.address() as AddressInfo).port;
    await app.goTo("Ports");
    await stage.page.getByRole("heading", { name: "No published ports yet" }).waitFor();
    await stage.docker("run", "-d", "--name", "web", "-p", `${port}:80`, image, "sleep", "1000");
    await stage.docker("create", "--name", "late", "-p", `${port}:8080`, image, "sleep", "1000");
    await stage.docker("create", "--name", "blocked", "-p", `127.0.0.1:${held}:80`, image, "sleep", "1000");
    await list.says(`${port}/tcp of web`, "Bound");
    await list.says(`${port}/tcp of late`, "Held by web");
    await list.says(`127.0.0.1:${held}/tcp of blocked`, `PID ${process.pid}`);
    await list.says(`127.0.0.1:${held}/tcp of blocked`, /\d+ is free/);
    await stage.page.getByRole("radio", { name: /^Conflicts/ }).click();
    expect(await stage.page.getByRole("grid", { name: "Ports" }).getByRole("row").count()).toBe(4);
    await list.filter("blocked");
    await list.gone(`${port}/tcp of web`);
    await stage.desktop.shot("ports");
    await stage.accessible("the list of ports");
    await list.main.getByRole("button", { name: "Check a port" }).click();
    const check = new FormDialog(stage.page, "Check a port");
    await check.fill({ "Host port": String(port) });
    await check.says(`web publishes port ${port}.`);
    await check.dialog.getByRole("button", { name: /^Take / }).click();
    await check.says(/^Port \d+ is free\.$/);
    await check.dialog.getByRole("button", { name: "Close" }).last().click();
    await new Promise((resolve) => server.close(resolve));
    await list.filter("");
    await stage.docker("rm", "-f", "web", "late", "blocked");
    await stage.page.getByRole("heading", { name: "No published ports yet" }).waitFor();
  });

  it("finds a volume and a network by name from anywhere, and leaves no error in the page", async () => {
    await app.command("pgdata");
    await stage.page.getByRole("main", { name: "Volume pgdata" }).waitFor();
    await stage.page.goBack();
    await app.command("create a network");
    await new FormDialog(stage.page, "Create a network").says("Left empty, the engine chooses a free one.");
    expect(stage.desktop.problems).toEqual([]);
  });
}, { rootful: true });
