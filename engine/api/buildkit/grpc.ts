import { EngineError, toEngineError } from "../../base/errors.ts";
import type { ErrorCode } from "../../base/errors.ts";

/** gRPC over HTTP/2 (the specification of its protocol, PROTOCOL-HTTP2.md): messages in frames of five bytes and a body, a status in the trailers. */

/** A message is read up to this many bytes; BuildKit's own limit. */
export const MAX_MESSAGE = 16 << 20;

const HEAD = 5;

export function frameMessage(body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEAD + body.length);
  frame[0] = 0;
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, HEAD);
  return frame;
}

/** Cuts a stream into messages. @throws EngineError `invalidArgument` for a compressed, cut or too long one */
export async function* readMessages(stream: AsyncIterable<Uint8Array>, limit = MAX_MESSAGE): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let length = 0;
  let wanted = HEAD;
  for await (const chunk of stream) {
    held.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    length += chunk.byteLength;
    if (length < wanted) continue;
    let all = held.length === 1 ? held[0]! : Buffer.concat(held, length);
    while (all.length >= HEAD) {
      if (all[0] !== 0) throw new EngineError("invalidArgument", "the client sent a compressed message, which was not agreed");
      const size = all.readUInt32BE(1);
      if (size > limit) throw new EngineError("resourceExhausted", `the client sent a message of ${size} bytes: ${limit} are allowed`);
      wanted = HEAD + size;
      if (all.length < wanted) break;
      yield all.subarray(HEAD, wanted);
      all = all.subarray(wanted);
      wanted = HEAD;
    }
    held = all.length === 0 ? [] : [all];
    length = all.length;
  }
  if (length > 0) throw new EngineError("invalidArgument", "the client's stream ended inside a message");
}

/** gRPC's status codes for ours. */
const CODE_OF: Readonly<Record<ErrorCode, number>> = {
  notFound: 5, alreadyExists: 6, conflict: 9, notModified: 9, invalidArgument: 3, unauthorized: 16, forbidden: 7, unavailable: 14, deadlineExceeded: 4, cancelled: 1, resourceExhausted: 8, notImplemented: 12,
  dataLoss: 15, commandNotFound: 2, commandNotExecutable: 2, internal: 2,
};

const OURS: readonly (ErrorCode | undefined)[] = [
  undefined, "cancelled", "internal", "invalidArgument", "deadlineExceeded", "notFound", "alreadyExists", "forbidden", "resourceExhausted", "conflict", "conflict", "invalidArgument", "notImplemented", "internal",
  "unavailable", "dataLoss", "unauthorized",
];

export function grpcCode(thrown: unknown): number {
  return CODE_OF[toEngineError(thrown).code];
}

/** The error that trailers tell of; undefined for status 0. */
export function errorOfStatus(status: unknown, text: unknown): EngineError | undefined {
  const code = typeof status === "string" ? Number(status) : Number.NaN;
  if (code === 0) return undefined;
  const said = typeof text === "string" && text !== "" ? decodeMessage(text) : "the client gave no reason";
  return new EngineError(OURS[code] ?? "internal", said);
}

/** `grpc-message`: bytes outside of printable ASCII, and `%`, as `%XX`. */
export function encodeMessage(text: string): string {
  let out = "";
  for (const byte of Buffer.from(text)) out += byte < 0x20 || byte > 0x7e || byte === 0x25 ? `%${byte.toString(16).toUpperCase().padStart(2, "0")}` : String.fromCharCode(byte);
  return out;
}

function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text.replace(/%(?![0-9A-Fa-f]{2})/g, "%25"));
  } catch {
    return text;
  }
}
