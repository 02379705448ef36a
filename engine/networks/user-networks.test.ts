import { spawn, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newId, type ContainerId } from "../base/ids.ts";
import { Database } from "../store/database.ts";
import { NetlinkSocket } from "../sys/netlink.ts";
import { run } from "../sys/processes.ts";
import { BridgeNetworks } from "./bridge-networks.ts";
import { listLinks } from "./links.ts";
import type { EndpointWish, NetworkRequest, Sandbox } from "./networks.ts";

let directory: string;
let database: Database;
let networks: BridgeNetworks;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "slipway-networks-"));
  database = Database.open(join(directory, "engine.db"));
  networks = BridgeNetworks.open({ root: directory, run: directory, database });
  await networks.recover(new Set());
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
  const pid = serverPid();
  await networks.recover(new Set());
  expect(existsSync(join(directory, "names"))).toBe(false);
  if (pid !== undefined) expect(existsSync(`/proc/${pid}/exe`) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(directory)).toBe(false);
  await networks.close({ removeAll: true });
  database[Symbol.dispose]();
  expect(ownLinks()).toEqual([]);
  rmSync(directory, { recursive: true });
});

function ownLinks(): string[] {
  using netlink = new NetlinkSocket();
  return listLinks(netlink).filter((link) => link.alias.includes(directory)).map((link) => link.name);
}

function serverPid(): number | undefined {
  const file = join(directory, "names/aardvark.pid");
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
}

function create(name: string, request: Partial<NetworkRequest> = {}): string {
  return networks.create({ name, driver: "", internal: false, enableIPv6: false, subnets: [], options: {}, labels: {}, ...request }).name;
}

async function attach(name: string, wishes: readonly (string | EndpointWish)[], more: { readonly forwarders?: readonly string[]; readonly port?: number } = {}): Promise<Sandbox> {
  return networks.attach({
    containerId: newId(), containerName: name, networks: wishes.map((wish) => (typeof wish === "string" ? { network: wish } : wish)), forwarders: more.forwarders,
    ports: more.port === undefined ? [] : [{ protocol: "tcp", containerPort: 80, hostIp: "127.0.0.1", hostPorts: { first: more.port, last: more.port } }],
  });
}

async function inside(sandbox: Sandbox, command: string): Promise<string> {
  const { code, stdout, stderr } = await run("nsenter", [`--net=${sandbox.path}`, "sh", "-c", command]);
  if (code !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
}

/** What the name server tells a container; the error's code where it has no answer. */
async function resolve(sandbox: Sandbox, name: string): Promise<string[]> {
  const server = sandbox.endpoints.find((endpoint) => endpoint.nameServer !== undefined)!.nameServer!;
  const script = `const r=new (require("dns").promises.Resolver)({timeout:1500,tries:2});r.setServers(["${server}"]);r.resolve4("${name}").then((a)=>console.log(a.sort().join()),(e)=>console.log(e.code))`;
  return (await inside(sandbox, `${process.execPath} -e '${script}'`)).trim().split(",");
}

function addressOf(sandbox: Sandbox, network: string): string {
  return sandbox.endpoints.find((endpoint) => endpoint.networkName === network)!.ipAddress;
}

/** Starts a server in the sandbox that answers each connection with `hello`. */
async function serve(sandbox: Sandbox): Promise<void> {
  const script = `require("net").createServer((s)=>{s.on("error",()=>{});s.end("hello")}).listen(80,"0.0.0.0",()=>console.log("up"))`;
  const child = spawn("nsenter", [`--net=${sandbox.path}`, process.execPath, "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await once(child.stdout!, "data");
}

async function reaches(from: Sandbox, address: string): Promise<boolean> {
  const script = `const s=require("net").connect(80,"${address}");s.setTimeout(700,()=>s.destroy(new Error("no answer")));s.on("error",()=>process.exit(1));s.pipe(process.stdout)`;
  return (await run("nsenter", [`--net=${from.path}`, process.execPath, "-e", script])).stdout === "hello";
}

async function ask(port: number): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect({ host: "127.0.0.1", port });
    let text = "";
    socket.setTimeout(3000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (chunk) => { text += chunk.toString(); });
    socket.on("end", () => done(text));
    socket.on("error", fail);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

describe("names", () => {
  test("follow containers that come, go, and are renamed; the server runs only while there are any", async () => {
    create("shop");
    expect(serverPid()).toBeUndefined();
    const web = await attach("web", [{ network: "shop", aliases: ["www"] }]);
    const db = await attach("db", ["shop"]);
    const pid = serverPid();
    await expect.poll(() => resolve(db, "web")).toEqual([addressOf(web, "shop")]);
    expect(await resolve(db, "www")).toEqual([addressOf(web, "shop")]);
    expect(await resolve(web, db.containerId.slice(0, 12))).toEqual([addressOf(db, "shop")]);
    expect(await resolve(web, "nobody")).toEqual(["ENOTFOUND"]);
    await networks.rename(web.containerId, "site");
    await expect.poll(() => resolve(db, "site")).toEqual([addressOf(web, "shop")]);
    expect(await resolve(db, "web")).toEqual(["ENOTFOUND"]);
    expect(serverPid()).toBe(pid);
    await networks.detach(web.containerId);
    await expect.poll(() => resolve(db, "www")).toEqual(["ENOTFOUND"]);
    await networks.detach(db.containerId);
    expect(existsSync(join(directory, "names"))).toBe(false);
  });

  test("of the outside are asked of the servers the container was given, on an internal network of none", async () => {
    // A server that knows one address for everything, where containers themselves could not reach it.
    const server = createSocket("udp4");
    server.on("message", (message, { port, address }) => {
      const question = message.subarray(12, message.indexOf(0, 12) + 5);
      const answer = Buffer.concat([message.subarray(0, 2), Buffer.from([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]), question, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 99])]);
      server.send(answer, port, address);
    });
    server.bind(53, "127.0.73.1");
    await once(server, "listening");
    try {
      create("shop");
      create("vault", { internal: true });
      const forwarders = ["127.0.73.1"];
      const web = await attach("web", ["shop"], { forwarders });
      const safe = await attach("safe", ["vault"], { forwarders });
      await expect.poll(() => resolve(web, "far.example")).toEqual(["192.0.2.99"]);
      expect(await resolve(safe, "safe")).toEqual([addressOf(safe, "vault")]);
      expect(await resolve(safe, "far.example")).not.toContain("192.0.2.99");
    } finally {
      server.close();
    }
  });

  test("a name that would break the server's file is left out of it", async () => {
    create("shop");
    const web = await attach("web", [{ network: "shop", aliases: ["a b", "c,d", "good"] }]);
    expect(await resolve(web, "good")).toEqual([addressOf(web, "shop")]);
    expect(await resolve(web, "web")).toEqual([addressOf(web, "shop")]);
  });

  test("a server that was killed is started at the next change", async () => {
    create("shop");
    const web = await attach("web", ["shop"]);
    process.kill(serverPid()!, "SIGKILL");
    const db = await attach("db", ["shop"]);
    expect(await resolve(db, "web")).toEqual([addressOf(web, "shop")]);
  });
});

describe("networks of users", () => {
  test("are apart from each other, and lead out; internal ones do not", async () => {
    create("one");
    create("two");
    create("vault", { internal: true });
    const [a, b, c, d] = [await attach("a", ["one"]), await attach("b", ["two"]), await attach("c", ["one"]), await attach("d", ["vault"])];
    for (const sandbox of [a, d]) await serve(sandbox);
    expect(await reaches(c, addressOf(a, "one"))).toBe(true);
    expect(await reaches(b, addressOf(a, "one"))).toBe(false);
    expect(await reaches(a, addressOf(d, "vault"))).toBe(false);
    expect(await inside(a, "ip route")).toContain("default via");
    expect(await inside(d, "ip route")).not.toContain("default");
    expect(d.endpoints[0]!.gateway).toBe("");
  });

  test("enable_icc=false keeps neighbours apart, and lets them out", async () => {
    create("quiet", { options: { "com.docker.network.bridge.enable_icc": "false" } });
    const [a, b] = [await attach("a", ["quiet"]), await attach("b", ["quiet"])];
    await serve(a);
    expect(await reaches(b, addressOf(a, "quiet"))).toBe(false);
    expect(await inside(b, "ip route")).toContain("default via");
  });

  test("the mtu and the device's name can be chosen", async () => {
    const name = `swt${process.pid % 100000}`;
    create("small", { options: { "com.docker.network.driver.mtu": "1280", "com.docker.network.bridge.name": name } });
    const sandbox = await attach("a", ["small"]);
    expect(await inside(sandbox, "ip -o link show eth0")).toContain("mtu 1280 ");
    expect(ownLinks()).toContain(name);
    await networks.detach(sandbox.containerId);
    networks.remove("small");
    expect(ownLinks()).not.toContain(name);
  });

  test("several for one container: the first that leads out has the default route and the ports", async () => {
    create("vault", { internal: true });
    create("shop");
    const port = await freePort();
    const sandbox = await attach("web", ["vault", "shop"], { port });
    await serve(sandbox);
    expect(sandbox.endpoints.map((endpoint) => endpoint.interfaceName)).toEqual(["eth0", "eth1"]);
    expect(await inside(sandbox, "ip route")).toMatch(/default via \S+ dev eth1/);
    expect(await ask(port)).toBe("hello");
  });

  test("live connections: ports and default route move when their network goes, and come with the first that leads out", async () => {
    create("shop");
    create("vault", { internal: true });
    const port = await freePort();
    const { containerId } = await attach("web", ["bridge", "vault"], { port });
    await serve(networks.sandbox(containerId)!);
    const requests = [{ protocol: "tcp" as const, containerPort: 80, hostIp: "127.0.0.1", hostPorts: { first: port, last: port } }];
    const connected = await networks.connect(containerId, { network: "shop" }, requests);
    expect(connected.endpoints.map((endpoint) => endpoint.interfaceName)).toEqual(["eth0", "eth1", "eth2"]);
    await expect(networks.connect(containerId, { network: "shop" }, requests)).rejects.toMatchObject({ code: "forbidden" });
    const moved = await networks.disconnect(containerId, "bridge");
    expect(moved.ports).toEqual(connected.ports);
    expect(await inside(moved, "ip route")).toMatch(/default via \S+ dev eth2/);
    expect(await ask(port)).toBe("hello");
    const locked = await networks.disconnect(containerId, "shop");
    expect(locked.ports).toEqual([]);
    expect(await inside(locked, "ip route")).not.toContain("default");
    await expect(ask(port)).rejects.toThrow();
    const back = await networks.connect(containerId, { network: "shop" }, requests);
    expect(back.endpoints.map((endpoint) => endpoint.interfaceName)).toEqual(["eth1", "eth0"]);
    expect(await ask(port)).toBe("hello");
    await expect(networks.disconnect(containerId, "bridge")).rejects.toMatchObject({ code: "notFound" });
  });

  test("removal: refused for predefined ones and while containers use it; takes bridge and rules along", async () => {
    create("shop");
    const { containerId } = await attach("web", ["shop"]);
    const { bridge, id } = networks.get("shop");
    expect(bridge).toBe(`br-${id.slice(0, 12)}`);
    expect(() => networks.remove("shop")).toThrow(expect.objectContaining({ code: "conflict", message: expect.stringMatching(/has active endpoints.*\(web\)/) }));
    expect(() => networks.remove("none")).toThrow(expect.objectContaining({ code: "forbidden" }));
    await networks.detach(containerId);
    networks.remove(id.slice(0, 8));
    expect(ownLinks()).not.toContain(bridge);
    expect((await run("nft", ["list", "table", "ip", bridge!])).code).not.toBe(0);
    expect(() => networks.get("shop")).toThrow("network shop not found");
  });

  test("a failed attach leaves no address, namespace or name", async () => {
    create("shop", { subnets: [{ subnet: `10.23${process.pid % 10}.${process.pid % 200}.0/30` }] });
    create("other");
    await attach("first", ["shop"]);
    await expect(attach("second", ["other", "shop"])).rejects.toMatchObject({ code: "resourceExhausted" });
    networks.remove("other");
    const port = await freePort();
    const blocker = createServer().listen(port, "127.0.0.1");
    await once(blocker, "listening");
    create("other");
    await expect(attach("third", ["other"], { port })).rejects.toMatchObject({ code: "conflict" });
    blocker.close();
    networks.remove("other");
  });
});

describe("recovery", () => {
  test("adopts names, addresses and live connections; finishes what was half done; removes what no record names", async () => {
    create("shop");
    create("late");
    const port = await freePort();
    const web = await attach("web", ["shop"], { port });
    await serve(web);
    const other = await attach("other", ["shop"]);
    const ghost = await attach("ghost", ["shop"]);
    await networks.connect(other.containerId, { network: "late", aliases: ["guest"] }, []);
    // On record, but not in the kernel yet.
    const half = await networks.connect(web.containerId, { network: "late" }, []);
    await run("nsenter", [`--net=${web.path}`, "ip", "link", "del", "eth1"]);
    expect(half.endpoints).toHaveLength(2);
    // A bridge whose record is gone.
    const lost = networks.get(create("lost"));
    const stray = await attach("stray", ["lost"]);
    database.sql.prepare("DELETE FROM networks WHERE id = ?").run(lost.id);
    const before = serverPid();
    await networks.close();

    networks = BridgeNetworks.open({ root: directory, run: directory, database });
    await networks.recover(new Set<ContainerId>([web.containerId, other.containerId]));
    expect(serverPid()).toBe(before);
    expect(networks.sandbox(web.containerId)!.endpoints.map((endpoint) => endpoint.networkName)).toEqual(["shop"]);
    expect(networks.sandbox(other.containerId)!.endpoints.map((endpoint) => endpoint.networkName)).toEqual(["shop", "late"]);
    await expect.poll(() => resolve(web, "ghost")).toEqual(["ENOTFOUND"]);
    expect(await resolve(web, "other")).toEqual([addressOf(other, "shop")]);
    expect(await resolve(other, "guest")).toEqual([networks.sandbox(other.containerId)!.endpoints[1]!.ipAddress]);
    expect(await ask(port)).toBe("hello");
    const fresh = await attach("fresh", ["shop"]);
    expect([addressOf(web, "shop"), addressOf(other, "shop")]).not.toContain(addressOf(fresh, "shop"));
    expect(ownLinks()).not.toContain(`br-${lost.id.slice(0, 12)}`);
    expect(existsSync(ghost.path) || existsSync(stray.path)).toBe(false);
    expect(() => networks.remove("late")).toThrow(/has active endpoints/);
  });

  test("ports and default route of a network that was being disconnected are where they belong after a start-up", async () => {
    create("shop");
    const port = await freePort();
    const { containerId, path } = await attach("web", ["bridge", "shop"], { port });
    await serve(networks.sandbox(containerId)!);
    const restart = async (): Promise<Sandbox> => {
      await networks.close();
      networks = BridgeNetworks.open({ root: directory, run: directory, database });
      await networks.recover(new Set([containerId]));
      return networks.sandbox(containerId)!;
    };
    // Killed when the device had gone.
    await run("nsenter", [`--net=${path}`, "ip", "link", "del", "eth0"]);
    const taken = await restart();
    expect(taken.endpoints.map((endpoint) => endpoint.networkName)).toEqual(["shop"]);
    expect(await inside(taken, "ip route")).toMatch(/default via \S+ dev eth1/);
    expect(await ask(port)).toBe("hello");
    // Killed when the endpoint was off the record, before the ports were published at the next one.
    await networks.connect(containerId, { network: "bridge" }, []);
    database.sql.exec("CREATE TEMP TABLE instants (record TEXT); CREATE TEMP TRIGGER keep_instants AFTER UPDATE ON sandboxes BEGIN INSERT INTO instants VALUES (new.record); END");
    await networks.disconnect(containerId, "shop");
    database.sql.exec("UPDATE sandboxes SET record = (SELECT record FROM instants ORDER BY rowid LIMIT 1)");
    const moved = await restart();
    expect(moved.endpoints.map((endpoint) => endpoint.networkName)).toEqual(["bridge"]);
    expect(await inside(moved, "ip route")).toMatch(/default via \S+ dev eth0/);
    expect(await ask(port)).toBe("hello");
  });

  test("a name server that died with the engine is started again", async () => {
    create("shop");
    const web = await attach("web", ["shop"]);
    process.kill(serverPid()!, "SIGKILL");
    await networks.close();
    networks = BridgeNetworks.open({ root: directory, run: directory, database });
    await networks.recover(new Set([web.containerId]));
    expect(await resolve(web, "web")).toEqual([addressOf(web, "shop")]);
  });
});
