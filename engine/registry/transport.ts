import { EngineError, isEngineError } from "../base/errors.ts";
import { Agents, portOf, proxyFailure, proxyRefusal } from "./agents.ts";
import { exchange } from "./exchange.ts";
import type { BodySource, HttpResponse } from "./exchange.ts";
import { proxyAuthorization, proxyFor } from "./proxy.ts";
import type { ProxySettings } from "./proxy.ts";

export interface HttpRequest {
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Unknown certificates, and redirects to plain http, are fine. */
  readonly insecure: boolean;
  /** The registry's name in messages. */
  readonly registry: string;
  readonly body?: string | Uint8Array | BodySource | undefined;
  /** The body holds a secret: it never follows a redirect to another host. */
  readonly secret?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How connections are made; plain data, so that worker threads get it too. */
export interface TransportOptions {
  /** Milliseconds without a byte before a connection counts as stalled; default 30,000. */
  readonly stallTimeoutMs?: number | undefined;
  readonly userAgent?: string | undefined;
  /** Socket of the forwarder through which loopback hosts are reached; see loopback.ts. */
  readonly forwarder?: string | undefined;
  /** Directories like `/etc/docker/certs.d`; see certificates.ts. */
  readonly certificates?: readonly string[] | undefined;
  readonly proxy?: ProxySettings | undefined;
}

const MAX_REDIRECTS = 10;
const DEFAULT_STALL_MS = 30_000;
/** Headers that are for the registry alone. */
const SECRET_HEADERS = ["authorization", "cookie"];
/** Certificates that an authority known to this machine alone may have signed. */
const UNKNOWN_AUTHORITY = ["DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"];

/** HTTP for the distribution protocol: kept connections, bounded redirects, time-outs, proxies, certificates. Works in worker threads as well. */
export class HttpTransport {
  readonly #agents: Agents;
  readonly #proxy: ProxySettings;
  readonly #stallMs: number;
  readonly #userAgent: string;

  constructor(options: TransportOptions = {}) {
    this.#agents = new Agents(options);
    this.#proxy = options.proxy ?? {};
    this.#stallMs = options.stallTimeoutMs ?? DEFAULT_STALL_MS;
    this.#userAgent = options.userAgent ?? "slipway";
  }

  /**
   * Sends a request and follows redirects; credentials never go to another host.
   * @throws EngineError `unavailable` (no connection, too many or unsafe redirects), `deadlineExceeded` (silence), `cancelled`
   */
  async send(request: HttpRequest): Promise<HttpResponse> {
    let { url, headers } = request;
    let { method = "GET", body } = request;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const response = await this.#sendOnce({ ...request, url, headers, method, body });
      const location = response.headers.location;
      if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) return response;
      response.discard();
      const target = redirectTarget(location, url, request);
      if (target.origin !== url.origin) {
        if (request.secret === true && body !== undefined) throw new EngineError("unavailable", `the registry ${request.registry} redirects credentials to another host (${target.host}): refused`);
        headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.includes(name.toLowerCase())));
      }
      if (method === "POST" && response.status <= 303) [method, body] = ["GET", undefined];
      url = target;
    }
    throw new EngineError("unavailable", `the registry ${request.registry} redirects in circles: more than ${MAX_REDIRECTS} times`);
  }

  async #sendOnce(request: HttpRequest): Promise<HttpResponse> {
    try {
      return await this.#attempt(request);
    } catch (error) {
      const reason = isEngineError(error) ? String(error.details["reason"]) : "";
      if (!UNKNOWN_AUTHORITY.includes(reason) || !this.#agents.trustSystem(request.url.host)) throw error;
      return this.#attempt(request);
    }
  }

  async #attempt({ url, headers, body, method, insecure, registry, signal }: HttpRequest): Promise<HttpResponse> {
    const proxy = proxyFor(url, this.#proxy);
    const size = body === undefined ? undefined : typeof body === "string" ? Buffer.byteLength(body) : "open" in body ? body.size : body.byteLength;
    const length = size === undefined ? {} : { "content-length": String(size) };
    const common = { method, headers: { "user-agent": this.#userAgent, ...length, ...headers } };
    const rest = { url, body, registry, stallMs: this.#stallMs, signal };
    const direct = { host: url.hostname.replace(/^\[|\]$/g, ""), port: portOf(url), path: `${url.pathname}${url.search}` };
    if (url.protocol === "https:") return exchange({ ...rest, agent: this.#agents.https(url.host, insecure, proxy), options: { ...common, ...direct } });
    if (proxy === undefined) return exchange({ ...rest, agent: this.#agents.http, options: { ...common, ...direct } });
    const secure = proxy.protocol === "https:";
    const options = {
      ...common, protocol: proxy.protocol, host: proxy.hostname.replace(/^\[|\]$/g, ""), port: portOf(proxy), path: url.href,
      headers: { ...common.headers, host: url.host, ...proxyAuthorization(proxy) },
    };
    const response = await exchange({ ...rest, agent: secure ? this.#agents.https(proxy.host, false, undefined) : this.#agents.http, options }).catch((error: unknown) => {
      if (isEngineError(error) && error.details["reason"] !== undefined) throw proxyFailure(proxy, error.cause);
      throw error;
    });
    if (response.status !== 407) return response;
    response.discard();
    throw proxyRefusal(proxy, 407, url.host);
  }

  /** Closes kept connections. */
  close(): void {
    this.#agents.close();
  }
}

function redirectTarget(location: string, from: URL, { registry, insecure }: HttpRequest): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const isHttp = target?.protocol === "http:" || target?.protocol === "https:";
  if (target === undefined || !isHttp || target.username !== "" || target.password !== "") {
    throw new EngineError("unavailable", `the registry ${registry} redirects to an address that cannot be used`);
  }
  if (target.protocol === "http:" && from.protocol === "https:" && !insecure) {
    throw new EngineError("unavailable", `the registry ${registry} redirects from https to plain http (${target.host}): refused`);
  }
  return target;
}

/** A whole body in memory. @throws EngineError `resourceExhausted` over `maxBytes` */
export async function readBounded(response: HttpResponse, maxBytes: number, what: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new EngineError("resourceExhausted", `${what} is larger than the ${maxBytes} bytes allowed`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
