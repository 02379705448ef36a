import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOf } from "../base/digest.ts";
import type { Digest } from "../base/ids.ts";
import type { ContentStore } from "./content.ts";

/** A store to test, and what happens to it when its process ends. */
export interface ContentFixture extends AsyncDisposable {
  readonly store: ContentStore;
  /** A store on the same data, as after a restart. */
  reopen(): ContentStore;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const MISSING = `sha256:${"0".repeat(64)}` as Digest;

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(stream));
}

/** What every content store must do; see the prose of `content.ts`. */
export function contentStoreSuite(make: () => Promise<ContentFixture>): void {
  describe("content store", () => {
    test("put, info, has, open, read, list, delete", async () => {
      await using fixture = await make();
      const { store } = fixture;
      const bytes = bytesOf("hello");
      const { digest, size } = await store.put(bytes);
      expect({ digest, size }).toEqual({ digest: digestOf(bytes), size: 5 });
      expect(await store.put(bytes, digest)).toMatchObject({ digest, size: 5 });
      expect(await store.has(digest)).toBe(true);
      expect(await store.info(digest)).toMatchObject({ digest, size: 5 });
      expect(Buffer.from(await store.read(digest)).toString()).toBe("hello");
      expect(Buffer.from(await collect(await store.open(digest))).toString()).toBe("hello");
      expect(Buffer.from(await collect(await store.open(digest, { start: 1, end: 3 }))).toString()).toBe("el");
      expect(await collect(await store.open(digest, { start: 2, end: 2 }))).toHaveLength(0);
      expect((await Array.fromAsync(store.list())).map((blob) => blob.digest)).toEqual([digest]);
      await store.delete(digest);
      expect(await store.has(digest)).toBe(false);
      expect(await Array.fromAsync(store.list())).toEqual([]);
    });

    test("what is missing is notFound, what is too long resourceExhausted", async () => {
      await using fixture = await make();
      const { store } = fixture;
      for (const attempt of [() => store.info(MISSING), () => store.open(MISSING), () => store.read(MISSING), () => store.pathOf(MISSING), () => store.delete(MISSING)]) {
        await expect(attempt()).rejects.toMatchObject({ code: "notFound" });
      }
      const { digest } = await store.put(bytesOf("12345"));
      await expect(store.read(digest, 4)).rejects.toMatchObject({ code: "resourceExhausted" });
      await expect(store.open("sha256:../../x" as Digest)).rejects.toMatchObject({ code: "invalidArgument" });
    });

    test("a blob is invisible until it is verified", async () => {
      await using fixture = await make();
      const { store } = fixture;
      const digest = digestOf("abcdef");
      await using writer = await store.writer("ref");
      await writer.write(bytesOf("abc"));
      expect(await store.has(digest)).toBe(false);
      await writer.write(bytesOf("def"));
      expect(await Array.fromAsync(store.list())).toEqual([]);
      expect(await writer.commit({ digest, size: 6 })).toMatchObject({ digest, size: 6 });
      expect(await store.has(digest)).toBe(true);
      await expect(writer.write(bytesOf("x"))).rejects.toMatchObject({ code: "conflict" });
    });

    test("wrong bytes are dataLoss and never resumed", async () => {
      await using fixture = await make();
      const { store } = fixture;
      for (const expected of [{ digest: MISSING }, { size: 4 }, { digest: MISSING, size: 3 }]) {
        const writer = await store.writer("ref");
        expect(writer.offset).toBe(0);
        await writer.write(bytesOf("abc"));
        await expect(writer.commit(expected)).rejects.toMatchObject({ code: "dataLoss" });
      }
      await expect(store.put(bytesOf("abc"), MISSING)).rejects.toMatchObject({ code: "dataLoss" });
      expect(await Array.fromAsync(store.list())).toEqual([]);
    });

    test("an ingest resumes after a restart, and one writer holds it at a time", async () => {
      await using fixture = await make();
      const { store } = fixture;
      const first = await store.writer("ref");
      await first.write(bytesOf("abc"));
      await expect(store.writer("ref")).rejects.toMatchObject({ code: "unavailable" });
      await first[Symbol.asyncDispose]();
      const again = fixture.reopen();
      await using second = await again.writer("ref");
      expect(second.offset).toBe(3);
      await second.write(bytesOf("def"));
      expect(await second.commit({ digest: digestOf("abcdef"), size: 6 })).toMatchObject({ size: 6 });
    });

    test("abandon drops the bytes; a blob already there is fine", async () => {
      await using fixture = await make();
      const { store } = fixture;
      const first = await store.writer("ref");
      await first.write(bytesOf("abc"));
      await first.abandon();
      const { digest } = await store.put(bytesOf("abc"));
      await using second = await store.writer("ref");
      expect(second.offset).toBe(0);
      await second.write(bytesOf("abc"));
      expect(await second.commit({ digest })).toMatchObject({ digest });
    });

    test("sweeping removes old ingests, not those in use", async () => {
      await using fixture = await make();
      const { store } = fixture;
      const old = await store.writer("old");
      await old.write(bytesOf("abc"));
      await old[Symbol.asyncDispose]();
      await using held = await store.writer("held");
      await held.write(bytesOf("abc"));
      expect(await store.sweepIngests(new Date(0))).toBe(0);
      expect(await store.sweepIngests(new Date(Date.now() + 60_000))).toBe(1);
      await held.write(bytesOf("def"));
      expect(await held.commit({ digest: digestOf("abcdef") })).toMatchObject({ size: 6 });
    });

    test("aborted work is cancelled", async () => {
      await using fixture = await make();
      await expect(fixture.store.writer("ref", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
      await using writer = await fixture.store.writer("ref");
      await expect(writer.commit({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
    });

    test("any sequence of writes, restarts and resumes gives the same blob", async () => {
      await using fixture = await make();
      await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.uint8Array({ maxLength: 50 }), fc.boolean()), { minLength: 1, maxLength: 8 }), async (steps) => {
        let store = fixture.store;
        const whole = Buffer.concat(steps.map(([chunk]) => chunk));
        let writer = await store.writer("ref");
        for (const [chunk, restart] of steps) {
          await writer.write(chunk);
          if (!restart) continue;
          await writer[Symbol.asyncDispose]();
          store = fixture.reopen();
          writer = await store.writer("ref");
        }
        const { digest } = await writer.commit({ size: whole.byteLength });
        expect(digest).toBe(digestOf(whole));
        expect(Buffer.from(await store.read(digest))).toEqual(whole);
        await store.delete(digest);
      }), { numRuns: 30 });
    });
  });
}
