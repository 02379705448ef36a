import { describe, expect, test } from "vitest";
import { formatPlatform, hostPlatform, normalizePlatform, parsePlatform, platformDistance, selectPlatform } from "./platform.ts";

const HOST = { os: "linux", architecture: "amd64" };

describe("parsePlatform", () => {
  test.each([
    ["linux/amd64", "linux/amd64"], ["x86_64", "linux/amd64"], ["linux", "linux/amd64"], ["linux/i386", "linux/386"],
    ["linux/aarch64", "linux/arm64"], ["linux/arm64/v8", "linux/arm64"], ["linux/arm64/v9", "linux/arm64/v9"],
    ["linux/arm", "linux/arm/v7"], ["linux/arm/v6", "linux/arm/v6"], ["linux/armhf", "linux/arm/v7"], ["armel", "linux/arm/v6"],
    ["macos", "darwin/amd64"], ["Linux/AMD64/v1", "linux/amd64"], ["windows/amd64", "windows/amd64"], ["riscv64", "linux/riscv64"],
  ])("%s is %s", (text, expected) => expect(formatPlatform(parsePlatform(text, HOST))).toBe(expected));

  test.each(["", "a/b/c/d", "linux/", "linux/amd 64", "linux//v8", "x".repeat(300)])("refuses %j", (text) => {
    expect(() => parsePlatform(text, HOST)).toThrow("invalid platform");
  });
});

test("what runs what", () => {
  const distance = (wanted: string, offer: string): number | undefined => platformDistance(parsePlatform(wanted), parsePlatform(offer));
  expect(distance("linux/amd64", "linux/amd64")).toBe(0);
  expect(distance("linux/amd64", "linux/386")).toBeGreaterThan(0);
  expect(distance("linux/amd64", "linux/amd64/v3")).toBeUndefined();
  expect(distance("linux/amd64/v3", "linux/amd64/v2")).toBe(1);
  expect(distance("linux/arm64", "linux/arm/v7")).toBe(2);
  expect(distance("linux/arm/v6", "linux/arm/v7")).toBeUndefined();
  expect(distance("linux/amd64", "linux/arm64")).toBeUndefined();
  expect(distance("linux/amd64", "windows/amd64")).toBeUndefined();
});

test("the best entry wins, the first of equals, and unknown ones never", () => {
  const entry = (platform: string): { platform: { os: string; architecture: string } } => ({ platform: parsePlatform(platform) });
  const list = [entry("linux/386"), entry("linux/amd64"), entry("linux/amd64"), { platform: { os: "unknown", architecture: "unknown" } }];
  expect(selectPlatform(list, HOST)).toBe(list[1]);
  expect(selectPlatform([list[3]!], HOST)).toBeUndefined();
  const bare = {};
  expect(selectPlatform([bare], HOST)).toBe(bare);
});

test("hostile names are plain names", () => {
  expect(normalizePlatform({ os: "__proto__", architecture: "constructor" })).toEqual({ os: "__proto__", architecture: "constructor" });
});

test("the host", () => {
  expect(formatPlatform(hostPlatform("x64"))).toBe("linux/amd64");
  expect(formatPlatform(hostPlatform("arm64"))).toBe("linux/arm64");
});
