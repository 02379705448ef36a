import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EngineError } from "../../../base/errors.ts";
import { inUserNamespace } from "../../../sys/identity.ts";
import { setXattr } from "../../../sys/xattrs.ts";
import type { Selected } from "../files.ts";
import { Lab, layDown, pathsOf, selection } from "../testing/fixture.ts";
import { DigestCache } from "./digest-cache.ts";
import { DirectoryTree } from "./directory-tree.ts";
import { decodeEntries, encodeEntries } from "./entry-codec.ts";
import { PLAIN } from "./entry.ts";
import type { Entry } from "./entry.ts";

let lab: Lab;
beforeEach(() => void (lab = new Lab()));
afterEach(() => lab[Symbol.asyncDispose]());

const all = (tree: DirectoryTree): Promise<Selected> => tree.select(selection("."));
/** Until the times of what was just written count as settled. */
const settle = (): Promise<void> => wait(60);

describe("the kept digests", () => {
  const cacheFile = (): string => lab.path("digests/one");

  async function remembered(): Promise<{ readonly tree: DirectoryTree; readonly root: string; readonly before: Selected }> {
    const tree = lab.directory({ a: "aaa", "d/b": "bbb", "d/c": "ccc" }, { cacheFile: cacheFile() });
    await settle();
    return { tree, root: lab.path("tree0"), before: await all(tree) };
  }

  /** Writes other content in place, and puts size and modification time back. */
  function forge(path: string, text: string): void {
    const { atimeMs, mtimeMs } = statSync(path);
    const fd = openSync(path, "r+");
    writeSync(fd, text);
    closeSync(fd);
    utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
  }

  test("are used: a file that cannot have changed is not read again", async () => {
    const { tree, root, before } = await remembered();
    const entries = decodeEntries(new Uint8Array(readFileSync(cacheFile()).subarray(16)));
    expect(entries.map(({ path }) => path)).toEqual(["a", "d/b", "d/c"]);
    // A cache that says otherwise of a file shows that it is asked.
    const cache = DigestCache.load(cacheFile());
    cache.add({ ...entries[0]!, digest: "0".repeat(63).concat("1") });
    cache.save();
    const after = await all(tree);
    expect(after.digest).not.toBe(before.digest);
    writeFileSync(join(root, "a"), "aaa");
    expect((await all(tree)).digest).toBe(before.digest);
  });

  test("notice every change: content, replacement, times put back, attributes", async () => {
    const { tree, root, before } = await remembered();
    const changes: (() => void)[] = [
      () => writeFileSync(join(root, "a"), "AAA"),
      () => forge(join(root, "a"), "BBB"),
      () => {
        writeFileSync(join(root, "new"), "CCC");
        renameSync(join(root, "new"), join(root, "a"));
      },
      () => renameSync(join(root, "d/c"), join(root, "d/b")),
      () => chmodSync(join(root, "a"), 0o755),
      () => setXattr(join(root, "a"), "security.capability", Buffer.from("0100000200200000000000000000000000000000", "hex")),
    ];
    const seen = new Set([before.digest]);
    for (const change of changes) {
      await settle();
      change();
      seen.add((await all(tree)).digest);
    }
    expect(seen.size).toBe(changes.length + 1);
  });

  test("do not trust a file that has just changed", async () => {
    const tree = lab.directory({ a: "aaa" }, { cacheFile: cacheFile() });
    const path = lab.path("tree0/a");
    for (let round = 0; round < 30; round++) {
      writeFileSync(path, `${round}`.padStart(3));
      const first = await all(tree);
      forge(path, `${round + 500}`);
      expect((await all(tree)).digest).not.toBe(first.digest);
    }
  });

  test("outlive the tree, and the engine", async () => {
    const { before } = await remembered();
    const again = await all(lab.at(lab.path("tree0"), { cacheFile: cacheFile() }));
    expect(again).toEqual({ ...before, handle: expect.anything() as unknown });
  });

  test.each([
    ["damaged", (file: Buffer) => Buffer.from(file.map((byte, at) => (at === 100 ? byte ^ 1 : byte)))],
    ["cut off", (file: Buffer) => file.subarray(0, -5)],
    ["empty", () => Buffer.alloc(0)],
    ["short", () => Buffer.from("slipwaydig1\nabcd")],
    ["of another version", (file: Buffer) => Buffer.concat([Buffer.from("slipwaydig0\n"), file.subarray(12)])],
  ])("count for nothing when the file is %s", async (_name, damage) => {
    const { tree, before } = await remembered();
    writeFileSync(cacheFile(), damage(readFileSync(cacheFile())));
    expect((await all(tree)).digest).toBe(before.digest);
    expect(decodeEntries(new Uint8Array(readFileSync(cacheFile()).subarray(16)))).toHaveLength(3);
  });

  test("that cannot be written fail nothing", async () => {
    mkdirSync(lab.path("digests/one/x"), { recursive: true });
    const tree = lab.directory({ a: "a" }, { cacheFile: lab.path("digests/one/x") });
    await settle();
    expect((await all(tree)).files).toBe(1);
    expect(statSync(lab.path("digests/one/x")).isDirectory()).toBe(true);
  });

  test("forget what is gone when it is most of them, and stay few in number", async () => {
    const file = lab.path("digests/crowded");
    const entry = (path: string): Entry => ({ ...PLAIN, path, type: "file", mode: 0o644, digest: "ab".repeat(32) });
    const full = DigestCache.load(file);
    for (let index = 0; index < 1500; index++) full.add(entry(`old${index}`));
    full.save();
    const later = DigestCache.load(file);
    later.add(entry("new"));
    later.save();
    expect(decodeEntries(new Uint8Array(readFileSync(file).subarray(16))).map(({ path }) => path)).toEqual(["new"]);
    for (let index = 0; index < 110; index++) {
      const one = DigestCache.load(lab.path(`digests/${index}`));
      one.add(entry("x"));
      one.save();
    }
    expect(readdirSync(lab.path("digests"))).toHaveLength(100);
    expect(existsSync(lab.path("digests/109"))).toBe(true);
  });
});

test("selections at the same time share what they hash", async () => {
  const tree = lab.directory({ a: "a", b: "b" }, { cacheFile: lab.path("digests/x") });
  await settle();
  const results = await Promise.all(["a", "b", ".", "*", "."].map((pattern) => tree.select(selection(pattern))));
  expect(results.map(({ files }) => files)).toEqual([1, 1, 2, 2, 2]);
  expect(decodeEntries(new Uint8Array(readFileSync(lab.path("digests/x")).subarray(16)))).toHaveLength(2);
});

test("a directory that is missing or none, and files that vanish, have sentences or none", async () => {
  await expect(all(lab.at(lab.path("none")))).rejects.toMatchObject({ code: "notFound", message: expect.stringContaining("does not exist") as string });
  writeFileSync(lab.path("file"), "");
  await expect(all(lab.at(lab.path("file")))).rejects.toMatchObject({ code: "invalidArgument" });
});

test.skipIf(inUserNamespace())("a tree that changes while it is read gives an answer or an error of ours", async () => {
  const nodes = Object.fromEntries(Array.from({ length: 300 }, (_unused, index) => [`d${index % 10}/f${index}`, "x".repeat(index)]));
  const tree = lab.directory(nodes);
  const root = lab.path("tree0");
  let rounds = 0;
  const churn = setInterval(() => {
    rounds++;
    const directory = join(root, `d${rounds % 10}`);
    rmSync(directory, { recursive: true, force: true });
    if (rounds % 3 === 0) symlinkSync("/etc", directory);
    else if (rounds % 3 === 1) writeFileSync(directory, "now a file");
    else layDown(directory, { a: "a", b: { link: "/etc/passwd" }, "c/d": "d" });
  }, 1);
  try {
    for (let round = 0; round < 40; round++) {
      const result = await all(tree).catch((error: unknown) => error);
      if (result instanceof EngineError) expect(result.code).toBe("notFound");
      else for (const path of pathsOf(result as Selected)) expect(path).not.toMatch(/passwd|hostname/);
    }
  } finally {
    clearInterval(churn);
  }
  expect(rounds).toBeGreaterThan(10);
});

test("disposing releases once", async () => {
  let released = 0;
  const tree = new DirectoryTree({ pool: lab.pool, root: lab.scratch, release: async () => void released++ });
  await tree.ignoring({ patterns: [] })[Symbol.asyncDispose]();
  expect(released).toBe(0);
  await tree[Symbol.asyncDispose]();
  await tree[Symbol.asyncDispose]();
  expect(released).toBe(1);
});

test("entries survive their encoding", () => {
  const entries: Entry[] = [
    { ...PLAIN, path: "", type: "directory", mode: 0o1777 },
    { path: "a/\udcff\u{1f600}", type: "file", mode: 0o6755, uid: 4_294_967_294, gid: 1, size: 2 ** 43 + 1, mtimeNs: -1_500_000_000n, digest: "0a".repeat(32), target: "", device: 0, xattrs: new Map([["user.x", new Uint8Array([0, 255])]]), links: "1:2", inode: 2n ** 64n - 1n, ctimeNs: 1n, racy: true, offset: 2 ** 40, ranges: [{ offset: 1, length: 2 }] },
    { ...PLAIN, path: "l", type: "symlink", mode: 0o777, target: "\udc80/x" },
    { ...PLAIN, path: "c", type: "character", mode: 0o666, device: 259 },
  ];
  const bytes = encodeEntries(entries);
  expect(decodeEntries(bytes)).toEqual(entries);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  expect(decodeEntries(shifted.subarray(3))).toEqual(entries);
  expect(decodeEntries(encodeEntries([]))).toEqual([]);
});
