import { performServerHandshake } from "node:http2";
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { EngineError, toEngineError } from "../../base/errors.ts";
import { writeAll } from "../hijack.ts";
import { encodeMessage, frameMessage, grpcCode, readMessages } from "./grpc.ts";
import type { Message } from "./protobuf.ts";

/** One call of a client. */
export interface Call {
  readonly headers: IncomingHttpHeaders;
  /** Aborts when the client gives the call up. */
  readonly signal: AbortSignal;
}

/** Answers a call; its messages are sent as they come. */
export type Method = (request: Buffer, call: Call) => AsyncIterable<Uint8Array>;
/** By path: `/package.Service/Method`. */
export type Methods = ReadonlyMap<string, Method>;

/** A method with one answer. */
export function unary<Q, A>(asked: Message<Q>, answered: Message<A>, answer: (request: Q, call: Call) => Promise<Partial<A>> | Partial<A>): Method {
  return async function* (request, call) {
    yield answered.encode(await answer(asked.decode(request), call));
  };
}

/** A method that answers with a stream. */
export function streaming<Q, A>(asked: Message<Q>, answered: Message<A>, answer: (request: Q, call: Call) => AsyncIterable<Partial<A>>): Method {
  return async function* (request, call) {
    for await (const value of answer(asked.decode(request), call)) yield answered.encode(value);
  };
}

/** What an error says beyond its message: the encoded google.rpc.Status. */
export type StatusDetails = (error: EngineError) => Uint8Array | undefined;

const MAX_CALLS = 100;

/** Serves methods with one request each on a connection that has left HTTP/1. Ends with it. */
export function serveGrpc(socket: Socket, methods: Methods, options: { readonly details: StatusDetails; readonly onError: (error: EngineError, call: string) => void }): ServerHttp2Session {
  const session = performServerHandshake(socket, { settings: { maxConcurrentStreams: MAX_CALLS }, maxSessionInvalidFrames: 100 });
  session.on("error", () => session.destroy());
  session.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on("error", () => stream.destroy());
    void answer(stream, headers, methods, options);
  });
  return session;
}

async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, methods: Methods, { details, onError }: Parameters<typeof serveGrpc>[2]): Promise<void> {
  const abort = new AbortController();
  let ended = false;
  stream.once("close", () => void (ended || abort.abort(new EngineError("cancelled", "the client gave the call up"))));
  const path = String(headers[":path"]);
  let trailers: Record<string, string> = { "grpc-status": "0" };
  try {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    const method = methods.get(path);
    if (method === undefined) throw new EngineError("notImplemented", `this engine does not offer ${path}`);
    const request = await firstMessage(stream);
    for await (const message of method(request, { headers, signal: abort.signal })) await writeAll(stream, frameMessage(message), abort.signal);
  } catch (thrown) {
    const error = toEngineError(thrown);
    if (!abort.signal.aborted && (error.code === "internal" || error.code === "dataLoss")) onError(error, path);
    const detail = details(error);
    trailers = {
      "grpc-status": String(grpcCode(error)), "grpc-message": encodeMessage(error.message.slice(0, MAX_MESSAGE_TEXT)),
      ...(detail === undefined || detail.length > MAX_DETAILS ? {} : { "grpc-status-details-bin": Buffer.from(detail).toString("base64") }),
    };
  }
  ended = true;
  if (stream.destroyed) return;
  stream.once("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end();
}

/** Trailers are small: clients refuse larger ones. */
const MAX_MESSAGE_TEXT = 2000;
const MAX_DETAILS = 30_000;

/** All methods here take one message. */
async function firstMessage(stream: ServerHttp2Stream): Promise<Buffer> {
  for await (const message of readMessages(stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)) return message;
  throw new EngineError("invalidArgument", "the call has no message");
}
