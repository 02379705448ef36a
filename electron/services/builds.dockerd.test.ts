/** Builds on a plain dockerd: its classic builder, told as builds of our own engine are, as far as it knows. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { openStream } from "../ipc/client.ts";
import type { BuildEvent, BuildForm, BuildListEvent, BuildSummary } from "../ipc/contract/builds.ts";
import { toIpcErrorInfo } from "../ipc/errors.ts";
import { docker, startDockerd, TEST_IMAGE, type TestDaemon } from "../testing/dockerd.ts";
import { startDesktop, unixEndpoint, type TestDesktop } from "../testing/window.ts";

let daemon: TestDaemon;
let desktop: TestDesktop;
let project: string;

beforeAll(async () => {
  daemon = await startDockerd();
  desktop = await startDesktop(unixEndpoint(daemon.socketPath));
});
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await daemon?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "slipway-classic-"));
  return () => rm(project, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(project, name, ".."), { recursive: true });
    await writeFile(join(project, name), text);
  }
}

async function* follow(id: string): AsyncGenerator<BuildEvent> {
  for await (const batch of openStream(desktop.client, (streamId, signal) => desktop.client.builds.follow({ streamId, id }, { signal }))) yield* batch.events;
}

async function build(form: Partial<BuildForm> = {}): Promise<{ id: string; events: BuildEvent[]; last: BuildEvent | undefined }> {
  const { id } = await desktop.client.builds.start({ context: project, ...form });
  const events: BuildEvent[] = [];
  for await (const event of follow(id)) events.push(event);
  return { id, events, last: events.at(-1) };
}

async function listed(): Promise<{ keeper: string; builds: readonly BuildSummary[] }> {
  for await (const event of await desktop.client.builds.watch()) if (event.type === "list") return event;
  throw new Error("no list came");
}

const output = (events: readonly BuildEvent[], step: number) => events.flatMap((event) => (event.type === "stepOutput" && event.step === step && event.stream === "stdout" ? [event.text] : [])).join("");
const outcomes = (events: readonly BuildEvent[]) => events.flatMap((event) => (event.type === "stepEnded" ? [event.outcome] : []));
const failure = async (work: Promise<unknown>) => work.then(() => Promise.reject(new Error("it should have failed")), (error: unknown) => toIpcErrorInfo(error));

it("sends the folder, tells of every step, and keeps the build for whoever watches", async () => {
  await write({
    Dockerfile: `ARG NAME=nobody\nFROM ${TEST_IMAGE} AS base\nARG NAME\nCOPY . /src\nRUN echo for $NAME; echo oops >&2; ls /src\n\nFROM base AS never\nRUN false\n`,
    ".dockerignore": "*.log\n!keep.log\n", "a.log": "", "keep.log": "", "sub/file": "x",
  });
  const watching = new AbortController();
  const heard: BuildListEvent[] = [];
  const watched = (async () => {
    for await (const event of await desktop.client.builds.watch(undefined, { signal: watching.signal })) {
      heard.push(event);
      if (event.type === "changed" && event.build.status === "built") return;
    }
  })();
  const form = { tags: ["classic/made:1", "classic/made:latest"], args: [{ name: "NAME", value: "ada" }], labels: [{ name: "team", value: "shop floor" }], target: "base" };
  const { id, events, last } = await build(form);
  expect(events[0]).toMatchObject({ type: "started", buildId: id, title: "classic/made:1" });
  expect(events.findLast((event) => event.type === "context")).toMatchObject({ done: true, files: 4 });
  expect(events.filter(({ type }) => type === "planned")).toHaveLength(1);
  expect(outcomes(events)).toEqual(["executed", "executed", "executed", "executed", "executed", "executed"]);
  expect(output(events, 5)).toBe("for ada\nDockerfile\nkeep.log\nsub\n");
  expect(events.find((event) => event.type === "stepOutput" && event.stream === "stderr")).toMatchObject({ text: "oops\n" });
  expect(last).toMatchObject({ type: "ended", outcome: "built", tags: ["classic/made:1", "classic/made:latest"] });
  await watched;
  watching.abort();
  expect(heard[0]).toMatchObject({ type: "list", keeper: "host" });
  expect(heard.at(-1)).toMatchObject({ build: { id, status: "built", steps: 6, executed: 6, contextPath: project } });
  const image = (await docker(daemon.socketPath, "inspect", "-f", "{{.Id}} {{json .Config.Labels}}", "classic/made:1")).stdout.trim();
  expect(image).toBe(`${last?.type === "ended" && last.outcome === "built" ? last.imageId : ""} {"team":"shop floor"}`);

  const again = await build(form);
  expect(outcomes(again.events).filter((outcome) => outcome === "cached")).toHaveLength(4);
  expect(outcomes((await build({ ...form, noCache: true })).events)).not.toContain("cached");
  await desktop.client.builds.remove({ id });
  expect((await listed()).builds.map((each) => each.id)).not.toContain(id);
  expect(await failure(desktop.client.builds.remove({ id }))).toMatchObject({ code: "notFound" });
});

it("tells a command that fails, with its code and what it printed", async () => {
  await write({ Dockerfile: `FROM ${TEST_IMAGE}\nRUN echo half-made; exit 3\nRUN true\n` });
  const { id, events, last } = await build();
  expect(output(events, 2)).toBe("half-made\n");
  expect(outcomes(events)).toEqual(["executed", "failed"]);
  expect(last).toMatchObject({ outcome: "failed", error: "The command '/bin/sh -c echo half-made; exit 3' returned a non-zero code: 3", details: { step: 2, exitCode: 3 } });
  expect((await listed()).builds.find((each) => each.id === id)).toMatchObject({ status: "failed", failedStep: null, steps: 3 });
});

it("tells what the daemon refuses, and what is missing before anything is sent", async () => {
  await write({ Dockerfile: `FROM ${TEST_IMAGE}\nRNU x\n` });
  expect((await build()).last).toMatchObject({ outcome: "failed", error: expect.stringMatching(/unknown instruction: RNU/i) });
  await write({ Dockerfile: `FROM ${TEST_IMAGE}\nCOPY absent /\n` });
  expect((await build()).last).toMatchObject({ outcome: "failed", error: expect.stringContaining("absent") });
  expect(await failure(desktop.client.builds.start({ context: join(project, "none") }))).toMatchObject({ code: "notFound" });
  expect(await failure(desktop.client.builds.start({ context: project, dockerfile: "none" }))).toMatchObject({ code: "notFound", message: `There is no Dockerfile at ${join(project, "none")}.` });
});

it("builds with a Dockerfile from elsewhere, which no step sees", async () => {
  await write({ "project/file": "x", other: `FROM ${TEST_IMAGE}\nCOPY . /src\nRUN ls -A /src\n` });
  const { events, last } = await build({ context: join(project, "project"), dockerfile: join(project, "other") });
  expect(last).toMatchObject({ outcome: "built" });
  expect(output(events, 3)).toBe("file\n");
});

it("cancels: the daemon stops too", async () => {
  await write({ Dockerfile: `FROM ${TEST_IMAGE}\nRUN sleep 300\n` });
  const { id } = await desktop.client.builds.start({ context: project });
  let last: BuildEvent | undefined;
  for await (const event of follow(id)) {
    last = event;
    if (event.type === "stepStarted" && event.step === 2) {
      await expect.poll(async () => (await docker(daemon.socketPath, "ps", "-q")).stdout.trim(), { timeout: 20_000 }).not.toBe("");
      await desktop.client.builds.cancel({ id });
    }
  }
  expect(last).toMatchObject({ type: "ended", outcome: "cancelled" });
  await expect.poll(async () => (await docker(daemon.socketPath, "ps", "-q")).stdout.trim(), { timeout: 20_000 }).toBe("");
  expect((await listed()).builds.find((each) => each.id === id)).toMatchObject({ status: "cancelled" });
});

it("says what only our own engine offers", async () => {
  await write({ Dockerfile: `FROM ${TEST_IMAGE}\n` });
  const { client } = desktop;
  const { id } = await build();
  expect(await failure(client.builds.plan({ context: project }))).toMatchObject({ code: "notImplemented", message: expect.stringContaining("Slipway’s own engine") });
  expect(await failure(client.builds.retry({ id }))).toMatchObject({ code: "notImplemented" });
  expect(await failure(client.builds.dismiss({ id }))).toMatchObject({ code: "notImplemented" });
  expect(await failure(client.builds.start({ context: project, secrets: [{ id: "npm", from: "env", source: "PATH" }] }))).toMatchObject({ code: "notImplemented", message: expect.stringContaining("The secret npm") });
  expect(await failure(client.builds.start({ context: project, ssh: true }))).toMatchObject({ code: "notImplemented" });
  expect(await client.builds.describe({ text: "FROM a AS b\nRNU x\n" })).toMatchObject({ stages: [{ name: "b" }], diagnostics: [{ severity: "error" }] });
});

it("sends sixty megabytes and counts them", async () => {
  await write({ Dockerfile: `FROM ${TEST_IMAGE}\nCOPY . /src\nRUN du -m /src | tail -n 1 | cut -f 1; ls /src | wc -l\n` });
  for (let index = 0; index < 60; index++) await writeFile(join(project, `part-${index}`), Buffer.alloc(1_000_000, index));
  const { events, last } = await build();
  expect(last).toMatchObject({ outcome: "built" });
  expect(output(events, 3)).toMatch(/^5\d\n61\n$/);
  expect(events.findLast((event) => event.type === "context")).toMatchObject({ done: true, files: 61 });
});
