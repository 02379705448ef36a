import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Disposable as DisposableLike } from "../../base/disposable.ts";
import { mayKeepBodies, redactHeaders, redactJson, redactTarget } from "./redact.ts";

/** Calls that have ended and are still known. */
const MOST_CALLS = 1000;
/** Longer paths with their query are cut. */
const LONGEST_TARGET = 4096;
const LONGEST_AGENT = 256;
/** Of each body so much is kept, in bytes. */
const LONGEST_BODY = 64 * 1024;
/** Characters of headers and bodies of all calls together: beyond them the oldest call loses its own. */
const MOST_CONTENT = 8 * 1024 * 1024;

/** Headers and JSON bodies of one call, without credentials. */
export interface CallContent {
  readonly requestHeaders: readonly (readonly [name: string, value: string])[];
  responseHeaders: readonly (readonly [name: string, value: string])[];
  requestBody: string;
  responseBody: string;
  /** The body was longer. */
  requestCut: boolean;
  responseCut: boolean;
}

/** One call of a client: what it asked, and how that went. */
export class Call {
  readonly id: number;
  readonly method: string;
  /** Path and query, without credentials. */
  readonly target: string;
  /** The `User-Agent` header; empty without one. */
  readonly agent: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** 0 until it is known, and when the client left before. */
  status = 0;
  /** The answer began and has no end of its own: a stream, a terminal. */
  streaming = false;
  /** The client went away before the answer was whole. */
  aborted = false;
  /** Undefined when nobody watched as the call began, or when newer ones needed the room. */
  content: CallContent | undefined;
  readonly #startedAt = performance.now();
  readonly #log: CallLog;
  /** While the call is under way. */
  #socket: Socket | undefined;
  readonly #readBefore: number;
  readonly #writtenBefore: number;
  #milliseconds = 0;
  #received = 0;
  #sent = 0;
  readonly #keepsBodies: boolean;

  constructor(log: CallLog, id: number, request: IncomingMessage, content: CallContent | undefined) {
    const url = request.url ?? "/";
    this.#log = log;
    this.id = id;
    this.method = request.method ?? "GET";
    this.target = redactTarget(url, LONGEST_TARGET);
    this.agent = (request.headers["user-agent"] ?? "").slice(0, LONGEST_AGENT);
    this.at = Date.now();
    this.content = content;
    this.#keepsBodies = content !== undefined && mayKeepBodies(url);
    this.#socket = request.socket;
    const before = counted.get(request.socket);
    this.#readBefore = before?.read ?? 0;
    this.#writtenBefore = before?.written ?? 0;
  }

  get open(): boolean {
    return this.#socket !== undefined;
  }

  /** From the first line of the request until the answer was sent whole, or until now. */
  get milliseconds(): number {
    return this.open ? performance.now() - this.#startedAt : this.#milliseconds;
  }

  /** Bytes on the connection, headers included. */
  get received(): number {
    return this.#socket === undefined ? this.#received : this.#socket.bytesRead - this.#readBefore;
  }

  get sent(): number {
    return this.#socket === undefined ? this.#sent : this.#socket.bytesWritten - this.#writtenBefore;
  }

  /** The answer has begun and may go on for long. */
  began(status: number): void {
    this.status = status;
    this.streaming = true;
    this.#log.changed(this);
  }

  /** Takes note of a JSON body that the client sent. */
  asked(body: Uint8Array): void {
    if (!this.#keepsBodies || this.content === undefined || body.byteLength === 0) return;
    this.content.requestCut = body.byteLength > LONGEST_BODY;
    this.content.requestBody = this.#log.room(this, headOf(body));
  }

  /** Takes note of JSON that the client is sent; of a stream, of one line. */
  answered(body: Uint8Array | string): void {
    const { content } = this;
    if (!this.#keepsBodies || content === undefined || content.responseCut) return;
    const left = LONGEST_BODY - content.responseBody.length;
    content.responseCut = body.length > left;
    if (left > 0) content.responseBody += this.#log.room(this, headOf(body, left));
  }

  /** The connection is closed, or free for the next call. */
  ended(response: ServerResponse, aborted: boolean): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#milliseconds = this.milliseconds;
    this.#received = this.received;
    this.#sent = this.sent;
    counted.set(socket, { read: socket.bytesRead, written: socket.bytesWritten });
    this.#socket = undefined;
    this.aborted = aborted;
    if (response.headersSent) this.status = response.statusCode;
    if (this.content !== undefined) this.content.responseHeaders = redactHeaders(Object.entries(response.getHeaders()).flatMap(([name, value]) => [name, String(value)]));
    this.#log.end(this);
  }
}

/** What went over a connection before the call that is under way. */
const counted = new WeakMap<Socket, { readonly read: number; readonly written: number }>();

function headOf(body: Uint8Array | string, most = LONGEST_BODY): string {
  return redactJson(typeof body === "string" ? body.slice(0, most) : Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, most)).toString("utf8"));
}

/**
 * The calls on the engine's socket: those under way, and the last ones that ended. In memory: they tell of this moment, not of history.
 * Headers and bodies are kept only of calls that begin while somebody watches, and go with the last who does.
 */
export class CallLog {
  #next = 1;
  readonly #open = new Map<number, Call>();
  /** A ring: the oldest is at `#oldest` once it is full. */
  readonly #ended: Call[] = [];
  #oldest = 0;
  readonly #watchers = new Set<(call: Call) => void>();
  /** In the order in which they began. */
  readonly #withContent = new Set<Call>();
  #content = 0;

  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  /** A request has come. {@link Call.ended} must follow. */
  begin(request: IncomingMessage): Call {
    const content = this.watched ? { requestHeaders: redactHeaders(request.rawHeaders), responseHeaders: [], requestBody: "", responseBody: "", requestCut: false, responseCut: false } : undefined;
    const call = new Call(this, this.#next++, request, content);
    this.#open.set(call.id, call);
    if (content !== undefined) this.#withContent.add(call);
    this.changed(call);
    return call;
  }

  end(call: Call): void {
    this.#open.delete(call.id);
    if (this.#ended.length < MOST_CALLS) this.#ended.push(call);
    else {
      this.#drop(this.#ended[this.#oldest]!);
      this.#ended[this.#oldest] = call;
      this.#oldest = (this.#oldest + 1) % MOST_CALLS;
    }
    this.changed(call);
  }

  changed(call: Call): void {
    for (const watcher of this.#watchers) watcher(call);
  }

  /** All that are known, in the order in which they began. */
  list(): Call[] {
    return [...this.#ended, ...this.#open.values()].sort((a, b) => a.id - b.id);
  }

  get(id: number): Call | undefined {
    return this.#open.get(id) ?? this.#ended.find((call) => call.id === id);
  }

  /** Tells of every call that begins, streams or ends. */
  watch(watcher: (call: Call) => void): DisposableLike {
    this.#watchers.add(watcher);
    return {
      [Symbol.dispose]: () => {
        this.#watchers.delete(watcher);
        if (this.watched) return;
        for (const call of [...this.#withContent]) this.#drop(call);
        this.#content = 0;
      },
    };
  }

  /** Makes room for a text of a call, and answers it. */
  room(owner: Call, text: string): string {
    this.#content += text.length;
    for (const call of this.#withContent) {
      if (this.#content <= MOST_CONTENT) break;
      if (call !== owner) this.#drop(call);
    }
    return text;
  }

  #drop(call: Call): void {
    if (!this.#withContent.delete(call)) return;
    this.#content -= (call.content?.requestBody.length ?? 0) + (call.content?.responseBody.length ?? 0);
    call.content = undefined;
  }
}
