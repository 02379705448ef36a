/** Removals that are taken back, with real clicks on a real engine, each step checked with Docker's CLI, which sees what is removed as gone. */
import { beforeAll, expect, it } from "vitest";
import { journeys } from "../harness/journeys.ts";
import { ContainersPage } from "../pages/containers-page.ts";
import { ImagesPage } from "../pages/images-page.ts";
import { RemovedPage } from "../pages/removed-page.ts";
import { FormDialog, ListPage } from "../pages/storage-pages.ts";

journeys("undo of removals", "removed", (stage) => {
  let containers: ContainersPage;
  let removed: RemovedPage;
  const run = (name: string): Promise<string> => stage.docker("run", "-d", "--name", name, "-v", "/anonymous", stage.image, "sh", "-c", "echo began; sleep 1000");
  const names = (): Promise<string> => stage.docker("ps", "-a", "--format", "{{.Names}}");
  const undo = (said: string): Promise<void> => stage.app.toast(said).getByRole("button", { name: "Undo" }).click();

  beforeAll(async () => {
    await stage.docker("pull", "-q", stage.image);
    await run("web");
    await run("worker");
    await stage.docker("exec", "web", "sh", "-c", "echo kept > /kept; echo kept > /anonymous/kept");
    await stage.open();
    containers = new ContainersPage(stage.page);
    removed = new RemovedPage(stage.page);
  });

  it("a container that was removed while it ran is brought back by the message, with its files and its volume", async () => {
    await containers.see("web");
    await containers.act("web", "Remove");
    await stage.page.getByRole("alertdialog", { name: "Remove web" }).getByText("It can be brought back for 1 day, and takes room on the disk until then.").waitFor();
    await stage.app.confirm("Remove web");
    await containers.gone("web");
    expect(await names()).toBe("worker");
    expect((await stage.docker("volume", "ls", "-q")).split("\n")).toHaveLength(1);
    await stage.desktop.shot("toast");
    await undo("web removed.");
    await stage.app.toast("web is back.").waitFor();
    await containers.says("web", "Exited");
    await stage.docker("start", "web");
    expect(await stage.docker("exec", "web", "cat", "/kept", "/anonymous/kept")).toBe("kept\nkept");
    expect(await stage.docker("logs", "web")).toBe("began\nbegan");
  });

  it("several that went together come back together", async () => {
    await containers.says("web", "Running");
    await containers.row("web").focus();
    await stage.page.keyboard.press("ControlOrMeta+a");
    await stage.page.getByRole("toolbar", { name: "Selected rows" }).getByText("2 selected").waitFor();
    await stage.page.keyboard.press("Delete");
    await stage.page.getByRole("alertdialog", { name: "Remove 2 containers" }).getByText("They can be brought back for 1 day").waitFor();
    await stage.app.confirm("Remove 2 containers");
    await stage.page.getByRole("heading", { name: "No containers yet" }).waitFor();
    expect(await names()).toBe("");
    await undo("2 containers removed.");
    await stage.app.toast("2 containers are back.").waitFor();
    await containers.says("web", "Exited");
    await containers.see("worker");
  });

  it("where the name is taken, the list asks for another one", async () => {
    await containers.act("web", "Remove");
    await stage.app.confirm("Remove web");
    await containers.gone("web");
    await stage.docker("create", "--name", "web", stage.image, "true");
    await containers.see("web");
    await stage.app.command("recently removed");
    await removed.says("web", "anonymous volume");
    await removed.bringBack("web");
    const dialog = new FormDialog(stage.page, "Bring back web under another name");
    await dialog.says(/web/);
    await dialog.fill({ "New name": "worker" });
    await dialog.press("Bring back");
    await dialog.says(/worker/);
    await dialog.fill({ "New name": "web-before" });
    await dialog.press("Bring back");
    await dialog.closed();
    await removed.main.getByRole("heading", { name: "Nothing to bring back" }).waitFor();
    expect((await names()).split("\n").toSorted()).toEqual(["web", "web-before", "worker"]);
    await stage.docker("start", "web-before");
    expect(await stage.docker("exec", "web-before", "cat", "/kept")).toBe("kept");
    await stage.docker("rm", "-fv", "web", "web-before", "worker");
  });

  it("images, volumes and networks are listed with their sizes, and come back from the list", async () => {
    await stage.docker("run", "--rm", "-v", "data:/data", stage.image, "sh", "-c", "head -c 5000000 /dev/zero > /data/large");
    await stage.docker("network", "create", "--subnet", "10.119.7.0/24", "backend");
    const volumes = new ListPage(stage.page, "Volumes");
    await stage.app.goTo("Volumes");
    await volumes.see("data");
    await volumes.act("data", "Remove");
    await stage.app.confirm("Remove data");
    await volumes.page.getByRole("heading", { name: "No volumes yet" }).waitFor();
    const networks = new ListPage(stage.page, "Networks");
    await stage.app.goTo("Networks");
    await networks.see("backend");
    await networks.act("backend", "Remove");
    await stage.app.confirm("Remove backend");
    await networks.gone("backend");
    await stage.app.goTo("Images");
    const images = new ImagesPage(stage.page);
    await images.see(stage.image);
    await images.row(stage.image).focus();
    await stage.page.keyboard.press("Delete");
    await stage.page.getByRole("alertdialog").getByText(/^In the end this frees/).waitFor();
    await stage.app.confirm(`Remove ${stage.image}`);
    await stage.page.getByRole("heading", { name: "No images yet" }).waitFor();
    expect([await stage.docker("images", "-aq"), await stage.docker("volume", "ls", "-q"), await stage.docker("network", "ls", "-q", "-f", "name=backend")]).toEqual(["", "", ""]);

    await stage.page.getByRole("button", { name: "More actions for images" }).click();
    await stage.page.getByRole("menuitem", { name: "Recently removed" }).click();
    await removed.says("data", "5.00 MB");
    await removed.says("backend", "10.119.7.0/24");
    await removed.says(stage.image, "in 24 h");
    await stage.desktop.shot("list");
    await stage.accessible("what was removed");
    await removed.row("data").focus();
    await stage.page.keyboard.press("ControlOrMeta+a");
    await stage.page.getByRole("toolbar", { name: "Selected rows" }).getByRole("button", { name: "Bring back" }).click();
    await stage.app.toast("3 removed things are back.").waitFor();
    await removed.main.getByRole("heading", { name: "Nothing to bring back" }).waitFor();
    expect(await stage.docker("run", "--rm", "--network", "backend", "-v", "data:/data", stage.image, "stat", "-c", "%s", "/data/large")).toBe("5000000");
  });

  it("what is deleted for good is gone, and removals are final where nothing is to be kept", async () => {
    const volumes = new ListPage(stage.page, "Volumes");
    await stage.app.goTo("Volumes");
    await volumes.see("data");
    await volumes.act("data", "Remove");
    await stage.app.confirm("Remove data");
    await stage.page.getByRole("button", { name: "Recently removed, 1" }).click();
    await removed.says("data", "5.00 MB");
    await removed.deleteForGood("data");
    await stage.page.getByRole("alertdialog").getByText("It cannot be brought back after that. This frees 5.00 MB.").waitFor();
    await stage.app.confirm("Delete data for good");
    await stage.app.toast("5.00 MB freed.").waitFor();
    await removed.main.getByRole("heading", { name: "Nothing to bring back" }).waitFor();

    await removed.main.getByRole("button", { name: "Change in settings" }).click();
    await stage.page.getByRole("radiogroup", { name: "Keep what is removed" }).getByRole("radio", { name: "Not at all" }).click();
    await stage.docker("volume", "create", "final");
    await stage.app.goTo("Volumes");
    await volumes.see("final");
    await volumes.act("final", "Remove");
    await stage.page.getByRole("alertdialog", { name: "Remove final" }).getByText("This cannot be undone.").waitFor();
    await stage.app.confirm("Remove final");
    await volumes.page.getByRole("heading", { name: "No volumes yet" }).waitFor();
    await stage.app.command("recently removed");
    await removed.main.getByText("Settings say that what is removed goes for good.").waitFor();
    expect(stage.desktop.problems).toEqual([]);
  });
});
