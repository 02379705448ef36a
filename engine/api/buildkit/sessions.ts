import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { IoOptions } from "../../base/abort.ts";
import { EngineError } from "../../base/errors.ts";
import { ClientSession } from "./session.ts";

/** A client opens its session at the same time as it asks for the build. */
const WAIT_MS = 5_000;
const MAX_SESSIONS = 1_000;
const MAX_NAME = 200;

/** The sessions that clients hold open, by their ids. */
export class Sessions {
  readonly #open = new Map<string, ClientSession>();
  readonly #waiting = new Map<string, Set<(session: ClientSession) => void>>();

  /**
   * Checks what a request for a session says.
   * @throws EngineError `invalidArgument` without an id, `conflict` for one that is open, `resourceExhausted`
   */
  admit(headers: IncomingHttpHeaders): string {
    const id = headers["x-docker-expose-session-uuid"];
    if (typeof id !== "string" || id === "" || id.length > MAX_NAME) throw new EngineError("invalidArgument", "a session needs an id in the header X-Docker-Expose-Session-Uuid");
    if (this.#open.has(id)) throw new EngineError("conflict", `the session ${JSON.stringify(id)} is open already`);
    if (this.#open.size >= MAX_SESSIONS) throw new EngineError("resourceExhausted", `${MAX_SESSIONS} sessions are open: end some`);
    return id;
  }

  /** Takes over a connection that has left HTTP/1. @throws EngineError `conflict` when another one was faster, and closes it */
  add(id: string, headers: IncomingHttpHeaders, socket: Socket): ClientSession {
    if (this.#open.has(id)) {
      socket.destroy();
      throw new EngineError("conflict", `the session ${JSON.stringify(id)} is open already`);
    }
    const key = headers["x-docker-expose-session-sharedkey"];
    const methods = headers["x-docker-expose-session-grpc-method"];
    const session = new ClientSession(socket, { sharedKey: typeof key === "string" ? key : "", methods: typeof methods === "string" ? methods.split(",").map((method) => method.trim()) : methods ?? [] });
    this.#open.set(id, session);
    session.signal.addEventListener("abort", () => void (this.#open.get(id) === session && this.#open.delete(id)), { once: true });
    for (const tell of this.#waiting.get(id) ?? []) tell(session);
    return session;
  }

  /** @throws EngineError `notFound` when it does not come in time */
  async find(id: string, { signal }: IoOptions = {}): Promise<ClientSession> {
    const open = this.#open.get(id);
    if (open !== undefined) return open;
    const { promise, resolve } = Promise.withResolvers<ClientSession>();
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(resolve));
    const done = new AbortController();
    try {
      const late = sleep(WAIT_MS, undefined, { signal: signal === undefined ? done.signal : AbortSignal.any([signal, done.signal]) }).then(() => {
        throw new EngineError("notFound", `no active session for ${id}: context deadline exceeded`);
      });
      late.catch(() => undefined);
      return await Promise.race([promise, late]);
    } finally {
      done.abort();
      waiting.delete(resolve);
      if (waiting.size === 0) this.#waiting.delete(id);
    }
  }
}
