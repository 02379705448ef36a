import { Readable } from "node:stream";
import { createGzip, gunzipSync } from "node:zlib";
import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import { native, nativeLibrary } from "../sys/libc.ts";

/**
 * gzip for transfers: fast before small. Intel's ISA-L where it is installed, else zlib's fastest level. `struct isal_zstream` of igzip_lib.h
 * is a plain block of memory here; a trial at load makes sure that this build of the library has its fields where we expect them.
 */

/** Offsets in `struct isal_zstream`. */
const NEXT_IN = 0;
const AVAIL_IN = 8;
const NEXT_OUT = 16;
const AVAIL_OUT = 24;
const LEVEL = 40;
const LEVEL_BUF_SIZE = 44;
const LEVEL_BUF = 48;
const END_OF_STREAM = 56;
const GZIP_FLAG = 60;
/** Room for the whole structure (83 KB) and more. */
const STATE_SIZE = 1 << 18;

const GZIP = 1;
/** Of four levels the second: an eighth smaller than the first at the same speed, five times as fast as zlib's fastest. See decision 31. */
const ISAL_LEVEL = 1;
const ZLIB_LEVEL = 1;
/** `ISAL_DEF_LVL1_EXTRA_LARGE`: 4 KiB, a hash table of 8 Ki entries of 2 bytes, 128 Ki tokens of 4 bytes. */
const LEVEL_BUFFER_SIZE = (4 << 10) + 2 * (8 << 10) + 4 * (128 << 10);
const OUT_SIZE = 512 * 1024;

const mempcpy = native<[Uint8Array, Uint8Array, number]>("int64_t mempcpy(void *target, const void *source, size_t length)");

function addressOf(bytes: Uint8Array): bigint {
  return BigInt(mempcpy(bytes, bytes, 0));
}

type Library = NonNullable<ReturnType<typeof loadLibrary>>;

function loadLibrary(): ReturnType<typeof nativeLibrary<"init" | "deflate">> {
  return nativeLibrary("libisal.so.2", { init: "void isal_deflate_init(void *stream)", deflate: "int isal_deflate(void *stream)" });
}

let usable: { readonly library: Library | undefined } | undefined;

/** Compresses a stream. @throws EngineError `cancelled`, and what `source` throws */
export async function* gzip(source: AsyncIterable<Uint8Array>, options: IoOptions & { readonly library?: "zlib" } = {}): AsyncGenerator<Uint8Array> {
  usable ??= { library: tried(loadLibrary()) };
  if (usable.library === undefined || options.library === "zlib") return yield* byZlib(source, options);
  const writer = new IsalWriter(usable.library);
  for await (const chunk of source) {
    throwIfAborted(options.signal);
    yield* writer.push(chunk);
  }
  yield* writer.finish();
}

async function* byZlib(source: AsyncIterable<Uint8Array>, { signal }: IoOptions): AsyncGenerator<Uint8Array> {
  const input = Readable.from(source, { objectMode: true });
  const output = createGzip({ level: ZLIB_LEVEL, chunkSize: OUT_SIZE });
  // Errors of the input end the output, and surface at the loop below.
  input.on("error", (error) => output.destroy(error));
  input.pipe(output);
  try {
    for await (const chunk of output) {
      throwIfAborted(signal);
      yield chunk as Buffer;
    }
  } finally {
    input.destroy();
    output.destroy();
  }
}

/** A library that does not give back what went in is not the one we know. */
function tried(library: Library | undefined): Library | undefined {
  if (library === undefined) return undefined;
  const sample = Buffer.from("The same words again and again, ".repeat(3000) + Array.from({ length: 5000 }, (_, i) => i * 7919).join(","));
  try {
    const writer = new IsalWriter(library);
    const zipped = Buffer.concat([...writer.push(sample.subarray(0, 50_000)), ...writer.push(sample.subarray(50_000)), ...writer.finish()]);
    return zipped.length < sample.length && gunzipSync(zipped).equals(sample) ? library : undefined;
  } catch {
    return undefined;
  }
}

class IsalWriter {
  readonly #library: Library;
  readonly #state = Buffer.allocUnsafeSlow(STATE_SIZE).fill(0);
  readonly #levelBuffer = Buffer.allocUnsafeSlow(LEVEL_BUFFER_SIZE).fill(0);
  #out = Buffer.allocUnsafeSlow(OUT_SIZE);
  #filled = 0;

  constructor(library: Library) {
    this.#library = library;
    library.init(this.#state);
    this.#state.writeUInt32LE(ISAL_LEVEL, LEVEL);
    this.#state.writeUInt32LE(LEVEL_BUFFER_SIZE, LEVEL_BUF_SIZE);
    this.#state.writeBigUInt64LE(addressOf(this.#levelBuffer), LEVEL_BUF);
    this.#state.writeUInt16LE(GZIP, GZIP_FLAG);
  }

  /** The output that the next bytes give; some may be kept back. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    if (chunk.byteLength === 0) return;
    this.#state.writeBigUInt64LE(addressOf(chunk), NEXT_IN);
    this.#state.writeUInt32LE(chunk.byteLength, AVAIL_IN);
    do {
      if (this.#deflate()) yield this.#take();
    } while (this.#state.readUInt32LE(AVAIL_IN) > 0);
  }

  /** The last of the output. */
  *finish(): Generator<Uint8Array> {
    this.#state.writeUInt16LE(1, END_OF_STREAM);
    this.#state.writeUInt32LE(0, AVAIL_IN);
    // Room in the output buffer means that nothing was kept back.
    while (this.#deflate()) yield this.#take();
    if (this.#filled > 0) yield this.#take();
  }

  /** @returns whether the output buffer is full */
  #deflate(): boolean {
    this.#state.writeBigUInt64LE(addressOf(this.#out) + BigInt(this.#filled), NEXT_OUT);
    this.#state.writeUInt32LE(OUT_SIZE - this.#filled, AVAIL_OUT);
    const result = this.#library.deflate(this.#state);
    if (result !== 0) throw new EngineError("internal", `compressing failed: ISA-L answered ${result}`);
    this.#filled = OUT_SIZE - this.#state.readUInt32LE(AVAIL_OUT);
    return this.#filled === OUT_SIZE;
  }

  #take(): Uint8Array {
    const piece = this.#out.subarray(0, this.#filled);
    this.#out = Buffer.allocUnsafeSlow(OUT_SIZE);
    this.#filled = 0;
    return piece;
  }
}
