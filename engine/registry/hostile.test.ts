import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { memoryUsage } from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Digest } from "../base/ids.ts";
import { MEDIA_TYPES } from "../oci/descriptor.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseReference } from "../oci/reference.ts";
import { readHostCertificates } from "./certificates.ts";
import { DistributionRegistry } from "./client.ts";
import { parseMirror } from "./mirrors.ts";
import { proxyAuthorization, proxyFor, proxySettings } from "./proxy.ts";
import type { RegistryOptions, RegistryRepository } from "./registry.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

async function serve(answer: Answer): Promise<string> {
  const server = createServer((request, response) => void Promise.resolve(answer(request, response)).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function repositoryAt(host: string, options: RegistryOptions = {}): RegistryRepository {
  const registry = new DistributionRegistry({ stallTimeoutMs: 300, maxAttempts: 2, ...options });
  onTestFinished(() => registry.close());
  return registry.repository(parseReference(`${host}/a/b`));
}

/** Sends the same bytes for ever, as fast as they are taken. */
async function endless(response: ServerResponse): Promise<void> {
  const chunk = Buffer.alloc(1 << 20, "x");
  while (!response.destroyed) {
    if (response.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        response.off("drain", done).off("close", done);
        resolve();
      };
      response.once("drain", done).once("close", done);
    });
  }
}

/** A byte now and then. */
async function drip(response: ServerResponse): Promise<void> {
  for (; !response.destroyed; await delay(40)) response.write("x");
}

const layer = (size: number): Descriptor => ({ mediaType: MEDIA_TYPES.ociLayerGzip, digest: `sha256:${"1".repeat(64)}` as Digest, size });

async function drain(blob: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of blob) size += chunk.byteLength;
  return size;
}

describe("a hostile registry is bounded in time and memory", () => {
  test("an endless manifest, list of tags, catalog, token and error", async () => {
    const host = await serve((_, response) => endless(response));
    const before = memoryUsage.rss();
    const repository = repositoryAt(host, { maxAttempts: 1 });
    await expect(repository.manifest("latest")).rejects.toMatchObject({ code: "resourceExhausted" });
    await expect(repository.tags()).rejects.toMatchObject({ code: "resourceExhausted" });
    const registry = new DistributionRegistry({ maxAttempts: 1 });
    onTestFinished(() => registry.close());
    await expect(registry.catalog(host, undefined)).rejects.toMatchObject({ code: "resourceExhausted" });
    await expect(registry.search(host, "x")).rejects.toMatchObject({ code: "resourceExhausted" });
    const tokens = await serve(({ url }, response) => (url!.startsWith("/token") ? endless(response) : void response.writeHead(401, { "www-authenticate": `Bearer realm="http://${response.req.headers.host}/token"` }).end()));
    await expect(repositoryAt(tokens).manifest("latest")).rejects.toMatchObject({ code: "resourceExhausted" });
    const errors = await serve((_, response) => endless(response.writeHead(404)));
    await expect(repositoryAt(errors).manifest("latest")).rejects.toMatchObject({ code: "notFound" });
    expect(memoryUsage.rss() - before).toBeLessThan(200 << 20);
  });

  test("a blob that does not end, or ends early again and again", async () => {
    const host = await serve((request, response) => (request.method === "HEAD" ? void response.end() : endless(response)));
    await expect(drain(repositoryAt(host).blob(layer(10_000_000)))).rejects.toMatchObject({ code: "dataLoss", message: expect.stringContaining("more than the 10000000 bytes") as string });
    let served = 0;
    const stingy = await serve((request, response) => {
      if (request.method === "HEAD") return void response.end();
      served++;
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, start > 0 ? { "content-range": `bytes ${start}-9999999/10000000` } : {});
      response.write(Buffer.alloc(1000), () => response.destroy());
    });
    await expect(drain(repositoryAt(stingy, { maxAttempts: 3 }).blob(layer(10_000_000)))).rejects.toMatchObject({ code: "unavailable" });
    expect(served).toBeLessThanOrEqual(3);
  });

  test("drips: of a manifest and of a blob", async () => {
    const host = await serve((request, response) => (request.method === "HEAD" ? void response.end() : drip(response)));
    const begin = performance.now();
    await expect(repositoryAt(host, { maxAttempts: 1 }).manifest("latest")).rejects.toMatchObject({ code: "deadlineExceeded", message: expect.stringContaining("sent nothing for 0.3 seconds") as string });
    await expect(drain(repositoryAt(host).blob(layer(1_000_000)))).rejects.toMatchObject({ code: "deadlineExceeded" });
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  test("redirects in circles between two hosts, and uploads sent to strange places", async () => {
    let other = "";
    const first = await serve((_, response) => void response.writeHead(307, { location: `http://${other}/v2/` }).end());
    other = await serve((_, response) => void response.writeHead(307, { location: `http://${first}/v2/` }).end());
    await expect(repositoryAt(first).manifest("latest")).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("redirects in circles") as string });
    for (const location of [undefined, "file:///etc/passwd", "http://user:password@127.0.0.1/x", "http://["]) {
      const host = await serve((request, response) => (request.method === "HEAD" ? void response.writeHead(404).end() : void response.writeHead(202, location === undefined ? {} : { location }).end()));
      await expect(repositoryAt(host).upload(layer(3), { async *open() { yield Buffer.from("abc"); } })).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("names no place to upload") as string });
    }
  });

  test("an upload's place on another host gets bytes, but no credentials", async () => {
    const got: (string | undefined)[] = [];
    const elsewhere = await serve((request, response) => {
      got.push(request.headers.authorization);
      request.resume().once("end", () => response.writeHead(201).end());
    });
    const host = await serve((request, response) => {
      if (request.headers.authorization === undefined) return void response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
      if (request.method === "POST") response.writeHead(202, { location: `http://${elsewhere}/place` }).end();
      else response.writeHead(404).end();
    });
    const registry = new DistributionRegistry({ maxAttempts: 1 });
    onTestFinished(() => registry.close());
    const repository = registry.repository(parseReference(`${host}/a/b`), { username: "me", password: "secret" });
    expect(await repository.upload(layer(3), { async *open() { yield Buffer.from("abc"); } })).toEqual({ type: "uploaded" });
    expect(got).toEqual([undefined]);
  });

  test("a registry that takes bytes and forgets them ends the upload after a while", async () => {
    let sessions = 0;
    const host = await serve((request, response) => {
      request.resume().once("end", () => {
        if (request.method === "POST") response.writeHead(202, { location: `/upload/${++sessions}` }).end();
        else response.writeHead(404).end();
      });
    });
    const bytes = randomBytes(2 << 20);
    await expect(repositoryAt(host).upload(layer(bytes.length), { async *open(start, end) { yield bytes.subarray(start, end); } })).rejects.toMatchObject({ code: "notFound" });
    expect(sessions).toBeLessThanOrEqual(21);
  });

  test("a silent taker of an upload is noticed", async () => {
    const host = await serve((request, response) => {
      if (request.method === "POST") response.writeHead(202, { location: "/upload" }).end();
      else if (request.method !== "PATCH") response.writeHead(404).end();
    });
    const bytes = Buffer.alloc(64 << 20);
    const begin = performance.now();
    await expect(repositoryAt(host, { maxAttempts: 1 }).upload(layer(bytes.length), { async *open(start, end) { for (let at = start; at < end; at += 1 << 18) yield bytes.subarray(at, at + (1 << 18)); } })).rejects.toMatchObject({ code: "deadlineExceeded" });
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  test("a registry that renames what is pushed is told apart", async () => {
    const host = await serve((request, response) => void request.resume().once("end", () => response.writeHead(201, { "docker-content-digest": `sha256:${"0".repeat(64)}` }).end()));
    await expect(repositoryAt(host).putManifest("1", MEDIA_TYPES.ociManifest, Buffer.from("{}"))).rejects.toMatchObject({ code: "dataLoss", message: expect.stringContaining("it changed the manifest") as string });
  });
});

describe("mirrors", () => {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, config: {}, layers: [] }));
  const blob = randomBytes(500_000);
  const descriptor = { mediaType: "x", digest: `sha256:${createHash("sha256").update(blob).digest("hex")}` as Digest, size: blob.length };

  test("one that fails midway is left for the next; Docker Hub's login never reaches it", async () => {
    const authorizations = new Set<string | undefined>();
    const broken = await serve((request, response) => {
      authorizations.add(request.headers.authorization);
      if (request.url!.includes("/manifests/")) response.writeHead(200, { "content-type": MEDIA_TYPES.ociManifest }).end(bytes);
      else if (request.method === "HEAD") response.end();
      else response.writeHead(200, { "content-length": blob.length }).write(blob.subarray(0, 100_000), () => response.destroy());
    });
    const whole = await serve((request, response) => {
      authorizations.add(request.headers.authorization);
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, { "content-length": blob.length - start, ...(start > 0 ? { "content-range": `bytes ${start}-${blob.length - 1}/${blob.length}` } : {}) });
      response.end(request.method === "HEAD" ? undefined : blob.subarray(start));
    });
    const registry = new DistributionRegistry({ maxAttempts: 2, mirrors: [`http://${broken}`, `http://${whole}`] });
    onTestFinished(() => registry.close());
    const repository = registry.repository(parseReference("busybox"), { username: "me", password: "secret" });
    await repository.manifest("latest");
    const read = Buffer.concat(await Array.fromAsync(repository.blob(descriptor)));
    expect(read.equals(blob)).toBe(true);
    expect((await repository.location(descriptor)).url).toContain(whole);
    expect([...authorizations]).toEqual([undefined]);
  });

  test.each(["ftp://x", "mirror.example", "https://user:secret@x", "https://x/path", "https://x?q", ""])("%s is no mirror", (text) => {
    expect(() => parseMirror(text)).toThrow(/^invalid mirror: /);
    try {
      parseMirror(text);
    } catch (error) {
      expect(String(error)).not.toContain("secret");
    }
  });
});

test("proxies: by scheme, by NO_PROXY as curl and Go read it, never for this machine", () => {
  const settings = proxySettings({ HTTPS_PROXY: "http://a:p%40ss@proxy:3128", http_proxy: "plain:80", NO_PROXY: "exempt.example, .below.example,10.0.0.0/8 only.example:5000" });
  const of = (url: string): string | undefined => proxyFor(new URL(url), settings)?.host;
  expect(of("https://registry.example/")).toBe("proxy:3128");
  expect(of("http://registry.example/")).toBe("plain");
  expect(["https://exempt.example/", "https://sub.exempt.example/", "https://x.below.example/", "https://10.1.2.3/", "https://only.example:5000/", "http://localhost:5000/", "https://127.0.0.1/", "https://[::1]:5000/"].map(of)).toEqual(Array(8).fill(undefined));
  expect(["https://notexempt.example/", "https://below.example/", "https://11.1.2.3/", "https://only.example/"].map(of)).toEqual(Array(4).fill("proxy:3128"));
  expect(proxyFor(new URL("https://x/"), { https: "http://p", no: "*" })).toBeUndefined();
  expect(proxyFor(new URL("https://x/"), { https: "socks5://p" })).toBeUndefined();
  expect(proxyAuthorization(new URL("http://a:p%40ss@proxy"))).toEqual({ "proxy-authorization": `Basic ${Buffer.from("a:p@ss").toString("base64")}` });
  expect(proxyAuthorization(new URL("http://proxy"))).toEqual({});
});

test("names of hosts never lead out of the directory of certificates", () => {
  for (const host of ["../../etc/ssl", "..", ".", "a/b", ""]) expect(readHostCertificates(["/"], host)).toBeUndefined();
});
