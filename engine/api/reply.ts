import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { EngineError, toEngineError } from "../base/errors.ts";
import type { Call } from "./calls/call-log.ts";
import { readEmptyBody, upgradeSocket, writeAll, type Hijacked } from "./hijack.ts";
import { STATUS_OF } from "./status.ts";

/** Above this many unsent bytes, progress lines are dropped: a later one says the same and more. */
const MAX_PROGRESS_BACKLOG = 256 * 1024;

/** A stream of JSON values, one a line, as Docker reports progress. */
export interface JsonLines {
  /** Queues a line; a line of mere progress (`progressDetail`) is dropped while the client reads too slowly. */
  send(value: object): void;
  /** Sends a line and waits for room. @throws EngineError `cancelled` when the client is gone */
  write(value: object): Promise<void>;
}

/** The answer to one request. Exactly one of its methods that send is called, or the handler rejects. */
export class ApiReply {
  readonly #response: ServerResponse;
  readonly #upgrade: Socket | null;
  readonly #signal: AbortSignal;
  readonly #call: Pick<Call, "began" | "answered">;
  #lines = false;

  /** @param upgrade the socket when the client asked for an upgrade */
  constructor(response: ServerResponse, upgrade: Socket | null, signal: AbortSignal, call: Pick<Call, "began" | "answered">) {
    this.#response = response;
    this.#upgrade = upgrade;
    this.#signal = signal;
    this.#call = call;
  }

  get started(): boolean {
    return this.#response.headersSent;
  }

  header(name: string, value: string): this {
    this.#response.setHeader(name, value);
    return this;
  }

  json(value: unknown, status = 200): void {
    this.bytes(Buffer.from(`${JSON.stringify(value)}\n`), "application/json", status);
  }

  text(value: string, status = 200): void {
    this.bytes(Buffer.from(value), "text/plain; charset=utf-8", status);
  }

  bytes(value: Uint8Array, contentType: string, status = 200): void {
    if (contentType === "application/json") this.#call.answered(value);
    this.#response.writeHead(status, { "Content-Type": contentType, "Content-Length": value.byteLength });
    this.#response.end(value);
  }

  empty(status = 204): void {
    this.#response.writeHead(status);
    this.#response.end();
  }

  /** Sends the status line and headers at once: what follows may take long. */
  begin(contentType: string, status = 200): void {
    this.#response.writeHead(status, { "Content-Type": contentType });
    this.#response.flushHeaders();
    this.#call.began(status);
  }

  /** Sends more of the body after {@link begin}. @throws EngineError `cancelled` when the client is gone */
  write(chunk: Uint8Array | string): Promise<void> {
    return writeAll(this.#response, chunk, this.#signal);
  }

  end(): void {
    this.#response.end();
  }

  /** Sends everything of `source` with back-pressure; the source is closed when the client goes away. */
  async stream(source: AsyncIterable<Uint8Array>, contentType: string, status = 200): Promise<void> {
    // The first chunk is awaited before the headers, so that an early error still gets its status.
    const iterator = source[Symbol.asyncIterator]();
    try {
      let next = await iterator.next();
      this.begin(contentType, status);
      while (next.done !== true) {
        await this.write(next.value);
        next = await iterator.next();
      }
      this.end();
    } finally {
      await iterator.return?.();
    }
  }

  /** Begins a stream of JSON lines; a later rejection of the handler becomes an error line. Call {@link end} at the end. */
  jsonLines(): JsonLines {
    this.begin("application/json");
    this.#lines = true;
    const line = (value: object): string => {
      const text = `${JSON.stringify(value)}\r\n`;
      this.#call.answered(text);
      return text;
    };
    return {
      send: (value) => {
        if (this.#signal.aborted || ("progressDetail" in value && this.#response.writableLength > MAX_PROGRESS_BACKLOG)) return;
        this.#response.write(line(value));
      },
      write: (value) => this.write(line(value)),
    };
  }

  /** Leaves HTTP. Without an upgrade request the answer is a plain 200 whose body runs until the end, as Docker does it. */
  hijack(contentType: string, input: AsyncIterable<Uint8Array>): Hijacked {
    if (this.#upgrade !== null) {
      this.#response.detachSocket(this.#upgrade);
      this.#call.began(101);
      return upgradeSocket(this.#upgrade, contentType, this.#signal);
    }
    this.#response.useChunkedEncodingByDefault = false;
    this.#response.setHeader("Connection", "close");
    this.begin(contentType);
    return { input, signal: this.#signal, write: (chunk) => this.write(chunk), end: () => this.end() };
  }

  /** Leaves HTTP for the protocol that the client asked for; the connection ends when the client ends its half. @throws EngineError `invalidArgument` when it asked for none */
  async switchTo(protocol: string): Promise<Socket> {
    const socket = this.#upgrade;
    if (socket === null) throw new EngineError("invalidArgument", `this needs a connection that is upgraded: send the headers "Connection: Upgrade" and "Upgrade: ${protocol}"`);
    if (this.#response.req.headers["transfer-encoding"] !== undefined) await readEmptyBody(socket);
    this.#response.detachSocket(socket);
    this.#call.began(101);
    socket.setNoDelay(true);
    // HTTP leaves connections half open; who has taken this one over would not hear of the client's end.
    socket.once("end", () => socket.destroy());
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
    return socket;
  }

  /** Sends an error: status and `{"message"}`, or what is still possible when the answer had begun. */
  fail(thrown: unknown): void {
    const error = toEngineError(thrown);
    if (this.#signal.aborted || this.#response.writableEnded) return;
    if (!this.#response.headersSent && this.#response.socket !== null) {
      if (error.code === "notModified") this.empty(304);
      else this.json({ message: error.message }, STATUS_OF[error.code]);
    } else if (this.#lines && error.code !== "cancelled") {
      this.#response.end(`${JSON.stringify({ errorDetail: { message: error.message }, error: error.message })}\r\n`);
    } else {
      (this.#response.socket ?? this.#upgrade)?.destroy();
    }
  }
}
