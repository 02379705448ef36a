import { Agent } from "node:http";
import type { ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import Docker from "dockerode";
import { DESKTOP_CLIENT } from "../ipc/contract/calls.ts";
import type { Endpoint } from "./endpoint.ts";
import { ipcError } from "./ipc-error.ts";
import { SshStream } from "./ssh-stream.ts";
import { connectTls } from "./tls-connect.ts";

/** A dockerode client of exactly this endpoint: DOCKER_HOST and its siblings, which dockerode would read, have no say. */
export function createDocker(endpoint: Endpoint): Docker {
  // A connection per request: connecting to a local socket costs little, and a kept one may be dead after the engine restarted.
  const agent = new EngineAgent(endpoint);
  const target =
    endpoint.type === "unix" ? { socketPath: endpoint.socketPath, host: undefined }
    : endpoint.type === "tcp" ? { host: endpoint.host, port: endpoint.port, socketPath: undefined }
    : { host: "docker", port: 80, socketPath: undefined };
  const options = { ...target, protocol: "http" as const, agent, headers: NAMED };
  return new Docker(options);
}

/** Engines write down who calls. */
const NAMED = { "User-Agent": DESKTOP_CLIENT };

/** Opens what an endpoint needs: Node's own socket, TLS, or ssh. All of them carry plain HTTP. */
class EngineAgent extends Agent {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    super({ keepAlive: false });
    this.#endpoint = endpoint;
  }

  override createConnection(options: ClientRequestArgs, done: (error: Error | null, stream: Duplex) => void): Duplex | null | undefined {
    const endpoint = this.#endpoint;
    if (endpoint.type === "ssh") return new SshStream(endpoint);
    if (endpoint.type === "unix" || endpoint.tls === undefined) return super.createConnection(options, done);
    void openTls(endpoint, done);
    return undefined;
  }
}

async function openTls(endpoint: Extract<Endpoint, { type: "tcp" }>, done: (error: Error | null, stream: Duplex) => void): Promise<void> {
  try {
    done(null, await connectTls(endpoint));
  } catch (error) {
    done(error as Error, undefined as unknown as Duplex);
  }
}

/**
 * A call that dockerode's methods lose something of (warnings of create, query and body in one call).
 *
 * @param path with a trailing `?` when `query` may have values
 */
export function dial<T>(
  docker: Docker,
  request: { path: string; method: "GET" | "POST" | "PUT" | "DELETE"; query?: object; body?: object; /** Bytes as the body. */ file?: Buffer | NodeJS.ReadableStream; okStatuses: number[]; stream?: boolean; /** Keeps the connection open in both directions. */ hijack?: boolean; headers?: Record<string, string> | undefined; signal?: AbortSignal | undefined },
): Promise<T> {
  const statusCodes: Record<number, true> = {};
  for (const status of request.okStatuses) statusCodes[status] = true;
  const options = { path: request.path, method: request.method, statusCodes, isStream: request.stream ?? false, ...(request.hijack === true && { hijack: true, openStdin: true, allowEmpty: true }), abortSignal: request.signal, headers: { ...NAMED, ...request.headers }, ...(request.file === undefined ? {} : { file: request.file }), options: { _query: request.query ?? {}, _body: request.body ?? {} } };
  return new Promise((resolve, reject) => {
    docker.modem.dial(options, (error: unknown, data: unknown) => (error ? reject(error as Error) : resolve(data as T)));
  });
}

/**
 * A list as the daemon's own JSON, unparsed. @throws IpcError `dataLoss` when it is no list
 *
 * @param path ends with `?`
 */
export async function listText(docker: Docker, path: string, query: object, signal: AbortSignal | undefined): Promise<string> {
  const stream = await dial<NodeJS.ReadableStream>(docker, { path, method: "GET", query, okStatuses: [200], stream: true, signal });
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  const json = Buffer.concat(parts).toString("utf8").trim();
  if (json === "null") return "[]";
  if (!json.startsWith("[") || !json.endsWith("]")) throw ipcError("dataLoss", "The engine sent a list that is not one.", { cause: json.slice(0, 200) });
  return json;
}
