import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStatus } from "./docker-status.ts";
import { holdOrder, rangeBetween } from "./hold.ts";
import { parseReference } from "./reference.ts";
import { quoteWord, splitWords } from "./shell.ts";
import { size } from "./size.ts";
import { duration, relativeTime, uptime } from "./time.ts";

describe("sizes", () => {
  it.each([[0, "0 B"], [999, "999 B"], [1000, "1.00 kB"], [12_345, "12.3 kB"], [999_499, "999 kB"], [999_500, "1.00 MB"], [4_261_502, "4.26 MB"], [187_000_000, "187 MB"]])("%i bytes are %s", (bytes, words) => {
    expect(size(bytes)).toBe(words);
  });
});

describe("times", () => {
  const s = 1000;
  it.each([[0, "now"], [12 * s, "12 s ago"], [180 * s, "3 min ago"], [7200 * s, "2 h ago"], [86_400 * 5 * s, "5 d ago"], [86_400 * 61 * s, "2 months ago"], [86_400 * 400 * s, "1 year ago"]])("%i ms are %s", (age, words) => {
    expect(relativeTime(1e12 - age, 1e12)).toBe(words);
  });
  it.each([[0, "1 s"], [3_900 * s, "1 h 5 min"], [86_400 * 2 * s, "2 d"], [90_000 * s, "1 d 1 h"]])("a length of %i ms is %s", (age, words) => {
    expect(uptime(1e12 - age, 1e12)).toBe(words);
  });
  it("says durations", () => {
    expect([850, 1200, 185_000].map(duration)).toEqual(["850 ms", "1.2 s", "3 min 5 s"]);
  });
});

describe("docker's status", () => {
  it.each([
    ["Up 3 minutes", 180_000, undefined, undefined],
    ["Up About an hour (healthy)", 3_600_000, undefined, "healthy"],
    ["Up 2 seconds (health: starting)", 2000, undefined, "starting"],
    ["Exited (137) 5 weeks ago", 5 * 604_800_000, 137, undefined],
    ["Up Less than a second", 0, undefined, undefined],
    ["Created", undefined, undefined, undefined],
    ["Up 4 days (Paused)", 4 * 86_400_000, undefined, undefined],
  ])("%s", (status, age, exitCode, health) => {
    expect(parseStatus(status)).toEqual({ age, exitCode, health });
  });
});

describe("references", () => {
  it.each([
    ["nginx", "nginx:latest"],
    ["docker.io/library/nginx:1.27", "nginx:1.27"],
    ["localhost:5000/a/b", "localhost:5000/a/b:latest"],
    ["127.0.0.1:41234/busybox:1", "127.0.0.1:41234/busybox:1"],
    ["ghcr.io/o/i@sha256:" + "a".repeat(64), "ghcr.io/o/i@sha256:" + "a".repeat(64)],
    ["[::1]:5000/x", "[::1]:5000/x:latest"],
  ])("%s is %s", (text, familiar) => {
    expect(parseReference(text)).toMatchObject({ ok: true, reference: { familiar } });
  });
  it.each(["", "a b", "Nginx", "nginx:", "nginx:.x", "a//b", "https://x/y", "x@sha256:12", "-a", "a..b"])("refuses %j with a sentence", (text) => {
    const parsed = parseReference(text);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.message).toMatch(/[.]$/);
  });
  it("reads back what it says", () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z0-9]{1,8}(\/[a-z0-9]{1,8}){0,2}(:[A-Za-z0-9_]{1,8})?$/), (text) => {
      const parsed = parseReference(text);
      if (!parsed.ok) throw new Error(parsed.message);
      expect(parseReference(parsed.reference.familiar)).toEqual(parsed);
    }));
  });
});

describe("command lines", () => {
  it("splits as a shell does", () => {
    expect(splitWords(`sh -c 'echo "a b"' c\\ d "e\\"f"`)).toEqual({ words: ["sh", "-c", 'echo "a b"', "c d", 'e"f'] });
    expect(splitWords("a 'b")).toHaveProperty("error");
    expect(splitWords("a ''")).toEqual({ words: ["a", ""] });
  });
  it("splits what it quotes", () => {
    fc.assert(fc.property(fc.array(fc.string()), (words) => {
      expect(splitWords(words.map(quoteWord).join(" "))).toEqual({ words });
    }));
  });
});

describe("lists that keep still", () => {
  it("keeps places and counts what waits", () => {
    expect(holdOrder(["a", "b"], ["c", "b", "d"])).toEqual({ order: ["a", "b"], waiting: 2 });
  });
  it("covers a range in both directions", () => {
    expect(rangeBetween(["a", "b", "c", "d"], "c", "a")).toEqual(["a", "b", "c"]);
    expect(rangeBetween(["a"], "x", "a")).toEqual(["a"]);
  });
});
