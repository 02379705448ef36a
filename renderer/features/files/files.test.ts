import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modeText, octal, parseOctal } from "./modes.ts";
import { join, parentOf, shownName, trail, wrongName } from "./paths.ts";
import { base64Of, bytesOf, contentOf, hexLines, isFaithful, withLineEnds } from "./preview.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("paths", () => {
  test("are joined, taken apart and walked", () => {
    expect([join("/", "a"), join("/a", "b"), parentOf("/a"), parentOf("/a/b"), parentOf("/")]).toEqual(["/a", "/a/b", "/", "/a", "/"]);
    expect(trail("/a/b").map(({ path }) => path)).toEqual(["/", "/a", "/a/b"]);
  });

  test.each([["", /needed/], ["..", /means a folder/], ["a/b", /slash/], ["taken", /exists already/], ["ä".repeat(128), /255 bytes/]])("%j is no name", (name, why) => {
    expect(wrongName(name, new Set(["taken"]))).toMatch(why);
  });

  test("names with control and direction characters are shown with marks", () => {
    expect(shownName("a\nb\u202Egpj\udcff")).toBe("a\ufffdb\ufffdgpj\ufffd");
    expect(wrongName("fine name.txt", new Set())).toBeUndefined();
  });
});

describe("modes", () => {
  test.each([[0o644, "file", "-rw-r--r--"], [0o4755, "file", "-rwsr-xr-x"], [0o1777, "directory", "drwxrwxrwt"], [0o2644, "file", "-rw-r-Sr--"], [0o777, "symlink", "lrwxrwxrwx"]] as const)("%o of a %s is %s", (mode, type, text) => expect(modeText(mode, type)).toBe(text));

  test("octal numbers come back as they were", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 0o7777 }), (mode) => void expect(parseOctal(octal(mode))).toBe(mode)));
    for (const wrong of ["", "8", "77777", "rwx"]) expect(parseOctal(wrong)).toBeUndefined();
  });
});

describe("previews", () => {
  test("tell text, images and bytes apart", () => {
    expect(contentOf(encode("a\r\nb\r\n"), true)).toEqual({ kind: "text", text: "a\nb\n", lineEnd: "\r\n" });
    expect(contentOf(encode("\x1b[31mred"), true).kind).toBe("text");
    expect(contentOf(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), true)).toEqual({ kind: "image", mime: "image/png" });
    for (const bytes of [Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0), Uint8Array.of(0xff, 0x41), Uint8Array.of(1, 2)]) expect(contentOf(bytes, true).kind).toBe("bytes");
  });

  test("a character that is cut at the end of a part is no reason to call it bytes", () => {
    const cut = encode("grün").subarray(0, 3);
    expect(contentOf(cut, false)).toMatchObject({ kind: "text", text: "gr" });
    expect(contentOf(cut, true).kind).toBe("bytes");
  });

  test("mixed line ends cannot be put back, so they are not edited", () => {
    const of = (text: string): boolean => {
      const content = contentOf(encode(text), true);
      return content.kind === "text" && isFaithful(encode(text), content);
    };
    expect([of("a\nb\n"), of("a\r\nb\r\n"), of("\ufeffa\n"), of("a\r\nb\n"), of("a\rb")]).toEqual([true, true, true, false, false]);
  });

  test("any text that is shown as faithful is", () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom("a", "\r", "\n", "ü", "\t") }), (text) => {
      const content = contentOf(encode(text), true);
      if (content.kind !== "text" || !isFaithful(encode(text), content)) return;
      expect(withLineEnds(content.text, content.lineEnd)).toBe(text);
    }));
  });

  test("bytes are shown sixteen a line and survive base64", () => {
    expect(hexLines(encode("0123456789abcdefX\0"), 256)).toBe("000100  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef\n000110  58 00                                             X·");
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void expect([...bytesOf(base64Of(bytes))]).toEqual([...bytes])));
  });
});
