import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { digestOf } from "../base/digest.ts";
import { fetchInRanges } from "./ranges.ts";
import type { PartStore, RangesRequest } from "./ranges.ts";
import { HttpTransport } from "./transport.ts";

const PART = 256 << 10;
const BLOB = randomBytes(4_000_000);
const DESCRIPTOR = { mediaType: "x", digest: digestOf(BLOB), size: BLOB.length };

/** Parts in memory. */
class MemoryParts implements PartStore {
  readonly parts = new Map<number, Buffer>();

  async size(start: number): Promise<number> {
    return this.parts.get(start)?.length ?? 0;
  }

  async append(start: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) this.parts.set(start, Buffer.concat([this.parts.get(start) ?? Buffer.alloc(0), chunk]));
  }

  async *read(start: number, skip = 0): AsyncGenerator<Uint8Array> {
    yield this.parts.get(start)!.subarray(skip);
  }

  async remove(start: number): Promise<void> {
    this.parts.delete(start);
  }
}

interface Served {
  readonly request: RangesRequest & { readonly parts: MemoryParts };
  /** Ranges asked for. */
  readonly ranges: (string | undefined)[];
  readonly most: () => number;
}

/** A server of BLOB at so many bytes a second a connection. */
async function serve(options: { bytesPerSecond?: number; ranges?: boolean; cutAfter?: number } = {}): Promise<Served> {
  const { bytesPerSecond = 4_000_000, ranges: knowsRanges = true, cutAfter = Infinity } = options;
  const ranges: (string | undefined)[] = [];
  let open = 0;
  let most = 0;
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    const match = knowsRanges ? /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "") : null;
    const [start, end] = [Number(match?.[1] ?? 0), match?.[2] ? Number(match[2]) + 1 : BLOB.length];
    response.writeHead(match === null ? 200 : 206, { "content-length": end - start, ...(match === null ? {} : { "content-range": `bytes ${start}-${end - 1}/${BLOB.length}` }) });
    most = Math.max(most, ++open);
    response.once("close", () => open--);
    void (async () => {
      const step = Math.max(1000, bytesPerSecond / 50);
      for (let at = start; at < end && !response.destroyed; at += step) {
        if (at - start >= cutAfter) return void response.write(BLOB.subarray(at, at + 1), () => response.destroy());
        response.write(BLOB.subarray(at, Math.min(at + step, end)));
        await delay(20);
      }
      response.end();
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const transport = new HttpTransport({ stallTimeoutMs: 2000 });
  onTestFinished(() => {
    transport.close();
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/blob`;
  const request = { transport, locate: async () => ({ url, headers: {}, insecure: true }), target: { registry: "r", repository: "a", subject: "layer" }, maxAttempts: 3, partSize: PART, trialMs: 200, parts: new MemoryParts() };
  return { request, ranges, most: () => most };
}

async function read(request: RangesRequest): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(fetchInRanges(DESCRIPTOR, request)));
}

test("a slow connection gets company, the bytes come in order, and no part is left but the last", async () => {
  const { request, most } = await serve();
  let ahead = 0;
  expect((await read({ ...request, onAhead: (bytes) => void (ahead += bytes) })).equals(BLOB)).toBe(true);
  expect(most()).toBeGreaterThanOrEqual(3);
  expect(request.parts.parts.size).toBe(1);
  expect(ahead).toBe(0);
});

test("a fast connection stays alone", async () => {
  const { request, ranges } = await serve({ bytesPerSecond: 400_000_000 });
  expect((await read({ ...request, trialMs: 5000 })).equals(BLOB)).toBe(true);
  expect(ranges).toEqual([undefined]);
});

test("a slow reader opens no connections", async () => {
  const { request, ranges } = await serve({ bytesPerSecond: 400_000_000 });
  let size = 0;
  for await (const chunk of fetchInRanges(DESCRIPTOR, request)) {
    size += chunk.byteLength;
    await delay(chunk.byteLength / 8000);
  }
  expect(size).toBe(BLOB.length);
  expect(ranges).toHaveLength(1);
});

test("parts of an earlier try are used, and what was read from one but not written down", async () => {
  const { request, ranges } = await serve();
  request.parts.parts.set(PART, BLOB.subarray(PART, 2 * PART)).set(2 * PART, BLOB.subarray(2 * PART, 2 * PART + 100_000)).set(5 * PART, BLOB.subarray(5 * PART, 6 * PART));
  const bytes = await read({ ...request, offset: PART + 50_000 });
  expect(bytes.equals(BLOB.subarray(PART + 50_000))).toBe(true);
  const asked = ranges.map((range) => /bytes=(\d+)-(\d+)/.exec(range!)!.slice(1).map(Number));
  expect(asked.some(([start]) => start === 2 * PART + 100_000)).toBe(true);
  // Nothing that was there is asked for again.
  expect(asked.reduce((sum, [start, end]) => sum + end! + 1 - start!, 0)).toBe(BLOB.length - 2 * PART - 100_000 - PART);
  const between = await serve();
  between.request.parts.parts.set(3 * PART, BLOB.subarray(3 * PART, 4 * PART));
  expect((await read({ ...between.request, offset: 2 * PART + 50_000 })).equals(BLOB.subarray(2 * PART + 50_000))).toBe(true);
  expect(between.ranges[0]).toBe(`bytes=${2 * PART + 50_000}-${3 * PART - 1}`);
});

test("a server that ignores ranges is read by one connection to the end", async () => {
  const { request } = await serve({ ranges: false });
  expect((await read(request)).equals(BLOB)).toBe(true);
});

test("cuts are continued in every lane; an abort ends all", async () => {
  const { request } = await serve({ cutAfter: 150_000 });
  expect((await read(request)).equals(BLOB)).toBe(true);
  const stopped = await serve({ bytesPerSecond: 500_000 });
  await expect(read({ ...stopped.request, signal: AbortSignal.timeout(500) })).rejects.toMatchObject({ code: "cancelled" });
});
