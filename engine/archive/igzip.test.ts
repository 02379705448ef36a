import { randomBytes } from "node:crypto";
import { constants, gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { decompress } from "./compression.ts";
import { Igzip } from "./igzip.ts";

const installed = Igzip.open() !== undefined;

/** Half random, half runs, as files are. */
function sample(size: number): Buffer {
  const data = Buffer.alloc(size, "ab");
  for (let at = 0; at < size; at += 2000) randomBytes(Math.min(1000, size - at)).copy(data, at);
  return data;
}

function inflate(zipped: Uint8Array, step: number): Buffer {
  const igzip = Igzip.open()!;
  const pieces: Buffer[] = [];
  for (let at = 0; at < zipped.length; at += step) pieces.push(...igzip.push(zipped.subarray(at, at + step)));
  return Buffer.concat([...pieces, ...igzip.finish()]);
}

/** A header with all its optional fields. */
function withFullHeader(zipped: Buffer): Buffer {
  const head = Buffer.from(zipped.subarray(0, 10));
  head[3] = 4 | 8 | 16;
  return Buffer.concat([head, Buffer.from([3, 0, 1, 2, 3]), Buffer.from("name.tar\0a comment\0"), zipped.subarray(10)]);
}

describe.runIf(installed)("Igzip", () => {
  it.each([0, 1, 6, 9])("inflates what zlib deflated at level %d, in pieces of any size", (level) => {
    const data = sample(1_700_000);
    const zipped = gzipSync(data, { level });
    for (const step of [1_000, 65_536, zipped.length]) expect(inflate(zipped, step).equals(data)).toBe(true);
    const short = data.subarray(0, 5_000);
    expect(inflate(gzipSync(short, { level }), 1).equals(short)).toBe(true);
  });

  it("inflates nothing, runs only, and fixed codes", () => {
    expect(inflate(gzipSync(""), 3)).toHaveLength(0);
    expect(inflate(gzipSync(Buffer.alloc(5_000_000)), 100).equals(Buffer.alloc(5_000_000))).toBe(true);
    expect(inflate(gzipSync("hello hello", { strategy: constants.Z_FIXED }), 1).toString()).toBe("hello hello");
  });

  it("inflates members one after the other, wherever the pieces are cut", () => {
    const parts = [sample(70_000), Buffer.alloc(0), sample(3), sample(600_000)];
    const zipped = Buffer.concat(parts.map((part) => gzipSync(part)));
    for (const step of [1, 7, 4096, zipped.length]) expect(inflate(zipped, step).equals(Buffer.concat(parts))).toBe(true);
  });

  it("reads every field of a header", () => {
    const zipped = withFullHeader(gzipSync("with a name"));
    for (const step of [1, zipped.length]) expect(inflate(zipped, step).toString()).toBe("with a name");
  });

  it("takes zeros after the end for padding", () => {
    expect(inflate(Buffer.concat([gzipSync("padded"), Buffer.alloc(2000)]), 64).toString()).toBe("padded");
  });

  it("refuses what is cut off, damaged, or followed by something else", () => {
    const zipped = gzipSync(sample(100_000));
    const wrong = (change: (bytes: Buffer) => void): Buffer => {
      const bytes = Buffer.from(zipped);
      change(bytes);
      return bytes;
    };
    const damaged = /the gzip data is damaged/;
    expect(() => inflate(zipped.subarray(0, -1), 4096)).toThrow(/unexpected end of file/);
    expect(() => inflate(zipped.subarray(0, 5), 4096)).toThrow(/unexpected end of file/);
    expect(() => inflate(wrong((bytes) => (bytes[bytes.length - 6]! ^= 1)), 4096)).toThrow(/incorrect data check/);
    expect(() => inflate(wrong((bytes) => bytes.fill(0xff, 2000, 3000)), 4096)).toThrow(damaged);
    expect(() => inflate(wrong((bytes) => (bytes[2] = 7)), 4096)).toThrow(damaged);
    expect(() => inflate(Buffer.concat([zipped, Buffer.from("garbage after the end")]), 4096)).toThrow(damaged);
  });

  it("survives any damage without touching what is not its own", () => {
    const data = sample(50_000);
    for (let round = 0; round < 300; round++) {
      const bytes = gzipSync(data);
      for (let hit = 0; hit < 5; hit++) bytes[20 + Math.floor(Math.random() * (bytes.length - 20))] = Math.floor(Math.random() * 256);
      try {
        expect(inflate(bytes, 10_000)).toHaveLength(50_000);
      } catch (error) {
        expect(error).toMatchObject({ code: "dataLoss" });
      }
    }
  });
});

describe("decompress", () => {
  it.each(["with", "without"])("gives the same %s the library", async (library) => {
    if (library === "without") vi.spyOn(Igzip, "open").mockReturnValueOnce(undefined);
    const data = sample(3_000_000);
    const zipped = gzipSync(data);
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < zipped.length; at += 10_000) yield zipped.subarray(at, at + 10_000);
    }
    const pieces: Buffer[] = [];
    for await (const piece of decompress(source())) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(data)).toBe(true);
  });
});
