/** Builds through the contract: a window's client, the services, our own engine; and what a plain dockerd says. */
import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStream } from "../ipc/client.ts";
import type { BuildEvent, BuildListEvent, BuildSummary } from "../ipc/contract/builds.ts";
import { toIpcErrorInfo } from "../ipc/errors.ts";
import { openTerminal } from "../ipc/terminal-session.ts";
import { TEST_IMAGE } from "../testing/dockerd.ts";
import type { TestEngine } from "../testing/engine.ts";
import { startTestEngine } from "../testing/engine.ts";
import type { TestDesktop } from "../testing/window.ts";
import { startDesktop, unixEndpoint } from "../testing/window.ts";

let engine: TestEngine;
let desktop: TestDesktop;
let project: string;

beforeAll(async () => {
  engine = await startTestEngine();
  desktop = await startDesktop(unixEndpoint(engine.socketPath));
  project = join(engine.folder, "project");
  await mkdir(project);
});
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await engine?.[Symbol.asyncDispose]();
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
}

async function eventsOf(id: string): Promise<BuildEvent[]> {
  const events: BuildEvent[] = [];
  for await (const batch of openStream(desktop.client, (streamId, signal) => desktop.client.builds.follow({ streamId, id }, { signal }))) events.push(...batch.events);
  return events;
}

async function listed(): Promise<readonly BuildSummary[]> {
  for await (const event of await desktop.client.builds.watch()) if (event.type === "list") return event.builds;
  throw new Error("no list came");
}

async function failure(work: Promise<unknown>) {
  return work.then(() => Promise.reject(new Error("it should have failed")), (error: unknown) => toIpcErrorInfo(error));
}

describe("builds", () => {
  it("builds a folder, tells of every step and why it ran, and watchers hear of it", async () => {
    const { client } = desktop;
    await write({ Dockerfile: `FROM ${TEST_IMAGE} AS base\nCOPY greeting /greeting\nRUN --network=none cat /greeting\n`, greeting: "hello\n" });
    const watching = new AbortController();
    const heard: BuildListEvent[] = [];
    const watched = (async () => {
      for await (const event of await client.builds.watch(undefined, { signal: watching.signal })) {
        heard.push(event);
        if (event.type === "changed" && event.build.status === "built") return;
      }
    })();
    const form = { context: project, tags: ["made/here:1"] };
    const { id } = await client.builds.start(form);
    const events = await eventsOf(id);
    expect(events[0]).toMatchObject({ type: "started", buildId: id });
    expect(events.filter((event) => event.type === "stepOutput").map((event) => event.text).join("")).toBe("hello\n");
    expect(events.at(-1)).toMatchObject({ type: "ended", outcome: "built", tags: ["made/here:1"] });
    await watched;
    watching.abort();
    expect(heard.at(-1)).toMatchObject({ type: "changed", build: { id, contextPath: project, steps: 3, executed: 2 } });

    await write({ greeting: "good morning\n" });
    const forecast = await client.builds.plan(form);
    expect(forecast.steps.map((step) => step.forecast)).toEqual(["hit", "miss", "unknown"]);
    const again = await eventsOf((await client.builds.start(form)).id);
    const copied = again.find((event) => event.type === "stepEnded" && event.step === 2);
    expect(copied).toMatchObject({ outcome: "executed", reason: { type: "files", changed: ["greeting"], total: 1 } });
  });

  it("keeps a failed step: a shell in it, an edited retry, and dismissal", async () => {
    const { client } = desktop;
    await write({ Dockerfile: `FROM ${TEST_IMAGE}\nENV MOOD=blue\nRUN --network=none echo half-made > /half; exit 3\n` });
    const { id } = await client.builds.start({ context: project });
    expect((await eventsOf(id)).at(-1)).toMatchObject({ type: "ended", outcome: "failed", details: { exitCode: 3 } });

    const terminal = openTerminal(client, { buildId: id, columns: 80, rows: 24 });
    let output = "";
    let exitCode: number | null = null;
    for await (const event of terminal.events) {
      if (event.type === "ready") terminal.write("cat /half; echo mood-$MOOD; exit 7\n");
      else if (event.type === "output") output += event.data;
      else exitCode = event.exitCode;
    }
    expect(output).toContain("half-made\r\n");
    expect(output).toContain("mood-blue");
    expect(exitCode).toBe(7);

    const retried = await client.builds.retry({ id, dockerfileText: `FROM ${TEST_IMAGE}\nENV MOOD=blue\nRUN --network=none true\n` });
    expect((await eventsOf(retried.id)).at(-1)).toMatchObject({ outcome: "built" });
    await expect.poll(async () => (await listed()).find((build) => build.id === id)?.failedStep).toBe(null);
    expect(await failure(client.builds.retry({ id }))).toMatchObject({ code: "notFound" });
    await client.builds.remove({ id });
    expect(await failure(client.builds.dismiss({ id }))).toMatchObject({ code: "notFound" });
  });

  it("cancels, and says what is wrong with a request", async () => {
    const { client } = desktop;
    await write({ Dockerfile: `FROM ${TEST_IMAGE}\nRUN --network=none sleep 60\n` });
    const { id } = await client.builds.start({ context: project });
    await client.builds.cancel({ id });
    expect((await eventsOf(id)).at(-1)).toMatchObject({ outcome: "cancelled" });
    expect(await failure(client.builds.start({ context: "relative" }))).toMatchObject({ code: "invalidArgument", message: expect.stringContaining("context") });
    expect(await failure(client.builds.plan({ context: "/no/such/folder" }))).toMatchObject({ message: expect.stringContaining("/no/such/folder") });
    expect(await failure(client.builds.cancel({ id: "../containers" }))).toMatchObject({ code: "invalidArgument" });
  });

  it("describes a Dockerfile", async () => {
    const { stages, diagnostics } = await desktop.client.builds.describe({ text: "FROM a AS b\nRNU x\n" });
    expect(stages).toMatchObject([{ name: "b" }]);
    expect(diagnostics).toMatchObject([{ severity: "error", range: { start: { line: 2 } } }]);
  });
});

describe("files of the host", () => {
  it("lists folders first, and says why it cannot", async () => {
    const { client } = desktop;
    const folder = join(engine.folder, "listed");
    await mkdir(join(folder, "zoo"), { recursive: true });
    await writeFile(join(folder, "Dockerfile"), "");
    await symlink("zoo", join(folder, "ark"));
    expect(await client.builds.listFolder({ path: `${folder}/../listed` })).toEqual({
      path: folder, truncated: false, entries: [{ name: "ark", directory: true }, { name: "zoo", directory: true }, { name: "Dockerfile", directory: false }],
    });
    expect(await failure(client.builds.listFolder({ path: "/no/such" }))).toMatchObject({ code: "notFound", message: "/no/such does not exist." });
    expect(await failure(client.builds.listFolder({ path: "/etc/hostname" }))).toMatchObject({ code: "invalidArgument" });
    expect((await client.builds.listFolder({ path: "~" })).path).toMatch(/^\//);
  });

  it("saves what it read, whole, and not over what somebody else wrote", async () => {
    const { client } = desktop;
    const path = join(engine.folder, "listed", "edited");
    const link = join(engine.folder, "listed", "link");
    const none = await client.builds.readFile({ path });
    expect(none).toEqual({ text: "", version: null });
    const first = await client.builds.saveFile({ path, text: "FROM a\r\n", version: null });
    await chmod(path, 0o640);
    await symlink("edited", link);
    const second = await client.builds.saveFile({ path: link, text: "FROM b\n", version: first.version });
    expect(await readFile(path, "utf8")).toBe("FROM b\n");
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    await writeFile(path, "FROM c\n");
    expect(await failure(client.builds.saveFile({ path, text: "FROM d\n", version: second.version }))).toMatchObject({ code: "conflict" });
    expect(await failure(client.builds.saveFile({ path, text: "x", version: null }))).toMatchObject({ code: "conflict" });
    expect(await readFile(path, "utf8")).toBe("FROM c\n");
    expect((await readdir(join(engine.folder, "listed"))).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    await writeFile(path, Uint8Array.of(0xff, 0xfe));
    expect(await failure(client.builds.readFile({ path }))).toMatchObject({ code: "invalidArgument", message: expect.stringContaining("UTF-8") });
    expect(await failure(client.builds.readFile({ path: "/dev/zero" }))).toMatchObject({ code: "invalidArgument" });
  });
});
