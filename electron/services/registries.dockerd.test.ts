/** What of registries there is on a plain dockerd, and what it says of the rest. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tempDir } from "../../e2e/fixtures/exec.ts";
import { startRegistry } from "../../e2e/fixtures/registry.ts";
import type { TestRegistry } from "../../e2e/fixtures/registry.ts";
import type { PullEvent } from "../ipc/contract/images.ts";
import type { TransferEvent } from "../ipc/contract/transfers.ts";
import { toIpcErrorInfo } from "../ipc/errors.ts";
import { startDockerd, TEST_IMAGE } from "../testing/dockerd.ts";
import type { TestDaemon } from "../testing/dockerd.ts";
import { makePassword } from "../testing/htpasswd.ts";
import type { TestDesktop } from "../testing/window.ts";
import { startDesktop, unixEndpoint } from "../testing/window.ts";
import { DockerConfigFile } from "./credentials/config-file.ts";

const USER = "tester";
const PASSWORD = "canary-of-dockerd->?>?-91";
const stack = new AsyncDisposableStack();
let daemon: TestDaemon;
let registry: TestRegistry;
let desktop: TestDesktop;
let config: string;

beforeAll(async () => {
  const folder = stack.use(await tempDir("dockerd-registries")).path;
  await writeFile(join(folder, "htpasswd"), await makePassword(USER, PASSWORD));
  [daemon, registry] = await Promise.all([startDockerd(), startRegistry({ auth: `{htpasswd: {realm: test, path: ${JSON.stringify(join(folder, "htpasswd"))}}}` })]);
  stack.use(daemon);
  stack.use(registry);
  config = join(folder, "config.json");
  desktop = stack.use(await startDesktop(unixEndpoint(daemon.socketPath), undefined, { dockerConfig: new DockerConfigFile(config) }));
});
afterAll(() => stack.disposeAsync());

async function failure(work: Promise<unknown>) {
  return work.then(() => Promise.reject(new Error("it should have failed")), (error: unknown) => toIpcErrorInfo(error));
}

async function all(stream: Promise<AsyncIterable<PullEvent>>): Promise<PullEvent[]> {
  const events: PullEvent[] = [];
  for await (const event of await stream) events.push(event);
  return events;
}

it("logs in, pushes and pulls with the login, and logs out", async () => {
  const { client } = desktop;
  const image = `${registry.host}/team/app:1`;
  await client.images.tag({ id: TEST_IMAGE, target: image });
  expect((await failure(all(client.images.push({ image })))).code).toBe("unauthorized");
  expect(await failure(client.registries.login({ host: registry.host, username: USER, password: "wrong-canary" }))).toMatchObject({ code: "unauthorized" });
  expect(await client.registries.login({ host: registry.host, username: USER, password: PASSWORD })).toMatchObject({ login: { username: USER, place: "plain" } });
  const events = await all(client.images.push({ image }));
  expect(events.at(-1)).toMatchObject({ type: "done", image, digest: expect.stringMatching(/^sha256:/) });
  expect(events.flatMap((event) => (event.type === "progress" ? event.layers : [])).at(-1)).toMatchObject({ phase: "done" });
  await client.images.remove({ id: image });
  expect((await all(client.images.pull({ image }))).at(-1)).toMatchObject({ type: "done" });
  expect((await client.registries.list()).map(({ host }) => host)).toEqual(["docker.io", registry.host]);
  await client.registries.logout({ host: registry.host });
  expect(await readFile(config, "utf8")).not.toContain(registry.host);
});

it("says what only our own engine has", async () => {
  const { client } = desktop;
  const heard: TransferEvent[] = [];
  for await (const event of await client.transfers.watch()) heard.push(event);
  expect(heard).toEqual([{ type: "unsupported" }]);
  const image = `${registry.host}/team/app:1`;
  const calls = [
    () => client.registries.test({ host: registry.host }), () => client.registries.catalog({ host: registry.host }), () => client.registries.tags({ repository: `${registry.host}/team/app` }),
    () => client.registries.behind({ references: [image] }), () => client.transfers.start({ kind: "pull", reference: image }), () => client.transfers.cancel({ id: "x" }),
  ];
  for (const call of calls) expect(await failure(call())).toMatchObject({ code: "notImplemented", message: expect.stringContaining("only Slipway's own does") });
});
