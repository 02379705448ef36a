import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { api } from "../../fixtures/api.ts";
import { compose as composeIn, composeProgram } from "../../fixtures/compose.ts";
import { must, tempDir } from "../../fixtures/exec.ts";
import type { Result } from "../../fixtures/exec.ts";
import { networkLeaksOf } from "../../fixtures/leaks.ts";
import { generator } from "../../fixtures/random.ts";
import { freePort } from "../../fixtures/registry.ts";

const MOMENTS = Number(process.env["SLIPWAY_CRASH_MOMENTS"] ?? 8);
const SEED = Number(process.env["SLIPWAY_CRASH_SEED"] ?? Date.now() % 100_000);
const HELLO = "hello from slipway";
const SERVER = ["httpd", "-f", "-p", "80", "-h", "/var/www"];
const program = composeProgram();
if (program === undefined) console.warn("docker-compose is NOT tested: it is not installed or does not start (apt-get install docker-compose)");

let subnets = 0;
/** The first three numbers of a subnet that no other test and hardly another run uses. */
function newPrefix(): string {
  subnets += 1;
  return `10.${190 + subnets}.${process.pid % 250}`;
}

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly Internal: boolean;
  readonly IPAM: { readonly Config: readonly Readonly<Record<string, unknown>>[] };
  readonly Options: Readonly<Record<string, string>>;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Containers: Readonly<Record<string, { readonly Name: string; readonly IPv4Address: string }>>;
}

/** Networks of users: names, isolation, live connections. */
export const networksSuite: Suite = (lab, capabilities) => {
  const docker = () => lab().docker;
  const network = async (...args: string[]): Promise<string> => {
    const name = newName("net");
    await docker().ok("network", "create", ...args, name);
    return name;
  };
  const container = async (args: readonly string[], command: readonly string[] = SERVER): Promise<string> => {
    const name = newName("c");
    await docker().ok("run", "-d", "--name", name, ...args, lab().busybox, ...command);
    if (command === SERVER) await expect.poll(() => reaches(name, "127.0.0.1")).toBe(true);
    return name;
  };
  const fetchFrom = (from: string, host: string): Promise<Result> => docker().run(["exec", from, "timeout", "5", "wget", "-q", "-O", "-", `http://${host}/`]);
  const reaches = async (from: string, host: string): Promise<boolean> => {
    const { code, stdout } = await fetchFrom(from, host);
    return code === 0 && stdout.trim() === HELLO;
  };
  const addressOf = (name: string, net: string): Promise<string> => docker().ok("inspect", "-f", `{{with index .NetworkSettings.Networks "${net}"}}{{.IPAddress}}{{end}}`, name);
  const inspect = (name: string): Promise<Inspected> => docker().inspect<Inspected>(name, "network");
  const remove = async (containers: readonly string[], networks: readonly string[]): Promise<void> => {
    if (containers.length > 0) await docker().ok("rm", "-f", ...containers);
    if (networks.length > 0) await docker().ok("network", "rm", ...networks);
  };
  const failure = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await docker().run(args);
    expect(code, args.join(" ")).not.toBe(0);
    return stderr;
  };

  afterEach(async () => {
    // What a failed test left would fail others.
    const ids = (await docker().ok("ps", "-aq")).split("\n").filter(Boolean);
    if (ids.length > 0) await docker().run(["rm", "-f", ...ids]);
    await docker().run(["network", "prune", "-f"]);
  });

  it("create, ls with filters, inspect, rm", async () => {
    const prefix = newPrefix();
    const name = await network("--subnet", `${prefix}.0/24`, "--gateway", `${prefix}.9`, "--ip-range", `${prefix}.128/25`, "--aux-address", `printer=${prefix}.130`, "--label", "team=blue", "--opt", "com.docker.network.bridge.enable_icc=true");
    const found = await inspect(name);
    expect(found).toMatchObject({ Name: name, Driver: "bridge", Scope: "local", Internal: false, Labels: { team: "blue" }, Options: { "com.docker.network.bridge.enable_icc": "true" }, Containers: {} });
    expect(found.IPAM.Config).toEqual([{ Subnet: `${prefix}.0/24`, IPRange: `${prefix}.128/25`, Gateway: `${prefix}.9`, AuxiliaryAddresses: { printer: `${prefix}.130` } }]);
    const other = await network("--internal");
    const names = async (...filters: string[]): Promise<string[]> => (await docker().ok("network", "ls", ...filters.flatMap((filter) => ["-f", filter]), "--format", "{{.Name}}")).split("\n").filter(Boolean);
    expect(await names()).toEqual(expect.arrayContaining(["bridge", "host", "none", name, other]));
    expect(await names(`name=${name}`)).toEqual([name]);
    expect(await names(`id=${found.Id.slice(0, 12)}`)).toEqual([name]);
    expect(await names("label=team=blue")).toEqual([name]);
    expect((await names("type=custom")).sort()).toEqual([name, other].sort());
    expect((await names("type=builtin")).sort()).toEqual(["bridge", "host", "none"]);
    expect((await names("dangling=true")).sort()).toEqual([name, other].sort());
    expect(await names("driver=host", "scope=local")).toEqual(["host"]);
    expect(await failure("network", "ls", "-f", "type=strange")).toMatch(/invalid filter/i);
    const one = await container(["--network", name], ["sleep", "1000"]);
    if (capabilities.current) expect(await names("dangling=true")).toEqual([other]);
    // The range begins at .128; .130 is the printer's.
    const addresses = [await addressOf(one, name)];
    const more = [await container(["--network", name], ["sleep", "1000"]), await container(["--network", name], ["sleep", "1000"])];
    for (const each of more) addresses.push(await addressOf(each, name));
    expect(addresses.map((address) => Number(address.split(".")[3]) >= 128), addresses.join()).toEqual([true, true, true]);
    expect(addresses).not.toContain(`${prefix}.130`);
    expect(new Set(addresses).size).toBe(3);
    expect(Object.values((await inspect(name)).Containers).find((entry) => entry.Name === one)?.IPv4Address).toBe(`${addresses[0]}/24`);
    await remove([one, ...more], []);
    expect(await docker().ok("network", "rm", name, other)).toBe(`${name}\n${other}`);
    expect(await failure("network", "inspect", name)).toMatch(/not found|No such network/i);
  });

  it("refuses names in use, predefined names, bad and overlapping subnets, unknown drivers and networks", async () => {
    const prefix = newPrefix();
    const name = await network("--subnet", `${prefix}.0/24`);
    expect(await failure("network", "create", name)).toMatch(new RegExp(`network with name ${name} already exists`));
    expect(await failure("network", "create", "bridge")).toMatch(/predefined|already exists/);
    expect(await failure("network", "create", "--subnet", `${prefix}.128/25`, newName("net"))).toMatch(/Pool overlaps with other one on this address space/);
    expect(await failure("network", "create", "--subnet", "10.1.2.0/33", newName("net"))).toMatch(/10\.1\.2\.0\/33/);
    expect(await failure("network", "create", "-d", "carrier-pigeon", newName("net"))).toMatch(/carrier-pigeon/);
    for (const builtin of ["bridge", "host", "none"]) expect(await failure("network", "rm", builtin)).toMatch(new RegExp(`${builtin} is a pre-defined network and cannot be removed`));
    expect((await api(lab().engine.socket, "DELETE", "/v1.41/networks/bridge")).status).toBe(403);
    expect((await api(lab().engine.socket, "DELETE", "/v1.41/networks/ghost")).status).toBe(404);
    const lost = newName("c");
    const started = await docker().run(["run", "--name", lost, "--network", "ghost", lab().busybox, "true"]);
    expect(started).toMatchObject({ code: 125, stderr: expect.stringMatching(/network ghost not found/) as string });
    await docker().run(["rm", "-f", lost]);
    await remove([], [name]);
  });

  it("free subnets are chosen: no two networks and no route of the host overlap", async () => {
    const names = [await network(), await network(), await network()];
    const found = await Promise.all([...names, "bridge"].map(async (name) => String((await inspect(name)).IPAM.Config[0]!["Subnet"])));
    expect(new Set(found).size).toBe(4);
    const used = await Promise.all(names.map((name) => container(["--network", name])));
    for (const [index, name] of names.entries()) {
      const [a, b] = found[index]!.split(".");
      expect(await addressOf(used[index]!, name)).toMatch(new RegExp(`^${a}\\.${b}\\.`));
    }
    await remove(used, names);
  });

  it("containers find each other by name, alias, hostname and id on the same network, and not across networks", async () => {
    const [front, back] = [await network(), await network()];
    const web = await container(["--network", front, "--network-alias", "www", "--network-alias", "site"]);
    const db = await container(["--network", back, "--network-alias", "db"]);
    const client = await container(["--network", front], ["sleep", "1000"]);
    const id = await docker().ok("inspect", "-f", "{{.Id}}", web);
    for (const name of [web, "www", "site", "WWW", id.slice(0, 12)]) expect(await fetchFrom(client, name), name).toMatchObject({ code: 0, stdout: expect.stringContaining(HELLO) as string });
    expect(await docker().ok("exec", client, "nslookup", "www")).toContain(await addressOf(web, front));
    expect(await reaches(client, db)).toBe(false);
    expect(await reaches(client, "db")).toBe(false);
    expect(await reaches(client, await addressOf(db, back))).toBe(false);
    expect(await reaches(client, await addressOf(web, front))).toBe(true);
    // Renamed, it is known by the new name.
    const renamed = newName("c");
    await docker().ok("rename", web, renamed);
    await expect.poll(() => reaches(client, renamed)).toBe(true);
    // Gone, it is known no more.
    await docker().ok("rm", "-f", renamed);
    await expect.poll(() => reaches(client, "www")).toBe(false);
    await remove([db, client], [front, back]);
  });

  it("several containers may share an alias; restarted ones are found again", async () => {
    const net = await network();
    const servers = [await container(["--network", net, "--network-alias", "pool"]), await container(["--network", net, "--network-alias", "pool"])];
    const client = await container(["--network", net], ["sleep", "1000"]);
    const answer = await docker().ok("exec", client, "nslookup", "pool");
    for (const server of servers) expect(answer).toContain(await addressOf(server, net));
    await docker().ok("restart", "-t", "0", servers[0]!);
    await expect.poll(() => reaches(client, servers[0]!)).toBe(true);
    await docker().ok("stop", "-t", "0", servers[1]!);
    await expect.poll(() => docker().ok("exec", client, "nslookup", "pool")).toContain(await addressOf(servers[0]!, net));
    await remove([...servers, client], [net]);
  });

  it("connect and disconnect while running, with aliases and addresses", async () => {
    const prefix = newPrefix();
    const net = await network("--subnet", `${prefix}.0/24`);
    const server = await container(["--network", net]);
    const client = await container([], ["sleep", "1000"]);
    expect(await reaches(client, server)).toBe(false);
    await docker().ok("network", "connect", "--ip", `${prefix}.77`, "--alias", "guest", net, client);
    expect(await addressOf(client, net)).toBe(`${prefix}.77`);
    expect(await docker().ok("exec", client, "ip", "-o", "-4", "addr")).toContain(`${prefix}.77/24`);
    await expect.poll(() => reaches(client, server)).toBe(true);
    await expect.poll(() => docker().ok("exec", server, "nslookup", "guest")).toContain(`${prefix}.77`);
    expect(Object.values((await inspect(net)).Containers).map((entry) => entry.Name).sort()).toEqual([server, client].sort());
    expect(await failure("network", "connect", net, client)).toMatch(/already exists in network/);
    const other = await container([], ["sleep", "1000"]);
    expect(await failure("network", "connect", "--ip", `${prefix}.77`, net, other)).toMatch(/address already in use/i);
    await docker().ok("network", "disconnect", net, client);
    expect(await docker().ok("exec", client, "ip", "-o", "-4", "addr")).not.toContain(`${prefix}.`);
    expect(await reaches(client, server)).toBe(false);
    expect(await failure("network", "disconnect", net, client)).toMatch(/is not connected to/);
    await docker().ok("network", "connect", net, client);
    await expect.poll(() => reaches(client, server)).toBe(true);
    await docker().ok("network", "disconnect", "-f", net, client);
    // From its first network too, and back.
    await docker().ok("network", "disconnect", "bridge", client);
    expect(await docker().ok("exec", client, "ip", "-o", "-4", "addr")).not.toContain("eth");
    await docker().ok("network", "connect", net, client);
    await expect.poll(() => reaches(client, server)).toBe(true);
    expect(await docker().ok("exec", client, "ip", "route")).toContain(`default via ${prefix}.1`);
    await remove([server, client, other], [net]);
  });

  it("connect and disconnect while stopped take effect at the start", async () => {
    const [first, second] = [await network(), await network()];
    const server = await container(["--network", second]);
    const client = newName("c");
    await docker().ok("create", "--name", client, "--network", first, lab().busybox, "sleep", "1000");
    await docker().ok("network", "connect", second, client);
    await docker().ok("start", client);
    expect(await docker().ok("inspect", "-f", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}", client)).toBe(`${[first, second].sort().join(" ")} `);
    await expect.poll(() => reaches(client, server)).toBe(true);
    await docker().ok("stop", "-t", "0", client);
    await docker().ok("network", "disconnect", first, client);
    await docker().ok("start", client);
    expect((await docker().ok("exec", client, "ls", "/sys/class/net")).split(/\s+/).sort()).toEqual(["eth0", "lo"]);
    await expect.poll(() => reaches(client, server)).toBe(true);
    await remove([server, client], [first, second]);
  });

  it("--ip gives the address asked for, where the network's subnet was chosen by the user", async () => {
    const prefix = newPrefix();
    const [own, auto] = [await network("--subnet", `${prefix}.0/24`), await network()];
    const one = await container(["--network", own, "--ip", `${prefix}.44`]);
    expect(await addressOf(one, own)).toBe(`${prefix}.44`);
    expect(await docker().ok("exec", one, "ip", "-o", "-4", "addr", "show", "eth0")).toContain(`${prefix}.44/24`);
    const refused = async (...args: string[]): Promise<string> => {
      const name = newName("c");
      const message = await failure("run", "--name", name, ...args, lab().busybox, "true");
      await docker().run(["rm", "-f", name]);
      return message;
    };
    expect(await refused("--network", own, "--ip", `${prefix}.44`)).toMatch(/address already in use/i);
    expect(await refused("--network", own, "--ip", "10.250.250.250")).toMatch(/invalid|out of range|not in|no configured subnet/i);
    expect(await refused("--network", auto, "--ip", "172.30.0.5")).toMatch(/user configured subnets/);
    // Without the name of the network an older CLI keeps the address to itself.
    expect(await refused("--network", "bridge", "--ip", "172.17.0.99")).toMatch(/user defined networks/);
    await docker().ok("restart", "-t", "0", one);
    expect(await addressOf(one, own)).toBe(`${prefix}.44`);
    await remove([one], [own, auto]);
  });

  it("an internal network has names but no way out or in", async () => {
    const [inner, outer] = [await network("--internal"), await network()];
    const [server, client, outside] = [await container(["--network", inner, "--network-alias", "vault"]), await container(["--network", inner], ["sleep", "1000"]), await container(["--network", outer])];
    expect(await reaches(client, "vault")).toBe(true);
    if (capabilities.current) expect(await docker().ok("exec", client, "ip", "route")).not.toContain("default");
    expect(await reaches(client, await addressOf(outside, outer))).toBe(false);
    expect(await reaches(outside, await addressOf(server, inner))).toBe(false);
    expect((await inspect(inner)).Internal).toBe(true);
    // With a second network there is a way out through that one.
    await docker().ok("network", "connect", outer, client);
    expect(await docker().ok("exec", client, "ip", "route")).toContain("default");
    await expect.poll(() => reaches(client, outside)).toBe(true);
    expect(await reaches(client, "vault")).toBe(true);
    await remove([server, client, outside], [inner, outer]);
  });

  it("enable_icc=false keeps the containers of a network apart", async () => {
    const net = await network("--opt", "com.docker.network.bridge.enable_icc=false");
    const server = await container(["--network", net]);
    const client = await container(["--network", net], ["sleep", "1000"]);
    expect(await reaches(client, await addressOf(server, net))).toBe(false);
    await remove([server, client], [net]);
  });

  it("published ports, container:ID, --link and links' aliases work on user-defined networks", async () => {
    const net = await network();
    const port = await freePort();
    const server = await container(["--network", net, "-p", `${port}:80`]);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe(`${HELLO}\n`);
    const sharing = await container(["--network", `container:${server}`], ["sleep", "1000"]);
    expect(await reaches(sharing, "127.0.0.1")).toBe(true);
    expect(await reaches(sharing, server)).toBe(true);
    const linked = await container(["--network", net, "--link", `${server}:backend`], ["sleep", "1000"]);
    expect(await reaches(linked, "backend")).toBe(true);
    // Another address, the same link.
    await docker().ok("restart", "-t", "0", server);
    await expect.poll(() => reaches(linked, "backend")).toBe(true);
    expect(await failure("network", "connect", net, sharing)).toMatch(/sharing network namespace/);
    await remove([sharing, linked, server], [net]);
  });

  it("a network in use is not removed; prune removes the others", async () => {
    const [used, unused, labelled] = [await network(), await network(), await network("--label", "keep")];
    const one = await container(["--network", used], ["sleep", "1000"]);
    expect(await failure("network", "rm", used)).toMatch(new RegExp(`network ${used} id \\S+ has active endpoints`));
    expect([403, 409]).toContain((await api(lab().engine.socket, "DELETE", `/v1.41/networks/${used}`)).status);
    expect(await docker().ok("network", "prune", "-f", "--filter", "until=1h")).not.toContain(unused);
    expect(await docker().ok("network", "prune", "-f", "--filter", "label!=keep")).toBe(`Deleted Networks:\n${unused}\n`);
    expect(await docker().ok("network", "prune", "-f")).toBe(`Deleted Networks:\n${labelled}\n`);
    await docker().ok("stop", "-t", "0", one);
    await remove([], [used]);
    await remove([one], []);
  });

  it("events: create, connect, disconnect, destroy", async () => {
    const since = String(Date.now() / 1000 - 0.01);
    const net = await network();
    const { Id: id } = await inspect(net);
    const one = await container(["--network", net], ["sleep", "1000"]);
    const containerId = await docker().ok("inspect", "-f", "{{.Id}}", one);
    await docker().ok("network", "disconnect", net, one);
    await docker().ok("network", "connect", net, one);
    await remove([one], [net]);
    const lines = (await docker().ok("events", "--since", since, "--until", String(Date.now() / 1000 + 0.01), "-f", "type=network", "--format", "{{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}} {{.Actor.Attributes.type}} {{.Actor.Attributes.container}}")).split("\n").filter((line) => line.includes(id))
      // dockerd 20.10 tells of a disconnection by hand twice.
      .filter((line, index, all) => line !== all[index - 1]);
    const none = "<no value>";
    expect(lines).toEqual([`create ${id} ${net} bridge ${none}`, ...["connect", "disconnect", "connect", "disconnect"].map((action) => `${action} ${id} ${net} bridge ${containerId}`), `destroy ${id} ${net} bridge ${none}`]);
  });

  it("after kill -9 names, ports and live connections of running containers hold", { skip: !capabilities.crashProof }, async () => {
    const { engine } = lab();
    const [net, late] = [await network(), await network()];
    const port = await freePort();
    const server = await container(["--network", net, "--network-alias", "www", "-p", `127.0.0.1:${port}:80`]);
    const client = await container(["--network", net], ["sleep", "1000"]);
    await docker().ok("network", "connect", "--alias", "guest", late, client);
    await engine.kill9();
    await engine.start();
    expect(await reaches(client, "www")).toBe(true);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe(`${HELLO}\n`);
    const fresh = await container(["--network", late], ["sleep", "1000"]);
    expect(await docker().ok("exec", fresh, "nslookup", "guest")).toContain(await addressOf(client, late));
    expect(await addressOf(fresh, late)).not.toBe(await addressOf(client, late));
    const second = await container(["--network", net, "--network-alias", "second"]);
    await expect.poll(() => reaches(client, "second")).toBe(true);
    expect(await failure("network", "rm", net)).toMatch(/has active endpoints/);
    // Those that end while nobody watches are gone from the names too.
    const pid = Number(await docker().ok("inspect", "-f", "{{.State.Pid}}", second));
    await engine.kill9();
    process.kill(pid, "SIGKILL");
    await engine.start();
    await expect.poll(() => reaches(client, "second")).toBe(false);
    expect(await reaches(client, "www")).toBe(true);
    await remove([server, client, fresh, second], [net, late]);
    expect(await networkLeaksOf(engine)).toEqual([]);
  });

  it("a name server that ends is started again while the engine runs", { skip: !capabilities.crashProof }, async () => {
    const net = await network();
    const [server, client] = [await container(["--network", net]), await container(["--network", net], ["sleep", "1000"])];
    expect(await reaches(client, server)).toBe(true);
    const pid = Number((await must("pgrep", ["-f", `aardvark-dns --config ${lab().engine.dir}/`])).trim());
    // One that lives for less than a second is left alone.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    process.kill(pid, "SIGKILL");
    await expect.poll(() => reaches(client, server)).toBe(true);
    await remove([server, client], [net]);
  });

  it(`kill -9 at ${MOMENTS} random moments (seed ${SEED}) leaves connections true and leaks nothing`, { timeout: 60_000 + MOMENTS * 20_000, skip: !capabilities.crashProof }, async () => {
    const { engine, busybox } = lab();
    const random = generator(SEED);
    const net = await network();
    const [server, client] = [await container(["--network", net, "--network-alias", "www"]), await container(["--network", net], ["sleep", "1000"])];
    const works: readonly { readonly name: string; readonly within: number; readonly prepare: (name: string) => Promise<unknown>; readonly args: (name: string) => readonly string[] }[] = [
      { name: "create", within: 80, prepare: async () => undefined, args: (name) => ["network", "create", name] },
      { name: "rm", within: 80, prepare: async (name) => { await docker().ok("network", "create", name); await docker().ok("run", "--rm", "--network", name, busybox, "true"); }, args: (name) => ["network", "rm", name] },
      { name: "run", within: 250, prepare: (name) => docker().ok("network", "create", name), args: (name) => ["run", "-d", "--name", name, "--network", name, "-p", "127.0.0.1::80", busybox, "sleep", "1000"] },
      { name: "connect", within: 100, prepare: (name) => docker().ok("network", "create", name), args: (name) => ["network", "connect", name, client] },
      { name: "disconnect", within: 100, prepare: async (name) => { await docker().ok("network", "create", name); await docker().ok("network", "connect", name, client); }, args: (name) => ["network", "disconnect", name, client] },
      { name: "rm of a container", within: 150, prepare: async (name) => { await docker().ok("network", "create", name); await docker().ok("run", "-d", "--name", name, "--network", name, "-p", "127.0.0.1::80", busybox, "sleep", "1000"); }, args: (name) => ["rm", "-f", name] },
    ];
    for (let moment = 0; moment < MOMENTS; moment++) {
      const work = works[Math.floor(random() * works.length)]!;
      const delay = random() * work.within;
      const label = `moment ${moment + 1}, ${work.name} after ${delay.toFixed(0)} ms`;
      const name = newName("moment");
      await work.prepare(name);
      const running = docker().run(work.args(name), { timeout: 20_000 });
      await new Promise((resolve) => setTimeout(resolve, delay));
      await engine.kill9();
      await running;
      await engine.start();
      expect(await reaches(client, "www"), label).toBe(true);
      // What the engine says of connections is what the kernel has: loopback and one device for each.
      const told = await docker().ok("inspect", "-f", "{{range .NetworkSettings.Networks}}{{if .IPAddress}}{{.IPAddress}} {{end}}{{end}}", client);
      const found = (await docker().ok("exec", client, "ip", "-o", "-4", "addr")).split("\n").filter((line) => !line.includes(" lo "));
      expect(found.map((line) => /inet ([\d.]+)/.exec(line)![1]!).toSorted(), label).toEqual(told.trim().split(" ").toSorted());
      await docker().run(["rm", "-f", name]);
      await docker().run(["network", "disconnect", name, client]);
      await docker().run(["network", "rm", name]);
    }
    await remove([server, client], [net]);
    expect(await docker().ok("network", "ls", "-q", "-f", "type=custom")).toBe("");
    await expect.poll(() => networkLeaksOf(engine)).toEqual([]);
  });

  it("docker-compose up and down: two services that find each other by name", { skip: program === undefined }, async () => {
    await using dir = await tempDir("compose");
    const file = (state: string): Promise<void> => writeFile(join(dir.path, "docker-compose.yml"), [
      'version: "3.4"', "services:", "  web:", `    image: ${lab().busybox}`, `    command: ${JSON.stringify(SERVER)}`, "    networks: [front, back]",
      "  client:", `    image: ${lab().busybox}`, '    command: ["sleep", "1000"]', "    depends_on: [web]", `    environment: [STATE=${state}]`, "    volumes: [/kept]", "    networks:", "      front:", "        aliases: [asker]", "networks:", "  front: {}", "  back:", "    internal: true", "",
    ].join("\n"));
    await file("first");
    const project = newName("project").replaceAll("-", "");
    const compose = (...args: string[]): Promise<Result> => composeIn(program!, args, { socket: lab().engine.socket, directory: dir.path, name: project });
    const up = await compose("up", "-d");
    expect(up, up.stderr).toMatchObject({ code: 0 });
    const findClient = (): Promise<string> => docker().ok("ps", "-q", "-f", "label=com.docker.compose.service=client", "-f", `label=com.docker.compose.project=${project}`);
    const client = await findClient();
    expect(await reaches(client, "web")).toBe(true);
    expect(await docker().ok("exec", client, "nslookup", "asker")).toContain(await addressOf(client, `${project}_front`));
    await docker().ok("exec", client, "touch", "/kept/file");
    const again = await compose("up", "-d");
    expect(again.stderr).toMatch(/up-to-date/);
    // A new container for the old one, with its anonymous volume.
    await file("second");
    const changed = await compose("up", "-d", "-t", "0");
    expect(changed, changed.stderr).toMatchObject({ code: 0 });
    const next = await findClient();
    expect(next).not.toBe(client);
    expect(await docker().ok("exec", next, "sh", "-c", "echo $STATE; ls /kept")).toBe("second\nfile");
    expect(await reaches(next, "web")).toBe(true);
    const down = await compose("down", "-v", "-t", "0");
    expect(down, down.stderr).toMatchObject({ code: 0 });
    expect(await docker().ok("network", "ls", "-q", "-f", `label=com.docker.compose.project=${project}`)).toBe("");
  });

  it("nothing is left in the kernel when containers and networks are gone", { skip: !capabilities.crashProof }, async () => {
    await docker().ok("network", "prune", "-f");
    await expect.poll(() => networkLeaksOf(lab().engine)).toEqual([]);
  });
};
