import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFaultyRegistry } from "../../e2e/fixtures/faulty-registry.ts";
import type { Fault } from "../../e2e/fixtures/faulty-registry.ts";
import { ARCHITECTURE, busyboxRoot, makeImage, makeLayer } from "../../e2e/fixtures/images.ts";
import { pushTestImages } from "../../e2e/fixtures/test-images.ts";
import { pushImage, pushIndex } from "../../e2e/fixtures/push.ts";
import { startRegistry } from "../../e2e/fixtures/registry.ts";
import type { TestRegistry } from "../../e2e/fixtures/registry.ts";
import { makeTar } from "../../e2e/fixtures/tar.ts";
import type { ImageManifest } from "../oci/descriptor.ts";
import type { ImageProgress } from "./images.ts";
import { makeLab } from "./testing/lab.ts";
import type { ImageLab } from "./testing/lab.ts";

let registry: TestRegistry;
let other: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  other = await startRegistry();
  await pushTestImages(registry.url);
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

const OTHER = ARCHITECTURE === "arm64" ? "amd64" : "arm64";

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** An image of one uncompressed layer that no registry has. */
async function importRandom(lab: ImageLab, reference: string, size = 300_000): Promise<void> {
  await lab.images.importTar(once(makeTar([{ name: "random", data: randomBytes(size) }])), { reference });
}

async function manifestAt(url: string, repository: string, tag: string): Promise<{ manifest: ImageManifest; digest: string; type: string }> {
  const response = await fetch(`${url}/v2/${repository}/manifests/${tag}`, { headers: { accept: "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json" } });
  expect(response.status).toBe(200);
  return { manifest: (await response.json()) as ImageManifest, digest: response.headers.get("docker-content-digest")!, type: response.headers.get("content-type")! };
}

async function push(lab: ImageLab, reference: string, platform?: { os: string; architecture: string }): Promise<ImageProgress[]> {
  const lines: ImageProgress[] = [];
  await lab.images.push(reference, { platform, progress: (line) => void lines.push(line) });
  return lines;
}

const statuses = (lines: readonly ImageProgress[]): string[] => lines.filter(({ id }) => id !== undefined).map(({ status }) => status);

describe("push", () => {
  test("what was pulled goes to another registry byte for byte", async () => {
    await using lab = await makeLab();
    for (const name of ["busybox", "zstd", "configured"]) {
      await lab.images.pull(`${registry.host}/${name}`, {});
      lab.images.tag(`${registry.host}/${name}`, `${other.host}/copies/${name}:1`);
      const lines = await push(lab, `${other.host}/copies/${name}:1`);
      const [before, after] = [await manifestAt(registry.url, name, "latest"), await manifestAt(other.url, `copies/${name}`, "1")];
      expect(after).toEqual(before);
      expect(lines[0]!.status).toBe(`The push refers to repository [${other.host}/copies/${name}]`);
      expect(lines.at(-2)!.status).toMatch(new RegExp(`^1: digest: ${after.digest} size: \\d+$`));
      expect(lines.at(-1)!.aux).toEqual({ Tag: "1", Digest: after.digest, Size: expect.any(Number) as number });
      expect(lab.images.get(`${other.host}/copies/${name}:1`).repoDigests).toContain(`${other.host}/copies/${name}@${after.digest}`);
    }
    expect(lab.events.at(-1)).toEqual({ action: "push", id: `${other.host}/copies/configured:1`, name: `${other.host}/copies/configured` });
  });

  test("a layer made here is compressed once; the second push sends nothing, and neither does one after a restart", async () => {
    await using lab = await makeLab();
    await importRandom(lab, `${other.host}/made:1`);
    const first = await push(lab, `${other.host}/made:1`);
    expect(statuses(first)).toEqual(expect.arrayContaining(["Preparing", "Compressing", "Pushed"]));
    const { manifest, digest, type } = await manifestAt(other.url, "made", "1");
    expect(type).toBe("application/vnd.oci.image.manifest.v1+json");
    expect(manifest.layers[0]!.mediaType).toBe("application/vnd.oci.image.layer.v1.tar+gzip");
    const blob = Buffer.from(await (await fetch(`${other.url}/v2/made/blobs/${manifest.layers[0]!.digest}`)).arrayBuffer());
    expect(gunzipSync(blob).byteLength).toBeGreaterThan(300_000);
    expect(statuses(await push(lab, `${other.host}/made:1`))).toEqual(["Preparing", "Layer already exists"]);
    const again = await lab.reopen();
    again.images.tag(`${other.host}/made:1`, `${registry.host}/made:2`);
    const third = await push(again, `${registry.host}/made:2`);
    expect(statuses(third).filter((status) => status !== "Pushing")).toEqual(["Preparing", "Pushed"].toSpliced(1, 0, "Compressing"));
    expect((await manifestAt(registry.url, "made", "2")).digest).toBe(digest);
    expect((await again.names("blobs/sha256")).length).toBe(5);
    await again.images.remove(again.images.get(`${registry.host}/made:2`).id, { force: true });
    expect(await again.names("blobs/sha256")).toEqual([]);
    await again[Symbol.asyncDispose]();
  });

  test("a pushed image can be pulled again, and is the same image", async () => {
    await using lab = await makeLab();
    await importRandom(lab, `${other.host}/round:trip`);
    const { id } = lab.images.get(`${other.host}/round:trip`);
    await push(lab, `${other.host}/round:trip`);
    await lab.images.remove(id, { force: true });
    expect((await lab.images.pull(`${other.host}/round:trip`, {})).id).toBe(id);
    // Once it came from a registry it goes back as it came.
    lab.images.tag(`${other.host}/round:trip`, `${registry.host}/round:trip`);
    await push(lab, `${registry.host}/round:trip`);
    expect((await manifestAt(registry.url, "round", "trip")).digest).toBe((await manifestAt(other.url, "round", "trip")).digest);
  });

  test("a blob of a neighbour is mounted; one that is no longer there is sent", async () => {
    await using lab = await makeLab();
    await importRandom(lab, `${other.host}/near/a:1`);
    await push(lab, `${other.host}/near/a:1`);
    lab.images.tag(`${other.host}/near/a:1`, `${other.host}/near/b:1`);
    const lines = await push(lab, `${other.host}/near/b:1`);
    expect(statuses(lines)).toContain("Mounted from near/a");
    const { manifest } = await manifestAt(other.url, "near/b", "1");
    // A registry that knows nothing of the mount: another one under the same name cannot be had, so the knowledge is spoiled instead.
    await using lost = await startFaultyRegistry(other);
    lost.spoil((path, _count, request) => (request.method === "POST" && path.includes("mount=") ? { type: "status", status: 202, headers: { location: `/v2/near/c/blobs/uploads/nowhere` } } : undefined));
    lab.images.tag(`${other.host}/near/a:1`, `${lost.host}/near/a:1`);
    await push(lab, `${lost.host}/near/a:1`);
    lab.images.tag(`${other.host}/near/a:1`, `${lost.host}/near/c:1`);
    expect(statuses(await push(lab, `${lost.host}/near/c:1`))).toContain("Pushed");
    expect((await manifestAt(other.url, "near/c", "1")).manifest.layers).toEqual(manifest.layers);
  });

  test("all tags; a tag that does not exist; a digest", async () => {
    await using lab = await makeLab();
    await importRandom(lab, `${other.host}/many:a`);
    lab.images.tag(`${other.host}/many:a`, `${other.host}/many:b`);
    const pushed = await lab.images.push(`${other.host}/many`, {});
    expect(pushed.map(({ tag }) => tag)).toEqual(["a", "b"]);
    await expect(lab.images.push(`${other.host}/many:c`, {})).rejects.toMatchObject({ code: "notFound", message: `tag does not exist: ${other.host}/many:c` });
    await expect(lab.images.push(`${other.host}/none`, {})).rejects.toMatchObject({ code: "notFound", message: `An image does not exist locally with the tag: ${other.host}/none` });
    await expect(lab.images.push(`${other.host}/many@sha256:${"0".repeat(64)}`, {})).rejects.toMatchObject({ code: "invalidArgument" });
  });

  test("a commit on a pulled image sends its own layer alone, in a manifest of one family", async () => {
    await using lab = await makeLab();
    const base = await lab.images.pull(`${registry.host}/busybox`, {});
    const key = "work-1" as Parameters<ImageLab["images"]["commit"]>[0];
    await lab.snapshots.prepare(key, base.chainId, {});
    await lab.images.commit(key, { parent: base, reference: `${registry.host}/derived:1`, config: {} });
    const lines = await push(lab, `${registry.host}/derived:1`);
    expect(statuses(lines).filter((status) => !["Preparing", "Compressing", "Pushing"].includes(status)).sort()).toEqual(["Mounted from busybox", "Pushed"]);
    const { manifest } = await manifestAt(registry.url, "derived", "1");
    expect(new Set(manifest.layers.map(({ mediaType }) => mediaType))).toEqual(new Set(["application/vnd.oci.image.layer.v1.tar+gzip"]));
  });

  test("an index goes as a whole when all its images are here, else its image alone, and alone when a platform is asked for", async () => {
    await using lab = await makeLab();
    const of = (architecture: string): ReturnType<typeof makeImage> => makeImage([makeLayer(busyboxRoot(), { format: "oci" }), makeLayer([{ name: "arch", data: `${architecture} ${randomBytes(8).toString("hex")}` }], { format: "oci" })], {}, { architecture });
    const index = await pushIndex(registry.url, "both", "latest", [of(OTHER), of(ARCHITECTURE)]);
    await lab.images.pull(`${registry.host}/both`, {});
    lab.images.tag(`${registry.host}/both`, `${other.host}/both:1`);
    await push(lab, `${other.host}/both:1`);
    expect((await manifestAt(other.url, "both", "1")).type).toBe("application/vnd.oci.image.manifest.v1+json");
    await lab.images.pull(`${registry.host}/both`, { platform: { os: "linux", architecture: OTHER } });
    await push(lab, `${other.host}/both:1`);
    const whole = await manifestAt(other.url, "both", "1");
    expect([whole.type, whole.digest]).toEqual(["application/vnd.oci.image.index.v1+json", index.digest]);
    await push(lab, `${other.host}/both:1`, { os: "linux", architecture: OTHER });
    const alone = await manifestAt(other.url, "both", "1");
    expect(alone.type).toBe("application/vnd.oci.image.manifest.v1+json");
    await expect(push(lab, `${other.host}/both:1`, { os: "linux", architecture: "s390x" })).rejects.toThrow("does not provide the specified platform (linux/s390x)");
  });

  test("pushes at the same time send a shared layer once", async () => {
    await using lab = await makeLab();
    await using counted = await startFaultyRegistry(other);
    await importRandom(lab, `${counted.host}/same:1`, 3_000_000);
    lab.images.tag(`${counted.host}/same:1`, `${counted.host}/same:2`);
    await Promise.all([1, 2].map((tag) => push(lab, `${counted.host}/same:${tag}`)));
    expect(counted.seen.filter((line) => line.startsWith("PATCH"))).toHaveLength(1);
  });

  test("cuts, refusals and lost sessions: the layer arrives, and final errors are said as they are", async () => {
    await using lab = await makeLab({ registry: { maxAttempts: 4 } });
    await using faulty = await startFaultyRegistry(other);
    await importRandom(lab, `${faulty.host}/hard:1`, 3_000_000);
    const faults: { method: string; fault: Fault }[] = [
      { method: "PATCH", fault: { type: "status", status: 503 } }, { method: "PATCH", fault: { type: "cutRequest", bytes: 1_000_000 } },
      { method: "PATCH", fault: { type: "status", status: 404 } }, { method: "PUT", fault: { type: "status", status: 502 } },
    ];
    faulty.spoil((_path, _count, request) => (request.method === faults[0]?.method ? faults.shift()!.fault : undefined));
    await push(lab, `${faulty.host}/hard:1`);
    expect(faults).toEqual([]);
    expect((await manifestAt(other.url, "hard", "1")).manifest.layers).toHaveLength(1);
    const final: readonly (readonly [number, string, RegExp])[] = [[401, "forbidden", /push access denied for .*may require 'docker login'/], [403, "forbidden", /push access denied/], [413, "resourceExhausted", /too large/], [405, "forbidden", /cannot be pushed to/], [404, "notFound", /does not take/]];
    for (const [index, [status, code, sentence]] of final.entries()) {
      await importRandom(lab, `${faulty.host}/refused:${index}`);
      faulty.spoil((path, _count, request) => (request.method === "POST" && path.includes("/uploads/") ? { type: "status", status } : undefined));
      await expect(push(lab, `${faulty.host}/refused:${index}`)).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) as string });
    }
  });

  test("an abort ends it, and the next push goes on", async () => {
    await using lab = await makeLab();
    await importRandom(lab, `${other.host}/stopped:1`, 20_000_000);
    for (const delay of [1, 30, 60]) {
      const outcome = await lab.images.push(`${other.host}/stopped:1`, {}, { signal: AbortSignal.timeout(delay) }).then(() => "done", (error: { code: string }) => error.code);
      expect(["done", "cancelled"]).toContain(outcome);
    }
    await push(lab, `${other.host}/stopped:1`);
    expect((await manifestAt(other.url, "stopped", "1")).manifest.layers).toHaveLength(1);
    expect(await lab.names("ingest")).toEqual([]);
  });

  test("an image with a layer whose bytes lie about is not pushed", async () => {
    await using lab = await makeLab({ registry: { maxAttempts: 2 } });
    await pushImage(registry.url, "tobespoiled", "latest", makeImage([makeLayer([{ name: "x", data: randomBytes(50_000) }])]));
    const image = await lab.images.pull(`${registry.host}/tobespoiled`, {});
    await lab.content.delete(lab.images.layers(image.id)[0]!.digest);
    lab.images.tag(image.id, `${other.host}/spoiled:1`);
    await expect(push(lab, `${other.host}/spoiled:1`)).rejects.toMatchObject({ code: "notFound", message: expect.stringContaining("is missing") as string });
  });
});
