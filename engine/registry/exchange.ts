import { request as httpRequest } from "node:http";
import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { once } from "node:events";
import { abortError, throwIfAborted } from "../base/abort.ts";
import type { EngineError } from "../base/errors.ts";
import { connectionFailure, stallFailure } from "./failures.ts";

/** Bytes to send that can be had again, for a request that is repeated. */
export interface BodySource {
  /** In bytes; undefined while it is not known, which HTTP/1.1 sends in chunks of its own. */
  readonly size: number | undefined;
  open(): AsyncIterable<Uint8Array>;
}

/** One request on one connection, everything decided. */
export interface Exchange {
  readonly url: URL;
  readonly agent: Agent;
  readonly options: RequestOptions;
  readonly body?: string | Uint8Array | BodySource | undefined;
  readonly registry: string;
  readonly stallMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose head is there. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body's bytes. Must be read to its end or discarded. @throws EngineError `unavailable`, `deadlineExceeded` */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the connection up. */
  discard(): void;
}

/**
 * Sends a request and waits for the head of its answer; silence in either direction ends it.
 * @throws EngineError `unavailable`, `deadlineExceeded`, `cancelled`, and what the body's source throws
 */
export async function exchange({ url, agent, options, body, registry, stallMs, signal }: Exchange): Promise<HttpResponse> {
  throwIfAborted(signal);
  const sent = ((options.protocol ?? url.protocol) === "http:" ? httpRequest : httpsRequest)({ ...options, agent, maxHeaderSize: 32 << 10 });
  // Errors after the response arrive through it; a request without a listener would end the process.
  sent.on("error", () => undefined);
  // Destroying an answered request shows as a cut connection: the true reason is kept here.
  let reason: EngineError | undefined;
  const end = (why: EngineError): void => {
    reason = why;
    sent.destroy(why);
  };
  const deadline = new Deadline(stallMs, () => end(stallFailure(registry, stallMs)));
  const onAbort = (): void => end(abortError(signal!));
  signal?.addEventListener("abort", onAbort, { once: true });
  const release = (): void => {
    deadline.stop();
    signal?.removeEventListener("abort", onAbort);
  };
  try {
    deadline.waiting = true;
    const answered = once(sent, "response") as Promise<[IncomingMessage]>;
    if (typeof body === "object" && "open" in body) {
      // A failure to send shows at the answer, unless the body itself could not be had.
      answered.catch(() => undefined);
      await sendBody(sent, body, deadline).catch((error: unknown) => {
        sent.destroy();
        throw error;
      });
    } else sent.end(body);
    const [response] = await answered;
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

/** Sends until the end, the answer, or the connection's end: who answers early has made up their mind. */
async function sendBody(sent: ClientRequest, body: BodySource, deadline: Deadline): Promise<void> {
  let over = false;
  let wake: () => void = () => undefined;
  const stop = (): void => {
    over = true;
    wake();
  };
  sent.once("response", stop).once("close", stop);
  for await (const chunk of body.open()) {
    if (over) break;
    deadline.waiting = true;
    if (!sent.write(chunk)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        sent.once("drain", resolve);
      });
    }
    deadline.moved(chunk.byteLength);
    if (over) break;
  }
  if (!over) sent.end();
}

async function* readBody(response: IncomingMessage, sent: ClientRequest, deadline: Deadline, release: () => void, explain: (error: unknown) => EngineError): AsyncGenerator<Uint8Array, void, void> {
  try {
    deadline.waiting = true;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      deadline.waiting = false;
      deadline.moved(chunk.byteLength);
      yield chunk;
      deadline.waiting = true;
    }
  } catch (error) {
    throw explain(error);
  } finally {
    release();
    if (!response.complete || !sent.writableFinished) sent.destroy();
  }
}

/** Reads a short rest, so that the connection can be used again; drops a long one. */
function discardBody(response: IncomingMessage, sent: ClientRequest): void {
  if (sent.writableFinished && Number(response.headers["content-length"] ?? Infinity) <= 64 << 10) response.resume();
  else if (sent.writableFinished && isBodyless(response, sent)) response.resume();
  else sent.destroy();
}

function isBodyless({ statusCode }: IncomingMessage, { method }: ClientRequest): boolean {
  return method === "HEAD" || statusCode === 204 || statusCode === 304;
}

/** Slower than this, in bytes a second, is as good as silent: a server that drips keeps nobody for ever. */
const MIN_RATE = 1024;

/** Fires when (almost) nothing moved for a whole period while someone waited: a paused reader is not the server's fault. */
class Deadline {
  readonly #timer: NodeJS.Timeout;
  #waitingSince: number | undefined;
  #waited = 0;
  #moved = 0;
  #quietTicks = 0;

  constructor(milliseconds: number, onStall: () => void) {
    // Ticks of half a period: silence is noticed after at least one period and at most one and a half.
    const tick = milliseconds / 2;
    this.#timer = setInterval(() => {
      const isWaiting = this.#waitingSince !== undefined;
      this.waiting = isWaiting;
      const isQuiet = isWaiting && this.#waited >= tick * 0.9 && this.#moved < (MIN_RATE * tick) / 1000;
      this.#quietTicks = isQuiet ? this.#quietTicks + 1 : 0;
      this.#waited = 0;
      this.#moved = 0;
      if (this.#quietTicks >= 2) onStall();
    }, tick);
  }

  /** Whether someone waits for the other side now. */
  set waiting(value: boolean) {
    const now = performance.now();
    if (this.#waitingSince !== undefined) this.#waited += now - this.#waitingSince;
    this.#waitingSince = value ? now : undefined;
  }

  moved(bytes: number): void {
    this.#moved += bytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
