import { describe, expect, test } from "vitest";
import { parseGoDuration } from "./duration.ts";

describe("parseGoDuration", () => {
  test.each([
    ["0", 0], ["+0", 0], ["0s", 0], ["1ns", 1], ["1us", 1e3], ["1µs", 1e3], ["1μs", 1e3], ["1ms", 1e6], ["30s", 30e9], ["1m30s", 90e9], ["1h2m3s4ms", 3_723_004e6], ["1.5h", 5400e9], [".5s", 5e8], ["1.s", 1e9],
    ["-1m", -60e9], ["+2s", 2e9], ["1s1s", 2e9], ["0.1234567891s", 123456789], ["2562047h", 2562047 * 3600e9],
  ])("%s is %d ns", (text, nanoseconds) => expect(parseGoDuration(text)).toBe(nanoseconds));

  test.each(["", "5", "s", ".", ".s", "1", "1.5", "1x", "1S", "1 s", "--1s", "1s ", "1s2", "1m-1s", "2562048h", "9".repeat(1000), "1__proto__", "ms"])("%j is refused", (text) => {
    expect(() => parseGoDuration(text)).toThrow(expect.objectContaining({ code: "invalidArgument", message: expect.stringContaining("invalid duration") }));
  });
});
