import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";
import type { Route } from "../router.ts";
import { createApiServer } from "../server.ts";
import { object, text } from "../shape.ts";
import { CallLog } from "./call-log.ts";
import { callRoutes } from "./routes.ts";

const CANARY = "canary-51c0";
const servers: Server[] = [];
const agents: Agent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Row { Id: number; Method: string; Target: string; Client: string; Status: number; Open: boolean; Streaming: boolean; Aborted: boolean; Milliseconds: number; Received: number; Sent: number }
interface Details extends Row { Content: { RequestHeaders: [string, string][]; ResponseHeaders: [string, string][]; RequestBody: string; ResponseBody: string; RequestCut: boolean; ResponseCut: boolean } | null }

const echo: Route = { method: "POST", path: "/echo", handler: async (request, reply) => reply.json(await request.json(object({ Word: text, password: text }))) };
const shout: Route = {
  method: "POST",
  path: "/shout",
  handler: async (request, reply) => {
    const connection = reply.hijack("application/vnd.docker.raw-stream", request.body);
    for await (const chunk of connection.input) await connection.write(Buffer.from(String(chunk).toUpperCase()));
    connection.end();
  },
};

async function serve(...routes: Route[]) {
  const calls = new CallLog();
  const server = createApiServer({ routes: [echo, shout, ...callRoutes({ calls, socket: "/run/x.sock" }), ...routes], version: "0", calls, onError: () => undefined, onRequest: () => undefined });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  function send(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ port, method, path, agent, headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers } }, resolve);
      request.on("error", reject);
      request.end(body);
    });
  }
  async function call<T>(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<T> {
    let answer = "";
    for await (const chunk of await send(method, path, body, headers)) answer += String(chunk);
    return JSON.parse(answer) as T;
  }
  /** Follows on a connection of its own, until `stop`. */
  async function follow() {
    const request = httpRequest({ port, path: "/slipway/requests?follow=1", agent: false });
    request.on("error", () => undefined);
    request.end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const rows = new Map<number, Row>();
    response.on("error", () => undefined);
    createInterface({ input: response }).on("line", (line) => {
      for (const row of (JSON.parse(line) as { Calls: Row[] }).Calls) rows.set(row.Id, row);
    }).on("error", () => undefined);
    await expect.poll(() => rows.size).toBeGreaterThan(0);
    return {
      rows,
      stop: () => request.destroy(),
    };
  }
  const list = async (): Promise<Row[]> => (await call<{ Calls: Row[] }>("GET", "/slipway/requests")).Calls;
  return { calls, port, call, follow, list };
}

test("every call is noted with client, status, time and bytes", async () => {
  const { call, list } = await serve();
  await call("POST", "/echo", '{"Word":"hello"}', { "user-agent": "Docker-Client/28.0.1 (linux)" });
  await call("GET", "/nowhere?x=1");
  const [first, second, own] = await list();
  expect(first).toMatchObject({ Id: 1, Method: "POST", Target: "/echo", Client: "Docker-Client/28.0.1 (linux)", Status: 200, Open: false, Streaming: false, Aborted: false });
  expect(second).toMatchObject({ Id: 2, Method: "GET", Target: "/nowhere?x=1", Client: "", Status: 404 });
  expect(own).toMatchObject({ Target: "/slipway/requests", Open: true, Status: 0 });
  // Both went over one connection, and each counts its own bytes.
  for (const each of [first!, second!]) {
    expect(each.Received).toBeGreaterThan(30);
    expect(each.Received).toBeLessThan(400);
    expect(each.Sent).toBeGreaterThan(100);
    expect(each.Sent).toBeLessThan(600);
    expect(each.Milliseconds).toBeGreaterThan(0);
  }
});

test("headers and bodies are kept only while somebody watches, without credentials, and go with the last who does", async () => {
  const { call, follow, list, calls } = await serve({ method: "POST", path: "/auth", handler: async (request, reply) => reply.json(await request.json(object({ password: text }))) });
  await call("POST", "/echo", '{"Word":"before"}');
  const before = (await list()).find((row) => row.Target === "/echo")!;
  expect((await call<Details>("GET", `/slipway/requests/${before.Id}`)).Content).toBeNull();
  const [one, two] = [await follow(), await follow()];
  await call("POST", "/echo", `{"Word":"hello","password":"${CANARY}"}`, { "x-registry-auth": CANARY, "x-registry-config": CANARY, authorization: `Basic ${CANARY}` });
  await call("POST", "/auth", `{"password":"${CANARY}","other":"${CANARY}"}`);
  const rows = await list();
  const details = await Promise.all(rows.map(({ Id }) => call<Details>("GET", `/slipway/requests/${Id}`)));
  expect(JSON.stringify(details)).not.toContain(CANARY);
  const echoed = details.filter((row) => row.Target === "/echo").at(-1)!;
  expect(echoed.Content).toMatchObject({ RequestBody: '{"Word":"hello","password":"(hidden)"}', ResponseBody: '{"Word":"hello","password":"(hidden)"}\n', RequestCut: false });
  expect(echoed.Content!.RequestHeaders).toContainEqual(["x-registry-auth", "(hidden)"]);
  expect(echoed.Content!.ResponseHeaders).toContainEqual(["content-type", "application/json"]);
  expect(details.find((row) => row.Target === "/auth")!.Content).toMatchObject({ RequestBody: "", ResponseBody: "" });
  // What the engine holds is clean too, not only what it tells.
  expect(JSON.stringify(calls.list())).not.toContain(CANARY);
  one.stop();
  await expect.poll(async () => (await list()).filter((row) => row.Open && row.Target.includes("follow")).length).toBe(1);
  expect((await call<Details>("GET", `/slipway/requests/${echoed.Id}`)).Content).not.toBeNull();
  two.stop();
  await expect.poll(() => calls.watched).toBe(false);
  expect((await call<Details>("GET", `/slipway/requests/${echoed.Id}`)).Content).toBeNull();
});

test("of a long body the beginning is kept", async () => {
  const { call, follow, list } = await serve();
  const watching = await follow();
  await call("POST", "/echo", JSON.stringify({ Word: "x".repeat(500_000), password: CANARY }));
  const { Id } = (await list()).find((row) => row.Target === "/echo")!;
  const { Content } = await call<Details>("GET", `/slipway/requests/${Id}`);
  expect(Content).toMatchObject({ RequestCut: true, ResponseCut: true });
  expect(Content!.RequestBody.length).toBeLessThanOrEqual(64 * 1024);
  watching.stop();
});

test("a hijacked connection is open with its time running, and ends with its bytes", async () => {
  const { port, follow } = await serve();
  const watching = await follow();
  const socket = connect(port, "127.0.0.1");
  socket.write("POST /shout HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  const shouted = (): Row | undefined => [...watching.rows.values()].find((row) => row.Target === "/shout");
  await expect.poll(shouted).toMatchObject({ Status: 101, Open: true, Streaming: true });
  socket.write("a".repeat(10_000));
  socket.resume();
  await expect.poll(() => socket.bytesRead).toBeGreaterThan(10_000);
  socket.end();
  await expect.poll(shouted).toMatchObject({ Status: 101, Open: false, Aborted: false });
  expect(shouted()!.Received).toBeGreaterThan(10_000);
  expect(shouted()!.Sent).toBeGreaterThan(10_000);
  expect(shouted()!.Milliseconds).toBeGreaterThan(0);
  watching.stop();
});

test("a client that leaves before the answer is told from one that was answered", async () => {
  const { port, follow } = await serve({ method: "GET", path: "/slow", handler: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("gone")))) });
  const watching = await follow();
  const request = httpRequest({ port, path: "/slow", agent: false });
  request.on("error", () => undefined);
  request.end();
  const slow = (): Row | undefined => [...watching.rows.values()].find((row) => row.Target === "/slow");
  await expect.poll(slow).toMatchObject({ Open: true, Status: 0 });
  request.destroy();
  await expect.poll(slow).toMatchObject({ Open: false, Aborted: true, Status: 0 });
  watching.stop();
});

test("a thousand calls are known, and every open one besides", async () => {
  const { call, follow, list, port } = await serve();
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write("POST /shout HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  await once(socket, "data");
  const watching = await follow();
  for (let count = 0; count < 1100; count++) await call("POST", "/echo", '{"Word":"a"}');
  const rows = await list();
  expect(rows.filter((row) => !row.Open)).toHaveLength(1000);
  expect(rows.filter((row) => row.Open).map((row) => row.Target)).toEqual(["/shout", "/slipway/requests?follow=1", "/slipway/requests"]);
  expect(rows.map((row) => row.Id)).toEqual(rows.map((row) => row.Id).toSorted((a, b) => a - b));
  // The follower has heard of each of them once it is ended.
  await expect.poll(() => [...watching.rows.values()].filter((row) => row.Target === "/echo" && !row.Open).length).toBe(1100);
  expect(await call("GET", "/slipway/requests/5")).toEqual({ message: 'the call "5" is not known any more: only the last ones are kept' });
  socket.destroy();
  watching.stop();
});

test("bodies of all calls together are bounded: the oldest go first", async () => {
  const { call, follow, list } = await serve();
  const watching = await follow();
  const word = "y".repeat(60_000);
  for (let count = 0; count < 100; count++) await call("POST", "/echo", JSON.stringify({ Word: word }));
  const rows = (await list()).filter((row) => row.Target === "/echo");
  const details = await Promise.all(rows.map(({ Id }) => call<Details>("GET", `/slipway/requests/${Id}`)));
  const kept = details.filter(({ Content }) => Content !== null);
  expect(kept.length).toBeGreaterThan(40);
  expect(kept.length).toBeLessThan(75);
  expect(details[0]!.Content).toBeNull();
  expect(details.at(-1)!.Content!.RequestBody).toContain(word);
  watching.stop();
});
