/** What takes space, with real clicks on a real engine: the number that is said is the number that `du` finds. */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { must, tempDir } from "../fixtures/exec.ts";
import { makeImage, makeLayer } from "../fixtures/images.ts";
import { pushImage } from "../fixtures/push.ts";
import { journeys } from "../harness/journeys.ts";
import { DiskPage } from "../pages/disk-page.ts";

journeys("what takes space", "disk", (stage) => {
  let disk: DiskPage;
  /** Everything but the database, which grows when something is removed. */
  const occupied = async (): Promise<number> => Number((await must("du", ["-sx", "--block-size=1", "--exclude=engine.db*", stage.engine.root])).split("\t")[0]);
  /** Frees what is selected, and expects that the disk gets back what was said. */
  const expectFreed = async (bytes: number): Promise<void> => {
    const before = await occupied();
    await disk.ask();
    await disk.free();
    await expect.poll(async () => before - (await occupied())).toBe(bytes);
  };

  beforeAll(async () => {
    await stage.open();
    disk = new DiskPage(stage.page);
  });

  it("teaches what it is for while there is nothing", async () => {
    await stage.page.goto(`${stage.page.url().split("#")[0]}#/engine/disk`);
    await stage.page.getByRole("heading", { name: "Nothing takes space yet" }).waitFor();
    await stage.desktop.shot("1-empty");
    await stage.accessible("a disk with nothing on it");
  });

  it("tells every kind, with who uses it, and adds up to what is there", async () => {
    const shared = makeLayer([{ name: "shared", data: randomBytes(5_000_000) }], { format: "oci" });
    for (const name of ["one", "two"]) {
      await pushImage(stage.registry.url, name, "latest", makeImage([shared, makeLayer([{ name, data: randomBytes(1_000_000) }], { format: "oci" })]));
      await stage.docker("pull", "-q", `${stage.registry.host}/${name}`);
    }
    await stage.docker("pull", "-q", stage.image);
    await stage.docker("run", "--name", "job", "-v", "results:/out", stage.image, "sh", "-c", "head -c 3000000 /dev/urandom > /out/three; head -c 2000000 /dev/urandom > /two; seq 1 30000; sync");
    await stage.docker("run", "-d", "--name", "web", stage.image, "sh", "-c", "seq 1 40000; exec sleep 1000");
    await using context = await tempDir("context-");
    await writeFile(join(context.path, "Dockerfile"), `FROM ${stage.image}\nRUN head -c 1500000 /dev/urandom > /built\n`);
    await stage.docker("build", "-q", "-t", "built", context.path);
    await stage.docker("rmi", "built");
    await disk.open();
    await disk.measure();
    await disk.says("Volume results", /3\.0\d MB.*job/);
    await disk.says("Container job", /2\.\d+ MB/);
    await disk.says("Container web", "It runs: stop it first.");
    await disk.says(/^Build cache .*head -c 1500000/, /1\.5\d MB/);
    await disk.says("Log web", "of a running container");
    await disk.says(/^Layer /, `${stage.registry.host}/one`);
    const said = (await disk.main.getByRole("region", { name: "By kind" }).getByRole("strong").textContent()) ?? "";
    const found = (await occupied()) / 1e6;
    expect(Number(said.replace(" MB", "")) / found).toBeGreaterThan(0.9);
    expect(Number(said.replace(" MB", "")) / found).toBeLessThan(1.1);
    await stage.desktop.shot("2-typical");
    await stage.accessible("what takes space");
  });

  it("narrows the list to one kind, and to what is searched for", async () => {
    const chip = disk.main.getByRole("button", { name: /^Volumes/ });
    await chip.click();
    await disk.gone("Container job");
    await disk.says("Volume results", "job");
    await chip.click();
    await disk.says("Container job", "exited");
    await disk.main.getByRole("searchbox").fill("web");
    await disk.gone("Container job");
    await disk.says("Log web", /MB|kB/);
    await disk.main.getByRole("searchbox").fill("");
    await disk.says("Container job", "exited");
  });

  it("counts a shared layer only when both images go", async () => {
    const [one, two] = ["one", "two"].map((name) => `Image ${stage.registry.host}/${name}:latest`) as [string, string];
    const alone = await disk.select(one);
    expect(alone).toBeLessThan(2_200_000);
    await disk.clear();
    const both = await disk.select(one, two);
    expect(both).toBeGreaterThan(alone * 2 + 9_000_000);
    await stage.desktop.shot("3-selected");
    await stage.accessible("a selection of what takes space");
    await expectFreed(both);
    await disk.gone(one);
    expect(await stage.docker("images", "-q", `${stage.registry.host}/one`)).toBe("");
  });

  it("says who holds a volume; it can go together with that container", async () => {
    expect(await disk.box("Volume results").isDisabled()).toBe(true);
    expect(await disk.box("Volume results").getAttribute("title")).toBe("The container job uses it: select that first.");
    expect(await disk.box("Container web").isDisabled()).toBe(true);
    const bytes = await disk.select("Container job", "Volume results");
    expect(bytes).toBeGreaterThan(6_000_000);
    // A volume does not go without the container that uses it.
    await disk.box("Container job").uncheck();
    await disk.box("Volume results").and(stage.page.locator(":disabled")).waitFor();
    const again = await disk.select("Container job", "Volume results");
    expect(again).toBe(bytes);
    await disk.ask();
    await disk.question.getByText("The files in the volume cannot be brought back.").waitFor();
    await stage.desktop.shot("4-question");
    await stage.accessible("the question before freeing");
    await disk.question.getByRole("button", { name: "Cancel" }).click();
    expect(await stage.docker("ps", "-aq", "--filter", "name=job")).not.toBe("");
    await disk.page.getByRole("alertdialog").waitFor({ state: "detached" });
    await expectFreed(bytes);
    expect(await stage.docker("volume", "ls", "-q")).toBe("");
  });

  it("empties the log of a container that runs on, and frees the build cache", async () => {
    const bytes = await disk.select("Log web", /^Build cache .*head -c 1500000/);
    expect(bytes).toBeGreaterThan(2_700_000);
    await expectFreed(bytes);
    expect(await stage.docker("logs", "web")).toBe("");
    expect(await stage.docker("inspect", "-f", "{{.State.Running}}", "web")).toBe("true");
  });

  it("says in a sentence what could not be freed, and frees the rest", async () => {
    for (const name of ["kept", "left"]) await stage.docker("run", "--rm", "-v", `${name}:/d`, stage.image, "sh", "-c", "head -c 500000 /dev/urandom > /d/half");
    await disk.measure();
    await disk.select("Volume kept", "Volume left");
    await disk.ask();
    await stage.docker("create", "--name", "late", "-v", "kept:/d", stage.image);
    await disk.free();
    await disk.main.getByRole("alert").filter({ hasText: "The volume kept was not freed." }).filter({ hasText: "The container late uses it" }).waitFor();
    await disk.says("Volume kept", "late");
    await disk.gone("Volume left");
    await stage.desktop.shot("5-failure");
    await disk.main.getByRole("button", { name: "Dismiss" }).click();
    expect(stage.desktop.problems).toEqual([]);
  });
});
