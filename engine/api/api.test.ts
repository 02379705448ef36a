import { request as httpRequest, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ERROR_CODES, EngineError } from "../base/errors.ts";
import { CallLog } from "./calls/call-log.ts";
import { frame } from "./frames.ts";
import { labelsMatch, parseFilters } from "./filters.ts";
import type { Route } from "./router.ts";
import { createApiServer } from "./server.ts";
import { flag, integer, list, object, record, text } from "./shape.ts";
import { STATUS_OF } from "./status.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(...routes: Route[]): Promise<number> {
  const server = createApiServer({ routes, version: "0", calls: new CallLog(), onError: () => undefined, onRequest: () => undefined });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

interface Answer { status: number; body: string; headers: Record<string, unknown> }

function call(port: number, method: string, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, method, path, headers: body === undefined ? {} : { "content-type": "application/json" } }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

test("answers with and without a version prefix, and refuses versions outside the range in Docker's words", async () => {
  const port = await serve({ method: "GET", path: "/x/{name...}/json", handler: (request, reply) => reply.json({ name: request.param("name"), minor: request.minor }) });
  expect(JSON.parse((await call(port, "GET", "/x/a/b%3A1/json")).body)).toEqual({ name: "a/b:1", minor: 47 });
  const old = await call(port, "GET", "/v1.24/x/a/json");
  expect(JSON.parse(old.body)).toEqual({ name: "a", minor: 24 });
  expect(old.headers["api-version"]).toBe("1.47");
  expect(await call(port, "GET", "/v1.99/x/a/json")).toMatchObject({ status: 400, body: '{"message":"client version 1.99 is too new. Maximum supported API version is 1.47"}\n' });
  expect((await call(port, "GET", "/v1.12/x/a/json")).body).toContain("client version 1.12 is too old. Minimum supported API version is 1.22");
  expect(await call(port, "GET", "/nowhere")).toMatchObject({ status: 404, body: '{"message":"page not found"}\n' });
});

test("every error code has a status and travels as a message", async () => {
  const port = await serve({ method: "GET", path: "/fail/{code}", handler: (request) => Promise.reject(new EngineError(request.param("code") as "conflict", "it is so")) });
  for (const code of ERROR_CODES) {
    const answer = await call(port, "GET", `/fail/${code}`);
    expect(answer.status).toBe(STATUS_OF[code]);
    if (code !== "notModified") expect(JSON.parse(answer.body)).toEqual({ message: "it is so" });
  }
});

test("JSON bodies are checked and bounded", async () => {
  const shape = object({ Name: text, Size: integer, Tty: flag, Env: list(text), Labels: record(text) });
  const port = await serve({ method: "POST", path: "/json", handler: async (request, reply) => reply.json(await request.json(shape)) });
  expect((await call(port, "POST", "/json", '{"Name":"a","Other":1,"Env":["A=1"],"Size":null,"Labels":{"__proto__":"x"}}')).body).toBe('{"Name":"a","Env":["A=1"],"Labels":{"__proto__":"x"}}\n');
  expect(await call(port, "POST", "/json", '{"Name":5}')).toMatchObject({ status: 400, body: '{"message":"invalid JSON: Name must be a string, not 5"}\n' });
  expect((await call(port, "POST", "/json", "{")).status).toBe(400);
  expect((await call(port, "POST", "/json")).body).toContain("got EOF");
  expect(await call(port, "POST", "/json", "null")).toMatchObject({ status: 200, body: "{}\n" });
  expect((await call(port, "POST", "/json", JSON.stringify({ Name: "x".repeat(5_000_000) }))).status).toBe(400);
});

test("an upgrade reads its body, answers 101, and half-close is the end of input", async () => {
  const port = await serve({
    method: "POST",
    path: "/echo",
    handler: async (request, reply) => {
      const { Word } = await request.json(object({ Word: text }));
      const connection = reply.hijack("application/vnd.docker.raw-stream", request.body);
      await connection.write(Buffer.from(`${Word}:`));
      for await (const chunk of connection.input) await connection.write(chunk);
      await connection.write(Buffer.from(":end"));
      connection.end();
    },
  });
  const socket = connect({ port, allowHalfOpen: true });
  let received = "";
  socket.on("data", (chunk) => (received += String(chunk)));
  socket.write('POST /v1.47/echo HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"Word":"a"}one');
  setTimeout(() => socket.end(" two"), 30);
  await new Promise((resolve) => socket.on("end", resolve));
  expect(received).toMatch(/^HTTP\/1\.1 101 UPGRADED\r\nContent-Type: application\/vnd\.docker\.raw-stream\r\n/);
  expect(received.split("\r\n\r\n")[1]).toBe("a:one two:end");
});

test("an upgrade that fails is an ordinary error answer", async () => {
  const port = await serve({ method: "POST", path: "/no", handler: () => Promise.reject(new EngineError("notFound", "No such container: x")) });
  const socket = connect(port);
  let received = "";
  socket.on("data", (chunk) => (received += String(chunk)));
  socket.write("POST /no HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  await new Promise((resolve) => socket.on("end", resolve));
  socket.end();
  expect(received).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
  expect(received).toContain('{"message":"No such container: x"}');
});

test("a client that goes away aborts the request", async () => {
  let aborted: Promise<unknown> = Promise.resolve();
  const port = await serve({
    method: "GET",
    path: "/wait",
    handler: async (request, reply) => {
      reply.begin("application/json");
      aborted = new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      await aborted;
    },
  });
  await new Promise<void>((resolve) => {
    const request = httpRequest({ port, path: "/wait" }, () => {
      request.destroy();
      resolve();
    });
    request.on("error", () => undefined);
    request.end();
  });
  await aborted;
});

test("a stream that fails before its first byte has a status, later it is cut", async () => {
  const port = await serve({
    method: "GET",
    path: "/stream/{after}",
    handler: (request, reply) => reply.stream(failing(Number(request.param("after"))), "application/x-tar"),
  });
  expect((await call(port, "GET", "/stream/0")).status).toBe(409);
  await expect(call(port, "GET", "/stream/1")).rejects.toThrow();
});

async function* failing(after: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < after; index++) yield Buffer.from("data");
  throw new EngineError("conflict", "no");
}

test("filters parse in both forms", () => {
  expect(parseFilters('{"label":{"a":true,"b":false}}', ["label"]).get("label")).toEqual(["a"]);
  expect(parseFilters('{"label":["a"]}', ["label"]).get("label")).toEqual(["a"]);
  expect(() => parseFilters("[", ["label"])).toThrow(/invalid filter/);
  expect(() => parseFilters('{"x":["a"]}', ["label"])).toThrow(/invalid filter 'x'/);
  expect(labelsMatch(["a", "b=2"], { a: "1", b: "2" })).toBe(true);
  expect(labelsMatch(["a=2"], { a: "1" })).toBe(false);
});

test("frames have type and length", () => {
  expect([...frame("stderr", Buffer.from("hi"))]).toEqual([2, 0, 0, 0, 0, 0, 0, 2, 104, 105]);
});

test("takes headers as long as the logins of many registries are", async () => {
  const port = await serve({ method: "GET", path: "/length", handler: (request, reply) => reply.json(String(request.headers["x-registry-config"]).length) });
  const response = await fetch(`http://127.0.0.1:${port}/length`, { headers: { "x-registry-config": "a".repeat(200_000) } });
  expect([response.status, await response.json()]).toEqual([200, 200_000]);
});
