import { EngineError, isEngineError } from "../base/errors.ts";
import type { Authorizer, AuthContext } from "./auth.ts";
import type { BodySource, HttpResponse } from "./exchange.ts";
import { accessDenied, registryWords, statusFailure } from "./failures.ts";
import type { Target } from "./failures.ts";
import { isLoopback, isPrivate } from "./insecure.ts";
import { readRateLimit } from "./rate-limit.ts";
import type { RateLimit } from "./rate-limit.ts";
import { retryAfterMs, retrying } from "./retry.ts";
import { readBounded } from "./transport.ts";
import type { HttpTransport } from "./transport.ts";

const MAX_ERROR_BYTES = 64 << 10;
export type Scheme = "http" | "https";

export interface EndpointRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/v2/`, or a whole address that the registry gave. */
  readonly path: string | URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | BodySource | undefined;
  readonly scopes: readonly string[];
  readonly target: Target;
  /** Statuses besides 2xx that the caller looks at itself. */
  readonly accept?: readonly number[] | undefined;
  /** Tries for temporary failures; those of the endpoint unless given. */
  readonly attempts?: number | undefined;
  /** Asks the token server for an identity token too. */
  readonly isLogin?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EndpointOptions {
  /** The registry's host as in the URL. */
  readonly host: string;
  /** Plain http and unknown certificates are fine. */
  readonly insecure: boolean;
  readonly transport: HttpTransport;
  /** Scheme that worked, for hosts where it had to be found out. */
  readonly schemes: Map<string, Scheme>;
  readonly maxAttempts: number;
  readonly authorizer: Authorizer;
  /** Told what a registry says of its limits. */
  readonly onRateLimit?: ((limit: RateLimit) => void) | undefined;
}

/** One registry as one user sees it: addresses, authorization, retries, errors. */
export class Endpoint {
  readonly #options: EndpointOptions;
  #latencyMs: number | undefined;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /** The shortest time from a request to the head of its answer, in milliseconds. */
  get latencyMs(): number | undefined {
    return this.#latencyMs;
  }

  get host(): string {
    return this.#options.host;
  }

  get insecure(): boolean {
    return this.#options.insecure;
  }

  get transport(): HttpTransport {
    return this.#options.transport;
  }

  get maxAttempts(): number {
    return this.#options.maxAttempts;
  }

  get authorizer(): Authorizer {
    return this.#options.authorizer;
  }

  /** Whether the registry has answered before, so that its scheme is known. */
  get isKnown(): boolean {
    return this.#options.schemes.has(this.host);
  }

  url(path: string): URL {
    return new URL(`${this.#options.schemes.get(this.host) ?? this.#firstScheme()}://${this.host}/v2/${path}`);
  }

  /**
   * Sends a request until it succeeds, fails for good, or tries are used up.
   * @throws EngineError of transport and authorization, and the sentence for a status that is neither 2xx nor accepted
   */
  request(request: EndpointRequest): Promise<HttpResponse> {
    return retrying(request.attempts ?? this.maxAttempts, request.signal, async () => {
      const response = await this.#sendWithScheme(request).catch((error: unknown) => {
        // Where nothing listens at the very first request, waiting does not help.
        if (isEngineError(error) && error.details["reason"] === "ECONNREFUSED" && !this.isKnown) throw new EngineError(error.code, error.message, { cause: error, details: { reason: "ECONNREFUSED", registry: request.target.registry } });
        throw error;
      });
      const limit = readRateLimit(response.headers, this.host);
      if (limit !== undefined) this.#options.onRateLimit?.(limit);
      if ((response.status >= 200 && response.status < 300) || request.accept?.includes(response.status) === true) return response;
      const words = await wordsOf(response);
      throw statusFailure(response.status, words, request.target, { authenticated: this.authorizer.hasCredentials, retryAfterMs: retryAfterMs(response.headers["retry-after"]) });
    });
  }

  /** The header for a worker thread that fetches from this registry itself. */
  authorization(request: Pick<EndpointRequest, "scopes" | "target" | "signal">): Promise<string | undefined> {
    return this.authorizer.header(this.#context(request));
  }

  #context({ scopes, target, signal }: Pick<EndpointRequest, "scopes" | "target" | "signal">): AuthContext {
    const { transport, host, insecure } = this.#options;
    return { transport, host, insecure: insecure && isPrivate(host), target, scopes, signal };
  }

  #firstScheme(): Scheme {
    return isLoopback(this.host) ? "http" : "https";
  }

  /** Registries on loopback or marked insecure may speak http or https: the first answer decides. */
  async #sendWithScheme(request: EndpointRequest): Promise<HttpResponse> {
    const { schemes, insecure } = this.#options;
    const first = this.#firstScheme();
    if (!insecure || this.isKnown || typeof request.path !== "string") {
      const response = await this.#authorized(request);
      if (!this.isKnown) schemes.set(this.host, first);
      return response;
    }
    let refusal: unknown;
    try {
      const response = await this.#authorized(request);
      // What Go's and nginx's TLS servers say to plain http.
      const meansTls = first === "http" && response.status === 400 && response.headers["docker-distribution-api-version"] === undefined;
      if (!meansTls) {
        schemes.set(this.host, first);
        return response;
      }
      response.discard();
    } catch (error) {
      if (!meansOtherScheme(error, first)) throw error;
      refusal = error;
    }
    schemes.set(this.host, first === "http" ? "https" : "http");
    try {
      return await this.#authorized(request);
    } catch (error) {
      schemes.delete(this.host);
      throw isEngineError(error, "notFound", "unauthorized", "forbidden") ? error : (refusal ?? error);
    }
  }

  async #authorized(request: EndpointRequest): Promise<HttpResponse> {
    const { transport, insecure, authorizer } = this.#options;
    const url = typeof request.path === "string" ? this.url(request.path) : request.path;
    // An address elsewhere carries its own permission.
    const isOwn = url.host === this.url("").host && (url.protocol === "https:" || this.url("").protocol === "http:");
    const context = this.#context(request);
    const send = async (authorization: string | undefined): Promise<HttpResponse> => {
      const begin = performance.now();
      const response = await transport.send({
        method: request.method, url, body: request.body, insecure, registry: request.target.registry, signal: request.signal,
        headers: { ...request.headers, ...(authorization === undefined ? {} : { authorization }) },
      });
      if (request.body === undefined) this.#latencyMs = Math.min(this.#latencyMs ?? Infinity, performance.now() - begin);
      return response;
    };
    const sent = isOwn ? await authorizer.header(context) : undefined;
    const response = await send(sent);
    if (response.status !== 401 || !isOwn) return response;
    const said = response.headers["www-authenticate"];
    response.discard();
    const answered = await send(await authorizer.answer(said, sent, context, request.isLogin));
    if (answered.status !== 401 || authorizer.hasCredentials || request.accept?.includes(401) === true) return answered;
    throw accessDenied(request.target, await wordsOf(answered));
  }
}

/** What the registry says of an answer that is an error. */
export async function wordsOf(response: HttpResponse): Promise<string> {
  return registryWords(await readBounded(response, MAX_ERROR_BYTES, "the error").catch(() => new Uint8Array()));
}

function meansOtherScheme(error: unknown, tried: Scheme): boolean {
  const reason = isEngineError(error) ? String(error.details["reason"]) : "";
  return tried === "http" ? /^HPE_|^ECONNRESET$/.test(reason) : ["EPROTO", "ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "ECONNREFUSED"].includes(reason);
}
