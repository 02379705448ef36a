import { execFileSync } from "node:child_process";
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeTar } from "../../../archive/testing.ts";
import type { TestEntry } from "../../../archive/testing.ts";
import type { CopyRequest } from "../files.ts";
import { Lab, selection } from "../testing/fixture.ts";
import type { Nodes } from "../testing/fixture.ts";
import { Stack } from "../testing/layers.ts";

let lab: Lab;
beforeEach(() => void (lab = new Lab()));
afterEach(() => lab[Symbol.asyncDispose]());

const directory = (name: string, more: Partial<TestEntry> = {}): TestEntry => ({ name, type: "directory", ...more });
const link = (name: string, linkname: string): TestEntry => ({ name, type: "symlink", linkname, mode: 0o777 });

/** ADD of one file with this content. */
async function add(content: Uint8Array | readonly TestEntry[], destination: string, lower: readonly Nodes[] = [], more: Partial<CopyRequest> = {}): Promise<Stack> {
  const tree = lab.directory({ "a.bin": content instanceof Uint8Array ? content : makeTar(content) });
  const stack = new Stack(lab, ...lower);
  await stack.copy(await tree.select(selection("a.bin")), destination, { unpack: [true], ...more });
  return stack;
}

const PLAIN = [directory("d", { mode: 0o750, uid: 5, gid: 6 }), { name: "d/f", data: "F", uid: 7, gid: 8, mode: 0o4755 }, link("d/l", "f"), { name: "implied/x", data: "X" }, { name: "d/.wh.gone", data: "plain" }] satisfies TestEntry[];
const UNPACKED = { t: "dir 755", "t/d": "dir 750 5:6", "t/d/f": "4755 7:8 F", "t/d/l": "-> f", "t/d/.wh.gone": "644 plain", "t/implied": "dir 755", "t/implied/x": "644 X" };

test.each([
  ["plain", (tar: Buffer) => tar],
  ["gzip", gzipSync],
  ["zstd", zstdCompressSync],
  ["xz", (tar: Buffer) => execFileSync("xz", ["-c"], { input: tar })],
  ["bzip2", (tar: Buffer) => execFileSync("bzip2", ["-c"], { input: tar })],
])("unpacks %s, whatever its name", async (_name, compress) => {
  expect((await add(compress(makeTar(PLAIN)), "/t")).merged()).toEqual(UNPACKED);
});

test("unpacks from a kept tar too, small and large", async () => {
  for (const size of [10, 1_000_000]) {
    const tree = await lab.tar({ "a.tar": makeTar([...PLAIN, { name: "large", data: Buffer.alloc(size, "z") }]) });
    const stack = new Stack(lab);
    const copied = await stack.copy(await tree.select(selection("*.tar")), "/t/", { unpack: [true] });
    expect(copied).toMatchObject({ files: 4, bytes: 7 + size });
    expect(stack.merged()).toMatchObject(UNPACKED);
    expect(lstatSync(join(stack.layer, "t/large")).size).toBe(size);
  }
});

test("times and owners are the archive's, unless an owner is given; chmod is not for it", async () => {
  const stack = await add([directory("d", { mtimeNs: 1_000_000_000_000_000_000n }), { name: "d/f", mtimeNs: 1_100_000_000_500_000_000n, data: "", uid: 1 }], "/t", [], { owner: { uid: 3, gid: 4 }, chmod: "600" });
  expect(stack.ownNames()).toEqual({ t: "dir 755 3:4", "t/d": "dir 755 3:4", "t/d/f": "644 3:4 " });
  expect(lstatSync(join(stack.layer, "t/d")).mtimeMs).toBe(1_000_000_000_000);
  expect(lstatSync(join(stack.layer, "t/d/f"), { bigint: true }).mtimeNs).toBe(1_100_000_000_500_000_000n);
  const clamped = await add([{ name: "f", data: "", mtimeNs: 1_100_000_000_000_000_000n }], "/", [], { latestTime: 1_000_000_000 });
  expect(lstatSync(join(clamped.layer, "f")).mtimeMs).toBe(1_000_000_000_000);
});

test("copies what is no archive", async () => {
  const texts = [Buffer.from("text"), Buffer.alloc(2000), gzipSync("text"), gzipSync("x".repeat(5000)), Buffer.from([0x1f, 0x8b, 1, 2, 3, 4]), Buffer.from("BZh"), Buffer.alloc(0), makeTar([])];
  for (const content of texts) {
    const stack = await add(content, "/t/");
    expect(readFileSync(join(stack.layer, "t/a.bin"))).toEqual(content);
  }
  const tree = lab.directory({ "d/a.tar": makeTar(PLAIN) });
  const inDirectory = new Stack(lab);
  await inDirectory.copy(await tree.select(selection("d")), "/t", { unpack: [true] });
  expect(Object.keys(inDirectory.ownNames())).toEqual(["t", "t/a.tar"]);
});

test("merges into what the image has, and follows its links", async () => {
  const lower: Nodes = { lib: { link: "usr/lib" }, "usr/lib/old": "o", etc: { directory: true, mode: 0o700, uid: 9 }, "etc/conf": "old", run: { link: "/var/run" } };
  const stack = await add([directory("lib", { mode: 0o711 }), { name: "lib/new", data: "n" }, { name: "etc/conf", data: "new" }, { name: "run/pid", data: "1" }], "/", [lower]);
  expect(stack.merged()).toEqual({
    lib: "-> usr/lib", usr: "dir 755", "usr/lib": "dir 711", "usr/lib/old": "644 o", "usr/lib/new": "644 n", etc: "dir 700 9:0", "etc/conf": "644 new", run: "-> /var/run", var: "dir 755", "var/run": "dir 755", "var/run/pid": "644 1",
  });
});

test("replaces what is of another type", async () => {
  const lower: Nodes = { file: "f", "tree/deep/x": "x", "twice/low": "l", dead: { link: "nowhere" } };
  const stack = await add([
    directory("file"), { name: "file/in", data: "i" }, { name: "tree", data: "t" }, { name: "twice", data: "1" }, directory("twice"), { name: "twice/new", data: "n" },
    directory("dead"), { name: "dead/x", data: "d" }, directory("own"), { name: "own/a", data: "a" }, link("own", "file"), { name: "own/through", data: "t" },
  ], "/", [lower]);
  expect(stack.merged()).toEqual({
    file: "dir 755", "file/in": "644 i", "file/through": "644 t", tree: "644 t", twice: "dir 755", "twice/new": "644 n", dead: "dir 755", "dead/x": "644 d", own: "-> file",
  });
});

test("hard links inside the archive", async () => {
  const stack = await add([{ name: "a", data: "A" }, { name: "b", type: "hardlink", linkname: "./a" }, { name: "c", data: "old" }, { name: "c", type: "hardlink", linkname: "b" }, { name: "a", data: "new" }], "/t");
  expect(stack.merged()).toEqual({ t: "dir 755", "t/a": "644 new", "t/b": "644 A", "t/c": "644 A" });
  expect(lstatSync(join(stack.layer, "t/b")).ino).toBe(lstatSync(join(stack.layer, "t/c")).ino);
  await expect(add([{ name: "b", type: "hardlink", linkname: "/etc/passwd" }], "/t")).rejects.toMatchObject({ code: "dataLoss" });
});

test("nothing leaves the image", async () => {
  await expect(add([{ name: "../../x", data: "" }], "/t")).rejects.toMatchObject({ code: "invalidArgument" });
  const stack = await add([link("abs", "/etc"), { name: "abs/hostname.slipway", data: "inside" }, link("up", "../../../../../../tmp"), { name: "up/slipway-escaped", data: "inside" }], "/t");
  expect(stack.merged()).toMatchObject({ "etc/hostname.slipway": "644 inside", "tmp/slipway-escaped": "644 inside" });
  await expect(add([link("loop", "loop"), { name: "loop/x", data: "" }], "/t")).rejects.toMatchObject({ code: "invalidArgument" });
  await expect(add([{ name: "f", data: "" }, { name: "f/x", data: "" }], "/t")).rejects.toMatchObject({ code: "invalidArgument" });
  await expect(add([{ name: "w", type: "character", devMajor: 0, devMinor: 0 }], "/t")).rejects.toMatchObject({ code: "invalidArgument" });
});

test("sparse files", async () => {
  const tree = lab.directory({ "src/f": "" });
  execFileSync("truncate", ["-s", "3000000", join(lab.scratch, "tree0/src/f")]);
  execFileSync("dd", [`of=${join(lab.scratch, "tree0/src/f")}`, "conv=notrunc", "bs=1", "seek=1500000", "status=none"], { input: "middle" });
  for (const format of ["gnu", "posix"]) {
    execFileSync("tar", ["-S", `--format=${format}`, "-cf", join(lab.scratch, "tree0/s.tar"), "-C", join(lab.scratch, "tree0/src"), "f"]);
    const stack = new Stack(lab);
    await stack.copy(await tree.select(selection("s.tar")), "/", { unpack: [true] });
    expect((await lab.at(stack.layer).select(selection("f"))).digest).toBe((await tree.select(selection("src/f"))).digest);
    expect(lstatSync(join(stack.layer, "f")).blocks).toBeLessThan(200);
  }
});

test("a damaged archive has a sentence", async () => {
  const tar = makeTar([{ name: "f", data: "x".repeat(5000) }]);
  await expect(add(tar.subarray(0, 2000), "/t")).rejects.toMatchObject({ code: "dataLoss" });
  await expect(add(gzipSync(makeTar([{ name: "f", data: Buffer.alloc(200_000, "abcdefg") }])).subarray(0, -20), "/t")).rejects.toMatchObject({ code: "dataLoss" });
});
