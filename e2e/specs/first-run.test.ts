/** The first minute: first steps, one button, and a container that answers. Without any registry. Settings, too. */
import { chmod } from "node:fs/promises";
import { beforeAll, expect, it } from "vitest";
import { tempDir, waitFor, type TempDir } from "../fixtures/exec.ts";
import { journeys } from "../harness/journeys.ts";
import type { AppPage } from "../pages/app-page.ts";
import { ContainerPage } from "../pages/container-page.ts";
import { ContainersPage } from "../pages/containers-page.ts";
import { WelcomePage } from "../pages/welcome-page.ts";

journeys("the first run", "first", (stage) => {
  let data: TempDir;
  let app: AppPage;

  beforeAll(async () => {
    data = stage.stack.use(await tempDir("samples"));
    // The engine of another user reads the project there.
    await chmod(data.path, 0o755);
    await stage.open({ XDG_DATA_HOME: data.path }, true);
    app = stage.app;
  });

  it("builds and runs the sample with one button, showing each step", async () => {
    const { page } = stage;
    await page.getByRole("region", { name: "Engine" }).getByText("Given at start answers.").waitFor();
    await stage.accessible("the first steps");
    const url = await new WelcomePage(page).runSample();
    await stage.accessible("the first steps, done");
    await waitFor("the page of the sample", async () => (await fetch(url.replace("localhost", "127.0.0.1")).then((answer) => answer.text(), () => "")).includes("Hello from a container"));
    await stage.desktop.shot("1-sample");
    await page.getByRole("button", { name: "Show the container" }).click();
    await new ContainerPage(page, "slipway-sample").main.waitFor();
    expect((await stage.engine.docker.run(["ps", "--format", "{{.Names}} {{.Image}}"])).stdout.trim()).toBe("slipway-sample slipway-sample:latest");
  });

  it("keeps settings for every window: theme, rows, and what may speak up", async () => {
    const { page } = stage;
    await page.getByRole("navigation", { name: "Slipway" }).getByRole("link", { name: "Settings" }).click();
    await page.getByRole("searchbox", { name: "Search settings" }).fill("rows");
    await page.getByRole("switch", { name: "Compact rows" }).click();
    await page.getByRole("switch", { name: "Compact rows", checked: true }).waitFor();
    expect(await page.getByRole("switch").count()).toBe(1);
    await page.getByRole("searchbox", { name: "Search settings" }).fill("");
    await page.getByRole("radio", { name: "Dark" }).click();
    await stage.accessible("settings in the dark");
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByRole("switch", { name: "Compact rows", checked: true }).waitFor();
    await other.getByRole("radio", { name: "Light" }).click();
    await page.getByRole("radio", { name: "Light", checked: true }).waitFor();
    await stage.accessible("settings in the light");
    await other.close();
    await app.goTo("Containers");
    expect((await new ContainersPage(page).row("slipway-sample").boundingBox())?.height).toBe(28);
    await stage.desktop.shot("2-compact");
  });

  it("leaves no error in the page", () => {
    expect(stage.desktop.problems).toEqual([]);
  });
});
