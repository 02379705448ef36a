import { closeSync, constants, openSync, writeSync } from "node:fs";
import { Agent as HttpAgent, request } from "node:http";
import type { AgentOptions } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Duplex } from "node:stream";
import { EngineError, isSystemError, toEngineError } from "../base/errors.ts";
import { isLoopback } from "./insecure.ts";

/**
 * Connections to the machine's own loopback from a network namespace where `localhost` is somebody else. A unix socket's name is
 * found in the file system, whatever the network namespace, so a *forwarder* outside (engine/launch/forwarder.ts) listens on one
 * and takes `CONNECT HOST:PORT` (RFC 9110, 9.3.6) for loopback hosts. It runs only while it is used: a byte written to the fifo
 * `PATH.wake` starts it.
 */
type Connected = (error: Error | null, socket: Duplex) => void;

/** What Node hands to an agent's createConnection, as far as we look at it. */
interface Endpoint {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
}

/** Starting Node takes a tenth of a second, and many on a machine that is emulated or under heavy load. */
const WAKE_TIMEOUT_MS = 30_000;
const WAKE_AGAIN_MS = 1_000;
const POLL_MS = 10;
/** Unused connections through the forwarder keep it running: they stay open only between the requests of one pull. */
const KEEP_MS = 2_000;
const forwarded = new WeakSet<Duplex>();

/** An agent for http that reaches loopback hosts through the forwarder on `forwarder`, where one is given. */
export class LoopbackHttpAgent extends HttpAgent {
  readonly #forwarder: string | undefined;

  constructor(forwarder: string | undefined, options: AgentOptions) {
    super(options);
    this.#forwarder = forwarder;
  }

  override createConnection(options: Parameters<HttpAgent["createConnection"]>[0], connected?: Connected): Duplex | null | undefined {
    if (!goesThrough(this.#forwarder, options)) return super.createConnection(options, connected);
    connectThrough(this.#forwarder, options).then((socket) => connected?.(null, markForwarded(socket)), (error: unknown) => fail(connected, error));
    return undefined;
  }

  override keepSocketAlive(socket: Duplex): void {
    const isKept = super.keepSocketAlive(socket);
    keepShortly(socket);
    // Node's types know nothing of the answer.
    return isKept;
  }
}

/** The same for https: TLS is spoken with the registry, end to end. */
export class LoopbackHttpsAgent extends HttpsAgent {
  readonly #forwarder: string | undefined;

  constructor(forwarder: string | undefined, options: ConstructorParameters<typeof HttpsAgent>[0]) {
    super(options);
    this.#forwarder = forwarder;
  }

  override createConnection(options: Parameters<HttpsAgent["createConnection"]>[0], connected?: Connected): Duplex | null | undefined {
    if (!goesThrough(this.#forwarder, options)) return super.createConnection(options, connected);
    connectThrough(this.#forwarder, options)
      .then((socket) => connected?.(null, markForwarded(super.createConnection({ ...options, socket } as typeof options)!)))
      .catch((error: unknown) => fail(connected, error));
    return undefined;
  }

  override keepSocketAlive(socket: Duplex): void {
    const isKept = super.keepSocketAlive(socket);
    keepShortly(socket);
    // Node's types know nothing of the answer.
    return isKept;
  }
}

function markForwarded(socket: Duplex): Duplex {
  forwarded.add(socket);
  return socket;
}

function keepShortly(socket: Duplex): void {
  if (forwarded.has(socket)) (socket as Socket).setTimeout(KEEP_MS);
}

function goesThrough(forwarder: string | undefined, { host }: Endpoint): forwarder is string {
  return forwarder !== undefined && isLoopback(domainOf(host ?? ""));
}

/** `::1` as it stands in a domain: `[::1]`. */
function domainOf(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function fail(connected: Connected | undefined, error: unknown): void {
  // Node's types ask for a socket that a failure does not have.
  (connected as ((error: Error) => void) | undefined)?.(error instanceof Error ? error : toEngineError(error));
}

/** Connects to a loopback host through the forwarder. @throws system errors of connecting; EngineError `unavailable` when the forwarder does not start */
export async function connectThrough(forwarder: string, { host, port }: Endpoint): Promise<Socket> {
  const authority = `${domainOf(host ?? "localhost")}:${String(port)}`;
  const deadline = Date.now() + WAKE_TIMEOUT_MS;
  for (let woken = 0; ; ) {
    const socket = await tunnel(forwarder, authority);
    if (socket !== undefined) return socket;
    if (Date.now() > deadline) throw notForwarded(authority);
    if (Date.now() - woken >= WAKE_AGAIN_MS) {
      wake(forwarder, authority);
      woken = Date.now();
    }
    await delay(POLL_MS);
  }
}

/** Undefined when no forwarder is there, or when it went away before it answered. */
function tunnel(forwarder: string, authority: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: forwarder, method: "CONNECT", path: authority, agent: false });
    asked.once("error", (error) => (isSystemError(error, "ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE") ? resolve(undefined) : reject(error)));
    asked.once("connect", (response, socket, head) => {
      if (head.byteLength > 0) socket.unshift(head);
      if (response.statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      const code = response.statusMessage ?? "";
      reject(Object.assign(new Error(`${code}: ${authority}`), { code }));
    });
    asked.end();
  });
}

/** Asks for the forwarder. Tells at once when nobody is left to hear it. */
function wake(forwarder: string, authority: string): void {
  try {
    const fifo = openSync(`${forwarder}.wake`, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      writeSync(fifo, "\n");
    } finally {
      closeSync(fifo);
    }
  } catch (error) {
    // EAGAIN: it is full of wishes already.
    if (!isSystemError(error, "EAGAIN")) throw notForwarded(authority, error);
  }
}

function notForwarded(authority: string, cause?: unknown): EngineError {
  return new EngineError("unavailable", `cannot reach ${authority} from the engine's network namespace: its forwarder does not run; \`slipway engine stop\` and start bring it back once no container runs`, { cause });
}
