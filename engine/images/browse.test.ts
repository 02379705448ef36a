import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startFaultyRegistry } from "../../e2e/fixtures/faulty-registry.ts";
import type { FaultyRegistry } from "../../e2e/fixtures/faulty-registry.ts";
import { ARCHITECTURE, makeImage, makeLayer } from "../../e2e/fixtures/images.ts";
import { pushTestImages } from "../../e2e/fixtures/test-images.ts";
import { pushBlob, pushImage, pushManifest } from "../../e2e/fixtures/push.ts";
import { startRegistry } from "../../e2e/fixtures/registry.ts";
import type { TestRegistry } from "../../e2e/fixtures/registry.ts";
import { DistributionRegistry } from "../registry/client.ts";
import { makeLab } from "./testing/lab.ts";

let registry: TestRegistry;
let faulty: FaultyRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  faulty = await startFaultyRegistry(registry);
  await pushTestImages(registry.url);
});
afterAll(async () => {
  await faulty[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

test("tags with platforms, size, age and digest, page by page, what is no image among them; asked for once", async () => {
  await using lab = await makeLab();
  const config = await pushBlob(registry.url, "multi", Buffer.from("{}"));
  const type = "application/vnd.oci.image.manifest.v1+json";
  await pushManifest(registry.url, "multi", "chart", type, { schemaVersion: 2, mediaType: type, config: { mediaType: "application/vnd.cncf.helm.config.v1+json", digest: config, size: 2 }, layers: [] });
  const page = await lab.images.remote.tags(`${faulty.host}/multi`, {});
  expect(page).toMatchObject({ total: 2, isLast: true });
  const [latest, chart] = page.tags;
  expect(chart).toMatchObject({ name: "chart", artifactType: "application/vnd.cncf.helm.config.v1+json", size: 2 });
  expect(latest).toMatchObject({ name: "latest", createdAt: new Date("2024-01-02T03:04:05.000Z"), mediaType: "application/vnd.oci.image.index.v1+json" });
  expect(latest!.platforms!.map(({ architecture }) => architecture)).toContain(ARCHITECTURE);
  expect(latest!.size).toBeGreaterThan(500_000);
  faulty.spoil(() => undefined);
  await lab.images.remote.tags(`${faulty.host}/multi`, {});
  expect(faulty.seen.filter((line) => line.startsWith("GET") && line.includes("/manifests/"))).toEqual([]);
  const first = await lab.images.remote.tags(`${faulty.host}/busybox`, { limit: 1 });
  expect([first.tags.map(({ name }) => name), first.isLast]).toEqual([["latest"], false]);
  expect((await lab.images.remote.tags(`${faulty.host}/busybox`, { limit: 1, after: "latest" })).tags.map(({ name }) => name)).toEqual(["1.0"]);
  faulty.spoil((path) => (path.includes("/manifests/1.0") ? { type: "status", status: 404 } : undefined));
  expect((await lab.images.remote.tags(`${faulty.host}/busybox`, {})).tags[1]).toMatchObject({ name: "1.0", error: expect.stringContaining("not found") as string });
  await expect(lab.images.remote.tags(`${faulty.host}/nothing-here`, {})).rejects.toMatchObject({ code: "notFound" });
});

test("whether a tag is behind is asked by HEAD alone", async () => {
  await using lab = await makeLab();
  await pushImage(registry.url, "moving", "latest", makeImage([makeLayer([{ name: "v", data: "1" }])]));
  await lab.images.pull(`${faulty.host}/moving`, {});
  faulty.spoil(() => undefined);
  expect(await lab.images.remote.freshness(`${faulty.host}/moving`, {})).toMatchObject({ state: "current", reference: `${faulty.host}/moving:latest` });
  const { digest } = await pushImage(registry.url, "moving", "latest", makeImage([makeLayer([{ name: "v", data: "2" }])]));
  expect(await lab.images.remote.freshness(`${faulty.host}/moving`, {})).toMatchObject({ state: "behind", remoteDigest: digest });
  lab.images.tag(`${faulty.host}/moving`, `${faulty.host}/mine:1`);
  expect(await lab.images.remote.freshness(`${faulty.host}/mine:1`, {})).toMatchObject({ state: "local", remoteDigest: undefined });
  faulty.spoil((path) => (path.includes("/manifests/") ? { type: "status", status: 404 } : undefined));
  expect(await lab.images.remote.freshness(`${faulty.host}/moving`, {})).toMatchObject({ state: "gone" });
  expect(faulty.seen.every((line) => line.startsWith("HEAD"))).toBe(true);
  await expect(lab.images.remote.freshness("nothing", {})).rejects.toMatchObject({ code: "notFound" });
});

test("the catalog, page by page, and where there is none", async () => {
  const client = new DistributionRegistry({ maxAttempts: 1 });
  onTestFinished(() => client.close());
  const first = await client.catalog(registry.host, undefined, { limit: 2 });
  expect(first.isLast).toBe(false);
  const rest = await client.catalog(registry.host, undefined, { after: first.repositories[1] });
  expect(rest.isLast).toBe(true);
  expect([...first.repositories, ...rest.repositories]).toEqual(expect.arrayContaining(["busybox", "library/layered", "multi"]));
  faulty.spoil(() => ({ type: "status", status: 404 }));
  await expect(client.catalog(faulty.host, undefined)).rejects.toMatchObject({ code: "notImplemented", message: expect.stringContaining("does not list its repositories") as string });
  faulty.spoil(() => ({ type: "status", status: 403 }));
  await expect(client.catalog(faulty.host, undefined)).rejects.toMatchObject({ code: "forbidden" });
});

test("what registries say of their limits is kept; Docker Hub's own list and search are read (a stand-in answers)", async () => {
  faulty.spoil((path) => (path.includes("/manifests/") ? { type: "status", status: 404, headers: { "ratelimit-limit": "100;w=21600", "ratelimit-remaining": "41;w=21600", "docker-ratelimit-source": "192.0.2.1" } } : undefined));
  const client = new DistributionRegistry({ maxAttempts: 1 });
  onTestFinished(() => client.close());
  await expect(client.repository({ domain: faulty.host, path: "busybox" }).manifest("x")).rejects.toMatchObject({ code: "notFound" });
  expect(client.rateLimits()).toMatchObject([{ host: faulty.host, limit: 100, remaining: 41, windowSeconds: 21_600, source: "192.0.2.1" }]);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://x");
    if (pathname === "/v2/repositories/library/busybox/tags") response.end(JSON.stringify({ count: 3, results: [{ name: "latest", digest: `sha256:${"a".repeat(64)}`, last_updated: "2024-05-06T07:08:09Z", images: [{ os: "linux", architecture: ARCHITECTURE, size: 77 }, { os: "unknown", architecture: "unknown", size: 1 }] }] }));
    else if (pathname === "/v1/search") response.end(JSON.stringify({ results: [{ name: "busybox", description: "small\u0007", star_count: 5, is_official: true }] }));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hub = new DistributionRegistry({ maxAttempts: 1, hub: `http://${host}` });
  onTestFinished(() => hub.close());
  expect(await hub.hubTags("library/busybox", 1, 10)).toEqual({ total: 3, tags: [{ name: "latest", digest: `sha256:${"a".repeat(64)}`, updatedAt: new Date("2024-05-06T07:08:09Z"), images: [{ platform: { os: "linux", architecture: ARCHITECTURE }, size: 77 }] }] });
  expect(await hub.hubTags("library/other", 1, 10)).toBeUndefined();
  expect(await hub.search(host, "busy")).toEqual([{ name: "busybox", description: "small ", stars: 5, isOfficial: true, isAutomated: false }]);
  await expect(hub.search(registry.host, "busy")).rejects.toMatchObject({ code: "notImplemented" });
});
