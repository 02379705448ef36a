/** Volumes, networks and published ports through the contract, against a real dockerd. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toIpcErrorInfo } from "../ipc/errors.ts";
import { docker, startDockerd, TEST_IMAGE, type TestDaemon } from "../testing/dockerd.ts";
import { startDesktop, unixEndpoint, type TestDesktop } from "../testing/window.ts";

let daemon: TestDaemon;
let desktop: TestDesktop;
let subnet: string;

beforeAll(async () => {
  daemon = await startDockerd();
  desktop = await startDesktop(unixEndpoint(daemon.socketPath));
  // Bridges are the machine's, not the daemon's: another test may have one.
  subnet = `10.${200 + Math.floor(Math.random() * 50)}.${Math.floor(Math.random() * 250)}`;
});

afterAll(async () => {
  if (daemon !== undefined) await docker(daemon.socketPath, "network", "prune", "-f").catch(() => undefined);
  await desktop?.[Symbol.asyncDispose]();
  await daemon?.[Symbol.asyncDispose]();
});

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(() => "none", (error: unknown) => toIpcErrorInfo(error).code);
}

describe("volumes", () => {
  it("are created, listed, inspected, measured and removed", async () => {
    const { volumes } = desktop.client;
    const made = await volumes.create({ name: "data-1", labels: { team: "red" } });
    expect(made).toMatchObject({ name: "data-1", driver: "local", labels: { team: "red" }, anonymous: false });
    expect(Math.abs((made.created ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await volumes.list()).toEqual([made]);
    const details = await volumes.inspect({ name: "data-1" });
    expect(details).toMatchObject(made);
    expect(details.raw).toMatchObject({ Name: "data-1", Mountpoint: made.mountpoint });
    await docker(daemon.socketPath, "run", "--rm", "--network", "none", "-v", "data-1:/d", TEST_IMAGE, "sh", "-c", "head -c 100000 /dev/zero > /d/file");
    const [size] = await volumes.sizes();
    expect(size).toMatchObject({ name: "data-1", users: 0 });
    expect(size?.bytes).toBeGreaterThanOrEqual(100_000);
    expect(size?.bytes).toBeLessThan(110_000);
    await volumes.remove({ name: "data-1" });
    expect(await volumes.list()).toEqual([]);
  });

  it("do not silently become one that exists", async () => {
    const { volumes } = desktop.client;
    await volumes.create({ name: "taken" });
    const error = toIpcErrorInfo(await volumes.create({ name: "taken" }).catch((problem: unknown) => problem));
    expect(error).toMatchObject({ code: "alreadyExists", message: "The volume taken exists already." });
    await volumes.remove({ name: "taken" });
  });

  it("that are used stay, and say by whom", async () => {
    const { volumes } = desktop.client;
    await docker(daemon.socketPath, "create", "--name", "user", "-v", "used:/d", "-v", "/anonymous", TEST_IMAGE);
    const error = toIpcErrorInfo(await volumes.remove({ name: "used" }).catch((problem: unknown) => problem));
    expect(error.code).toBe("conflict");
    expect(error.hints[0]?.type).toBe("inUse");
    expect((await volumes.list()).filter((one) => one.anonymous)).toHaveLength(1);
    await docker(daemon.socketPath, "rm", "-fv", "user");
    await volumes.remove({ name: "used" });
  });

  it.each(["../x", "a/b", "a?b", "", "-a"])("%j is no volume", async (name) => {
    expect(await codeOf(desktop.client.volumes.remove({ name }))).toBe("invalidArgument");
  });
});

describe("what was removed", () => {
  it("is gone for good on a plain dockerd, which says so at once", async () => {
    const { bin, volumes } = desktop.client;
    const heard = [];
    for await (const event of await bin.watch()) heard.push(event);
    expect(heard).toEqual([{ type: "unsupported" }]);
    await volumes.create({ name: "stays" });
    expect(await codeOf(bin.remove({ kind: "volume", name: "stays", keepHours: 1 }))).toBe("notImplemented");
    expect(await codeOf(bin.restore({ id: "0a" }))).toBe("notImplemented");
    expect(await codeOf(bin.discard({ id: "0a" }))).toBe("notImplemented");
    expect((await volumes.list()).map(({ name }) => name)).toContain("stays");
    await volumes.remove({ name: "stays" });
  });

  it.each([{ id: "../x" }, { id: "" }, { id: "0a", name: "a\0b" }])("%j is refused", async (request) => {
    expect(await codeOf(desktop.client.bin.restore(request))).toBe("invalidArgument");
  });
});

describe("networks", () => {
  it("are created, connected, looked at, disconnected and removed", async () => {
    const { networks } = desktop.client;
    const { id } = await networks.create({ name: "backend", subnets: [{ subnet: `${subnet}.0/24`, gateway: `${subnet}.1` }], internal: true, labels: { tier: "db" } });
    const listed = (await networks.list()).find((one) => one.id === id);
    expect(listed).toMatchObject({ name: "backend", driver: "bridge", internal: true, predefined: false, labels: { tier: "db" }, subnets: [{ subnet: `${subnet}.0/24`, gateway: `${subnet}.1` }] });
    await docker(daemon.socketPath, "run", "-d", "--name", "member", "--network", "none", TEST_IMAGE, "sleep", "600");
    await docker(daemon.socketPath, "network", "disconnect", "none", "member");
    await networks.connect({ network: id, container: "member", address: `${subnet}.77`, aliases: ["db"] });
    const details = await networks.inspect({ id });
    expect(details.endpoints).toMatchObject([{ name: "member", ipv4: `${subnet}.77/24`, ipv6: "" }]);
    expect(details.raw).toMatchObject({ Name: "backend" });
    expect(await codeOf(networks.remove({ id }))).toMatch(/forbidden|conflict/);
    await networks.disconnect({ network: id, container: "member" });
    expect((await networks.inspect({ id })).endpoints).toEqual([]);
    await networks.remove({ id });
    expect((await networks.list()).some((one) => one.id === id)).toBe(false);
    await docker(daemon.socketPath, "rm", "-f", "member");
  });

  it("that came with the engine are marked and stay", async () => {
    const { networks } = desktop.client;
    const predefined = (await networks.list()).filter((one) => one.predefined).map((one) => one.name).sort();
    expect(predefined).toEqual(expect.arrayContaining(["host", "none"]));
    expect(await codeOf(networks.remove({ id: "host" }))).toBe("forbidden");
  });

  it("have names of their own and subnets that do not overlap", async () => {
    const { networks } = desktop.client;
    await networks.create({ name: "one", subnets: [{ subnet: `${subnet}.0/25` }] });
    const again = toIpcErrorInfo(await networks.create({ name: "one" }).catch((problem: unknown) => problem));
    expect(again.code).toMatch(/alreadyExists|conflict/);
    expect(again.message).toContain("one");
    const overlap = toIpcErrorInfo(await networks.create({ name: "two", subnets: [{ subnet: `${subnet}.64/26` }] }).catch((problem: unknown) => problem));
    expect(overlap.message).toMatch(/overlap/i);
    expect(await codeOf(networks.create({ name: "three", subnets: [{ subnet: "10.0.0.0" }] }))).toBe("invalidArgument");
    await networks.remove({ id: "one" });
  });
});

describe("files", () => {
  it("say that this engine does not show them", async () => {
    await desktop.client.volumes.create({ name: "seen" });
    await docker(daemon.socketPath, "create", "--name", "seen", TEST_IMAGE);
    for (const owner of [{ kind: "volume", id: "seen" }, { kind: "container", id: "seen" }] as const) expect(await codeOf(desktop.client.files.list({ owner, path: "/" }))).toBe("notImplemented");
    await docker(daemon.socketPath, "rm", "seen");
    await desktop.client.volumes.remove({ name: "seen" });
  });
});

describe("ports", () => {
  it("of stopped containers are there, with who has them and the next free one", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await docker(daemon.socketPath, "create", "--name", "left", "-p", `${port}:80`, "-p", "53/udp", TEST_IMAGE);
    await docker(daemon.socketPath, "create", "--name", "right", "-p", `127.0.0.1:${port}:8080`, TEST_IMAGE);
    await docker(daemon.socketPath, "create", "--name", "other", "-p", `127.0.0.2:${port}:8080`, TEST_IMAGE);
    const bindings = await desktop.client.ports.list();
    const named = (name: string) => bindings.filter((one) => one.containerName === name).sort((a, b) => a.containerPort - b.containerPort);
    expect(named("left")).toMatchObject([
      { containerPort: 53, protocol: "udp", hostPort: null, live: false, rivals: [] },
      { containerPort: 80, protocol: "tcp", hostPort: port, hostIp: "", live: false, holder: { pid: process.pid } },
    ]);
    expect(named("left")[1]?.rivals.map((rival) => rival.containerName).sort()).toEqual(["other", "right"]);
    expect(named("left")[1]?.suggestion).toBeGreaterThan(port);
    expect(named("right")).toMatchObject([{ hostIp: "127.0.0.1", holder: { pid: process.pid } }]);
    expect(named("other")[0]?.holder).toBeUndefined();
    await new Promise((resolve) => server.close(resolve));
    expect((await desktop.client.ports.list()).every((one) => one.holder?.pid !== process.pid)).toBe(true);
    await docker(daemon.socketPath, "rm", "-f", "left", "right", "other");
    expect(await desktop.client.ports.list()).toEqual([]);
  });

  it("of running containers are live", async () => {
    await docker(daemon.socketPath, "network", "create", "front", "--subnet", `${subnet}.128/25`);
    await docker(daemon.socketPath, "run", "-d", "--name", "web", "--network", "front", "-p", "127.0.0.1::80", TEST_IMAGE, "sleep", "600");
    const [web] = await desktop.client.ports.list();
    expect(web).toMatchObject({ containerName: "web", state: "running", hostIp: "127.0.0.1", containerPort: 80, protocol: "tcp", live: true, rivals: [] });
    expect(web?.hostPort).toBeGreaterThan(0);
    expect(web?.holder).toBeUndefined();
    await docker(daemon.socketPath, "rm", "-f", "web");
    await docker(daemon.socketPath, "network", "rm", "front");
  });
});
