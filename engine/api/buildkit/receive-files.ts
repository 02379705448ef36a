import type { IoOptions } from "../../base/abort.ts";
import { throwIfAborted } from "../../base/abort.ts";
import { EngineError } from "../../base/errors.ts";
import type { EntryType, TarHeader } from "../../archive/archive.ts";
import { END_OF_ARCHIVE, encodeHeader, paddingOf } from "../../archive/tar-writer.ts";
import { PACKET, packet } from "./messages.ts";
import type { Stat } from "./messages.ts";
import type { ClientSession, SessionStream } from "./session.ts";

export interface FileSelection {
  /** What the client calls the tree: `context` or `dockerfile`. */
  readonly name: string;
  /** Patterns of what to send; none for all. */
  readonly include?: readonly string[];
  /** In the syntax of .dockerignore. */
  readonly exclude?: readonly string[];
  /** Like `include`, with the symlinks on the way to them. */
  readonly follow?: readonly string[];
}

export const DIFF_COPY = "/moby.filesync.v1.FileSync/DiffCopy";

/** Files asked for and not yet passed on: as many, and as many bytes, though always one. */
const MAX_ASKED = 256;
const MAX_ASKED_BYTES = 8 << 20;
/** Files up to this size are passed on whole, with the length that they turn out to have. */
const WHOLE = 1 << 20;
const MAX_ENTRIES = 500_000;
/** What may be known of files at the same time, in bytes. */
const MAX_TOLD = 128 << 20;
const MAX_PATH = 4096;
/** What is passed on has this many bytes at least, until the end. */
const PIECE = 128 << 10;

/** Types of Go's os.FileMode. */
const GO = { directory: 2 ** 31, symlink: 2 ** 27, device: 2 ** 26, fifo: 2 ** 25, socket: 2 ** 24, setuid: 2 ** 23, setgid: 2 ** 22, character: 2 ** 21, sticky: 2 ** 20 };

/** A file that was asked for. */
interface Asked {
  readonly stat: Stat;
  chunks: Uint8Array[];
  received: number;
  complete: boolean;
}

/**
 * Asks a client for files and gives them as a tar, in the client's order. The protocol is fsutil's: the client tells of all entries, numbered as they
 * come, is asked for files by number, and sends their bytes with those of others between. At most some megabytes wait here for their turn.
 * @throws EngineError `invalidArgument` for what the protocol or the tree does not allow, `notFound`, `cancelled`
 */
export async function* receiveFiles(session: ClientSession, selection: FileSelection, options: IoOptions = {}): AsyncGenerator<Uint8Array> {
  const metadata: Record<string, readonly string[]> = { "dir-name": [selection.name] };
  if (selection.include !== undefined && selection.include.length > 0) metadata["include-patterns"] = selection.include;
  if (selection.exclude !== undefined && selection.exclude.length > 0) metadata["exclude-patterns"] = selection.exclude;
  if (selection.follow !== undefined && selection.follow.length > 0) metadata["followpaths"] = selection.follow;
  const stream = session.open(DIFF_COPY, metadata, options);
  try {
    yield* inPieces(new Receiver(stream, selection.name).run(options));
  } finally {
    stream.cancel();
  }
}

/** Joins small pieces: each costs a message to the thread that takes them. */
async function* inPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source) {
    held.push(piece);
    length += piece.length;
    if (length < PIECE) continue;
    yield Buffer.concat(held, length);
    held = [];
    length = 0;
  }
  yield Buffer.concat(held, length);
}

class Receiver {
  readonly #stream: SessionStream;
  readonly #name: string;
  /** Entries in order, from the first that was not passed on. */
  readonly #entries: { readonly number: number; readonly stat: Stat }[] = [];
  #next = 0;
  #told = 0;
  #toldBytes = 0;
  #listed = false;
  readonly #asked = new Map<number, Asked>();
  #askedBytes = 0;
  /** Index in {@link #entries} of the first that was not looked at for asking. */
  #toAsk = 0;

  constructor(stream: SessionStream, name: string) {
    this.#stream = stream;
    this.#name = name;
  }

  async *run(options: IoOptions): AsyncGenerator<Uint8Array> {
    let finished = false;
    let ended = false;
    for await (const message of this.#stream.messages) {
      throwIfAborted(options.signal);
      if (ended) throw new EngineError("invalidArgument", "the client went on after the end of the transfer");
      const { type, stat, ID, data } = packet.decode(message);
      if (type === PACKET.error) throw new EngineError("invalidArgument", `the client could not read ${this.#name}: ${Buffer.from(data).toString("utf8").slice(0, 1000)}`);
      if (type === PACKET.finish) {
        if (!finished) throw early();
        ended = true;
        continue;
      }
      if (type === PACKET.stat) this.#list(stat, message.length);
      else if (type === PACKET.data) this.#receive(ID, data);
      yield* this.#pass();
      await this.#ask();
      if (this.#listed && this.#next === this.#entries.length && !finished) {
        finished = true;
        await this.#stream.send(packet.encode({ type: PACKET.finish }));
        this.#stream.end();
      }
    }
    if (!finished) throw early();
    yield END_OF_ARCHIVE;
  }

  #list(stat: Stat | undefined, length: number): void {
    if (this.#listed) throw new EngineError("invalidArgument", "the client told of a file after the last one");
    if (stat === undefined) {
      this.#listed = true;
      return;
    }
    this.#toldBytes += length;
    if (this.#told >= MAX_ENTRIES || this.#toldBytes > MAX_TOLD) throw new EngineError("resourceExhausted", `the context has more than ${MAX_ENTRIES} files, or names that are too long: leave some out with .dockerignore`);
    checkPath(stat.path);
    if (stat.size < 0) throw new EngineError("invalidArgument", `the client says that ${JSON.stringify(stat.path)} has ${stat.size} bytes`);
    this.#entries.push({ number: this.#told++, stat });
  }

  /** Asks for the next files, as far as there is room for them. */
  async #ask(): Promise<void> {
    for (; this.#toAsk < this.#entries.length; this.#toAsk++) {
      const { number, stat } = this.#entries[this.#toAsk]!;
      if (typeOf(stat.mode) !== "file") continue;
      if (this.#asked.size > 0 && (this.#asked.size >= MAX_ASKED || this.#askedBytes + stat.size > MAX_ASKED_BYTES)) return;
      this.#asked.set(number, { stat, chunks: [], received: 0, complete: false });
      this.#askedBytes += stat.size;
      await this.#stream.send(packet.encode({ type: PACKET.request, ID: number }));
    }
  }

  #receive(number: number, data: Uint8Array): void {
    const asked = this.#asked.get(number);
    if (asked === undefined || asked.complete) throw new EngineError("invalidArgument", `the client sent the file ${number}, which was not asked for`);
    if (data.length === 0) {
      asked.complete = true;
      if (asked.received !== asked.stat.size && asked.stat.size > WHOLE) throw changed(asked.stat);
      return;
    }
    asked.received += data.length;
    if (asked.received > Math.max(asked.stat.size, WHOLE)) throw changed(asked.stat);
    asked.chunks.push(data);
  }

  /** Passes on what is ready, in order. */
  *#pass(): Generator<Uint8Array> {
    for (; this.#next < this.#entries.length; this.#next++) {
      const { number, stat } = this.#entries[this.#next]!;
      const type = typeOf(stat.mode);
      if (type !== "file") {
        if (type !== undefined) yield encodeHeader(headerOf(stat, type, 0));
        continue;
      }
      const asked = this.#asked.get(number);
      if (asked === undefined) return;
      if (stat.size > WHOLE) {
        if (asked.received === 0) return;
        yield* this.#begun(number, stat);
        yield* asked.chunks;
        asked.chunks = [];
        if (!asked.complete) return;
      } else {
        if (!asked.complete) return;
        yield encodeHeader(headerOf(stat, "file", asked.received));
        yield* asked.chunks;
      }
      if (paddingOf(asked.received) > 0) yield new Uint8Array(paddingOf(asked.received));
      this.#asked.delete(number);
      this.#askedBytes -= stat.size;
    }
    this.#forget();
  }

  #header = -1;

  /** The header of a large file, once. */
  *#begun(number: number, stat: Stat): Generator<Uint8Array> {
    if (this.#header === number) return;
    this.#header = number;
    yield encodeHeader(headerOf(stat, "file", stat.size));
  }

  /** Entries that were passed on need no place. */
  #forget(): void {
    if (this.#next < 1000) return;
    this.#entries.splice(0, this.#next);
    this.#toAsk -= this.#next;
    this.#next = 0;
  }
}

function early(): EngineError {
  return new EngineError("invalidArgument", "the client ended the transfer before all files had come");
}

function changed({ path }: Stat): EngineError {
  return new EngineError("conflict", `the file ${JSON.stringify(path)} changed while the client sent it: build again`);
}

/** Relative, without parts that lead elsewhere. */
function checkPath(path: string): void {
  const parts = path.split("/");
  const wrong = path === "" || path.length > MAX_PATH || path.includes("\0") || parts.some((part) => part === "" || part === "." || part === "..");
  if (wrong) throw new EngineError("invalidArgument", `the client sent a file with the path ${JSON.stringify(path.slice(0, 200))}, which leads out of the context`);
}

/** Undefined for sockets, which no image holds. */
function typeOf(mode: number): EntryType | undefined {
  const has = (bit: number): boolean => Math.floor(mode / bit) % 2 === 1;
  if (has(GO.directory)) return "directory";
  if (has(GO.symlink)) return "symlink";
  if (has(GO.socket)) return undefined;
  if (has(GO.fifo)) return "fifo";
  if (has(GO.device)) return has(GO.character) ? "character" : "block";
  return "file";
}

function headerOf(stat: Stat, type: EntryType, size: number): TarHeader {
  const special = (bit: number, value: number): number => (Math.floor(stat.mode / bit) % 2 === 1 ? value : 0);
  const device = type === "character" || type === "block";
  return {
    name: stat.path, type, size, uid: 0, gid: 0, mtimeNs: stat.modTime,
    mode: (stat.mode & 0o777) | special(GO.setuid, 0o4000) | special(GO.setgid, 0o2000) | special(GO.sticky, 0o1000),
    ...(type === "symlink" ? { linkname: stat.linkname } : {}),
    ...(device ? { devMajor: stat.devmajor, devMinor: stat.devminor } : {}),
    ...(Object.keys(stat.xattrs).length === 0 ? {} : { xattrs: new Map(Object.entries(stat.xattrs)) }),
  };
}
