import { isEngineError } from "../base/errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { fetchBlob } from "./blob.ts";
import type { BlobRequest } from "./blob.ts";

/** Keeps parts of a blob that came before their turn, each under the offset it begins at. Survives the end of the process. */
export interface PartStore {
  /** Bytes that the part holds already. */
  size(start: number): Promise<number>;
  append(start: number, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** @param skip bytes of the part to leave out */
  read(start: number, skip?: number): AsyncIterable<Uint8Array>;
  remove(start: number): Promise<void>;
}

export interface RangesRequest extends BlobRequest {
  readonly parts: PartStore;
  /** Bytes of one part; all tries of one blob must use the same. */
  readonly partSize?: number | undefined;
  /** One connection is watched for this long before more are opened, in milliseconds; 1000 unless given. What is left must take twice as long. */
  readonly trialMs?: number | undefined;
  /** Told of bytes that came before their turn. */
  readonly onAhead?: ((bytes: number) => void) | undefined;
}

const PART_SIZE = 8 << 20;
/** Connections at once. */
const LANES = 4;
/** Parts that may lie ahead of the reader. */
const MAX_AHEAD = 2 * LANES;
const TRIAL_MS = 1000;
/** The part of that time for which the reader must have waited for bytes: else the line is not what is slow. */
const WAITING_SHARE = 0.6;

/**
 * A blob's bytes like {@link fetchBlob}, over several connections where one turns out to be slow: they fetch parts ahead of the reader, which are kept on
 * disk until their turn. A server that ignores ranges is read by one connection.
 * @throws as {@link fetchBlob}
 */
export async function* fetchInRanges(descriptor: Descriptor, request: RangesRequest): AsyncGenerator<Uint8Array, void, void> {
  const partSize = request.partSize ?? PART_SIZE;
  let offset = request.offset ?? 0;
  // What an earlier try had read from a part may not have reached its own file.
  const own = Math.floor(offset / partSize) * partSize;
  const ownSize = await request.parts.size(own);
  if (ownSize > offset - own) {
    for await (const chunk of request.parts.read(own, offset - own)) {
      offset += chunk.byteLength;
      yield chunk;
    }
  }
  if (ownSize > 0 || (await request.parts.size(nextPart(offset, partSize))) > 0) yield* resumeByLanes(descriptor, request, offset, partSize);
  else yield* fetchWatched(descriptor, request, offset, partSize);
}

/** One connection, until it turns out to be slow. */
async function* fetchWatched(descriptor: Descriptor, request: RangesRequest, from: number, partSize: number): AsyncGenerator<Uint8Array, void, void> {
  const watch = new Watch(request.trialMs ?? TRIAL_MS);
  const single = fetchBlob(descriptor, { ...request, offset: from });
  let offset = from;
  let isSlow = false;
  try {
    for (let next = await watch.waitFor(single.next()); next.done !== true; next = await watch.waitFor(single.next())) {
      const room = isSlow ? nextPart(offset, partSize) - offset : Infinity;
      const chunk = next.value.byteLength > room ? next.value.subarray(0, room) : next.value;
      offset += chunk.byteLength;
      yield chunk;
      isSlow ||= watch.isSlow(descriptor.size - offset, partSize);
      if (isSlow && offset % partSize === 0) break;
    }
  } finally {
    await single.return();
  }
  if (offset < descriptor.size) yield* byLanes(descriptor, request, offset, partSize);
}

/** An earlier try was slow and left parts: exactly what is missing before the next one, then on by lanes. */
async function* resumeByLanes(descriptor: Descriptor, request: RangesRequest, from: number, partSize: number): AsyncGenerator<Uint8Array, void, void> {
  const end = Math.min(from % partSize === 0 ? from : nextPart(from, partSize), descriptor.size);
  let offset = from;
  try {
    for await (const chunk of fetchBlob(descriptor, { ...request, offset, end })) {
      offset += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    if (!ignoresRanges(error)) throw error;
    return yield* fetchBlob(descriptor, { ...request, offset });
  }
  if (offset < descriptor.size) yield* byLanes(descriptor, request, offset, partSize);
}

function ignoresRanges(error: unknown): boolean {
  return isEngineError(error) && error.details["ignoresRanges"] === true;
}

function nextPart(offset: number, partSize: number): number {
  return (Math.floor(offset / partSize) + 1) * partSize;
}

async function* byLanes(descriptor: Descriptor, request: RangesRequest, from: number, partSize: number): AsyncGenerator<Uint8Array, void, void> {
  const { parts } = request;
  const lanes = new Lanes(descriptor, request, from, partSize);
  let offset = from;
  try {
    while (offset < descriptor.size) {
      await lanes.arrived(offset);
      for await (const chunk of parts.read(offset)) yield chunk;
      // By now the reader has written the part before this one down.
      if (offset > from) await parts.remove(offset - partSize);
      const end = Math.min(offset + partSize, descriptor.size);
      request.onAhead?.(offset - end);
      offset = end;
    }
  } catch (error) {
    if (!ignoresRanges(error)) throw error;
  } finally {
    await lanes.stop();
  }
  if (offset < descriptor.size) yield* fetchBlob(descriptor, { ...request, offset });
}

/** Fetches parts in order, several at once, up to a distance ahead of the reader. */
class Lanes {
  readonly #descriptor: Descriptor;
  readonly #request: RangesRequest;
  readonly #partSize: number;
  readonly #stopped = new AbortController();
  readonly #work = new Map<number, Promise<void>>();
  #running = 0;
  #reader: number;
  #next: number;

  constructor(descriptor: Descriptor, request: RangesRequest, from: number, partSize: number) {
    this.#descriptor = descriptor;
    this.#request = { ...request, signal: request.signal === undefined ? this.#stopped.signal : AbortSignal.any([request.signal, this.#stopped.signal]) };
    this.#partSize = partSize;
    this.#reader = from;
    this.#next = from;
  }

  /** Waits for the part that begins at `start`. @throws as {@link fetchBlob} */
  async arrived(start: number): Promise<void> {
    this.#reader = start;
    this.#fill();
    await this.#work.get(start);
    this.#work.delete(start);
  }

  #fill(): void {
    while (this.#running < LANES && this.#next < this.#descriptor.size && this.#next < this.#reader + MAX_AHEAD * this.#partSize && !this.#stopped.signal.aborted) {
      const start = this.#next;
      this.#next = Math.min(start + this.#partSize, this.#descriptor.size);
      this.#running++;
      const work = fetchPart(this.#descriptor, this.#request, start, this.#next).finally(() => {
        this.#running--;
        this.#fill();
      });
      // A failure is the reader's when it comes there.
      work.catch(() => undefined);
      this.#work.set(start, work);
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.allSettled(this.#work.values());
  }
}

/** Fetches the bytes from `start` to `end` into their part, after those it holds. */
async function fetchPart(descriptor: Descriptor, request: RangesRequest, start: number, end: number): Promise<void> {
  const { parts, onAhead } = request;
  const held = Math.min(await parts.size(start), end - start);
  onAhead?.(held);
  if (held === end - start) return;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const chunk of fetchBlob(descriptor, { ...request, offset: start + held, end })) {
      onAhead?.(chunk.byteLength);
      yield chunk;
    }
  }
  await parts.append(start, bytes());
}

/** How long the reader waited for bytes, and how many came. */
class Watch {
  readonly #trialMs: number;
  readonly #begin = performance.now();
  #waited = 0;
  #bytes = 0;

  constructor(trialMs: number) {
    this.#trialMs = trialMs;
  }

  async waitFor(next: Promise<IteratorResult<Uint8Array, void>>): Promise<IteratorResult<Uint8Array, void>> {
    const begin = performance.now();
    const result = await next;
    this.#waited += performance.now() - begin;
    if (result.done !== true) this.#bytes += result.value.byteLength;
    return result;
  }

  isSlow(left: number, partSize: number): boolean {
    const elapsed = performance.now() - this.#begin;
    return elapsed > this.#trialMs && left > 2 * partSize && this.#waited > elapsed * WAITING_SHARE && (left / this.#bytes) * elapsed > 2 * this.#trialMs;
  }
}
