import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { gzip } from "./gzip.ts";
import { Igzip } from "./igzip.ts";

const mixed = Buffer.concat([Buffer.alloc(700_000, "the same words again and again, "), randomBytes(1_300_000), Buffer.alloc(3_000_000), randomBytes(11)]);

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function zipped(bytes: Buffer, size: number, library?: "zlib"): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(gzip(inPieces(bytes, size), library === undefined ? {} : { library })));
}

test.each([["the library of this machine", undefined], ["zlib", "zlib"]] as const)("what %s compresses comes back whole, whatever the pieces", async (_name, library) => {
  for (const size of [1 << 18, 4_999_999, 1000]) {
    const out = await zipped(mixed, size, library);
    expect(gunzipSync(out).equals(mixed)).toBe(true);
    expect(out.length).toBeLessThan(mixed.length * 0.4);
  }
  for (const bytes of [Buffer.alloc(0), Buffer.from("x"), randomBytes(512 * 1024), randomBytes(524_288 - 18)]) expect(gunzipSync(await zipped(bytes, 1 << 18, library)).equals(bytes)).toBe(true);
});

test("the same bytes in the same pieces give the same output", async () => {
  expect((await zipped(mixed, 1 << 18)).equals(await zipped(mixed, 1 << 18))).toBe(true);
});

test("errors of the source come through, and an abort ends it", async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield mixed;
    throw new Error("the disk is on fire");
  }
  for (const library of [undefined, "zlib"] as const) {
    await expect(Array.fromAsync(gzip(broken(), library === undefined ? {} : { library }))).rejects.toThrow("the disk is on fire");
    await expect(Array.fromAsync(gzip(inPieces(mixed, 1000), { signal: AbortSignal.abort(), ...(library === undefined ? {} : { library }) }))).rejects.toMatchObject({ code: "cancelled" });
  }
});

test("ISA-L is used where it inflates", async () => {
  if (Igzip.open() === undefined) return;
  // zlib writes its level into the header's extra flags, ISA-L leaves them empty.
  expect((await zipped(mixed, 1 << 18))[8]).toBe(0);
  expect((await zipped(mixed, 1 << 18, "zlib"))[8]).toBe(4);
});
