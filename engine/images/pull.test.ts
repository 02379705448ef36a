import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ARCHITECTURE, busyboxRoot, makeImage, makeLayer } from "../../e2e/fixtures/images.ts";
import { pushTestImages } from "../../e2e/fixtures/test-images.ts";
import { startFaultyRegistry } from "../../e2e/fixtures/faulty-registry.ts";
import { manifestOf, pushBlob, pushImage, pushIndex, pushManifest } from "../../e2e/fixtures/push.ts";
import { startRegistry } from "../../e2e/fixtures/registry.ts";
import type { TestRegistry } from "../../e2e/fixtures/registry.ts";
import type { ImageProgress } from "./images.ts";
import { makeLab } from "./testing/lab.ts";

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  await pushTestImages(registry.url);
});
afterAll(() => registry[Symbol.asyncDispose]());

const OTHER = ARCHITECTURE === "arm64" ? "amd64" : "arm64";

describe("pull", () => {
  test("makes image, names, snapshots; says so; a second pull finds all there", async () => {
    await using lab = await makeLab();
    const progress: ImageProgress[] = [];
    const image = await lab.images.pull(`${registry.host}/busybox`, { progress: (line) => void progress.push(line) });
    expect(image.repoTags).toEqual([`${registry.host}/busybox:latest`]);
    expect(image.repoDigests[0]).toMatch(/busybox@sha256:[0-9a-f]{64}$/);
    expect(image.size).toBeGreaterThan(500_000);
    const [layer] = lab.snapshots.layerDirectories(image.chainId!);
    expect(readdirSync(layer!)).toContain("bin");
    expect(progress[0]).toEqual({ id: "latest", status: "Pulling from busybox" });
    const statuses = progress.map(({ status }) => status);
    expect(statuses.filter((status) => /^(Pulling fs layer|Verifying Checksum|Download complete|Pull complete)$/.test(status))).toEqual(["Pulling fs layer", "Verifying Checksum", "Download complete", "Pull complete"]);
    expect(statuses.at(-2)).toMatch(/^Digest: sha256:/);
    expect(statuses.at(-1)).toBe(`Status: Downloaded newer image for ${registry.host}/busybox:latest`);
    progress.length = 0;
    await lab.images.pull(`${registry.host}/busybox`, { progress: (line) => void progress.push(line) });
    expect(progress.map(({ status }) => status)).toContain("Already exists");
    expect(progress.at(-1)!.status).toBe(`Status: Image is up to date for ${registry.host}/busybox:latest`);
    expect(lab.events).toEqual([1, 2].map(() => ({ action: "pull", id: `${registry.host}/busybox:latest`, name: `${registry.host}/busybox` })));
    expect(await lab.names("ingest")).toEqual([]);
    const again = await lab.reopen();
    expect(again.images.get(image.id)).toEqual(lab.images.get(image.id));
    await again[Symbol.asyncDispose]();
  });

  test("unpacks layers, whiteouts, zstd", async () => {
    await using lab = await makeLab();
    const image = await lab.images.pull(`${registry.host}/library/layered`, {});
    const directories = lab.snapshots.layerDirectories(image.chainId!);
    expect(directories).toHaveLength(4);
    expect(readFileSync(join(directories[0]!, "data/kept"), "utf8")).toBe("replaced\n");
    expect(lstatSync(join(directories[1]!, "data/removed")).isCharacterDevice()).toBe(true);
    const zstd = await lab.images.pull(`${registry.host}/zstd`, {});
    expect(readFileSync(join(lab.snapshots.layerDirectories(zstd.chainId!)[0]!, "zstd"), "utf8")).toBe("zstd\n");
  });

  test("by digest, all tags, platforms", async () => {
    await using lab = await makeLab();
    const busybox = await lab.images.pull(`${registry.host}/busybox`, { allTags: true });
    expect(lab.images.get(busybox.id).repoTags).toEqual([`${registry.host}/busybox:1.0`, `${registry.host}/busybox:latest`]);
    await expect(lab.images.pull(`${registry.host}/busybox:1.0`, { allTags: true })).rejects.toThrow("tag can't be used");
    const byDigest = await lab.images.pull(busybox.repoDigests[0]!, {});
    expect(byDigest.id).toBe(busybox.id);
    expect(lab.images.get(busybox.repoDigests[0]!).id).toBe(busybox.id);
    const own = await lab.images.pull(`${registry.host}/multi`, {});
    expect(own.architecture).toBe(ARCHITECTURE);
    const foreign = await lab.images.pull(`${registry.host}/multi`, { platform: { os: "linux", architecture: OTHER } });
    expect(foreign.architecture).toBe(OTHER);
    expect(lab.images.get(`${registry.host}/multi`).id).toBe(foreign.id);
    expect(lab.images.get(own.id).repoTags).toEqual([]);
    await expect(lab.images.pull(`${registry.host}/multi`, { platform: { os: "linux", architecture: "s390x" } })).rejects.toMatchObject({ code: "notFound", message: expect.stringContaining("no matching manifest for linux/s390x in the manifest list entries") });
    await expect(lab.images.pull(`${registry.host}/foreign`, { platform: { os: "linux", architecture: "s390x" } })).rejects.toThrow("does not match the specified platform (linux/s390x)");
    expect((await lab.images.pull(`${registry.host}/foreign`, {})).architecture).toBe(OTHER);
  });

  test("what is not there is refused with Docker's sentences and leaves nothing", async () => {
    await using lab = await makeLab();
    await expect(lab.images.pull(`${registry.host}/nothing`, {})).rejects.toMatchObject({ code: "notFound", message: expect.stringContaining("manifest unknown") });
    await expect(lab.images.pull(`${registry.host}/busybox:none`, {})).rejects.toMatchObject({ code: "notFound", message: expect.stringContaining(`manifest for ${registry.host}/busybox:none not found: manifest unknown`) });
    await expect(lab.images.pull("UPPER", {})).rejects.toMatchObject({ code: "invalidArgument" });
    expect(lab.images.list()).toEqual([]);
    expect(await lab.names("snapshots")).toEqual([]);
    await lab.images.prune({ dangling: true });
    expect(await lab.names("blobs/sha256")).toEqual([]);
  });

  test("layers that several pulls want at once are fetched once, equal layers of one image too", async () => {
    await using lab = await makeLab();
    const layer = makeLayer([{ name: "a", data: "twice" }]);
    await pushImage(registry.url, "twice", "latest", makeImage([layer, layer, makeLayer(busyboxRoot())]));
    await using counted = await startFaultyRegistry(registry);
    const [first] = await Promise.all([1, 2, 3].map(() => lab.images.pull(`${counted.host}/twice`, {})));
    await lab.images.pull(`${registry.host}/busybox`, {});
    expect(lab.snapshots.layerDirectories(first!.chainId!)).toHaveLength(3);
    expect(counted.seen.filter((line) => /^GET .*\/blobs\//.test(line) && !line.includes(first!.id))).toHaveLength(2);
    expect(lab.snapshots.list()).toHaveLength(4);
    expect(await lab.names("snapshots")).toHaveLength(4);
  });

  test("a hard link into a lower layer is resolved when that is there", async () => {
    await using lab = await makeLab();
    const link = makeLayer([{ name: "linked", type: "link", link: "etc/passwd" }, { name: "after", data: "x" }]);
    await pushImage(registry.url, "crosslink", "latest", makeImage([makeLayer(busyboxRoot()), link]));
    const image = await lab.images.pull(`${registry.host}/crosslink`, {});
    const [top] = lab.snapshots.layerDirectories(image.chainId!);
    expect(readFileSync(join(top!, "linked"), "utf8")).toContain("root:x:0:0");
    expect(readFileSync(join(top!, "after"), "utf8")).toBe("x");
    expect(await lab.names("snapshots")).toHaveLength(2);
  });

  test("hostile layers and lying configurations are refused and leave nothing", async () => {
    await using lab = await makeLab({ limits: { maxBytes: 10_000_000, maxEntries: 1000 } });
    const good = makeLayer([{ name: "a", data: "a" }]);
    const cases = {
      climbs: makeImage([makeLayer([{ name: "../../evil", data: "x" }])]),
      bomb: makeImage([makeLayer([{ name: "zeros", data: Buffer.alloc(20_000_000) }])]),
      lies: makeImage([{ ...good, diffId: `sha256:${"0".repeat(64)}` }]),
      "not-a-tar": makeImage([makeLayer(Buffer.alloc(5000, 7))]),
    };
    for (const [name, image] of Object.entries(cases)) await pushImage(registry.url, name, "latest", image);
    const sentences: Record<keyof typeof cases, RegExp> = { climbs: /outside its root/, bomb: /more than 10000000 bytes/, lies: /but the image's configuration says/, "not-a-tar": /archive/ };
    for (const [name, sentence] of Object.entries(sentences)) await expect(lab.images.pull(`${registry.host}/${name}`, {})).rejects.toThrow(sentence);
    expect(lab.images.list()).toEqual([]);
    expect(await lab.names("snapshots")).toEqual([]);
  });

  test("cancelled midway, it leaves no snapshot, and the next pull continues", async () => {
    await using lab = await makeLab();
    const big = makeImage([1, 2, 3, 4].map((n) => makeLayer([{ name: `big${n}`, data: Buffer.alloc(20_000_000, String(n)) }], { compression: "none", format: "oci" })));
    await pushImage(registry.url, "big", "latest", big);
    for (const delay of [5, 30, 60]) {
      await expect(lab.images.pull(`${registry.host}/big`, {}, { signal: AbortSignal.timeout(delay) })).rejects.toMatchObject({ code: "cancelled" });
    }
    expect(lab.images.list()).toEqual([]);
    const image = await lab.images.pull(`${registry.host}/big`, {});
    expect(image.size).toBe(80_000_000);
    expect(await lab.names("ingest")).toEqual([]);
    expect(await lab.names("snapshots")).toHaveLength(4);
  });

  test("an index inside an index, an image of schema 1 and an artefact are refused with a sentence", async () => {
    await using lab = await makeLab();
    const type = "application/vnd.oci.image.index.v1+json";
    const inner = await pushIndex(registry.url, "nested", "inner", [makeImage([makeLayer(busyboxRoot(), { format: "oci" })])]);
    await pushManifest(registry.url, "nested", "latest", type, { schemaVersion: 2, mediaType: type, manifests: [{ ...inner, platform: { os: "linux", architecture: ARCHITECTURE } }] });
    await expect(lab.images.pull(`${registry.host}/nested`, {})).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining("index inside an index") });
    await using spoiled = await startFaultyRegistry(registry);
    spoiled.spoil((path) => (path.includes("/manifests/") ? { type: "status", status: 200, headers: { "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws" }, body: JSON.stringify({ schemaVersion: 1, name: "old", tag: "latest", fsLayers: [] }) } : undefined));
    await expect(lab.images.pull(`${spoiled.host}/old`, {})).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining("schema version 1, which is obsolete and unsupported") });
    const config = await pushBlob(registry.url, "chart", Buffer.from("{}"));
    const manifest = "application/vnd.oci.image.manifest.v1+json";
    await pushManifest(registry.url, "chart", "latest", manifest, { schemaVersion: 2, mediaType: manifest, config: { mediaType: "application/vnd.cncf.helm.config.v1+json", digest: config, size: 2 }, layers: [] });
    await expect(lab.images.pull(`${registry.host}/chart`, {})).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining("is not a container image but an artefact of type application/vnd.cncf.helm.config.v1+json") });
    expect(lab.images.list()).toEqual([]);
  });

  test("a foreign layer that the registry does not have is fetched from where its descriptor says, and not pushed", async () => {
    await using lab = await makeLab();
    const layer = makeLayer([{ name: "foreign", data: "from elsewhere" }], { format: "oci" });
    const server = createServer((request, response) => void response.writeHead(request.headers.authorization === undefined ? 200 : 400).end(layer.bytes));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const image = makeImage([makeLayer(busyboxRoot(), { format: "oci" }), layer]);
    const { document, config } = manifestOf(image);
    const type = "application/vnd.oci.image.manifest.v1+json";
    const layers = (document as { layers: object[] }).layers.map((entry, i) => (i === 0 ? entry : { ...entry, mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", urls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}/layer`] }));
    await pushBlob(registry.url, "foreign-layer", config);
    await pushBlob(registry.url, "foreign-layer", image.layers[0]!.bytes);
    await using lenient = await startFaultyRegistry(registry);
    const manifest = JSON.stringify({ ...document, mediaType: type, layers });
    lenient.spoil((path) => (path.includes("/manifests/") ? { type: "status", status: 200, headers: { "content-type": type }, body: manifest } : undefined));
    const pulled = await lab.images.pull(`${lenient.host}/foreign-layer`, {});
    expect(readFileSync(join(lab.snapshots.layerDirectories(pulled.chainId!)[0]!, "foreign"), "utf8")).toBe("from elsewhere");
    lab.images.tag(pulled.id, `${lenient.host}/foreign-copy:1`);
    lenient.spoil((path, _count, request) => (request.method === "PUT" && path.includes("/manifests/") ? { type: "status", status: 201 } : undefined));
    const lines: string[] = [];
    await lab.images.push(`${lenient.host}/foreign-copy:1`, { progress: ({ status }) => void lines.push(status) });
    expect(lines).toContain("Skipped foreign layer");
  });

  test("an index that lists builds' attestations first", async () => {
    await using lab = await makeLab();
    const image = makeImage([makeLayer(busyboxRoot(), { format: "oci" })]);
    await pushIndex(registry.url, "attested", "latest", [{ ...image, config: { ...image.config, os: "unknown", architecture: "unknown" } }, image]);
    expect((await lab.images.pull(`${registry.host}/attested`, {})).architecture).toBe(ARCHITECTURE);
  });
});
