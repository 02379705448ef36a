/** The engine's calls, live: what the docker CLI asks beside the window, looked at, narrowed down, and made again with curl. With real clicks. */
import { AxeBuilder } from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { api } from "../fixtures/api.ts";
import { startEngine, type EngineKind, type TestEngine } from "../fixtures/engines.ts";
import { must, waitFor } from "../fixtures/exec.ts";
import { pushTestImages } from "../fixtures/images.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";
import { missing, openDesktop, type Desktop, type HostKind } from "../harness/desktop.ts";
import { AppPage } from "../pages/app-page.ts";
import { CallsPage } from "../pages/calls-page.ts";

const hosts: readonly HostKind[] = ["browser", "electron"];
const ours = process.getuid?.() === 0 ? ["ours-rootful", "ours-rootless"] : ["ours-rootless"];
const engines = (process.env["SLIPWAY_E2E_ENGINES"]?.split(",") ?? ours) as EngineKind[];
const CANARY = `canary-${process.pid}`;

for (const host of hosts) {
  const reason = missing(host);
  if (reason) console.warn(`SKIPPED: calls in ${host}, because ${reason}.`);
  describe.skipIf(reason !== undefined).each(engines)(`calls in ${host} on %s`, (kind) => {
    let registry: TestRegistry;
    let engine: TestEngine;
    let desktop: Desktop;
    let calls: CallsPage;
    let busybox: string;

    beforeAll(async () => {
      registry = await startRegistry();
      await pushTestImages(registry.url);
      engine = await startEngine(kind);
      busybox = `${registry.host}/busybox:latest`;
      await engine.docker.ok("pull", "-q", busybox);
      desktop = await openDesktop(host, { socket: engine.socket, name: `calls-${host}-${kind}` });
      desktop.page.setDefaultTimeout(20_000);
      calls = new CallsPage(desktop.page);
      await new AppPage(desktop.page).connected();
    });
    afterAll(async () => {
      await desktop?.[Symbol.asyncDispose]();
      await engine?.[Symbol.asyncDispose]();
      await registry?.[Symbol.asyncDispose]();
    });

    it("shows what the docker CLI asks as it asks it, and the window's own calls when they are wanted", async () => {
      await calls.open();
      await engine.docker.ok("ps", "-a");
      await calls.says("GET /containers/json", /Docker-Client.*200/);
      expect(await calls.rows(/./).filter({ hasText: "this window" }).count()).toBe(0);
      await calls.filter("Client", "All clients");
      await calls.says("GET /events", "this window");
      await calls.filter("Client", "Other clients");
      await calls.gone("GET /slipway/requests");
    });

    it("shows headers and bodies without any credential", async () => {
      const auth = Buffer.from(JSON.stringify({ username: "me", password: CANARY })).toString("base64url");
      await api(engine.socket, "POST", "/containers/create?name=looked-at", { Image: busybox, Cmd: ["true"], Env: [`DB_PASSWORD=${CANARY}`, "PLAIN=seen"], Labels: { quote: `it's "$HOME"` } }, { "x-registry-auth": auth, "user-agent": "journey/1.0" });
      await calls.show(await calls.says("POST /containers/create", "journey 1.0"), "Request");
      const details = calls.details("POST /containers/create");
      await details.getByText("PLAIN=seen").waitFor();
      await details.getByText("DB_PASSWORD=(hidden)").waitFor();
      await calls.show(calls.rows("POST /containers/create").first(), "Headers");
      await details.getByText("x-registry-auth").waitFor();
      await desktop.shot("1-headers");
      await calls.show(calls.rows("POST /containers/create").first(), "Answer");
      await details.getByText(/"Warnings"/).waitFor();
      expect(await desktop.page.content()).not.toContain(CANARY);
      for (const scheme of ["light", "dark"] as const) {
        await desktop.page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        await accessible(`a call in the ${scheme}`);
      }
      await desktop.shot("2-answer");
      await desktop.page.keyboard.press("Escape");
      await details.waitFor({ state: "detached" });
    });

    it("copies a call as a curl command that does the same", async () => {
      await engine.docker.ok("rm", "looked-at");
      await api(engine.socket, "POST", "/containers/create?name=made-again", { Image: busybox, Cmd: ["true"], Labels: { quote: `it's "$HOME" \`id\`` } }, { "user-agent": "journey/2.0" });
      await engine.docker.ok("rm", "made-again");
      await calls.show(await calls.says("POST /containers/create", "journey 2.0"), "curl");
      const command = await calls.copiedCurl();
      expect(command).toContain(`--unix-socket ${engine.socket} `);
      const stdout = await must("sh", ["-c", `${command} --silent --write-out ' %{http_code}'`]);
      expect(stdout).toMatch(/"Id":.* 201$/s);
      expect(await engine.docker.ok("inspect", "-f", "{{.Config.Labels.quote}}", "made-again")).toBe(`it's "$HOME" \`id\``);
      await desktop.page.getByRole("button", { name: "Close" }).click();
      await calls.says("POST /containers/create", "curl");
    });

    it("shows an exec as open while it lasts, and its bytes at the end", async () => {
      await engine.docker.ok("run", "-d", "--name", "busy", busybox, "sleep", "1000");
      const exec = engine.docker.run(["exec", "busy", "sh", "-c", "while [ ! -e /stop ]; do sleep 0.05; done; head -c 200000 /dev/zero"]);
      await calls.says(/^POST \/exec\/[0-9a-f]{12}\/start/, "101 open");
      await calls.filter("Status", "Open");
      await calls.says(/^POST \/exec/, /101 open.*\d+ s/);
      await desktop.shot("3-open");
      await api(engine.socket, "PUT", "/slipway/containers/busy/files/content?path=/stop", "now", { "content-type": "application/octet-stream" });
      expect((await exec).code).toBe(0);
      await calls.gone(/^POST \/exec/);
      await calls.filter("Status", "Any status");
      await calls.says(/^POST \/exec/, /101.*20\d kB/);
    });

    it("is narrowed by words, method and status", async () => {
      expect((await api(engine.socket, "GET", "/containers/nowhere/json")).status).toBe(404);
      await calls.filter("Status", "4xx: refused");
      await calls.says("GET /containers/nowhere/json", "404");
      await calls.gone("GET /containers/json");
      await calls.filter("Status", "Any status");
      await calls.filter("Method", "PUT");
      await calls.says("PUT /slipway/containers/busy/files/content", /20\d/);
      await calls.gone("GET /containers/nowhere/json");
      await calls.search("nothing like it");
      await desktop.page.getByText("No call matches.").waitFor();
      await desktop.page.getByRole("button", { name: "Show all" }).click();
      await calls.says("GET /containers/nowhere/json", "404");
    });

    it("keeps still under the pointer and while it is paused, and can be emptied", async () => {
      await calls.rows("GET /containers/nowhere/json").first().hover();
      await engine.docker.ok("volume", "ls");
      await desktop.page.getByRole("button", { name: /^\d+ new calls?$/ }).waitFor();
      expect(await calls.rows("GET /volumes").count()).toBe(0);
      await calls.says("GET /volumes", "200");
      await desktop.page.getByRole("button", { name: "Pause", exact: true }).click();
      await engine.docker.ok("network", "ls");
      await desktop.page.getByRole("button", { name: /^Resume, \d+ new$/ }).waitFor();
      await desktop.page.mouse.move(2, 2);
      expect(await calls.rows("GET /networks").count()).toBe(0);
      await desktop.page.getByRole("button", { name: /^Resume/ }).click();
      await calls.says("GET /networks", "200");
      await desktop.page.getByRole("button", { name: "Clear", exact: true }).click();
      await desktop.page.getByText(/^No other client has called/).waitFor();
      await accessible("an empty list");
      await engine.docker.ok("ps");
      await calls.says("GET /containers/json", "200");
    });

    it("costs nothing once it is left: nobody follows, and no body is kept", async () => {
      await new AppPage(desktop.page).goTo("Containers");
      interface List { Calls: { Id: number; Target: string; Open: boolean }[] }
      const list = async (): Promise<List["Calls"]> => (JSON.parse((await api(engine.socket, "GET", "/slipway/requests")).body) as List).Calls;
      await waitFor("the end of following", async () => !(await list()).some(({ Target, Open }) => Open && Target.includes("follow")));
      const create = (await list()).findLast(({ Target }) => Target.includes("/containers/create"));
      expect((JSON.parse((await api(engine.socket, "GET", `/slipway/requests/${create!.Id}`)).body) as { Content: unknown }).Content).toBeNull();
      await engine.docker.ok("rm", "-f", "busy", "made-again");
      expect(desktop.problems).toEqual([]);
    });

    async function accessible(what: string): Promise<void> {
      const { violations } = await new AxeBuilder({ page: desktop.page }).analyze();
      expect(violations.map((violation) => `${what}: ${violation.id}: ${violation.nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
    }
  });
}
