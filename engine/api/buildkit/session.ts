import { connect, constants } from "node:http2";
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import type { IoOptions } from "../../base/abort.ts";
import { EngineError, toEngineError } from "../../base/errors.ts";
import { writeAll } from "../hijack.ts";
import { errorOfStatus, frameMessage, readMessages } from "./grpc.ts";
import type { Message } from "./protobuf.ts";

/** Values of gRPC metadata; several make several headers. */
export type Metadata = Readonly<Record<string, readonly string[]>>;

/** A call whose both sides are streams. */
export interface SessionStream {
  /** What the client sends; throws its error at the end. */
  readonly messages: AsyncIterable<Buffer>;
  send(message: Uint8Array): Promise<void>;
  /** Says that nothing more will be sent. */
  end(): void;
  cancel(): void;
}

const STREAM_WINDOW = 1 << 20;
const CONNECTION_WINDOW = 4 << 20;
const MAX_HEADERS = 1 << 20;

/**
 * The connection on which a docker CLI serves gRPC to the engine while it builds: its files, secrets, agents and credentials. The client is not
 * trusted: what it sends is bounded by messages, windows and those who read it.
 */
export class ClientSession {
  /** Chosen by the client; equal for builds of the same directory. */
  readonly sharedKey: string;
  readonly #http2: ClientHttp2Session;
  readonly #methods: ReadonlySet<string>;
  readonly #closed = new AbortController();

  /** @param methods what the client offers, `/package.Service/Method`; empty when it did not say */
  constructor(socket: Socket, { sharedKey, methods }: { readonly sharedKey: string; readonly methods: Iterable<string> }) {
    this.sharedKey = sharedKey;
    this.#methods = new Set(methods);
    this.#http2 = connect("http://localhost", { createConnection: () => socket, settings: { enablePush: false, initialWindowSize: STREAM_WINDOW }, maxSendHeaderBlockLength: MAX_HEADERS });
    this.#http2.on("error", () => this.#http2.destroy());
    this.#http2.once("connect", () => this.#http2.setLocalWindowSize(CONNECTION_WINDOW));
    this.#http2.once("close", () => this.#closed.abort(new EngineError("cancelled", "the client closed its session")));
  }

  /** Aborts when the connection is gone. */
  get signal(): AbortSignal {
    return this.#closed.signal;
  }

  offers(method: string): boolean {
    return this.#methods.size === 0 || this.#methods.has(method);
  }

  /** @throws EngineError with what the client says; `notImplemented` when it has no such method; `cancelled` */
  async call<Q, A>(method: string, asked: Message<Q>, answered: Message<A>, request: Partial<Q>, options: IoOptions = {}): Promise<A> {
    const stream = this.open(method, {}, options);
    await stream.send(asked.encode(request));
    stream.end();
    let answer: A | undefined;
    for await (const message of stream.messages) answer = answered.decode(message);
    if (answer === undefined) throw new EngineError("internal", `the client gave no answer to ${method}`);
    return answer;
  }

  /** @throws EngineError `notImplemented` when the client has no such method, `cancelled` when it is gone */
  open(method: string, metadata: Metadata, options: IoOptions = {}): SessionStream {
    options.signal?.throwIfAborted();
    if (!this.offers(method)) throw new EngineError("notImplemented", `the client does not offer ${method}`);
    if (this.#http2.destroyed || this.#http2.closed) throw new EngineError("cancelled", "the client closed its session");
    const headers: OutgoingHttpHeaders = { ...encodeMetadata(metadata), ":method": "POST", ":path": method, "content-type": "application/grpc", te: "trailers" };
    const stream = this.#http2.request(headers, { ...(options.signal === undefined ? {} : { signal: options.signal }) });
    stream.on("error", () => undefined);
    const signal = options.signal === undefined ? this.signal : AbortSignal.any([options.signal, this.signal]);
    const ending = endOf(stream);
    return {
      messages: messagesOf(stream, ending, signal),
      send: (message) => writeAll(stream, frameMessage(message), signal),
      end: () => void stream.end(),
      cancel: () => stream.close(constants.NGHTTP2_CANCEL),
    };
  }

  close(): void {
    this.#http2.destroy();
  }
}

/**
 * Header values are ASCII; in others what is not is escaped as in query strings, and a second header says so. Clients before BuildKit 0.10 do not look
 * at that: they take the escaped letters for the value's.
 */
function encodeMetadata(metadata: Metadata): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, values] of Object.entries(metadata)) {
    // oxlint-disable-next-line no-control-regex -- what may stand in a header
    const plain = values.every((value) => /^[\x20-\x7e]*$/.test(value));
    headers[name] = plain ? [...values] : values.map((value) => value.toWellFormed().replaceAll(/[^\x20-\x24\x26-\x2a\x2c-\x7e]+/g, encodeURIComponent));
    if (!plain) headers[`${name}-encoded`] = ["1"];
  }
  return headers;
}

/** The error that a stream ends with. */
async function endOf(stream: ClientHttp2Stream): Promise<EngineError | undefined> {
  let status: EngineError | undefined = new EngineError("unavailable", "the client's session ended a call without a status");
  const note = (headers: IncomingHttpHeaders): void => {
    if (headers["grpc-status"] !== undefined) status = errorOfStatus(headers["grpc-status"], headers["grpc-message"]);
  };
  stream.once("response", note);
  stream.once("trailers", note);
  await new Promise<void>((resolve) => stream.once("close", resolve));
  return status;
}

async function* messagesOf(stream: ClientHttp2Stream, ending: Promise<EngineError | undefined>, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* readMessages(stream);
  } catch (error) {
    signal.throwIfAborted();
    throw toEngineError(error);
  } finally {
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_CANCEL);
  }
  const error = await ending;
  signal.throwIfAborted();
  if (error !== undefined) throw error;
}
