import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalString, familiarString, parseReference, parseTag, withDefaultTag } from "./reference.ts";

const HEX = "a".repeat(64);
const DIGEST = `sha256:${HEX}`;

describe("parseReference", () => {
  test.each([
    ["busybox", "docker.io/library/busybox", "busybox"],
    ["busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"],
    ["docker.io/busybox", "docker.io/library/busybox", "busybox"],
    ["index.docker.io/busybox", "docker.io/library/busybox", "busybox"],
    ["docker.io/library/busybox", "docker.io/library/busybox", "busybox"],
    ["library/busybox", "docker.io/library/busybox", "busybox"],
    ["library/a/b", "docker.io/library/a/b", "library/a/b"],
    ["me/app", "docker.io/me/app", "me/app"],
    ["localhost/app", "localhost/app", "localhost/app"],
    ["localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1"],
    ["[::1]:5000/app", "[::1]:5000/app", "[::1]:5000/app"],
    ["127.0.0.1/app", "127.0.0.1/app", "127.0.0.1/app"],
    ["FOO/bar", "FOO/bar", "FOO/bar"],
    ["a-b.example.com/x/y__z/q--w:T.a-g_1", "a-b.example.com/x/y__z/q--w:T.a-g_1", "a-b.example.com/x/y__z/q--w:T.a-g_1"],
    [`busybox@${DIGEST}`, `docker.io/library/busybox@${DIGEST}`, `busybox@${DIGEST}`],
    [`busybox:1@${DIGEST}`, `docker.io/library/busybox:1@${DIGEST}`, `busybox:1@${DIGEST}`],
    ["test.com:8080", "docker.io/library/test.com:8080", "test.com:8080"],
  ])("%s", (text, canonical, familiar) => {
    const reference = parseReference(text);
    expect(canonicalString(reference)).toBe(canonical);
    expect(familiarString(reference)).toBe(familiar);
  });

  test.each([
    ["", "invalid reference format: repository name must have at least one component"],
    ["BusyBox", "invalid reference format: repository name (library/BusyBox) must be lowercase"],
    ["localhost:5000/App", "invalid reference format: repository name (App) must be lowercase"],
    [HEX, `invalid repository name (${HEX}), cannot specify 64-byte hexadecimal strings`],
    [`busybox@sha256:${"a".repeat(40)}`, "invalid checksum digest length"],
    [`busybox@sha512:${"a".repeat(128)}`, "unsupported digest algorithm"],
    [`a/${"b".repeat(256)}`, "repository name must not be more than 255 characters"],
    ["x".repeat(2000), "at most 1024"],
    ...["-a", "a-", "a//b", "a/", "/a", "a:", "a:-x", "a@", "a b", "a___b", "a..b", "https://x/y", "a:b:c", "[::1]/", "a@b@c", `a:${"t".repeat(129)}`, "ä"].map((text) => [text, "invalid reference format"]),
  ])("refuses %s", (text, sentence) => {
    expect(() => parseReference(text!)).toThrow(sentence);
  });

  test("whatever parses, its canonical and familiar forms parse to the same reference", () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,5}(?:(?:[._]|__|-{1,3})[a-z0-9]{1,5}){0,2}$/);
    const domain = fc.oneof(fc.constantFrom("docker.io", "localhost", "localhost:5000", "[::1]:80", "Host/x".slice(0, 4)), fc.stringMatching(/^[a-z0-9]{1,5}\.[A-Za-z]{2,4}(?::[0-9]{1,5})?$/));
    fc.assert(fc.property(fc.option(domain), fc.array(component, { minLength: 1, maxLength: 4 }), fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/)), fc.boolean(), (host, path, tag, digest) => {
      // Without a host, a first component with a dot is a host (and then follows a host's grammar).
      fc.pre(host !== null || path.length === 1 || !path[0]!.includes("."));
      const text = `${host === null ? "" : `${host}/`}${path.join("/")}${tag === null ? "" : `:${tag}`}${digest ? `@${DIGEST}` : ""}`;
      const reference = parseReference(text);
      expect(parseReference(canonicalString(reference))).toEqual(reference);
      expect(parseReference(familiarString(reference))).toEqual(reference);
    }));
  });

  test("any text either parses or is invalidArgument, quickly", () => {
    const noise = fc.string({ unit: fc.constantFrom("a", "A", "0", ".", "_", "-", ":", "/", "@", "[", "]", " ", "é", "\n"), maxLength: 300 });
    fc.assert(fc.property(noise, (text) => {
      try {
        expect(canonicalString(parseReference(text))).not.toContain("\n");
      } catch (error) {
        expect(error).toMatchObject({ code: "invalidArgument" });
      }
    }), { numRuns: 2000 });
  });
});

test("the default tag is added only where nothing is said", () => {
  expect(withDefaultTag(parseReference("a")).tag).toBe("latest");
  expect(withDefaultTag(parseReference("a:b")).tag).toBe("b");
  expect(withDefaultTag(parseReference(`a@${DIGEST}`)).tag).toBeUndefined();
});

test("parseTag", () => {
  expect(parseTag("v1.0_a-b")).toBe("v1.0_a-b");
  expect(() => parseTag(".a")).toThrow("invalid tag format");
});
