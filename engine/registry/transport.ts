import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { once } from "node:events";
import { abortError, throwIfAborted } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import { connectionFailure, stallFailure } from "./failures.ts";
import { LoopbackHttpAgent, LoopbackHttpsAgent } from "./loopback.ts";

export interface HttpRequest {
  readonly method?: "GET" | "HEAD" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Unknown certificates, and redirects to plain http, are fine. */
  readonly insecure: boolean;
  /** The registry's name in messages. */
  readonly registry: string;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body's bytes. Must be read to its end or discarded. @throws EngineError `unavailable`, `deadlineExceeded` */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the connection up. */
  discard(): void;
}

const MAX_REDIRECTS = 10;
const DEFAULT_STALL_MS = 30_000;
/** Headers that are for the registry alone. */
const SECRET_HEADERS = ["authorization", "cookie"];

/** HTTP for the distribution protocol: kept connections, bounded redirects, time-outs. Works in worker threads as well. */
export class HttpTransport {
  readonly #http: LoopbackHttpAgent;
  readonly #https: LoopbackHttpsAgent;
  readonly #unverified: LoopbackHttpsAgent;
  readonly #stallMs: number;
  readonly #userAgent: string;

  constructor(options: { readonly stallTimeoutMs?: number | undefined; readonly userAgent?: string | undefined; readonly forwarder?: string | undefined } = {}) {
    const kept = { keepAlive: true, maxFreeSockets: 8, timeout: 60_000 };
    this.#http = new LoopbackHttpAgent(options.forwarder, kept);
    this.#https = new LoopbackHttpsAgent(options.forwarder, kept);
    this.#unverified = new LoopbackHttpsAgent(options.forwarder, { ...kept, rejectUnauthorized: false });
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
      if (target.origin !== url.origin) headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.includes(name.toLowerCase())));
      if (method === "POST" && response.status <= 303) [method, body] = ["GET", undefined];
      url = target;
    }
    throw new EngineError("unavailable", `the registry ${request.registry} redirects in circles: more than ${MAX_REDIRECTS} times`);
  }

  async #sendOnce(request: HttpRequest): Promise<HttpResponse> {
    throwIfAborted(request.signal);
    const { url, insecure, registry, signal } = request;
    const secure = url.protocol === "https:";
    const agent = !secure ? this.#http : insecure ? this.#unverified : this.#https;
    const headers = { "user-agent": this.#userAgent, ...request.headers };
    const sent = (secure ? httpsRequest : httpRequest)(url, { method: request.method ?? "GET", headers, agent, maxHeaderSize: 32 << 10 });
    // Errors after the response arrive through it; a request without a listener would end the process.
    sent.on("error", () => undefined);
    // Destroying an answered request shows as a cut connection: the true reason is kept here.
    let reason: EngineError | undefined;
    const end = (why: EngineError): void => {
      reason = why;
      sent.destroy(why);
    };
    const deadline = new Deadline(this.#stallMs, () => end(stallFailure(registry, this.#stallMs)));
    const onAbort = (): void => end(abortError(signal!));
    signal?.addEventListener("abort", onAbort, { once: true });
    const release = (): void => {
      deadline.stop();
      signal?.removeEventListener("abort", onAbort);
    };
    try {
      sent.end(request.body);
      deadline.waiting = true;
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      deadline.waiting = false;
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: readBody(response, sent, deadline, release, (error) => reason ?? connectionFailure(error, registry)),
        discard: () => {
          release();
          discardBody(response, sent);
        },
      };
    } catch (error) {
      release();
      throw reason ?? connectionFailure(error, registry);
    }
  }

  /** Closes kept connections. */
  close(): void {
    for (const agent of [this.#http, this.#https, this.#unverified]) agent.destroy();
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

async function* readBody(response: IncomingMessage, sent: ClientRequest, deadline: Deadline, release: () => void, explain: (error: unknown) => EngineError): AsyncGenerator<Uint8Array, void, void> {
  try {
    deadline.waiting = true;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      deadline.waiting = false;
      yield chunk;
      deadline.waiting = true;
    }
  } catch (error) {
    throw explain(error);
  } finally {
    release();
    if (!response.complete) sent.destroy();
  }
}

/** Reads a short rest, so that the connection can be used again; drops a long one. */
function discardBody(response: IncomingMessage, sent: ClientRequest): void {
  if (Number(response.headers["content-length"] ?? Infinity) <= 64 << 10) response.resume();
  else sent.destroy();
}

/** Fires when nothing came for a whole period while someone waited: a paused reader is not the server's fault. */
class Deadline {
  readonly #timer: NodeJS.Timeout;
  #waiting = false;
  #changes = 0;
  #seen = 0;
  #quietTicks = 0;

  constructor(milliseconds: number, onStall: () => void) {
    // Ticks of half a period: silence is noticed after at least one period and at most one and a half.
    this.#timer = setInterval(() => {
      this.#quietTicks = this.#waiting && this.#seen === this.#changes ? this.#quietTicks + 1 : 0;
      this.#seen = this.#changes;
      if (this.#quietTicks >= 2) onStall();
    }, milliseconds / 2);
  }

  set waiting(value: boolean) {
    this.#waiting = value;
    this.#changes++;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
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
