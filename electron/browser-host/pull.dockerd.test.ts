/** Pulls from a real registry through a real dockerd, as a window sees them. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { PullEvent } from "../ipc/contract/images.ts";
import { toIpcErrorInfo } from "../ipc/errors.ts";
import type { TestDaemon } from "../testing/dockerd.ts";
import { docker, startDockerd, TEST_IMAGE } from "../testing/dockerd.ts";
import type { TestRegistry } from "../testing/registry.ts";
import { startRegistry } from "../testing/registry.ts";
import type { TestDesktop } from "../testing/window.ts";
import { startDesktop, unixEndpoint } from "../testing/window.ts";

let daemon: TestDaemon;
let registry: TestRegistry;
let desktop: TestDesktop;

beforeAll(async () => {
  [daemon, registry] = await Promise.all([startDockerd(), startRegistry()]);
  desktop = await startDesktop(unixEndpoint(daemon.socketPath));
  await docker(daemon.socketPath, "tag", TEST_IMAGE, `${registry.address}/team/busybox:1.0`);
  await docker(daemon.socketPath, "push", `${registry.address}/team/busybox:1.0`);
  await docker(daemon.socketPath, "rmi", TEST_IMAGE, `${registry.address}/team/busybox:1.0`);
});

afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await Promise.all([daemon?.[Symbol.asyncDispose](), registry?.[Symbol.asyncDispose]()]);
});

async function pull(image: string): Promise<PullEvent[]> {
  const events: PullEvent[] = [];
  for await (const event of await desktop.client.images.pull({ image })) events.push(event);
  return events;
}

it("stops the daemon's transfer when the window cancels", async () => {
  const stop = new AbortController();
  const reading = (async () => {
    for await (const event of await desktop.client.images.pull({ image: `${registry.slow.address}/team/busybox:1.0` }, { signal: stop.signal })) {
      if (event.type === "progress" && event.layers.some((layer) => layer.phase === "downloading")) stop.abort();
    }
  })();
  await expect(reading).rejects.toThrow();
  await expect.poll(() => registry.slow.open, { timeout: 5000 }).toBe(0);
  expect(await desktop.client.images.list({})).toEqual([]);
});

it("stops it too when the window goes away", async () => {
  const { client, websocket } = await desktop.connect();
  const reading = (async () => {
    for await (const _ of await client.images.pull({ image: `${registry.slow.address}/team/busybox:1.0` }));
  })();
  await expect.poll(() => registry.slow.open, { timeout: 10_000 }).toBe(1);
  websocket.terminate();
  await expect(reading).rejects.toThrow();
  await expect.poll(() => registry.slow.open, { timeout: 10_000 }).toBe(0);
});

it("tells of layers, and ends with the digest", async () => {
  const image = `${registry.address}/team/busybox:1.0`;
  const events = await pull(image);
  const last = events.at(-1);
  expect(last).toMatchObject({ type: "done", image, changed: true, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
  const layers = events.flatMap((event) => (event.type === "progress" ? event.layers : []));
  expect(layers.at(-1)).toMatchObject({ phase: "done" });
  expect(layers.at(-1)?.total).toBeGreaterThan(100_000);
  expect(await pull(image)).toContainEqual(expect.objectContaining({ type: "done", changed: false }));
  expect((await desktop.client.images.inspect({ id: image })).RepoTags).toEqual([image]);
});

it("says that a tag is not there", async () => {
  const error = await pull(`${registry.address}/team/busybox:9.9`).then(
    () => undefined,
    (thrown: unknown) => toIpcErrorInfo(thrown),
  );
  expect(error).toMatchObject({ code: "notFound" });
  expect(error?.message).toContain("9.9");
});
