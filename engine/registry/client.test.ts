import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { digestOf } from "../base/digest.ts";
import type { Digest } from "../base/ids.ts";
import { MEDIA_TYPES } from "../oci/descriptor.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseReference } from "../oci/reference.ts";
import { parseChallenges } from "./challenge.ts";
import { DistributionRegistry } from "./client.ts";
import { isListedInsecure, isLoopback, isPrivate, splitHost } from "./insecure.ts";
import { retryAfterMs } from "./retry.ts";
import type { RegistryCredentials, RegistryOptions, RegistryRepository } from "./registry.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const MANIFEST = Buffer.from(JSON.stringify({ schemaVersion: 2, config: {}, layers: [] }));
const DIGEST = digestOf(MANIFEST);
const BLOB = Buffer.alloc(300_000, "0123456789abcdef");
const LAYER: Descriptor = { mediaType: MEDIA_TYPES.ociLayerGzip, digest: digestOf(BLOB), size: BLOB.length };

/** A registry that misbehaves as the test says. */
async function serve(answer: Answer): Promise<{ host: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function repository(host: string, options: RegistryOptions = {}, credentials?: RegistryCredentials): RegistryRepository {
  const registry = new DistributionRegistry({ stallTimeoutMs: 300, maxAttempts: 2, ...options });
  onTestFinished(() => registry.close());
  return registry.repository(parseReference(`${host}/a/b`), credentials);
}

async function repositoryOf(answer: Answer, options?: RegistryOptions, credentials?: RegistryCredentials): Promise<RegistryRepository> {
  return repository((await serve(answer)).host, options, credentials);
}

const sendManifest = (response: ServerResponse): void => void response.writeHead(200, { "content-type": MEDIA_TYPES.ociManifest }).end(MANIFEST);
const refuse = (response: ServerResponse, status: number, code: string, message: string): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ errors: [{ code, message }] }));

async function read(blob: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(blob));
}

describe("manifests", () => {
  test("by tag and digest", async () => {
    const repo = await repositoryOf((_, response) => sendManifest(response));
    expect(await repo.manifest("latest")).toMatchObject({ descriptor: { digest: DIGEST, size: MANIFEST.length, mediaType: MEDIA_TYPES.ociManifest } });
    expect((await repo.manifest(DIGEST)).descriptor.digest).toBe(DIGEST);
  });

  test("resolve asks for the head alone, and for all where the head says too little", async () => {
    const { host, requests } = await serve((request, response) => {
      if (request.method === "HEAD") response.writeHead(200, { "docker-content-digest": DIGEST, "content-length": MANIFEST.length }).end();
      else sendManifest(response);
    });
    expect(await repository(host).resolve("latest")).toMatchObject({ digest: DIGEST, size: MANIFEST.length });
    expect(requests.map(({ method }) => method)).toEqual(["HEAD"]);
    const bare = await repositoryOf((request, response) => (request.method === "HEAD" ? response.writeHead(200).end() : sendManifest(response)));
    expect(await bare.resolve("latest")).toMatchObject({ digest: DIGEST });
  });

  test.each([
    ["wrong bytes under a digest", (response: ServerResponse) => response.end("{}"), "dataLoss", "expected sha256:"],
    ["wrong bytes under a tag", (response: ServerResponse) => response.writeHead(200, { "docker-content-digest": `sha256:${"0".repeat(64)}` }).end("{}"), "dataLoss", "expected sha256:"],
    ["too large", (response: ServerResponse) => response.end(Buffer.alloc(5 << 20)), "resourceExhausted", "larger than the 4194304 bytes"],
    ["unknown", (response: ServerResponse) => refuse(response, 404, "MANIFEST_UNKNOWN", "manifest unknown"), "notFound", "manifest unknown"],
    ["denied", (response: ServerResponse) => refuse(response, 403, "DENIED", "requested access to the resource is denied"), "notFound", "pull access denied for"],
    ["limited", (response: ServerResponse) => refuse(response, 429, "TOOMANYREQUESTS", "slow down"), "unavailable", "toomanyrequests"],
    ["broken", (response: ServerResponse) => response.writeHead(500).end("<html>\u0007"), "unavailable", "failed with status 500"],
    ["teapot", (response: ServerResponse) => response.writeHead(418).end(), "unavailable", "unexpected status 418"],
    ["hanging", () => undefined, "deadlineExceeded", "sent nothing for 0.3 seconds"],
    ["hanging midway", (response: ServerResponse) => response.writeHead(200, { "content-length": 100 }).write("x"), "deadlineExceeded", "sent nothing for 0.3 seconds"],
    ["cut", (response: ServerResponse) => response.destroy(), "unavailable", "connection was cut"],
    ["no HTTP", (response: ServerResponse) => response.socket!.end("SSH-2.0-x\r\n\r\n"), "unavailable", "cannot reach the registry"],
    ["a loop", (response: ServerResponse) => response.writeHead(302, { location: "/v2/again" }).end(), "unavailable", "redirects in circles"],
    ["a redirect to a file", (response: ServerResponse) => response.writeHead(302, { location: "file:///etc/passwd" }).end(), "unavailable", "cannot be used"],
  ])("%s", async (name, answer, code, sentence) => {
    const repo = await repositoryOf((_, response) => void answer(response), { maxAttempts: 1 });
    await expect(repo.manifest(name.includes("digest") ? DIGEST : "latest")).rejects.toMatchObject({ code, message: expect.stringContaining(sentence) });
  });

  test("a host that does not exist, and a port where nothing listens", async () => {
    await expect(repository("registry.invalid").manifest("latest")).rejects.toMatchObject({ code: "unavailable", message: expect.stringMatching(/cannot reach the registry registry.invalid: (no such host|the host name could not be looked up)/) });
    await expect(repository("127.0.0.1:1").manifest("latest")).rejects.toThrow("connection refused");
  });

  test("temporary failures are tried again, Retry-After is honoured, final ones are not tried again", async () => {
    const { host, requests } = await serve((_, response, count) => {
      if (count === 1) response.destroy();
      else if (count === 2) response.writeHead(429, { "retry-after": "1" }).end();
      else if (count === 3) response.writeHead(503).end();
      else sendManifest(response);
    });
    const before = performance.now();
    await repository(host, { maxAttempts: 4 }).manifest("latest");
    expect(requests).toHaveLength(4);
    expect(performance.now() - before).toBeGreaterThan(1000);
    const gone = await serve((_, response) => refuse(response, 404, "MANIFEST_UNKNOWN", "manifest unknown"));
    await expect(repository(gone.host).manifest("latest")).rejects.toMatchObject({ code: "notFound" });
    expect(gone.requests).toHaveLength(1);
    const patient = await serve((_, response) => response.writeHead(429, { "retry-after": "3600" }).end());
    await expect(repository(patient.host).manifest("latest")).rejects.toThrow("asks to wait 3600 seconds");
  });

  test("an abort ends the wait", async () => {
    const repo = await repositoryOf(() => undefined, { stallTimeoutMs: 60_000 });
    await expect(repo.manifest("latest", { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("authorization", () => {
  const guarded = (accept: (authorization: string | undefined) => boolean, realm: (host: string) => string): Answer => (request, response) => {
    const { host } = request.headers;
    if (request.url!.startsWith("/token")) return void response.end(JSON.stringify({ token: `t-${request.url}-${request.headers.authorization ?? "anonymous"}`.replace(/\s/g, "_") }));
    if (accept(request.headers.authorization)) return sendManifest(response);
    response.setHeader("www-authenticate", realm(host!));
    refuse(response, 401, "UNAUTHORIZED", "authentication required");
  };
  const bearer = (host: string): string => `Bearer realm="http://${host}/token",service="s",scope="ignored"`;

  test("an anonymous token is fetched for the pull scope and kept", async () => {
    const { host, requests } = await serve(guarded((header) => header !== undefined, bearer));
    const repo = repository(host);
    await repo.manifest("latest");
    await repo.manifest("latest");
    expect(requests.map(({ url }) => url!.split("?")[0])).toEqual(["/v2/a/b/manifests/latest", "/token", "/v2/a/b/manifests/latest", "/v2/a/b/manifests/latest"]);
    expect(requests[1]!.url).toContain("service=s&scope=repository%3Aa%2Fb%3Apull");
    expect((await repo.location(LAYER)).headers["authorization"]).toMatch(/^Bearer t-/);
  });

  test("with credentials: basic to the token server, or to the registry itself", async () => {
    const basic = `Basic ${Buffer.from("me:secret").toString("base64")}`;
    const tokens = await serve(guarded((header) => header?.startsWith("Bearer") === true, bearer));
    await repository(tokens.host, {}, { username: "me", password: "secret" }).manifest("latest");
    expect(tokens.requests[1]!.headers.authorization).toBe(basic);
    expect(tokens.requests[1]!.url).toContain("account=me");
    const plain = await serve(guarded((header) => header === basic, () => 'Basic realm="x"'));
    await repository(plain.host, {}, { username: "me", password: "secret" }).manifest("latest");
    await expect(repository(plain.host, {}, { username: "me", password: "wrong" }).manifest("latest")).rejects.toMatchObject({ code: "unauthorized", message: expect.stringContaining("refused the credentials") });
    await expect(repository(plain.host).manifest("latest")).rejects.toMatchObject({ code: "notFound", message: expect.stringContaining(`pull access denied for ${plain.host}/a/b, repository does not exist or may require 'docker login'`) });
  });

  test("an identity token is exchanged by POST; a registry token is used as it is", async () => {
    const { host, requests } = await serve(guarded((header) => header !== undefined, bearer));
    await repository(host, {}, { identityToken: "id" }).manifest("latest");
    expect(requests[1]!.method).toBe("POST");
    await repository(host, {}, { registryToken: "ready" }).manifest("latest");
    expect(requests.at(-1)!.headers.authorization).toBe("Bearer ready");
  });

  test.each([
    ["a token that is not enough", bearer, "pull access denied"],
    ["a realm that is no address", () => 'Bearer realm="nonsense"', "names a token server that cannot be used"],
    ["a realm with a password", (host: string) => `Bearer realm="http://a:b@${host}/token"`, "names a token server that cannot be used"],
    ["a challenge nobody knows", () => "Negotiate", "pull access denied"],
  ])("%s", async (_name, realm, sentence) => {
    const repo = await repositoryOf(guarded(() => false, realm));
    await expect(repo.manifest("latest")).rejects.toMatchObject({ code: expect.stringMatching(/notFound|unavailable/), message: expect.stringContaining(sentence) });
  });

  test("credentials do not follow a redirect to another host", async () => {
    const other = await serve((_, response) => void response.end(BLOB));
    const { host } = await serve((request, response) => {
      if (request.url!.includes("manifests")) sendManifest(response);
      else response.writeHead(307, { location: `http://localhost:${other.host.split(":")[1]}/data` }).end();
    });
    const repo = repository(host, {}, { registryToken: "secret" });
    await repo.manifest("latest");
    expect(await read(repo.blob(LAYER))).toEqual(BLOB);
    expect(other.requests[0]!.headers.authorization).toBeUndefined();
  });
});

describe("blobs", () => {
  const ranged = (limit: (count: number) => number): Answer => (request, response, count) => {
    if (request.method === "HEAD") return void response.end();
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { "content-length": BLOB.length - start, ...(start > 0 ? { "content-range": `bytes ${start}-${BLOB.length - 1}/${BLOB.length}` } : {}) });
    const end = Math.min(start + limit(count), BLOB.length);
    if (end === BLOB.length) response.end(BLOB.subarray(start));
    else response.write(BLOB.subarray(start, end), () => response.destroy());
  };

  test("whole and from an offset", async () => {
    const repo = await repositoryOf(ranged(() => Infinity));
    expect(await read(repo.blob(LAYER))).toEqual(BLOB);
    expect(await read(repo.blob(LAYER, { offset: 299_000 }))).toEqual(BLOB.subarray(299_000));
    expect(await read(repo.blob({ ...LAYER, size: 0 }))).toHaveLength(0);
  });

  test("continues by range after cuts, more often than the tries without progress", async () => {
    const { host, requests } = await serve(ranged(() => 80_000));
    expect(await read(repository(host).blob(LAYER))).toEqual(BLOB);
    expect(requests.filter(({ method }) => method === "GET").length).toBeGreaterThan(2);
  });

  test("a server that ignores the range is read again from its start", async () => {
    const repo = await repositoryOf((request, response, count) => {
      if (request.method === "HEAD") return void response.end();
      response.writeHead(200, { "content-length": BLOB.length });
      if (count <= 2) response.write(BLOB.subarray(0, 100_000), () => response.destroy());
      else response.end(BLOB);
    });
    expect(await read(repo.blob(LAYER))).toEqual(BLOB);
  });

  test.each([
    ["a range from elsewhere", (response: ServerResponse) => response.writeHead(206, { "content-range": "bytes 200000-299999/300000" }).end(BLOB.subarray(200_000)), "unavailable", "cannot reach"],
    ["truncated", (response: ServerResponse) => response.end(BLOB.subarray(0, 10)), "unavailable", "after 10 of 300000 bytes"],
    ["too long", (response: ServerResponse) => response.end(Buffer.alloc(300_001)), "dataLoss", "more than the 300000 bytes"],
    ["unknown", (response: ServerResponse) => response.writeHead(404).end(), "notFound", "blob unknown"],
    ["hanging midway", (response: ServerResponse) => response.write("x"), "deadlineExceeded", "sent nothing"],
  ])("%s", async (_name, answer, code, sentence) => {
    const repo = await repositoryOf((request, response) => (request.method === "HEAD" ? response.end() : void answer(response)), { maxAttempts: 1 });
    await expect(read(repo.blob(LAYER))).rejects.toMatchObject({ code, message: expect.stringContaining(sentence) });
  });

  test("a slow reader is not taken for a stalled registry", async () => {
    const big = { ...LAYER, size: 20 << 20, digest: `sha256:${"1".repeat(64)}` as Digest };
    const repo = await repositoryOf((request, response) => void (request.method === "HEAD" ? response.end() : response.end(Buffer.alloc(20 << 20))));
    let size = 0;
    for await (const chunk of repo.blob(big)) {
      if (size === 0) await new Promise((resolve) => setTimeout(resolve, 800));
      size += chunk.byteLength;
    }
    expect(size).toBe(20 << 20);
  });

  test("a token that runs out midway is renewed once", async () => {
    let valid = "";
    const repo = await repositoryOf((request, response, count) => {
      if (request.url!.startsWith("/token")) return void response.end(JSON.stringify({ access_token: (valid = `t${count}`) }));
      if (request.headers.authorization !== `Bearer ${valid}`) return void response.writeHead(401, { "www-authenticate": `Bearer realm="http://${request.headers.host}/token"` }).end();
      if (request.method === "HEAD") return void response.end();
      ranged(() => (valid === "t2" ? 100_000 : Infinity))(request, response, count);
      if (valid === "t2") valid = "expired";
    });
    expect(await read(repo.blob(LAYER))).toEqual(BLOB);
  });
});

test("challenges", () => {
  const [bearer, basic] = parseChallenges('Bearer realm="https://a/\\"b\\"", service=x , scope="p,q", Basic realm="r"');
  expect([bearer!.scheme, ...bearer!.parameters]).toEqual(["bearer", ["realm", 'https://a/"b"'], ["service", "x"], ["scope", "p,q"]]);
  expect(basic!.scheme).toBe("basic");
  expect(parseChallenges("")).toEqual([]);
  expect(parseChallenges("x".repeat(10_000))).toEqual([]);
  expect(parseChallenges('Bearer realm="unfinished')).toMatchObject([{ scheme: "bearer" }]);
});

test("hosts", () => {
  expect(splitHost("[::1]:5000")).toEqual({ name: "::1", port: 5000 });
  expect(["localhost", "localhost:1", "127.9.9.9:1", "[::1]:5", "a.localhost"].every(isLoopback)).toBe(true);
  expect(["example.com", "128.0.0.1", "localhost.example.com"].some(isLoopback)).toBe(false);
  expect(["10.1.2.3", "192.168.1.1:5", "169.254.169.254", "[fe80::1]"].every(isPrivate)).toBe(true);
  expect(isListedInsecure("my.host:5000", ["my.host:5000"])).toBe(true);
  expect(isListedInsecure("my.host:5000", ["my.host"])).toBe(true);
  expect(isListedInsecure("10.1.2.3:5000", ["10.0.0.0/8"])).toBe(true);
  expect(isListedInsecure("11.1.2.3:5000", ["10.0.0.0/8", "nonsense/8", "10.0.0.0/x"])).toBe(false);
});

test("Retry-After", () => {
  expect(retryAfterMs("3")).toBe(3000);
  expect(retryAfterMs("Thu, 01 Jan 1970 00:00:10 GMT", 4000)).toBe(6000);
  expect(retryAfterMs("soon")).toBeUndefined();
  expect(retryAfterMs(undefined)).toBeUndefined();
});
