/** What is left of registries in the window on a real dockerd, which keeps no transfers and looks into no registry: login, push, pull, logout. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, startDockerd, TEST_IMAGE, type TestDaemon } from "../../electron/testing/dockerd.ts";
import { makePassword } from "../../electron/testing/htpasswd.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";
import { missing, openDesktop, type Desktop } from "../harness/desktop.ts";
import { violations } from "../harness/looks.ts";
import { AppPage } from "../pages/app-page.ts";
import { ImagesPage } from "../pages/images-page.ts";
import { RegistriesPage, TransfersPanel } from "../pages/registries-page.ts";
import { FormDialog } from "../pages/storage-pages.ts";

const dockerd = (process.env["PATH"] ?? "").split(":").some((folder) => existsSync(join(folder, "dockerd")));
const reason = missing("browser") ?? (process.getuid?.() !== 0 ? "dockerd needs root" : dockerd ? undefined : "dockerd is not on this machine");
if (reason) console.warn(`SKIPPED: registries on a dockerd, because ${reason}.`);

describe.skipIf(reason !== undefined)("registries on a dockerd", () => {
  const stack = new AsyncDisposableStack();
  let daemon: TestDaemon;
  let registry: TestRegistry;
  let desktop: Desktop;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-htpasswd-"));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, "htpasswd"), await makePassword("tester", "secret"));
    [daemon, registry] = await Promise.all([startDockerd(), startRegistry({ auth: `{htpasswd: {realm: test, path: ${JSON.stringify(join(folder, "htpasswd"))}}}` })]);
    stack.use(registry);
    stack.use(daemon);
    desktop = stack.use(await openDesktop("browser", { socket: daemon.socketPath, name: "registries-dockerd" }));
    desktop.page.setDefaultTimeout(20_000);
  });
  afterAll(() => stack.disposeAsync());

  it("logs in, pushes and pulls with progress, and says what such an engine lacks", async () => {
    const { page } = desktop;
    const [app, registries, images] = [new AppPage(page), new RegistriesPage(page), new ImagesPage(page)];
    const target = `${registry.host}/team/app:1`;
    await app.connected();
    await registries.add(registry.host);
    expect(await page.getByRole("button", { name: "Test" }).count()).toBe(0);
    await registries.registry(registry.host).getByRole("tab", { name: "Repositories" }).click();
    await registries.registry(registry.host).getByText("This engine does not look into registries.").waitFor();
    await app.goTo("Images");
    expect(await page.getByRole("button", { name: "Check for newer images" }).count()).toBe(0);
    await images.act(TEST_IMAGE, "Push");
    const form = new FormDialog(page, `Push ${TEST_IMAGE}`);
    await form.fill({ Target: target });
    await form.press("Push");
    // It is refused, with the button that helps.
    await form.says(`${registry.host} wants a login for this image.`);
    await form.dialog.getByRole("alert").getByRole("button", { name: `Log in to ${registry.host}` }).click();
    await registries.logIn(registry.host, "tester", "wrong");
    await registries.login(registry.host).dialog.getByRole("textbox", { name: "Password or token", description: /401|unauthorized/i }).waitFor();
    await registries.logIn(registry.host, "tester", "secret");
    await registries.login(registry.host).closed();
    await form.press("Push again");
    await form.dialog.getByRole("status").filter({ hasText: /^Pushed / }).waitFor();
    await form.dialog.getByRole("button", { name: "Close" }).last().click();
    await docker(daemon.socketPath, "rmi", target);
    await images.startPull(target);
    await images.pulled();
    await page.keyboard.press("Escape");
    await images.see(target);
    const panel = new TransfersPanel(page);
    await panel.open();
    await panel.line(`Pull of ${target}`).waitFor();
    expect(await panel.panel.getByRole("button", { name: /^Pause/ }).count()).toBe(0);
    await desktop.shot("transfers");
    expect(await violations(page)).toEqual([]);
    await panel.close();
    await registries.open(registry.host);
    await registries.logOut(registry.host);
    expect(desktop.problems).toEqual([]);
  });
});
