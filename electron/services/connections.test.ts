/** Changing over from one engine to another: two small servers stand in for engines. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DesktopEvent } from "../ipc/contract/events.ts";
import type { TestDesktop } from "../testing/window.ts";
import { startDesktop, unixEndpoint } from "../testing/window.ts";
import { firstConnection } from "./connections.ts";
import { memorySettings, SettingsFile } from "./settings.ts";

let folder: string;
const servers: Server[] = [];

/** Answers as a daemon with one container of its own name. */
async function startStandIn(name: string): Promise<string> {
  const path = join(folder, `${name}.sock`);
  const server = createServer((request, response) => {
    const url = request.url ?? "";
    response.writeHead(200, { "content-type": "application/json" });
    if (url.startsWith("/events")) response.flushHeaders();
    else if (url.startsWith("/version")) response.end(JSON.stringify({ Version: name, ApiVersion: "1.40", Os: "linux", Arch: "amd64" }));
    else if (url.startsWith("/containers/json")) response.end(JSON.stringify([{ Id: name.repeat(32).slice(0, 64), Names: [`/${name}`] }]));
    else response.end("[]");
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

let one: string;
let two: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-switch-"));
  [one, two] = [await startStandIn("one"), await startStandIn("two")];
});

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(folder, { recursive: true });
});

describe("a change to another engine", () => {
  let desktop: TestDesktop;
  let settings: SettingsFile;

  beforeEach(async () => {
    await rm(join(folder, "desktop.json"), { force: true });
    settings = await SettingsFile.load(join(folder, "desktop.json"));
    desktop = await startDesktop(unixEndpoint(one), undefined, { settings });
    return () => desktop[Symbol.asyncDispose]();
  });

  it("reaches every window, empties and fills, is remembered, and goes back", async () => {
    const { client } = desktop;
    const other = (await desktop.connect()).client;
    const seen: DesktopEvent[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const batch of await other.events.subscribe(undefined, { signal: stop.signal })) seen.push(...batch);
    })().catch(() => undefined);
    await expect.poll(() => seen.some((event) => event.type === "resync")).toBe(true);
    expect((await client.containers.list()).map((info) => info.Names)).toEqual([["/one"]]);

    const added = await client.connections.add({ name: "Two", address: two });
    expect(await client.connections.test({ id: added.id })).toMatchObject({ ok: true, version: { version: "two" } });
    seen.length = 0;
    expect(await client.connections.use({ id: added.id })).toMatchObject({ connection: { id: added.id, name: "Two" }, endpoint: `unix://${two}` });
    await expect.poll(() => seen.flatMap((event) => (event.type === "engine" ? [`${event.status.connection.name} ${event.status.state}`] : event.type === "resync" ? [event.reason] : []))).toEqual(expect.arrayContaining(["Two connecting", "Two connected", "connected"]));
    expect((await other.containers.list()).map((info) => info.Names)).toEqual([["/two"]]);
    expect((await client.engine.status()).connection.id).toBe(added.id);
    expect((await client.connections.list()).filter((row) => row.current).map((row) => row.name)).toEqual(["Two"]);
    expect(JSON.parse(await readFile(join(folder, "desktop.json"), "utf8"))).toMatchObject({ connection: added.id });
    expect((await firstConnection(undefined, await SettingsFile.load(join(folder, "desktop.json")), {})).address).toBe(`unix://${two}`);
    expect((await client.connections.list()).map((row) => row.name)).toContain("Given at start");
    await client.connections.use({ id: "given" });
    expect((await client.containers.list()).map((info) => info.Names)).toEqual([["/one"]]);
    stop.abort();
    await reading;
  });

  it("tells errors with the engine that is current", async () => {
    const { client } = desktop;
    const gone = await client.connections.add({ name: "Gone", address: join(folder, "gone.sock") });
    await client.connections.use({ id: gone.id });
    await expect(client.containers.list()).rejects.toMatchObject({ code: "unavailable", message: `No engine answers at unix://${join(folder, "gone.sock")}.` });
    expect(await client.connections.test({ id: gone.id })).toMatchObject({ ok: false, message: `No engine answers at unix://${join(folder, "gone.sock")}.` });
  });

  it("refuses names that are taken, addresses that are none, and what is not known", async () => {
    const { client } = desktop;
    await client.connections.add({ name: "Twice", address: two });
    await expect(client.connections.add({ name: "twice", address: one })).rejects.toMatchObject({ code: "alreadyExists" });
    await expect(client.connections.add({ name: "x", address: "ftp://x" })).rejects.toMatchObject({ code: "invalidArgument" });
    await expect(client.connections.add({ name: "y", address: "tcp://x:1", tls: { ca: "/nowhere.pem" } })).rejects.toMatchObject({ code: "invalidArgument", message: "The file /nowhere.pem does not exist." });
    await expect(client.connections.add({ name: "z", address: one, tls: {} })).rejects.toMatchObject({ code: "invalidArgument" });
    await expect(client.connections.use({ id: "context:no such" })).rejects.toMatchObject({ code: "notFound" });
    await expect(client.connections.remove({ id: "own" })).rejects.toMatchObject({ code: "notFound" });
  });
});

describe("the connection at start", () => {
  const env = { HOME: "/nowhere", SLIPWAY_SOCKET: "/x/own.sock" };

  it("is what a flag names, else the last choice, else DOCKER_HOST, else ours", async () => {
    const settings = memorySettings();
    expect(await firstConnection(undefined, settings, env)).toMatchObject({ id: "own", endpoint: { managed: true } });
    expect(await firstConnection(undefined, settings, { ...env, DOCKER_HOST: "tcp://h:1" })).toMatchObject({ id: "environment", address: "tcp://h:1" });
    await settings.update({ connection: "socket:/run/podman/podman.sock" });
    expect(await firstConnection(undefined, settings, { ...env, DOCKER_HOST: "tcp://h:1" })).toMatchObject({ address: "unix:///run/podman/podman.sock" });
    expect(await firstConnection(unixEndpoint("/flag.sock"), settings, env)).toMatchObject({ id: "given", address: "unix:///flag.sock" });
  });

  it("falls back when the choice is gone or DOCKER_HOST is no address", async () => {
    const settings = memorySettings();
    await settings.update({ connection: "added:gone" });
    expect(await firstConnection(undefined, settings, env)).toMatchObject({ id: "own" });
    expect(await firstConnection(undefined, settings, { ...env, DOCKER_HOST: "npipe://x" })).toMatchObject({ id: "own" });
  });
});

it("tells every window of a setting that one of them changed", async () => {
  await using desktop = await startDesktop(unixEndpoint(one));
  const other = (await desktop.connect()).client;
  const seen: unknown[] = [];
  const stop = new AbortController();
  const reading = (async () => {
    for await (const batch of await other.events.subscribe(undefined, { signal: stop.signal })) for (const event of batch) if (event.type === "settings") seen.push(event.settings);
  })().catch(() => undefined);
  await expect.poll(() => seen.length).toBe(1);
  expect(await desktop.client.settings.update({ compactRows: true, muted: ["builds"] })).toMatchObject({ theme: "system", compactRows: true, muted: ["builds"] });
  await expect.poll(() => seen.at(-1)).toMatchObject({ compactRows: true, muted: ["builds"] });
  await expect(desktop.client.settings.update({ muted: ["everything"] } as never)).rejects.toMatchObject({ code: "invalidArgument" });
  stop.abort();
  await reading;
});
