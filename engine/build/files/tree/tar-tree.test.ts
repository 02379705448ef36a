import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeTar } from "../../../archive/testing.ts";
import type { TestEntry } from "../../../archive/testing.ts";
import { Lab, inPieces, pathsOf, selection } from "../testing/fixture.ts";
import { Stack } from "../testing/layers.ts";
import { TarTree } from "./tar-tree.ts";

let lab: Lab;
beforeEach(() => void (lab = new Lab()));
afterEach(() => lab[Symbol.asyncDispose]());

const receive = (entries: readonly TestEntry[], size = 1000): Promise<TarTree> => lab.receive(inPieces(makeTar(entries), size));
const read = async (tree: TarTree, path: string): Promise<string | undefined> => {
  const bytes = await tree.read(path, 10_000_000);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("latin1");
};
const link = (name: string, linkname: string): TestEntry => ({ name, type: "symlink", linkname });
const spools = (): string[] => (existsSync(lab.path("spools")) ? readdirSync(lab.path("spools")) : []);

test("reads content out of the spool, in pieces of any size", async () => {
  const large = Buffer.alloc(300_000, "0123456789");
  for (const size of [1, 511, 65_536, 10_000_000]) {
    const tree = await receive([{ name: "a", data: "first" }, { name: "d/large", data: large }, { name: "empty", data: "" }, { name: "z", data: "last" }].slice(size === 1 ? 2 : 0), size);
    expect(await read(tree, "z")).toBe("last");
    expect(await read(tree, "empty")).toBe("");
    if (size > 1) expect(await read(tree, "d/large")).toBe(large.toString("latin1"));
  }
});

test("names are as seen from the root, and the last of equal names counts", async () => {
  const tree = await receive([
    { name: "./a", data: "1" }, { name: "/a", data: "2" }, { name: "../../up", data: "u" }, { name: "d/../e//f", data: "f" },
    { name: "was/dir/x", data: "x" }, { name: "was", data: "file" }, { name: "now", data: "file" }, { name: "now/", type: "directory", mode: 0o700 }, { name: "now/y", data: "y" }, { name: "now", type: "directory", mode: 0o711 },
  ]);
  expect(pathsOf(await tree.select(selection(".")))).toEqual(["a", "e", "e/f", "now", "now/y", "up", "was"]);
  expect(await read(tree, "a")).toBe("2");
  expect(tree).toMatchObject({ files: 5, bytes: 1 + 1 + 1 + 4 + 1 });
});

test("links lead inside, hard links to their file", async () => {
  const tree = await receive([
    { name: "etc/own", data: "own" }, link("abs", "/etc"), { name: "abs/in", data: "in" }, link("up", "../../../etc"), { name: "f", data: "old" }, { name: "h", type: "hardlink", linkname: "/../f" },
    { name: "f", data: "new" }, { name: "h2", type: "hardlink", linkname: "abs/own" }, link("s", "f"), { name: "hs", type: "hardlink", linkname: "s" },
  ]);
  expect(await read(tree, "up/in")).toBe("in");
  expect(await read(tree, "etc/in")).toBe("in");
  expect(await read(tree, "h")).toBe("old");
  expect(await read(tree, "h2")).toBe("own");
  expect(await read(tree, "hs")).toBe("new");
  const stack = new Stack(lab);
  await stack.copy(await tree.select(selection(".")), "/");
  expect(stack.ownNames()).toMatchObject({ h: "644 old", f: "644 new", hs: "-> f", h2: "644 own", "etc/own": "644 own" });
});

test.each([
  ["a link to nowhere", [{ name: "h", type: "hardlink", linkname: "none" }], "dataLoss"],
  ["a link to a directory", [{ name: "d", type: "directory" }, { name: "h", type: "hardlink", linkname: "d" }], "invalidArgument"],
  ["something in a file", [{ name: "f", data: "" }, { name: "f/x", data: "" }], "invalidArgument"],
  ["a loop on the way", [link("l", "l"), { name: "l/x", data: "" }], "invalidArgument"],
] as const)("refuses %s and leaves nothing", async (_name, entries, code) => {
  await expect(receive(entries as readonly TestEntry[])).rejects.toMatchObject({ code });
  expect(spools()).toEqual([]);
});

test("limits", async () => {
  const tar = makeTar([{ name: "a", data: "12345" }, { name: "b", data: "12345" }]);
  await expect(lab.receive(inPieces(tar, 512), { limits: { maxBytes: 9 } })).rejects.toMatchObject({ code: "resourceExhausted" });
  await expect(lab.receive(inPieces(tar, 512), { limits: { maxEntries: 1 } })).rejects.toMatchObject({ code: "resourceExhausted" });
  await expect(lab.receive(inPieces(tar, 512), { limits: { maxBytes: 10, maxEntries: 2 } })).resolves.toBeDefined();
  expect(spools()).toHaveLength(1);
});

test("damaged, cut off, interrupted and aborted uploads leave nothing", async () => {
  const tar = makeTar([{ name: "a", data: "x".repeat(3000) }]);
  await expect(lab.receive(inPieces(tar.subarray(0, 2000), 512))).rejects.toMatchObject({ code: "dataLoss" });
  await expect(lab.receive(inPieces(Buffer.from("no tar at all".repeat(100)), 512))).rejects.toMatchObject({ code: "dataLoss" });
  await expect(lab.receive(inPieces(zstdCompressSync(tar).subarray(0, -8), 10))).rejects.toMatchObject({ code: "dataLoss" });
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield tar.subarray(0, 1000);
    throw new Error("the client went away");
  }
  await expect(lab.receive(broken())).rejects.toThrow("the client went away");
  const controller = new AbortController();
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield tar.subarray(0, 1000);
    controller.abort();
    await wait(100_000, undefined, { ref: false });
  }
  await expect(TarTree.receive(endless(), { pool: lab.pool, directory: lab.path("spools") }, { signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
  expect(spools()).toEqual([]);
  expect(await (await lab.receive(inPieces(Buffer.alloc(0), 1))).select(selection("."))).toMatchObject({ files: 0, isDirectory: true });
});

test("the spool goes with the tree; recover removes what a crash left", async () => {
  const tree = await receive([{ name: "a", data: "" }]);
  expect(spools()).toHaveLength(1);
  await tree[Symbol.asyncDispose]();
  await tree[Symbol.asyncDispose]();
  expect(spools()).toEqual([]);
  mkdirSync(lab.path("spools"), { recursive: true });
  writeFileSync(lab.path("spools/dead.context"), "x");
  writeFileSync(lab.path("spools/other"), "x");
  await TarTree.recover(lab.path("spools"));
  expect(spools()).toEqual(["other"]);
  await TarTree.recover(lab.path("missing"));
});

test("an engine that is killed while a tar arrives leaves what recover removes", async () => {
  const script = `
    import { TarTree } from ${JSON.stringify(new URL("./tar-tree.ts", import.meta.url).href)};
    import { WorkerPool } from ${JSON.stringify(new URL("../../../sys/workers.ts", import.meta.url).href)};
    async function* endless() { for (;;) { yield ${JSON.stringify([...makeTar([{ name: "a", data: "x" }], false)])}.reduce((bytes, byte, at) => ((bytes[at] = byte), bytes), new Uint8Array(1024)); await new Promise((resolve) => setTimeout(resolve, 5)); } }
    await TarTree.receive(endless(), { pool: new WorkerPool(), directory: ${JSON.stringify(lab.path("spools"))} });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
  const closed = once(child, "close");
  while (spools().length === 0 || statSync(join(lab.path("spools"), spools()[0]!)).size < 4096) await wait(10);
  child.kill("SIGKILL");
  await closed;
  expect(spools()).toHaveLength(1);
  await TarTree.recover(lab.path("spools"));
  expect(spools()).toEqual([]);
});

test("sparse files read, hash and copy as they are", async () => {
  const tree = lab.directory({ "s/f": "" });
  const root = lab.path("tree0/s");
  execFileSync("truncate", ["-s", "3000000", join(root, "f")]);
  for (const seek of [0, 1_500_000, 2_999_990]) execFileSync("dd", [`of=${join(root, "f")}`, "conv=notrunc", "bs=1", `seek=${seek}`, "status=none"], { input: `at ${seek}`.slice(0, 10) });
  const selected = await tree.select(selection("s"));
  for (const args of [["--format=gnu"], ["--format=posix", "--sparse-version=1.0"], ["--format=posix", "--sparse-version=0.1"]]) {
    const tar = await lab.receive(inPieces(execFileSync("tar", ["-S", ...args, "-C", lab.path("tree0"), "-cf", "-", "s"], { maxBuffer: 1 << 26 }), 700));
    const kept = await tar.select(selection("s"));
    expect(kept).toMatchObject({ digest: selected.digest, bytes: 3_000_000 });
    const stack = new Stack(lab);
    await stack.copy(kept, "/");
    expect((await lab.at(stack.layer).select(selection("."))).digest).toBe(selected.digest);
    expect(Buffer.from((await tar.read("s/f", 3_000_000))!).subarray(1_500_000, 1_500_010).toString()).toBe("at 1500000");
  }
});

test("any bytes give an error or a tree, never a hang or another failure", async () => {
  const good = makeTar([{ name: "a", data: "A".repeat(700) }, link("l", "a"), { name: "d/", type: "directory" }, { name: "d/h", type: "hardlink", linkname: "a" }]);
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }), fc.integer({ min: 1, max: 3000 }), async (edits, size) => {
    const bytes = Buffer.from(good);
    for (const [at, value] of edits) bytes[at] = value;
    try {
      const tree = await lab.receive(inPieces(bytes, size));
      await tree.select(selection("."));
      await tree[Symbol.asyncDispose]();
    } catch (error) {
      expect(error).toMatchObject({ name: "EngineError", code: expect.stringMatching(/^(dataLoss|invalidArgument|resourceExhausted)$/) as string });
    }
  }), { numRuns: 100 });
  expect(spools()).toEqual([]);
});
