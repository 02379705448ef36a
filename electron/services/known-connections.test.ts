import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readDockerContexts } from "./docker-contexts.ts";
import { environmentConnection, knownConnections, ownConnection, socketConnection } from "./known-connections.ts";

let home: string;
let servers: Server[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "slipway-home-"));
  servers = [];
});

afterEach(async () => {
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  await rm(home, { recursive: true });
});

async function listen(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

async function addContext(name: string, host: string, files: readonly string[] = [], more: object = {}): Promise<string> {
  const digest = createHash("sha256").update(name).digest("hex");
  const meta = join(home, ".docker/contexts/meta", digest);
  await mkdir(meta, { recursive: true });
  await writeFile(join(meta, "meta.json"), JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: false, ...more } } }));
  const tls = join(home, ".docker/contexts/tls", digest, "docker");
  await mkdir(tls, { recursive: true });
  for (const file of files) await writeFile(join(tls, file), "");
  return tls;
}

it("reads Docker's contexts with their certificates, and leaves out what it cannot understand", async () => {
  const tls = await addContext("staging", "tcp://staging.example:2376", ["ca.pem", "cert.pem", "key.pem"]);
  await addContext("lab", "ssh://me@lab.example");
  await addContext("loose", "tcp://loose.example:2376", [], { SkipTLSVerify: true });
  await addContext("nothing", "");
  await mkdir(join(home, ".docker/contexts/meta/broken"));
  await writeFile(join(home, ".docker/contexts/meta/broken/meta.json"), "{");
  expect(await readDockerContexts({ HOME: home })).toEqual([
    { name: "lab", address: "ssh://me@lab.example", tls: undefined },
    { name: "loose", address: "tcp://loose.example:2376", tls: { skipVerify: true } },
    { name: "staging", address: "tcp://staging.example:2376", tls: { ca: join(tls, "ca.pem"), cert: join(tls, "cert.pem"), key: join(tls, "key.pem"), skipVerify: false } },
  ]);
  expect(await readDockerContexts({ HOME: "/nowhere" })).toEqual([]);
  expect(await readDockerContexts({ HOME: "/nowhere", DOCKER_CONFIG: join(home, ".docker") })).toHaveLength(3);
});

it("finds the sockets that are there, each once, with a name that says whose it is", async () => {
  const runtime = join(home, "run");
  await listen(join(runtime, "docker.sock"));
  await listen(join(runtime, "podman/podman.sock"));
  await listen(join(home, ".colima/default/docker.sock"));
  await listen(join(home, ".colima/arm/docker.sock"));
  await mkdir(join(home, ".docker/run"), { recursive: true });
  await symlink(join(runtime, "docker.sock"), join(home, ".docker/run/docker.sock"));
  await mkdir(join(home, ".rd"));
  await writeFile(join(home, ".rd/docker.sock"), "no socket");
  const found = (await knownConnections([], { HOME: home, XDG_RUNTIME_DIR: runtime, XDG_CONFIG_HOME: join(home, "config") })).filter((one) => one.address.includes(home) && one.kind === "socket");
  expect(found.map(({ name, address }) => [name, address])).toEqual([
    ["Docker (rootless)", `unix://${runtime}/docker.sock`],
    ["Podman", `unix://${runtime}/podman/podman.sock`],
    ["Colima (arm)", `unix://${home}/.colima/arm/docker.sock`],
    ["Colima", `unix://${home}/.colima/default/docker.sock`],
  ]);
});

it("lists ours, the environment's, contexts and added ones, and says what is no address", async () => {
  await addContext("desktop-linux", "npipe:////./pipe/x");
  const added = [{ id: "1", name: "Build server", address: "ssh://ci@build.example" }];
  const list = await knownConnections(added, { HOME: home, SLIPWAY_SOCKET: "/x/own.sock", DOCKER_HOST: "unix:///x/other.sock" });
  expect(list.filter((one) => one.kind !== "socket").map(({ id, address, endpoint }) => [id, address, endpoint?.managed])).toEqual([
    ["own", "unix:///x/own.sock", true],
    ["environment", "unix:///x/other.sock", false],
    ["context:desktop-linux", "npipe:////./pipe/x", undefined],
    ["added:1", "ssh://ci@build.example", false],
  ]);
  expect(list.find((one) => one.kind === "context")?.problem).toContain('"npipe:////./pipe/x" is not an engine address');
});

it("reads DOCKER_HOST with its certificates as Docker does", async () => {
  const certificates = await addContext("any", "x", ["ca.pem"]);
  const env = { DOCKER_HOST: "tcp://build.example:2376", DOCKER_CERT_PATH: certificates };
  expect((await environmentConnection({ ...env, DOCKER_TLS_VERIFY: "1" }))?.endpoint).toMatchObject({ type: "tcp", tls: { ca: join(certificates, "ca.pem"), skipVerify: false } });
  expect((await environmentConnection(env))?.endpoint).toMatchObject({ tls: { skipVerify: true } });
  expect((await environmentConnection({ DOCKER_HOST: "tcp://127.0.0.1:2375" }))?.endpoint).toMatchObject({ type: "tcp", url: "tcp://127.0.0.1:2375" });
  expect((await environmentConnection({ DOCKER_HOST: "tcp://127.0.0.1:2375" }))?.endpoint).not.toHaveProperty("tls");
  expect(await environmentConnection({ DOCKER_HOST: "" })).toBeUndefined();
  expect(await environmentConnection({ DOCKER_HOST: "unix:///x/own.sock", SLIPWAY_SOCKET: "/x/own.sock" })).toBeUndefined();
});

it("knows a socket again by its id, and has no engine of its own where there is no Linux", () => {
  expect(socketConnection("socket:/run/podman/podman.sock")).toMatchObject({ name: "Podman (root)", address: "unix:///run/podman/podman.sock" });
  expect(socketConnection("context:x")).toBeUndefined();
  expect(ownConnection({}, "darwin")).toBeUndefined();
});
