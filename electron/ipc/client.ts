/**
 * The window's side of the contract: a typed client over whatever connects it to its host, and helpers for streams.
 * Neutral: no Node, no DOM types beyond the two transports.
 */
import { createORPCClient, ORPCError } from "@orpc/client";
import { RPCLink as PortLink } from "@orpc/client/message-port";
import type { SupportedMessagePort } from "@orpc/client/message-port";
import { RPCLink as SocketLink } from "@orpc/client/websocket";
import type { IpcClient } from "./contract/contract.ts";
import type { IpcErrorData } from "./errors.ts";
import { JSON_TEXT_SERIALIZER } from "./json-text.ts";

type SocketLike = ConstructorParameters<typeof SocketLink>[0]["websocket"];

/** A MessagePort from the preload (call its `start()` after creating the client), or a WebSocket to `/ipc` of the same origin. */
export type IpcTransport = { type: "port"; port: SupportedMessagePort } | { type: "websocket"; websocket: SocketLike };

/**
 * A client of the whole contract. Calls throw what `toIpcErrorInfo` reads. A client lives as long as its transport: when a
 * WebSocket closes, pending calls and streams end with `unavailable`, and the bridge makes a new client over a new socket.
 */
export function createIpcClient(transport: IpcTransport): IpcClient {
  const options = {
    customJsonSerializers: [JSON_TEXT_SERIALIZER],
    interceptors: [
      async (call: { signal?: AbortSignal | undefined; next: () => Promise<unknown> }): Promise<unknown> => {
        try {
          return await call.next();
        } catch (error) {
          throw call.signal?.aborted === true ? error : lostHost(error);
        }
      },
    ],
  };
  return createORPCClient(
    transport.type === "port" ? new PortLink({ port: transport.port, ...options }) : new SocketLink({ websocket: transport.websocket, ...options }),
  );
}

/** An identifier for `streamId`: unique among the streams of one connection. */
export function newStreamId(): string {
  return globalThis.crypto.randomUUID();
}

/**
 * Reads a bulk stream with credit: a batch is acknowledged when the consumer asks for the next one (so `await` the work on
 * it inside the loop), and leaving the loop or aborting `signal` cancels the stream down to the container.
 *
 * @param open makes the call, for example `(streamId, signal) => client.logs.follow({ streamId, containerId }, { signal })`
 */
export async function* openStream<T extends { bytes: number }>(
  client: IpcClient,
  open: (streamId: string, signal: AbortSignal) => Promise<AsyncIterable<T>>,
  signal?: AbortSignal,
): AsyncGenerator<T, void, void> {
  const streamId = newStreamId();
  const ended = new AbortController();
  const combined = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
  try {
    for await (const batch of await open(streamId, combined)) {
      yield batch;
      if (batch.bytes > 0) client.streams.ack({ streamId, bytes: batch.bytes }).catch(ignoreLostAck);
    }
  } catch (error) {
    if (signal?.aborted === true) return;
    throw lostHost(error);
  } finally {
    ended.abort();
  }
}

/** Iterating over a stream whose transport went away ends with this; anything else passes unchanged. */
function lostHost(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ORPCError) return error;
  if (error.name !== "AbortError" && !error.message.includes("WebSocket is not open")) return error;
  const data: IpcErrorData = { cause: error.message, hints: [], details: {} };
  return new ORPCError("unavailable", { message: "The connection to Slipway was lost.", data });
}

/** A lost acknowledgement means that the stream or the connection has ended, which the stream itself reports. */
function ignoreLostAck(): void {}
