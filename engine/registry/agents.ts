import { request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Agent } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { EngineError, toEngineError } from "../base/errors.ts";
import { readHostCertificates, secureContextOf } from "./certificates.ts";
import { LoopbackHttpAgent, LoopbackHttpsAgent } from "./loopback.ts";
import { proxyAuthorization } from "./proxy.ts";

export interface AgentsOptions {
  readonly forwarder?: string | undefined;
  /** Directories like `/etc/docker/certs.d`. */
  readonly certificates?: readonly string[] | undefined;
}

const KEPT = { keepAlive: true, maxFreeSockets: 8, timeout: 60_000 };

/** Kept connections, one pool for each way to reach a host and to trust it. */
export class Agents {
  readonly #options: AgentsOptions;
  readonly #http: LoopbackHttpAgent;
  readonly #https = new Map<string, Agent>();
  /** Hosts whose certificate only the machine's own authorities can vouch for. */
  readonly #system = new Set<string>();

  constructor(options: AgentsOptions) {
    this.#options = options;
    this.#http = new LoopbackHttpAgent(options.forwarder, KEPT);
  }

  get http(): Agent {
    return this.#http;
  }

  /** @throws EngineError `invalidArgument` for certificates that cannot be used */
  https(host: string, insecure: boolean, proxy: URL | undefined): Agent {
    const key = JSON.stringify([host, insecure, proxy?.href, this.#system.has(host)]);
    let agent = this.#https.get(key);
    if (agent === undefined) this.#https.set(key, (agent = this.#make(host, insecure, proxy)));
    return agent;
  }

  #make(host: string, insecure: boolean, proxy: URL | undefined): Agent {
    const certificates = readHostCertificates(this.#options.certificates ?? [], host);
    const isPlain = certificates === undefined && !this.#system.has(host);
    const options = { ...KEPT, rejectUnauthorized: !insecure, ...(isPlain ? {} : { secureContext: secureContextOf(host, certificates, this.#system.has(host)) }) };
    return proxy === undefined ? new LoopbackHttpsAgent(this.#options.forwarder, options) : new TunnelAgent(proxy, this, options);
  }

  /** From now on the machine's own authorities count for `host` too. @returns false when they do already */
  trustSystem(host: string): boolean {
    if (this.#system.has(host)) return false;
    this.#system.add(host);
    return true;
  }

  close(): void {
    for (const agent of [this.#http, ...this.#https.values()]) agent.destroy();
  }
}

/** https through a proxy: `CONNECT` (RFC 9110, 9.3.6), then TLS with the registry, end to end. */
class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;
  readonly #agents: Agents;

  constructor(proxy: URL, agents: Agents, options: ConstructorParameters<typeof HttpsAgent>[0]) {
    super(options);
    this.#proxy = proxy;
    this.#agents = agents;
  }

  override createConnection(options: Parameters<HttpsAgent["createConnection"]>[0], connected?: (error: Error | null, socket: Duplex) => void): Duplex | null | undefined {
    const fail = connected as ((error: Error) => void) | undefined;
    openTunnel(this.#proxy, this.#agents, `${bracketed(options.host ?? "")}:${String(options.port)}`)
      .then((socket) => connected?.(null, super.createConnection({ ...options, socket } as typeof options)!))
      .catch((error: unknown) => fail?.(error instanceof Error ? error : toEngineError(error)));
    return undefined;
  }
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/** @throws EngineError `unavailable` naming the proxy, never its password */
function openTunnel(proxy: URL, agents: Agents, authority: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = proxy.protocol === "https:";
    const asked = (secure ? httpsRequest : httpRequest)({
      host: proxy.hostname.replace(/^\[|\]$/g, ""), port: portOf(proxy), method: "CONNECT", path: authority,
      headers: { host: authority, ...proxyAuthorization(proxy) },
      agent: secure ? agents.https(proxy.host, false, undefined) : agents.http,
    });
    asked.once("error", (error) => reject(proxyFailure(proxy, error)));
    asked.once("response", (response) => {
      response.resume();
      reject(proxyRefusal(proxy, response.statusCode ?? 0, authority));
    });
    asked.once("connect", (response, socket, head) => {
      if (head.byteLength > 0) socket.unshift(head);
      if (response.statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      reject(proxyRefusal(proxy, response.statusCode ?? 0, authority));
    });
    asked.end();
  });
}

export function portOf(url: URL): number {
  return url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
}

/** The sentence for a proxy that cannot be reached. */
export function proxyFailure(proxy: URL, error: unknown): EngineError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return new EngineError("unavailable", `the proxy ${proxy.protocol}//${proxy.host} cannot be reached${code === "" ? "" : ` (${code})`}: check HTTP_PROXY and HTTPS_PROXY of the engine's environment, or list the registry in NO_PROXY`, { cause: error, details: { reason: code, proxy: true } });
}

/** The sentence for a proxy that does not pass a request on. */
export function proxyRefusal(proxy: URL, status: number, host: string): EngineError {
  const why = status === 407 ? "it wants a user name and password: write them into the proxy's address" : `it answered with status ${status}`;
  return new EngineError("unavailable", `the proxy ${proxy.protocol}//${proxy.host} does not let us through to ${host}: ${why}`, { details: { status, proxy: true, ...(status >= 500 ? { temporary: true } : {}) } });
}
