/** The choice of an engine: what there is, tests, additions, and the change from one to another. */
import { randomUUID } from "node:crypto";
import type { CompleteConnectionForm, ConnectionInfo, ConnectionTest } from "../ipc/contract/connections.ts";
import type { EngineStatus } from "../ipc/contract/engine.ts";
import { findHint } from "../ipc/errors.ts";
import { probe } from "./probe.ts";
import { parseAddress, type Endpoint } from "./endpoint.ts";
import { errorInfo, ipcError } from "./ipc-error.ts";
import { environmentConnection, knownConnections, ownConnection, socketConnection, type KnownConnection, type UsableConnection } from "./known-connections.ts";
import type { SettingsStore } from "./settings.ts";
import { readCertificates } from "./tls-connect.ts";

export interface Connections {
  list(): Promise<ConnectionInfo[]>;
  test(id: string, signal: AbortSignal): Promise<ConnectionTest>;
  try(form: CompleteConnectionForm, signal: AbortSignal): Promise<ConnectionTest>;
  add(form: CompleteConnectionForm): Promise<ConnectionInfo>;
  remove(id: string): Promise<void>;
  use(id: string): Promise<EngineStatus>;
}

/** What the desktop is connected to, and how to connect it to something else. */
export interface EngineSwitch {
  readonly current: KnownConnection;
  /** What it was connected to at start. */
  readonly first: KnownConnection;
  /** Leaves the current engine and begins to connect to another. */
  change(next: UsableConnection): Promise<EngineStatus>;
  /** False in a host that may only connect: nothing is started or stopped. */
  readonly mayManage: boolean;
}

export function createConnections(engines: EngineSwitch, settings: SettingsStore, env: NodeJS.ProcessEnv = process.env): Connections {
  /** What was named at start stays in the list, so that there is a way back to it. */
  async function all(): Promise<KnownConnection[]> {
    const found = await knownConnections(settings.settings.connections, env);
    const own = [engines.first, engines.current].filter((one, index, both) => both.findIndex((other) => other.id === one.id) === index && !found.some((other) => other.id === one.id));
    return [...own, ...found.filter((one) => one.kind !== "socket" || !own.some((other) => other.address === one.address))];
  }

  async function find(id: string): Promise<UsableConnection> {
    const one = (await all()).find((each) => each.id === id) ?? socketConnection(id);
    if (one === undefined) throw ipcError("notFound", "This connection is not known any more.");
    if (one.endpoint === undefined) throw ipcError("invalidArgument", one.problem ?? `${one.address} is not an engine address.`);
    const endpoint = engines.mayManage ? one.endpoint : { ...one.endpoint, managed: false };
    return { ...one, endpoint };
  }

  function toInfo(one: KnownConnection): ConnectionInfo {
    const { endpoint } = one;
    return {
      ...{ id: one.id, kind: one.kind, name: one.name, address: one.address, current: one.id === engines.current.id },
      tls: endpoint?.type === "tcp" && endpoint.tls !== undefined,
      managed: engines.mayManage && endpoint?.managed === true,
      ...(one.problem === undefined ? {} : { problem: one.problem }),
    };
  }

  async function choose(id: string): Promise<EngineStatus> {
    const next = await find(id);
    // Remembered first: a choice that cannot be written down is still made.
    await settings.update({ connection: id }).catch(() => undefined);
    return engines.change(next);
  }

  return {
    list: async () => (await all()).map(toInfo),
    test: async (id, signal) => test((await find(id)).endpoint, signal),
    try: async ({ address, tls }, signal) => test(await checked(address, tls), signal),
    async add({ name, address, tls }) {
      const endpoint = await checked(address, tls);
      const names = (await all()).map((one) => one.name.toLowerCase());
      if (names.includes(name.toLowerCase())) throw ipcError("alreadyExists", `A connection called ${name} exists already.`, { hints: [{ type: "field", path: ["name"], message: "is taken" }] });
      const entry = { id: randomUUID(), name, address: endpoint.url, ...(endpoint.type === "tcp" && tls !== undefined ? { tls } : {}) };
      await settings.update({ connections: [...settings.settings.connections, entry] });
      return toInfo({ id: `added:${entry.id}`, kind: "added", name, address: endpoint.url, endpoint });
    },
    async remove(id) {
      const rest = settings.settings.connections.filter((one) => `added:${one.id}` !== id);
      if (rest.length === settings.settings.connections.length) throw ipcError("notFound", "Only connections that were added by hand can be removed.");
      const wasCurrent = engines.current.id === id;
      await settings.update({ connections: rest });
      const own = ownConnection(env);
      if (wasCurrent && own !== undefined) await choose(own.id);
    },
    use: choose,
  };
}

/** The endpoint of a form, once its certificates were read. */
async function checked(address: string, tls: CompleteConnectionForm["tls"]): Promise<Endpoint> {
  const endpoint = parseAddress(address, tls);
  if (tls !== undefined && endpoint.type !== "tcp") throw ipcError("invalidArgument", "Certificates belong to tcp:// addresses.", { hints: [{ type: "field", path: ["tls"], message: "needs a tcp:// address" }] });
  if (tls !== undefined) await readCertificates(tls);
  return endpoint;
}

async function test(endpoint: Endpoint, signal: AbortSignal): Promise<ConnectionTest> {
  const began = Date.now();
  try {
    const version = await probe(endpoint, signal);
    const name = `${version.name} ${version.version}`;
    return { ok: true, message: `${name} answers (API ${version.apiVersion}, ${version.os} on ${version.arch}).`, version, milliseconds: Date.now() - began };
  } catch (error) {
    const info = errorInfo(error);
    if (signal.aborted) throw error;
    if (endpoint.managed && findHint(info, "engineDown") !== undefined) return { ok: false, message: "The built-in engine does not run. It is started when it is chosen.", milliseconds: Date.now() - began };
    const denied = findHint(info, "permissionDenied");
    const command = denied?.group === undefined ? info.details["command"] : `sudo usermod -aG ${denied.group} $USER`;
    return {
      ...{ ok: false, message: info.message, milliseconds: Date.now() - began },
      ...(typeof command === "string" ? { command } : {}),
      ...(info.cause === undefined ? {} : { cause: info.cause }),
    };
  }
}

/**
 * What to connect to when the desktop starts: `given` (a flag or `SLIPWAY_HOST`), else the last choice, else `DOCKER_HOST`, else our own
 * engine, else the first socket of the machine.
 */
export async function firstConnection(given: Endpoint | undefined, settings: SettingsStore, env: NodeJS.ProcessEnv = process.env): Promise<UsableConnection> {
  const own = ownConnection(env);
  if (given !== undefined) return given.managed && own?.address === given.url ? { ...own, endpoint: given } : givenConnection(given);
  const remembered = settings.settings.connection;
  if (remembered !== undefined) {
    const known = (await knownConnections(settings.settings.connections, env)).find((one) => one.id === remembered) ?? socketConnection(remembered);
    if (known?.endpoint !== undefined) return usable(known);
  }
  const first = (await environmentConnection(env)) ?? own ?? (await knownConnections(settings.settings.connections, env))[0];
  return usable(first?.endpoint === undefined ? (own ?? (socketConnection("socket:/var/run/docker.sock") as KnownConnection)) : first);
}

/** What a flag or a variable named. */
export function givenConnection(endpoint: Endpoint): UsableConnection {
  return { id: "given", kind: "given", name: "Given at start", address: endpoint.url, endpoint };
}

function usable(one: KnownConnection): UsableConnection {
  if (one.endpoint === undefined) throw ipcError("invalidArgument", one.problem ?? `${one.address} is not an engine address.`);
  return { ...one, endpoint: one.endpoint };
}
