/** Registries and transfers through the contract: a window's client, the services, our own engine, real registries. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRegistry } from "../../e2e/fixtures/registry.ts";
import type { TestRegistry } from "../../e2e/fixtures/registry.ts";
import type { PullEvent } from "../ipc/contract/images.ts";
import type { TransferEvent, TransferInfo } from "../ipc/contract/transfers.ts";
import { toIpcErrorInfo } from "../ipc/errors.ts";
import { openStream } from "../ipc/client.ts";
import { docker, TEST_IMAGE } from "../testing/dockerd.ts";
import type { TestEngine } from "../testing/engine.ts";
import { startTestEngine } from "../testing/engine.ts";
import { makePassword } from "../testing/htpasswd.ts";
import type { TestDesktop } from "../testing/window.ts";
import { startDesktop, unixEndpoint } from "../testing/window.ts";
import { DockerConfigFile } from "./credentials/config-file.ts";

const USER = "tester";
const PASSWORD = "canary-of-registries-7c1e";
const stack = new AsyncDisposableStack();
let engine: TestEngine;
let desktop: TestDesktop;
let open: TestRegistry;
let closed: TestRegistry;
let configPath: string;

beforeAll(async () => {
  engine = stack.use(await startTestEngine());
  const htpasswd = join(engine.folder, "htpasswd");
  await writeFile(htpasswd, await makePassword(USER, PASSWORD));
  [open, closed] = await Promise.all([startRegistry(), startRegistry({ auth: `{htpasswd: {realm: test, path: ${JSON.stringify(htpasswd)}}}` })]);
  stack.use(open);
  stack.use(closed);
  configPath = join(engine.folder, "docker", "config.json");
  desktop = stack.use(await startDesktop(unixEndpoint(engine.socketPath), undefined, { dockerConfig: new DockerConfigFile(configPath) }));
});
afterAll(() => stack.disposeAsync());

async function failure(work: Promise<unknown>) {
  return work.then(() => Promise.reject(new Error("it should have failed")), (error: unknown) => toIpcErrorInfo(error));
}

async function events(stream: Promise<AsyncIterable<PullEvent>>): Promise<PullEvent[]> {
  const all: PullEvent[] = [];
  for await (const event of await stream) all.push(event);
  return all;
}

/** The transfer, when it is no longer running. */
async function ended(id: string): Promise<TransferInfo> {
  for await (const event of await desktop.client.transfers.watch()) {
    const found = event.type === "all" ? event.transfers.find((each) => each.id === id) : event.type === "changed" && event.transfer.id === id ? event.transfer : undefined;
    if (found !== undefined && found.state !== "running") return found;
  }
  throw new Error("the stream ended");
}

describe("logging in", () => {
  it("is refused with the registry's sentence, and keeps nothing", async () => {
    const { client } = desktop;
    const error = await failure(client.registries.login({ host: closed.host, username: USER, password: "not-the-canary" }));
    expect(error.code).toBe("unauthorized");
    expect(JSON.stringify(error)).not.toContain("not-the-canary");
    await expect(readFile(configPath)).rejects.toThrow("ENOENT");
    expect(await client.registries.test({ host: closed.host })).toMatchObject({ ok: false, step: "login" });
    expect(await failure(client.registries.catalog({ host: closed.host }))).toMatchObject({ code: "unauthorized" });
  });

  it("opens pulls, pushes, builds and browsing, shared with the CLI both ways", async () => {
    const { client } = desktop;
    expect(await client.registries.storage({ host: closed.host })).toMatchObject({ place: "plain" });
    expect(await client.registries.login({ host: closed.host, username: USER, password: PASSWORD })).toMatchObject({ host: closed.host, kind: "other", login: { username: USER, place: "plain" } });
    expect(await client.registries.test({ host: closed.host })).toMatchObject({ ok: true, step: "done" });

    const image = `${closed.host}/team/app:1`;
    await client.images.tag({ id: TEST_IMAGE, target: image });
    const pushed = await client.transfers.start({ kind: "push", reference: image });
    expect(await ended(pushed.id)).toMatchObject({ kind: "push", reference: image, state: "done", error: "" });
    expect(await client.registries.catalog({ host: closed.host })).toEqual({ repositories: ["team/app"], isLast: true });
    const { tags } = await client.registries.tags({ repository: `${closed.host}/team/app` });
    expect(tags).toMatchObject([{ name: "1", platforms: ["linux/amd64"], local: "current", error: "" }]);
    const mine = `${closed.host}/team/mine:1`;
    await client.images.tag({ id: TEST_IMAGE, target: mine });
    expect(await client.registries.behind({ references: [image, mine, "127.0.0.1:1/x:1"] })).toEqual({ [image]: "current", [mine]: "local", "127.0.0.1:1/x:1": null });
    await client.images.remove({ id: mine });

    await client.images.remove({ id: image });
    expect((await client.registries.tags({ repository: `${closed.host}/team/app` })).tags[0]?.local).toBe("absent");
    expect((await events(client.images.pull({ image }))).at(-1)).toMatchObject({ type: "done", digest: tags[0]?.digest });
    const stock = await docker(engine.socketPath, "--config", join(engine.folder, "docker"), "pull", image);
    expect(stock.stdout).toContain("Image is up to date");

    await client.images.remove({ id: image, force: true });
    const project = join(engine.folder, "project");
    await mkdir(project, { recursive: true });
    await writeFile(join(project, "Dockerfile"), `FROM ${image}\nRUN --network=none true\n`);
    const { id } = await client.builds.start({ context: project });
    let last: unknown;
    for await (const batch of openStream(client, (streamId, signal) => client.builds.follow({ streamId, id }, { signal }))) last = batch.events.at(-1);
    expect(last).toMatchObject({ type: "ended", outcome: "built" });
  });

  it("counts for the retry of a build that failed without it", async () => {
    const { client } = desktop;
    const project = join(engine.folder, "failing");
    await mkdir(project);
    await writeFile(join(project, "Dockerfile"), `FROM ${TEST_IMAGE}\nRUN --network=none exit 3\n`);
    const outcome = async (id: string): Promise<unknown> => {
      let last: unknown;
      for await (const batch of openStream(client, (streamId, signal) => client.builds.follow({ streamId, id }, { signal }))) last = batch.events.at(-1);
      return last;
    };
    await client.registries.logout({ host: closed.host });
    const { id } = await client.builds.start({ context: project });
    expect(await outcome(id)).toMatchObject({ type: "ended", outcome: "failed" });
    await client.registries.login({ host: closed.host, username: USER, password: PASSWORD });
    await client.images.tag({ id: TEST_IMAGE, target: `${closed.host}/team/base:1` });
    expect((await events(client.images.push({ image: `${closed.host}/team/base:1` }))).at(-1)).toMatchObject({ type: "done" });
    await client.images.remove({ id: `${closed.host}/team/base:1` });
    const retried = await client.builds.retry({ id, dockerfileText: `FROM ${closed.host}/team/base:1\nRUN --network=none true\n` });
    expect(await outcome(retried.id)).toMatchObject({ type: "ended", outcome: "built" });
  });

  it("ends with a logout, everywhere", async () => {
    const { client } = desktop;
    expect((await client.registries.list()).map(({ host }) => host)).toEqual(["docker.io", closed.host]);
    await client.registries.logout({ host: closed.host });
    expect(await readFile(configPath, "utf8")).not.toContain(closed.host);
    expect((await client.registries.list()).map(({ host }) => host)).toEqual(["docker.io"]);
    const error = await failure(events(client.images.pull({ image: `${closed.host}/team/app:1` })));
    expect(error.code).toBe("unauthorized");
    await docker(engine.socketPath, "--config", join(engine.folder, "docker"), "login", "-u", USER, "-p", PASSWORD, closed.host);
    expect((await client.registries.list()).find(({ host }) => host === closed.host)?.login).toEqual({ username: USER, place: "plain" });
    await client.registries.logout({ host: closed.host });
  });
});

describe("a login that cannot be read", () => {
  it("does not stop what needs none, and is named where one is needed", async () => {
    const { client } = desktop;
    const image = `${closed.host}/team/app:1`;
    await writeFile(configPath, JSON.stringify({ credHelpers: { [closed.host]: "gone", [open.host]: "gone" } }));
    const error = await failure(events(client.images.pull({ image })));
    expect(error).toMatchObject({ code: "unauthorized", message: expect.stringMatching(/was not sent: The credential helper docker-credential-gone, .* is not installed/) });
    expect((await ended((await client.transfers.start({ kind: "pull", reference: image })).id)).error).toContain("docker-credential-gone");
    expect((await client.registries.list()).find(({ host }) => host === closed.host)?.login?.problem).toContain("not installed");
    expect(await client.registries.test({ host: open.host })).toMatchObject({ ok: true });
    await writeFile(configPath, "{}");
  });
});

describe("transfers", () => {
  it("are heard of by every window, from their start to their removal", async () => {
    const { client } = desktop;
    const image = `${open.host}/team/app:2`;
    await client.images.tag({ id: TEST_IMAGE, target: image });
    const heard: TransferEvent[] = [];
    const leaving = new AbortController();
    const watching = (async () => {
      for await (const event of await client.transfers.watch(undefined, { signal: leaving.signal })) heard.push(event);
    })().catch(() => undefined);
    const { id } = await client.transfers.start({ kind: "push", reference: image });
    await expect.poll(() => heard.some((event) => event.type === "changed" && event.transfer.id === id && event.transfer.state === "done"), { timeout: 15_000 }).toBe(true);
    expect(heard[0]?.type).toBe("all");
    expect(await failure(client.transfers.pause({ id }))).toMatchObject({ code: "conflict" });
    await client.transfers.remove({ id });
    await expect.poll(() => heard.at(-1)).toEqual({ type: "removed", id });
    expect(await failure(client.transfers.resume({ id }))).toMatchObject({ code: "notFound" });
    leaving.abort();
    await watching;
  });

  it("fail with the reason, and go on when it is gone", async () => {
    const { client } = desktop;
    const image = `${closed.host}/team/app:1`;
    const failed = await ended((await client.transfers.start({ kind: "pull", reference: image })).id);
    expect(failed.state).toBe("failed");
    expect(failed.error).not.toBe("");
    await client.registries.login({ host: closed.host, username: USER, password: PASSWORD });
    await client.transfers.resume({ id: failed.id });
    await expect.poll(async () => (await ended(failed.id)).state, { timeout: 15_000 }).toBe("done");
    await client.registries.logout({ host: closed.host });
  });
});

describe("the list", () => {
  it("remembers what is added, once, under the name that counts", async () => {
    const { client } = desktop;
    expect(await client.registries.add({ host: open.host })).toMatchObject({ host: open.host, added: true });
    await client.registries.add({ host: open.host });
    await client.registries.add({ host: "index.docker.io" });
    await client.registries.add({ host: "123456789012.dkr.ecr.eu-west-1.amazonaws.com" });
    expect((await client.registries.list()).map(({ name }) => name)).toEqual(["Docker Hub", open.host, "Amazon ECR (eu-west-1, 123456789012)"]);
    await client.registries.forget({ host: open.host });
    expect((await client.registries.list()).map(({ host }) => host)).not.toContain(open.host);
    expect(await failure(client.registries.add({ host: "https://not-a-host/" }))).toMatchObject({ code: "invalidArgument" });
    expect(await failure(client.registries.loginAws({ host: open.host }))).toMatchObject({ code: "invalidArgument", message: expect.stringContaining("not a registry of Amazon") });
  });
});
