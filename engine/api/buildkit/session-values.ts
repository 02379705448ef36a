import { mkdirSync, openSync, closeSync, constants } from "node:fs";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { join } from "node:path";
import type { AsyncDisposable } from "../../base/disposable.ts";
import type { IoOptions } from "../../base/abort.ts";
import { isEngineError } from "../../base/errors.ts";
import type { BuildRequest, Lookup } from "../../build/build.ts";
import type { RegistryCredentials } from "../../registry/registry.ts";
import { removeTree } from "../../sys/files.ts";
import { writeAll } from "../hijack.ts";
import { bytesMessage, checkAgentRequest, credentialsRequest, credentialsResponse, nothing, secretRequest, secretResponse } from "./messages.ts";
import type { ClientSession } from "./session.ts";

const GET_SECRET = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
const CHECK_AGENT = "/moby.sshforward.v1.SSH/CheckAgent";
const FORWARD_AGENT = "/moby.sshforward.v1.SSH/ForwardAgent";
const CREDENTIALS = "/moby.filesync.v1.Auth/Credentials";

/** What clients call Docker Hub here. */
const HUB = { domain: "docker.io", host: "registry-1.docker.io" };
/** What BuildKit allows. */
const MAX_SECRET = 500 * 1024;
const MAX_CONNECTIONS = 64;

/** Secrets are asked for when a step needs them. */
export function sessionSecrets(session: ClientSession, options: IoOptions): Lookup<Uint8Array> {
  return {
    async get(id) {
      const answer = await unlessAbsent(session.call(GET_SECRET, secretRequest, secretResponse, { ID: id }, options));
      return answer === undefined || answer.data.length > MAX_SECRET ? undefined : Uint8Array.from(answer.data);
    },
  };
}

/** Credentials of the client's configuration and its helpers; anonymous when it has none. */
export function sessionCredentials(session: ClientSession, options: IoOptions): BuildRequest["credentials"] {
  return async (registry): Promise<RegistryCredentials | undefined> => {
    const answer = await unlessAbsent(session.call(CREDENTIALS, credentialsRequest, credentialsResponse, { Host: registry === HUB.domain ? HUB.host : registry }, options));
    if (answer === undefined || answer.Secret === "") return undefined;
    return answer.Username === "" ? { identityToken: answer.Secret } : { username: answer.Username, password: answer.Secret };
  };
}

/** Undefined when the client has no such thing, or no such service. */
async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isEngineError(error, "notFound", "notImplemented")) return undefined;
    throw error;
  }
}

/**
 * Agents of the client's machine, each as a socket of this one while the build runs. Disposing ends their connections.
 */
export class SessionAgents implements Lookup<string>, AsyncDisposable {
  readonly #session: ClientSession;
  readonly #directory: string;
  readonly #options: IoOptions;
  readonly #agents = new Map<string, Promise<string | undefined>>();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #handle: number | undefined;

  /** @param directory an existing one, in which one is made when an agent is needed */
  constructor(session: ClientSession, directory: string, options: IoOptions) {
    this.#session = session;
    this.#directory = join(directory, `agents-${randomBytes(8).toString("hex")}`);
    this.#options = options;
  }

  get(id: string): Promise<string | undefined> {
    let agent = this.#agents.get(id);
    if (agent === undefined) this.#agents.set(id, (agent = this.#open(id)));
    return agent;
  }

  async #open(id: string): Promise<string | undefined> {
    if (!this.#session.offers(CHECK_AGENT)) return undefined;
    try {
      await this.#session.call(CHECK_AGENT, checkAgentRequest, nothing, { ID: id }, this.#options);
    } catch (error) {
      // The provider says "unset ssh forward key" for an id that it does not have, with no code of its own.
      if (!this.#session.signal.aborted && this.#options.signal?.aborted !== true) return undefined;
      throw error;
    }
    if (this.#handle === undefined) {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      this.#handle = openSync(this.#directory, constants.O_RDONLY | constants.O_DIRECTORY);
    }
    // Addresses have 107 bytes, and a run directory may be deep; git's ssh is another process.
    const path = `/proc/${process.pid}/fd/${this.#handle}/${this.#servers.length}.sock`;
    const server = createServer({ allowHalfOpen: true }, (socket) => void this.#forward(id, socket));
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    return path;
  }

  async #forward(id: string, socket: Socket): Promise<void> {
    socket.on("error", () => socket.destroy());
    if (this.#sockets.size >= MAX_CONNECTIONS) return void socket.destroy();
    this.#sockets.add(socket);
    const gone = new AbortController();
    socket.once("close", () => {
      this.#sockets.delete(socket);
      gone.abort();
    });
    try {
      const signal = this.#options.signal === undefined ? gone.signal : AbortSignal.any([gone.signal, this.#options.signal]);
      const stream = this.#session.open(FORWARD_AGENT, { "buildkit.ssh.id": [id] }, { signal });
      const sending = (async () => {
        for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) await stream.send(bytesMessage.encode({ data: chunk }));
        stream.end();
      })();
      sending.catch(() => stream.cancel());
      for await (const message of stream.messages) await writeAll(socket, bytesMessage.decode(message).data, gone.signal);
      socket.end();
    } catch {
      // The agent's user sees that its connection ends.
      socket.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#agents.values());
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    if (this.#handle === undefined) return;
    closeSync(this.#handle);
    this.#handle = undefined;
    await removeTree(this.#directory);
  }
}
