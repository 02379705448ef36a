/** Registries with real clicks on a real engine against a real docker-registry: login, push, browse, pull by tag and digest, logout in the set-ups that people have; then transfers over a crash. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD, startRegistryLab, USER, type RegistryLab } from "../compat/registries/lab.ts";
import { makeImage, makeLayer } from "../fixtures/images.ts";
import { pushImage } from "../fixtures/push.ts";
import { startSlowLine } from "../fixtures/slow-line.ts";
import { missing, openDesktop, type Desktop } from "../harness/desktop.ts";
import { enginesFor, HOSTS } from "../harness/journeys.ts";
import { violations } from "../harness/looks.ts";
import { AppPage } from "../pages/app-page.ts";
import { ImagesPage } from "../pages/images-page.ts";
import { RegistriesPage, TransfersPanel } from "../pages/registries-page.ts";
import { FormDialog } from "../pages/storage-pages.ts";

const engines = enginesFor({ rootful: true });
const MB = 1_000_000;

for (const host of HOSTS) {
  const reason = missing(host);
  if (reason) console.warn(`SKIPPED: registries in ${host}, because ${reason}.`);
  describe.skipIf(reason !== undefined).each(engines)(`registries in ${host} on %s`, (kind) => {
    const stack = new AsyncDisposableStack();
    let lab: RegistryLab;
    let desktop: Desktop;
    let app: AppPage;
    let registries: RegistriesPage;
    let images: ImagesPage;
    /** What is pushed everywhere. */
    let source: string;

    beforeAll(async () => {
      lab = await startRegistryLab(kind, stack);
      desktop = stack.use(await openDesktop(host, { socket: lab.engine.socket, name: `registries-${host}-${kind}` }));
      desktop.page.setDefaultTimeout(20_000);
      [app, registries, images] = [new AppPage(desktop.page), new RegistriesPage(desktop.page), new ImagesPage(desktop.page)];
      source = `${lab.anonymous.host}/busybox:latest`;
      await app.connected();
    });
    afterAll(() => stack.disposeAsync());

    /** Pushes from the image's row under another name. @param before what is to be done in the dialog first */
    async function push(target: string, before?: (form: FormDialog) => Promise<void>): Promise<void> {
      await app.goTo("Images");
      await images.act(source, "Push");
      const form = new FormDialog(desktop.page, `Push ${source}`);
      await form.fill({ Target: target });
      expect(await form.commandLine()).toBe(`docker tag ${source} ${target}\ndocker push ${target}`);
      await before?.(form);
      await form.press("Push");
      await form.dialog.getByRole("status").filter({ hasText: /^(Pushed|Up to date)/ }).waitFor();
      await form.dialog.getByRole("button", { name: "Close" }).last().click();
      await form.closed();
    }

    /** Finds what was pushed among the registry's tags, pulls it by tag and by digest. */
    async function browseAndPull(registry: string, repository: string): Promise<void> {
      const reference = `${registry}/${repository}:1`;
      await registries.open(registry);
      await registries.choose(registry, repository);
      await registries.tagSays(reference, "Current");
      const digest = await lab.engine.docker.ok("image", "inspect", "-f", "{{range .RepoDigests}}{{println .}}{{end}}", reference).then((text) => text.split("\n").find((line) => line.startsWith(`${registry}/${repository}@`)) ?? "none");
      await registries.tagSays(reference, digest.slice(-64, -52));
      await lab.engine.docker.ok("rmi", reference);
      await registries.tagSays(reference, "Absent");
      await registries.actOnTag(reference, "Pull");
      await registries.tagSays(reference, "Current");
      await lab.engine.docker.ok("rmi", reference);
      await app.command("pull an image");
      await images.pullDialog.getByRole("textbox", { name: "Image" }).fill(digest);
      await images.pullDialog.getByRole("button", { name: "Pull", exact: true }).click();
      await images.pulled();
      await desktop.page.keyboard.press("Escape");
      await images.pullDialog.waitFor({ state: "hidden" });
      expect(await lab.engine.docker.ok("image", "inspect", "-f", "{{index .RepoDigests 0}}", digest)).not.toBe("");
    }

    it("anonymous: adds it, pulls, pushes, browses", async () => {
      const registry = lab.anonymous.host;
      await app.goTo("Registries");
      await registries.row("docker.io").waitFor();
      await desktop.page.getByRole("button", { name: "Add", exact: true }).click();
      const form = new FormDialog(desktop.page, "Add a registry");
      await form.fill({ Address: `${registry}/busybox` });
      await form.says("“/busybox” belongs to a repository: a registry is its address alone.");
      await form.press("Cancel");
      await registries.add(registry);
      await registries.registry(registry).getByText(`${registry} works: it answered in`).waitFor();
      await registries.choose(registry, "busybox");
      await registries.actOnTag(source, "Pull");
      await registries.tagSays(source, "Current");
      await push(`${registry}/team/app:1`);
      await browseAndPull(registry, "team/app");
      expect(await lab.engine.docker.ok("run", "--rm", source, "echo", "runs")).toBe("runs");
      await desktop.shot("tags");
      await accessible("a repository's tags");
    });

    it("a password: the test says that a login is missing, the refusal stands in the field, then all of it", async () => {
      const registry = lab.password.host;
      await registries.add(registry);
      const page = registries.registry(registry);
      await page.getByRole("list", { name: "Steps of the test" }).getByText("Log in: failed").waitFor();
      await desktop.shot("test");
      await accessible("the test of a registry");
      // From the push, which the login interrupts and goes back to.
      await push(`${registry}/team/app:1`, async (form) => {
        await form.says(`A push to ${registry} needs a login.`);
        await form.press("Log in");
        const login = registries.login(registry);
        await login.says(/config\.json|keyring|helper/);
        await registries.logIn(registry, USER, "wrong");
        await login.dialog.getByRole("textbox", { name: "Password or token", description: /401|unauthorized|refused/i }).waitFor();
        expect(await login.commandLine()).toBe(`docker login -u ${USER} ${registry}`);
        await desktop.shot("login");
        await accessible("a login that was refused");
        await registries.logIn(registry, USER, PASSWORD);
        await login.closed();
        await form.says(`Logged in to ${registry} as ${USER}.`);
      });
      await browseAndPull(registry, "team/app");
      await registries.logOut(registry);
      await registries.registry(registry).getByRole("button", { name: "Log in" }).first().waitFor();
    });

    it("a token server: wrong, then right, push, browse, pull, logout", async () => {
      const registry = lab.token.host;
      await registries.add(registry);
      await registries.registry(registry).locator("header").getByRole("button", { name: "Log in" }).first().click();
      await registries.logIn(registry, USER, "wrong");
      await registries.login(registry).says(/incorrect username or password/);
      await registries.logIn(registry, USER, PASSWORD);
      await registries.login(registry).closed();
      await push(`${registry}/team/app:1`);
      await browseAndPull(registry, "team/app");
      await registries.logOut(registry);
    });

    it("TLS with an authority and a client certificate of its own", async () => {
      const registry = lab.tls.host;
      await registries.add(registry);
      await registries.registry(registry).getByText(`${registry} works: it answered in`).waitFor();
      await registries.registry(registry).locator("header").getByRole("button", { name: "Log in" }).first().click();
      await registries.logIn(registry, USER, PASSWORD);
      await registries.login(registry).closed();
      await push(`${registry}/team/app:1`);
      await browseAndPull(registry, "team/app");
      await registries.logOut(registry);
    });

    it("behind a proxy", async () => {
      const registry = lab.proxied.plain;
      await registries.add(registry);
      await registries.registry(registry).getByText(`${registry} works: it answered in`).waitFor();
      await registries.registry(registry).locator("header").getByRole("button", { name: "Log in" }).first().click();
      await registries.logIn(registry, USER, PASSWORD);
      await registries.login(registry).closed();
      await push(`${registry}/proxied/app:1`);
      await browseAndPull(registry, "proxied/app");
      expect(lab.proxied.proxy.seen.some((line) => line.startsWith(`GET http://${registry}/v2/proxied/app/`))).toBe(true);
      await registries.logOut(registry);
    });

    it("pushes all tags of a repository at once", async () => {
      await lab.engine.docker.ok("tag", source, `${lab.anonymous.host}/busybox:second`);
      await app.goTo("Images");
      await images.act(source, "Push");
      const form = new FormDialog(desktop.page, `Push ${source}`);
      await form.dialog.getByRole("checkbox", { name: "All 2 tags of" }).check();
      await form.dialog.getByRole("textbox", { name: "Target repository" }).fill(`${lab.anonymous.host}/all/busybox`);
      expect(await form.commandLine()).toMatch(new RegExp(`\\ndocker push --all-tags ${lab.anonymous.host}/all/busybox$`));
      await form.press("Push");
      await form.dialog.getByRole("status").filter({ hasText: /^(Pushed|Up to date)/ }).waitFor();
      await form.dialog.getByRole("button", { name: "Close" }).last().click();
      const tags = (await (await fetch(`${lab.anonymous.url}/v2/all/busybox/tags/list`)).json()) as { tags: string[] };
      expect(tags.tags.toSorted()).toEqual(["latest", "second"]);
      for (const tag of ["busybox:second", "all/busybox:latest", "all/busybox:second"]) await lab.engine.docker.ok("rmi", `${lab.anonymous.host}/${tag}`);
    });

    it("marks what is behind its registry, once asked, and pulls it", async () => {
      await pushImage(lab.anonymous.url, "busybox", "latest", makeImage([makeLayer([{ name: "newer", data: "yes\n" }])]));
      await app.goTo("Images");
      await desktop.page.getByRole("button", { name: "Check for newer images" }).click();
      await images.row(source).getByText("behind").waitFor();
      await desktop.shot("behind");
      await images.row(source).getByRole("button", { name: `Pull the newer ${source}` }).click();
      await images.row(source).getByText("behind").waitFor({ state: "detached" });
      expect(await lab.engine.docker.ok("image", "inspect", "-f", "{{len .RootFS.Layers}}", source)).toBe("1");
    });

    it("pauses a pull, finds it again after a crash of the engine, and resumes it", async () => {
      let speed = 0.8 * MB;
      await using line = await startSlowLine({ target: lab.anonymous.host, bytesPerSecond: () => speed });
      await pushImage(lab.anonymous.url, "large", "latest", makeImage([makeLayer([{ name: "file", data: randomBytes(8 * MB) }], { compression: "none", format: "oci" })]));
      const reference = `${line.host}/large:latest`;
      await app.goTo("Images");
      await images.startPull(reference);
      await images.pullDialog.getByRole("status").filter({ hasText: /of 8\.00 MB/ }).waitFor();
      await images.pullDialog.getByRole("button", { name: "Continue in background" }).click();
      const panel = new TransfersPanel(desktop.page);
      await panel.open();
      await panel.press("Pause", reference);
      await panel.line(`Pull of ${reference}`).getByText(/^Paused at /).waitFor();
      speed = 80 * MB;
      await lab.engine.kill9();
      await lab.engine.start();
      await panel.line(`Pull of ${reference}`).getByText(/^Interrupted at /).waitFor({ timeout: 30_000 });
      await desktop.shot("transfers");
      await accessible("the transfers");
      await panel.press("Resume", reference);
      await panel.line(`Pull of ${reference}`).getByText(/^Pulled 8\.00 MB/).waitFor({ timeout: 30_000 });
      expect(line.delivered).toBeLessThan(8 * MB * 1.3);
      await panel.press("Dismiss", reference);
      await panel.line(`Pull of ${reference}`).waitFor({ state: "detached" });
      await panel.close();
      expect(await lab.engine.docker.ok("images", "-q", reference)).not.toBe("");
    });

    /** Nothing for axe to complain about on what is shown now, which is the same on every engine: one is asked. */
    async function accessible(what: string): Promise<void> {
      if (kind !== engines[0]) return;
      expect(await violations(desktop.page), what).toEqual([]);
    }
  });
}
