import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packet, solveRequest, statusResponse } from "./messages.ts";
import { bytes, flag, integer, long, many, map, maybe, message, one, text } from "./protobuf.ts";

const inner = message({ name: one(1, text), size: one(2, integer) });
const all = message({ text: one(1, text), bytes: one(2, bytes), flag: one(3, flag), integer: one(4, integer), long: one(5, long), inner: maybe(6, inner), texts: many(7, text), inners: many(8, inner), map: map(9, text), last: one(2000, integer) });

describe("protocol buffers", () => {
  it("are written as the specification's examples have them", () => {
    expect(message({ a: one(1, integer) }).encode({ a: 150 }).toString("hex")).toBe("089601");
    expect(message({ b: one(2, text) }).encode({ b: "testing" }).toString("hex")).toBe("120774657374696e67");
    expect(message({ c: maybe(3, message({ a: one(1, integer) })) }).encode({ c: { a: 150 } }).toString("hex")).toBe("1a03089601");
    expect(message({ a: one(1, integer) }).encode({ a: -2 }).toString("hex")).toBe("08feffffffffffffffff01");
    expect(message({ m: map(1, text) }).encode({ m: { k: "v" } }).toString("hex")).toBe("0a060a016b120176");
  });

  it("leave zeros out and give them back, maps and lists included", () => {
    expect(all.encode({ text: "", integer: 0, flag: false, texts: [], map: {} })).toHaveLength(0);
    expect(all.decode(Buffer.alloc(0))).toEqual({ text: "", bytes: new Uint8Array(), flag: false, integer: 0, long: 0n, inner: undefined, texts: [], inners: [], map: {}, last: 0 });
  });

  it("come back as they were", () => {
    const small = fc.record({ name: fc.string({ unit: "grapheme" }), size: fc.maxSafeInteger() });
    const value = fc.record({
      text: fc.string({ unit: "grapheme" }), bytes: fc.uint8Array(), flag: fc.boolean(), integer: fc.maxSafeInteger(), long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), inner: fc.option(small, { nil: undefined }),
      texts: fc.array(fc.string({ unit: "grapheme" })), inners: fc.array(small), map: fc.dictionary(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })), last: fc.nat(),
    });
    fc.assert(fc.property(value, (given) => {
      const found = all.decode(all.encode(given));
      expect({ ...found, bytes: [...found.bytes], map: { ...found.map } }).toEqual({ ...given, bytes: [...given.bytes], map: { ...given.map } });
    }));
  });

  it("pass unknown fields over, of every wire type", () => {
    const unknown = Buffer.concat([Buffer.from("f83f01", "hex"), Buffer.from("f93f0102030405060708", "hex"), Buffer.from("fd3f01020304", "hex"), Buffer.from("fa3f0161", "hex")]);
    expect(inner.decode(Buffer.concat([unknown, inner.encode({ name: "n", size: 3 }), unknown]))).toEqual({ name: "n", size: 3 });
  });

  it("are refused when they are none, with nothing but that", () => {
    for (const wrong of ["08", "0a05", "0affffffff7f", "0b", "0c", "08ffffffffffffffffffff01", "1201", "0901"]) expect(() => all.decode(Buffer.from(wrong, "hex"))).toThrow("not a well-formed protocol buffer");
    for (const kind of [solveRequest, statusResponse, packet, all]) {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        try {
          kind.decode(noise);
        } catch (error) {
          expect(error).toMatchObject({ code: "invalidArgument" });
        }
      }));
    }
  });

  it("know no name that an object inherits", () => {
    const found = message({ m: map(1, text) }).decode(message({ m: many(1, message({ key: one(1, text), value: one(2, text) })) }).encode({ m: [{ key: "__proto__", value: "x" }] }));
    expect(Object.keys(found.m)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});
