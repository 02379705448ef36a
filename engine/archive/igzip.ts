import { EngineError } from "../base/errors.ts";
import { native, nativeLibrary } from "../sys/libc.ts";

/**
 * gzip by Intel's ISA-L, which inflates twice as fast as zlib, where the library is installed. `struct inflate_state` of igzip_lib.h is a
 * plain block of memory here; {@link knownLayout} makes sure that this build of the library has its fields where we expect them.
 */

/** Offsets in `struct inflate_state`. */
const NEXT_OUT = 0;
const AVAIL_OUT = 8;
const NEXT_IN = 16;
const AVAIL_IN = 32;
const TABLES = 40;
const BLOCK_STATE = 21_160;
const CRC_FLAG = 21_172;
const BUFFERS = 21_216;
/** Room for the whole structure (87 KB) and more. */
const STATE_SIZE = 1 << 18;

const GZIP = 1;
const BLOCK_FINISH = 5;
const OUT_SIZE = 512 * 1024;

const ERRORS: Readonly<Record<number, string>> = {
  [-1]: "invalid block header", [-2]: "invalid symbol", [-3]: "invalid distance", [-4]: "incorrect header check", [-5]: "unsupported compression method", [-6]: "incorrect data check",
};

const mempcpy = native<[Uint8Array, Uint8Array, number]>("int64_t mempcpy(void *target, const void *source, size_t length)");

function addressOf(bytes: Uint8Array): bigint {
  return BigInt(mempcpy(bytes, bytes, 0));
}

type Library = NonNullable<ReturnType<typeof load>>;

function load(): ReturnType<typeof nativeLibrary<"init" | "reset" | "inflate">> {
  const library = nativeLibrary("libisal.so.2", {
    init: "void isal_inflate_init(void *state)", reset: "void isal_inflate_reset(void *state)", inflate: "int isal_inflate(void *state)",
  });
  return library !== undefined && knownLayout(library) ? library : undefined;
}

/** `isal_inflate_init` writes all fields but the tables and buffers between and after them. */
function knownLayout(library: { readonly init: (state: Uint8Array) => unknown }): boolean {
  const state = Buffer.allocUnsafeSlow(STATE_SIZE).fill(0xaa);
  library.init(state);
  return state.every((byte, at) => byte === (at < TABLES || (at >= BLOCK_STATE && at < BUFFERS) ? 0 : 0xaa));
}

let loaded: { readonly library: Library | undefined } | undefined;

/** Inflates one gzip stream of any number of members, on this thread. */
export class Igzip {
  readonly #library: Library;
  readonly #state = Buffer.allocUnsafeSlow(STATE_SIZE).fill(0);
  #out = Buffer.allocUnsafeSlow(OUT_SIZE);
  #filled = 0;
  #ended: "no" | "member" | "padding" = "no";

  private constructor(library: Library) {
    this.#library = library;
    library.init(this.#state);
    this.#state.writeUInt32LE(GZIP, CRC_FLAG);
  }

  /** Undefined where the library is missing or unknown. */
  static open(): Igzip | undefined {
    loaded ??= { library: load() };
    return loaded.library === undefined ? undefined : new Igzip(loaded.library);
  }

  /** The output that the next bytes give, in large pieces; some may be kept back until {@link finish}. @throws EngineError `dataLoss` */
  *push(chunk: Uint8Array): Generator<Buffer> {
    // A zero after a member is padding, of which tapes are full; anything else must be the next member.
    if (this.#ended === "padding" || chunk.byteLength === 0) return;
    this.#state.writeBigUInt64LE(addressOf(chunk), NEXT_IN);
    this.#state.writeUInt32LE(chunk.byteLength, AVAIL_IN);
    for (;;) {
      const left = this.#state.readUInt32LE(AVAIL_IN);
      if (this.#ended === "member" && !this.#nextMember(chunk, left)) return;
      const full = this.#inflate();
      if (this.#state.readInt32LE(BLOCK_STATE) === BLOCK_FINISH) this.#ended = "member";
      if (full) yield this.#take();
      else if (this.#state.readUInt32LE(AVAIL_IN) === 0) return;
      else if (this.#ended === "no" && this.#state.readUInt32LE(AVAIL_IN) === left) throw damaged("no progress");
    }
  }

  /** The last of the output. @throws EngineError `dataLoss` when the stream is cut off */
  *finish(): Generator<Buffer> {
    if (this.#ended === "no") throw damaged("unexpected end of file");
    if (this.#filled > 0) yield this.#take();
  }

  #nextMember(chunk: Uint8Array, left: number): boolean {
    if (left === 0) return false;
    if (chunk[chunk.byteLength - left] === 0) {
      this.#ended = "padding";
      return false;
    }
    const next = this.#state.readBigUInt64LE(NEXT_IN);
    this.#library.reset(this.#state);
    this.#state.writeUInt32LE(GZIP, CRC_FLAG);
    this.#state.writeBigUInt64LE(next, NEXT_IN);
    this.#state.writeUInt32LE(left, AVAIL_IN);
    this.#ended = "no";
    return true;
  }

  /** @returns whether the output buffer is full */
  #inflate(): boolean {
    this.#state.writeBigUInt64LE(addressOf(this.#out) + BigInt(this.#filled), NEXT_OUT);
    this.#state.writeUInt32LE(OUT_SIZE - this.#filled, AVAIL_OUT);
    const result = this.#library.inflate(this.#state);
    if (result < 0) throw damaged(ERRORS[result] ?? `error ${result}`);
    this.#filled = OUT_SIZE - this.#state.readUInt32LE(AVAIL_OUT);
    return this.#filled === OUT_SIZE;
  }

  #take(): Buffer {
    const piece = this.#out.subarray(0, this.#filled);
    this.#out = Buffer.allocUnsafeSlow(OUT_SIZE);
    this.#filled = 0;
    return piece;
  }
}

function damaged(reason: string): EngineError {
  return new EngineError("dataLoss", `the gzip data is damaged: ${reason}`);
}
