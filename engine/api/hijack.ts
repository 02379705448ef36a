import { once } from "node:events";
import type { Socket } from "node:net";
import { EngineError } from "../base/errors.ts";

/** A connection that has left HTTP: bytes both ways (attach, exec). */
export interface Hijacked {
  /** What the client sends; ends when it closes its sending half (end of stdin). */
  readonly input: AsyncIterable<Uint8Array>;
  /** Aborts when the connection is closed entirely. */
  readonly signal: AbortSignal;
  /** Resolves when more may be written. @throws EngineError `cancelled` when the client is gone */
  write(chunk: Uint8Array): Promise<void>;
  /** Sends what was written, then closes. */
  end(): void;
}

/** Writes to a stream and waits for room. @throws EngineError `cancelled` when it closes meanwhile */
export async function writeAll(target: NodeJS.WritableStream & { readonly destroyed?: boolean }, chunk: Uint8Array | string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || target.destroyed === true) throw new EngineError("cancelled", "the client has gone");
  if (target.write(chunk)) return;
  try {
    await once(target, "drain", { signal });
  } catch (error) {
    throw new EngineError("cancelled", "the client has gone", { cause: error });
  }
}

/** Switches an upgrade request's socket to raw bytes with a 101 answer. */
export function upgradeSocket(socket: Socket, contentType: string, signal: AbortSignal): Hijacked {
  socket.setNoDelay(true);
  socket.write(`HTTP/1.1 101 UPGRADED\r\nContent-Type: ${contentType}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
  return {
    input: socket.iterator({ destroyOnReturn: false }),
    signal,
    write: (chunk) => writeAll(socket, chunk, signal),
    end: () => {
      // A client that keeps its half open must not keep the socket: Docker's client closes when it sees our end.
      socket.end();
      socket.resume();
    },
  };
}

/**
 * The body of an upgrade request: exactly `length` bytes, which HTTP parsing leaves on the socket.
 * @throws EngineError `invalidArgument` when the client closes before
 */
export async function readExactly(socket: Socket, length: number): Promise<Uint8Array> {
  for (;;) {
    const chunk = socket.read(length) as Buffer | null;
    if (chunk !== null && chunk.byteLength === length) return chunk;
    if (chunk !== null || socket.readableEnded || socket.destroyed) throw new EngineError("invalidArgument", "invalid JSON: the request body ended early");
    await once(socket, "readable");
  }
}

/**
 * Takes the end of a chunked body off a socket: some clients announce one with their upgrade, and it has no bytes.
 * @throws EngineError `invalidArgument` when there are some
 */
export async function readEmptyBody(socket: Socket): Promise<void> {
  const end = await readExactly(socket, LAST_CHUNK.length);
  if (Buffer.compare(end, LAST_CHUNK) !== 0) throw new EngineError("invalidArgument", "a request that leaves HTTP has no body");
}

const LAST_CHUNK = Buffer.from("0\r\n\r\n");
