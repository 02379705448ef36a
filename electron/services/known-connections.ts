/** Which engines there are to choose from: our own, what the environment names, sockets of this machine, contexts, added ones. */
import { lstat, readdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ConnectionKind } from "../ipc/contract/connections.ts";
import { certificatesIn, readDockerContexts } from "./docker-contexts.ts";
import { ownEndpoint, parseAddress } from "./endpoint.ts";
import type { Endpoint, TlsFiles } from "./endpoint.ts";
import { errorInfo } from "./ipc-error.ts";
import type { AddedConnection } from "./settings.ts";

export interface KnownConnection {
  readonly id: string;
  readonly kind: ConnectionKind;
  readonly name: string;
  readonly address: string;
  /** Undefined for an address that is none; `problem` says so. */
  readonly endpoint: Endpoint | undefined;
  readonly problem?: string;
}

/** One that has an address. */
export type UsableConnection = KnownConnection & { readonly endpoint: Endpoint };

/** Our own engine runs where containers do: on Linux. */
export function ownConnection(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): KnownConnection | undefined {
  if (platform !== "linux") return undefined;
  const endpoint = ownEndpoint(env);
  return { id: "own", kind: "own", name: "Slipway", address: endpoint.url, endpoint };
}

/** Every known connection; sockets that are listed by another entry are left out. Nothing is asked whether it answers. */
export async function knownConnections(added: readonly AddedConnection[], env: NodeJS.ProcessEnv = process.env): Promise<KnownConnection[]> {
  const own = ownConnection(env);
  const fromDocker = await environmentConnection(env);
  const contexts = (await readDockerContexts(env)).map(({ name, address, tls }) => known(`context:${name}`, "context", name, address, tls));
  const byHand = added.map(({ id, name, address, tls }) => known(`added:${id}`, "added", name, address, tls));
  const named = [own, fromDocker, ...contexts, ...byHand].filter((one) => one !== undefined);
  const taken = new Set(await Promise.all(named.map((one) => realSocket(one.endpoint))));
  const sockets: KnownConnection[] = [];
  for (const { path, name } of await findSockets(env)) {
    const real = await realpath(path).catch(() => path);
    if (taken.has(real)) continue;
    taken.add(real);
    sockets.push(known(`socket:${path}`, "socket", name, path, undefined));
  }
  return [own, fromDocker, ...sockets, ...contexts, ...byHand].filter((one) => one !== undefined);
}

function known(id: string, kind: ConnectionKind, name: string, address: string, tls: TlsFiles | undefined): KnownConnection {
  try {
    const endpoint = parseAddress(address, tls);
    return { id, kind, name, address: endpoint.url, endpoint };
  } catch (error) {
    return { id, kind, name, address, endpoint: undefined, problem: errorInfo(error).message };
  }
}

/** `DOCKER_HOST`, with `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH` as Docker's CLI reads them. Where it names our own engine, as we advise for terminals, it adds nothing. */
export async function environmentConnection(env: NodeJS.ProcessEnv): Promise<KnownConnection | undefined> {
  const host = env["DOCKER_HOST"];
  if (host === undefined || host === "" || host === ownConnection(env)?.address) return undefined;
  const verify = (env["DOCKER_TLS_VERIFY"] ?? "") !== "";
  const folder = env["DOCKER_CERT_PATH"];
  const files = folder === undefined || folder === "" ? undefined : await certificatesIn(folder);
  const tls = files === undefined && !verify ? undefined : { ...files, skipVerify: !verify };
  return known("environment", "environment", "DOCKER_HOST", host, tls);
}

/** A socket that the own rules find under its id, whether it is there now or not. */
export function socketConnection(id: string): KnownConnection | undefined {
  const path = /^socket:(\/.+)$/.exec(id)?.[1];
  return path === undefined ? undefined : known(id, "socket", nameOf(path), path, undefined);
}

interface FoundSocket {
  readonly path: string;
  readonly name: string;
}

async function findSockets(env: NodeJS.ProcessEnv): Promise<FoundSocket[]> {
  const home = env["HOME"] ?? homedir();
  const runtime = env["XDG_RUNTIME_DIR"];
  const inRuntime = runtime?.startsWith("/") === true ? [join(runtime, "docker.sock"), join(runtime, "podman/podman.sock")] : [];
  const candidates = [
    ...["/var/run/docker.sock", "/run/docker.sock", ...inRuntime, "/run/podman/podman.sock"],
    ...[".docker/run/docker.sock", ".docker/desktop/docker.sock", ".colima/docker.sock", ".rd/docker.sock", ".orbstack/run/docker.sock"].map((path) => join(home, path)),
    ...(await below(join(home, ".colima"), "docker.sock")),
    ...(await below(join(env["XDG_CONFIG_HOME"] ?? join(home, ".config"), "colima"), "docker.sock")),
    ...(await below(join(home, ".lima"), "sock/docker.sock")),
  ];
  const there = await Promise.all(candidates.map(isSocket));
  return candidates.filter((_, index) => there[index]).map((path) => ({ path, name: nameOf(path) }));
}

/** Socket of each machine or profile that has a folder of its own. */
async function below(folder: string, rest: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name, rest));
}

async function isSocket(path: string): Promise<boolean> {
  const real = await realpath(path).catch(() => path);
  return lstat(real).then((info) => info.isSocket(), () => false);
}

async function realSocket(endpoint: Endpoint | undefined): Promise<string> {
  if (endpoint?.type !== "unix") return endpoint?.url ?? "";
  return realpath(endpoint.socketPath).catch(() => endpoint.socketPath);
}

function nameOf(path: string): string {
  if (path.includes("podman")) return path.startsWith("/run/podman") ? "Podman (root)" : "Podman";
  if (path.includes("colima")) return nested("Colima", /colima\/([^/]+)\/docker\.sock$/, path);
  if (path.includes(".lima")) return nested("Lima", /\.lima\/([^/]+)\//, path);
  if (path.includes(".rd/")) return "Rancher Desktop";
  if (path.includes("orbstack")) return "OrbStack";
  if (path.includes(".docker/")) return "Docker Desktop";
  return /^\/(?:var\/)?run\/docker\.sock$/.test(path) ? "Docker" : "Docker (rootless)";
}

function nested(name: string, pattern: RegExp, path: string): string {
  const profile = pattern.exec(path)?.[1];
  return profile === undefined || profile === "default" ? name : `${name} (${profile})`;
}
