import { spawn, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
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
import type { PortRequest, Sandbox } from "./networks.ts";

let directory: string;
let database: Database;
let networks: BridgeNetworks;
const children: ChildProcess[] = [];

function open(): BridgeNetworks {
  return BridgeNetworks.open({ root: directory, run: directory, database });
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "slipway-networks-"));
  database = Database.open(join(directory, "engine.db"));
  networks = open();
  await networks.recover(new Set());
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
  await networks.recover(new Set());
  await networks.close({ removeAll: true });
  database[Symbol.dispose]();
  using netlink = new NetlinkSocket();
  expect(listLinks(netlink).filter((link) => link.alias.includes(directory))).toEqual([]);
  rmSync(directory, { recursive: true });
});

async function attach(id: ContainerId, ports: readonly PortRequest[] = [], name = "web"): Promise<Sandbox> {
  return networks.attach({ containerId: id, containerName: name, networks: [{ network: "bridge" }], ports });
}

function tcp(containerPort: number, first: number | null, hostIp = "", last = first): PortRequest {
  return { protocol: "tcp", containerPort, hostIp, hostPorts: first === null ? null : { first, last: last! } };
}

async function inside(sandbox: Sandbox, command: string): Promise<string> {
  const { code, stdout, stderr } = await run("nsenter", [`--net=${sandbox.path}`, "sh", "-c", command]);
  if (code !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
}

/** Starts a server in the sandbox that answers each connection (or datagram) with `text`. */
async function serve(sandbox: Sandbox, port: number, protocol = "tcp", text = "hello"): Promise<void> {
  const script = protocol === "tcp"
    ? `require("net").createServer((s)=>{s.on("error",()=>{});s.end(${JSON.stringify(text)})}).listen(${port},"0.0.0.0",()=>console.log("up"))`
    : `const s=require("dgram").createSocket("udp4");s.on("message",(m,r)=>s.send("echo:"+m,r.port,r.address));s.bind(${port},"0.0.0.0",()=>console.log("up"))`;
  const child = spawn("nsenter", [`--net=${sandbox.path}`, process.execPath, "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await once(child.stdout!, "data");
}

async function ask(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let text = "";
    socket.setTimeout(3000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (chunk) => { text += chunk.toString(); });
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "0.0.0.0");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

describe("default networks", () => {
  test("bridge, host and none exist, are found by name, id and id prefix, and survive a restart", () => {
    const names = networks.list().map((network) => network.name).sort();
    expect(names).toEqual(["bridge", "host", "none"]);
    const bridge = networks.get("bridge");
    expect(networks.get(bridge.id)).toEqual(bridge);
    expect(networks.get(bridge.id.slice(0, 12))).toEqual(bridge);
    expect(networks.get("default")).toEqual(bridge);
    expect(open().get("bridge")).toMatchObject({ id: bridge.id, createdAt: bridge.createdAt });
    expect(() => networks.get("nope")).toThrow("network nope not found");
  });
});

describe("sandbox", () => {
  test("has an address, a default route and loopback; containers reach each other and the host", async () => {
    const first = await attach(newId());
    const second = await attach(newId());
    const [endpoint] = first.endpoints;
    expect(endpoint!.macAddress).toMatch(/^02:42:/);
    expect(await inside(first, "ip -4 -o addr show eth0")).toContain(`${endpoint!.ipAddress}/${endpoint!.prefixLength}`);
    expect(await inside(first, "ip route")).toContain(`default via ${endpoint!.gateway}`);
    expect(await inside(first, "ip -br link show lo")).toContain("UP");
    await serve(second, 80);
    const script = `require("net").connect(80,"${second.endpoints[0]!.ipAddress}").pipe(process.stdout)`;
    expect(await inside(first, `${process.execPath} -e '${script}'`)).toBe("hello");
    expect(await ask(second.endpoints[0]!.ipAddress, 80)).toBe("hello");
  });

  test("has the gateway of the addresses that are free when the bridge is made", async () => {
    const other = mkdtempSync(join(tmpdir(), "slipway-networks-"));
    const otherDatabase = Database.open(join(other, "engine.db"));
    const late = BridgeNetworks.open({ root: other, run: other, database: otherDatabase });
    try {
      await attach(newId());
      const [endpoint] = (await late.attach({ containerId: newId(), networks: [{ network: "bridge" }], ports: [] })).endpoints;
      expect(endpoint!.gateway.replace(/\d+$/, "")).toBe(endpoint!.ipAddress.replace(/\d+$/, ""));
      expect(endpoint!.gateway).not.toBe(networks.get("bridge").subnets[0]!.gateway);
    } finally {
      await late.recover(new Set());
      await late.close({ removeAll: true });
      otherDatabase[Symbol.dispose]();
      rmSync(other, { recursive: true });
    }
  });

  test("without a network there is only loopback", async () => {
    const sandbox = await networks.attach({ containerId: newId(), networks: [], ports: [] });
    const links = await inside(sandbox, "ip -o link");
    expect(links).toContain("lo:");
    expect(links).not.toContain("eth0");
  });

  test("an address can be asked for, and is refused when taken", async () => {
    const gateway = networks.get("bridge").subnets[0]!.gateway;
    const ipAddress = gateway.replace(/\.\d+$/, ".77");
    const request = { containerId: newId<ContainerId>(), networks: [{ network: "bridge", ipAddress }], ports: [] };
    expect((await networks.attach(request)).endpoints[0]!.ipAddress).toBe(ipAddress);
    await expect(networks.attach({ ...request, containerId: newId() })).rejects.toMatchObject({ code: "conflict" });
  });

  test("detach frees everything and is idempotent", async () => {
    const id = newId<ContainerId>();
    await attach(id, [tcp(80, null)]);
    await networks.detach(id);
    await networks.detach(id);
    expect(networks.sandbox(id)).toBeNull();
    expect(readdirSync(join(directory, "netns"))).toEqual([]);
  });
});

describe("published ports", () => {
  test("tcp is reachable on 127.0.0.1, ::1 and the host's address, and closed after detach", async () => {
    const id = newId<ContainerId>();
    const port = await freePort();
    const sandbox = await attach(id, [tcp(80, port)]);
    expect(sandbox.ports).toEqual([
      { protocol: "tcp", containerPort: 80, hostIp: "0.0.0.0", hostPort: port },
      { protocol: "tcp", containerPort: 80, hostIp: "::", hostPort: port },
    ]);
    await serve(sandbox, 80);
    expect(await ask("127.0.0.1", port)).toBe("hello");
    expect(await ask("::1", port)).toBe("hello");
    expect(await ask(sandbox.endpoints[0]!.gateway, port)).toBe("hello");
    await networks.detach(id);
    await expect(ask("127.0.0.1", port)).rejects.toThrow();
  });

  test("a container reaches its own published port and another's through the host", async () => {
    const port = await freePort();
    const server = await attach(newId(), [tcp(80, port)]);
    const client = await attach(newId());
    await serve(server, 80);
    const script = `require("net").connect(${port},"${server.endpoints[0]!.gateway}").pipe(process.stdout)`;
    expect(await inside(client, `${process.execPath} -e '${script}'`)).toBe("hello");
    expect(await inside(server, `${process.execPath} -e '${script}'`)).toBe("hello");
  });

  test("udp answers over IPv4 and IPv6", async () => {
    const port = await freePort();
    const sandbox = await attach(newId(), [{ ...tcp(53, port), protocol: "udp" }]);
    await serve(sandbox, 53, "udp");
    for (const [type, host] of [["udp4", "127.0.0.1"], ["udp6", "::1"]] as const) {
      const socket = createSocket(type);
      socket.send("ping", port, host);
      const [answer] = (await once(socket, "message")) as [Buffer];
      expect(answer.toString()).toBe("echo:ping");
      socket.close();
    }
  });

  test("a published address limits who is served", async () => {
    const port = await freePort();
    const sandbox = await attach(newId(), [tcp(80, port, "127.0.0.1")]);
    await serve(sandbox, 80);
    expect(await ask("127.0.0.1", port)).toBe("hello");
    await expect(ask(sandbox.endpoints[0]!.gateway, port)).rejects.toThrow();
  });

  test("a random port is the same for both families; a range takes the next free one", async () => {
    const random = await attach(newId(), [tcp(80, null)]);
    expect(new Set(random.ports.map((port) => port.hostPort)).size).toBe(1);
    const first = random.ports[0]!.hostPort;
    const ranged = await attach(newId(), [tcp(80, first, "", first + 20)]);
    expect(ranged.ports[0]!.hostPort).toBeGreaterThan(first);
  });

  test("a port in use names its owner and leaves nothing behind", async () => {
    const server = createServer().listen(0, "0.0.0.0");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const before = readdirSync(join(directory, "netns"));
    await expect(attach(newId(), [tcp(80, port)])).rejects.toMatchObject({ code: "conflict", message: expect.stringMatching(`port is already allocated: it is held by .+ \\(PID ${process.pid}\\)`) });
    server.close();
    expect(readdirSync(join(directory, "netns"))).toEqual(before);
    await attach(newId(), [tcp(80, port)], "shop");
    await expect(attach(newId(), [tcp(80, port)])).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("container shop publishes it") });
  });

  test("an address this machine does not have is refused", async () => {
    await expect(attach(newId(), [tcp(80, 18099, "203.0.113.9")])).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining("no address 203.0.113.9") });
  });
});

describe("recovery", () => {
  test("adopts live sandboxes with their ports and removes the others", async () => {
    const [kept, dropped] = [newId<ContainerId>(), newId<ContainerId>()];
    const port = await freePort();
    const sandbox = await attach(kept, [tcp(80, port)]);
    await attach(dropped);
    await serve(sandbox, 80);
    await networks.close();

    networks = open();
    await networks.recover(new Set([kept]));
    expect(networks.sandbox(kept)).toEqual(sandbox);
    expect(networks.sandbox(dropped)).toBeNull();
    expect(readdirSync(join(directory, "netns"))).toHaveLength(1);
    expect(await ask("127.0.0.1", port)).toBe("hello");
    expect(await ask("::1", port)).toBe("hello");
    const fresh = await attach(newId());
    expect(fresh.endpoints[0]!.ipAddress).not.toBe(sandbox.endpoints[0]!.ipAddress);
    await expect(attach(newId(), [tcp(80, port)])).rejects.toMatchObject({ code: "conflict" });
  });
});

/** An engine of its own that makes its first bridge at the moment it is told, prints its gateway and gives it back when its input ends. */
const OTHER_ENGINE = `
const [networksModule, storeModule, root, id] = process.argv.slice(1);
const { BridgeNetworks } = await import(networksModule);
const { Database } = await import(storeModule);
const networks = BridgeNetworks.open({ root, run: root, database: Database.open(root + "/engine.db") });
await networks.recover(new Set());
console.log("ready");
process.stdin.once("data", async (moment) => {
  while (Date.now() < Number(moment));
  const outcome = await networks.attach({ containerId: id, containerName: "web", networks: [{ network: "bridge" }], ports: [] }).then((sandbox) => sandbox.endpoints[0].gateway, String);
  console.log(outcome);
  process.stdin.once("data", async () => {
    await networks.recover(new Set());
    await networks.close({ removeAll: true });
    process.exit(0);
  });
});
`;

test("engines that make their bridges at the same moment get names and subnets of their own", async () => {
  const [networksModule, storeModule] = ["bridge-networks.ts", "../store/database.ts"].map((path) => new URL(path, import.meta.url).href);
  for (let round = 0; round < 2; round++) {
    const others = await Promise.all(["a", "b", "c", "d"].map(async (name) => {
      const root = join(directory, `${name}${round}`);
      mkdirSync(root);
      const child = spawn(process.execPath, ["--input-type=module", "-e", OTHER_ENGINE, networksModule!, storeModule!, root, newId<ContainerId>()], { stdio: ["pipe", "pipe", "inherit"] });
      children.push(child);
      await once(child.stdout, "data");
      return child;
    }));
    const moment = String(Date.now() + 200);
    const gateways = await Promise.all(others.map(async (child) => {
      child.stdin.write(moment);
      return String((await once(child.stdout, "data"))[0]).trim();
    }));
    expect(gateways).toEqual(gateways.map(() => expect.stringMatching(/^[0-9.]+$/) as string));
    expect(new Set(gateways).size).toBe(gateways.length);
    for (const child of others) {
      const exited = once(child, "exit");
      child.stdin.write("end");
      await exited;
    }
  }
});
