import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeLossless, encodeLossless } from "./lossless-text.ts";

describe("lossless text", () => {
  test("any bytes survive", () => {
    const fragment = fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.string({ unit: "grapheme", maxLength: 4 }).map((text) => new TextEncoder().encode(text)));
    fc.assert(fc.property(fc.array(fragment), (parts) => {
      const bytes = Buffer.concat(parts);
      expect(encodeLossless(decodeLossless(bytes)).equals(bytes)).toBe(true);
    }), { numRuns: 2000 });
  });

  test.each<[string, number[], string]>([
    ["plain", [0x61, 0xc3, 0xa4], "aä"],
    ["a byte-order mark", [0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
    ["a byte that begins nothing", [0x61, 0xff, 0x62], "a\udcffb"],
    ["a sequence cut short", [0xe2, 0x82], "\udce2\udc82"],
    ["an overlong slash", [0xc0, 0xaf], "\udcc0\udcaf"],
    ["an encoded surrogate", [0xed, 0xa0, 0x80], "\udced\udca0\udc80"],
    ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80], "\udcf4\udc90\udc80\udc80"],
    ["outside the basic plane, with a stray byte", [0xf0, 0x9f, 0x90, 0xb3, 0x80], "🐳\udc80"],
  ])("%s", (_, bytes, text) => {
    expect(decodeLossless(Uint8Array.from(bytes))).toBe(text);
    expect([...encodeLossless(text)]).toEqual(bytes);
  });

  test("surrogates that stand for no byte become U+FFFD", () => {
    expect(encodeLossless("a\ud800b\udc00\udc41").toString()).toBe("a\ufffdb\ufffd\ufffd");
  });

  test("16 MiB without any UTF-8 take less than two seconds", () => {
    const bytes = Buffer.alloc(16 * 1024 * 1024, Buffer.from([0xff, 0x61]));
    const began = performance.now();
    expect(encodeLossless(decodeLossless(bytes)).equals(bytes)).toBe(true);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
