import { closeSync, ftruncateSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cloneFileBlocks, copyRange, nextData } from "./copy-range.ts";

let scratch: string;
beforeEach(() => void (scratch = mkdtempSync(join(tmpdir(), "slipway-range-"))));
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

test("copies a part of a file to a place in another", () => {
  writeFileSync(join(scratch, "a"), "0123456789");
  writeFileSync(join(scratch, "b"), "");
  const source = openSync(join(scratch, "a"), "r");
  const target = openSync(join(scratch, "b"), "r+");
  try {
    expect(copyRange(source, 3, target, 2, 4)).toBe(4);
    expect(copyRange(source, 8, target, 6, 100)).toBe(2);
    expect(copyRange(source, 10, target, 8, 100)).toBe(0);
  } finally {
    closeSync(source);
    closeSync(target);
  }
  expect(readFileSync(join(scratch, "b"), "latin1")).toBe(`${"\0".repeat(2)}345689`);
});

test("copies from files that the kernel does not copy by itself", () => {
  const target = openSync(join(scratch, "b"), "w+");
  const source = openSync("/proc/self/status", "r");
  try {
    expect(copyRange(source, 0, target, 0, 5)).toBe(5);
    expect(readFileSync(join(scratch, "b"), "latin1")).toBe("Name:");
  } finally {
    closeSync(source);
    closeSync(target);
  }
});

test("tells data from holes", () => {
  const fd = openSync(join(scratch, "sparse"), "w+");
  ftruncateSync(fd, 1 << 22);
  expect(nextData(fd, 0)).toBeUndefined();
  writeSync(fd, "data", 1 << 20);
  expect(nextData(fd, 0)).toMatchObject({ offset: 1 << 20 });
  const { offset, length } = nextData(fd, 0)!;
  expect(nextData(fd, offset + length)).toBeUndefined();
  expect(fstatSync(fd).size).toBe(1 << 22);
  closeSync(fd);
});

test("shares blocks, or says that it cannot", () => {
  writeFileSync(join(scratch, "a"), "content");
  const source = openSync(join(scratch, "a"), "r");
  const target = openSync(join(scratch, "b"), "w+");
  const shared = cloneFileBlocks(source, target);
  expect(readFileSync(join(scratch, "b"), "latin1")).toBe(shared ? "content" : "");
  closeSync(source);
  closeSync(target);
});
