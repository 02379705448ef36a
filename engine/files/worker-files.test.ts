import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { S_IFCHR, S_IFIFO, mknod } from "../sys/nodes.ts";
import { WorkerPool } from "../sys/workers.ts";
import type { OpenTree, Unfinished } from "./files.ts";
import { treeAt } from "./testing.ts";
import { WorkerFiles } from "./worker-files.ts";

let scratch: string;
let root: string;
let tree: OpenTree;
let pool: WorkerPool;
let files: WorkerFiles;
beforeAll(() => {
  pool = new WorkerPool({ threads: 2 });
});
afterAll(() => pool[Symbol.asyncDispose]());
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "slipway-files-"));
  root = join(scratch, "root");
  mkdirSync(root);
  files = new WorkerFiles({ workers: pool, notes: join(scratch, "notes") });
  tree = treeAt(root);
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const ALL = { offset: 0, limit: 1000, changed: false };
async function* bytes(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}
async function text(stream: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("a fifo, a device and a directory are described and never opened", async () => {
  mknod(join(root, "pipe"), S_IFIFO | 0o644);
  mkdirSync(join(root, "dir"));
  const { entries } = await files.list(tree, "/", ALL);
  expect(entries.map(({ name, type }) => [name, type])).toEqual([["dir", "directory"], ["pipe", "fifo"]]);
  for (const path of ["/pipe", "/dir"]) await expect(files.read(tree, path, { offset: 0, length: 10 })).rejects.toMatchObject({ code: "invalidArgument" });
  await expect(text(files.download(tree, "/pipe"))).rejects.toMatchObject({ code: "invalidArgument" });
});

test("a range says whether the file ends there", async () => {
  writeFileSync(join(root, "f"), "0123456789");
  const read = async (offset: number, length: number): Promise<[string, boolean]> => {
    const { bytes: found, end } = await files.read(tree, "/f", { offset, length });
    return [Buffer.from(found).toString(), end];
  };
  expect(await read(0, 10)).toEqual(["0123456789", true]);
  expect(await read(2, 3)).toEqual(["234", false]);
  expect(await read(8, 100)).toEqual(["89", true]);
  expect(await read(50, 5)).toEqual(["", true]);
});

test("files of /proc, whose size is 0, are read to their end", async () => {
  const { bytes: found, end } = await files.read(treeAt("/proc"), "/version", { offset: 0, length: 1000 });
  expect(Buffer.from(found).toString()).toMatch(/^Linux/);
  expect(end).toBe(true);
});

test("a failed or cancelled upload leaves the old file and nothing else", async () => {
  writeFileSync(join(root, "f"), "old");
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("new");
    throw new Error("the client went away");
  }
  await expect(files.write(tree, "/f", broken(), { version: undefined })).rejects.toThrow(/went away/);
  const controller = new AbortController();
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      yield Buffer.alloc(1000);
      controller.abort();
    }
  }
  await expect(files.write(tree, "/g", endless(), { version: "none" }, { signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
  expect(readdirSync(root)).toEqual(["f"]);
  expect(readFileSync(join(root, "f"), "utf8")).toBe("old");
});

test("a file that changes during its upload is not replaced", async () => {
  writeFileSync(join(root, "f"), "old");
  const { version } = await files.stat(tree, "/f", false);
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("a");
    await new Promise((resolve) => setTimeout(resolve, 50));
    writeFileSync(join(root, "f"), "someone else's");
    yield Buffer.from("b");
  }
  await expect(files.write(tree, "/f", slow(), { version })).rejects.toMatchObject({ code: "conflict", details: { changed: true } });
  expect(readFileSync(join(root, "f"), "utf8")).toBe("someone else's");
});

test("links lead inside, and loops and missing directories are errors", async () => {
  mkdirSync(join(root, "etc"));
  writeFileSync(join(root, "etc/f"), "inside");
  symlinkSync("/etc", join(root, "abs"));
  symlinkSync("../../../etc", join(root, "etc/up"));
  symlinkSync("loop", join(root, "loop"));
  expect((await files.stat(tree, "/abs/up/up/f", false)).path).toBe("/etc/f");
  expect((await files.list(tree, "/abs/..", ALL)).path).toBe("/");
  await expect(files.list(tree, "/loop", ALL)).rejects.toMatchObject({ code: "invalidArgument" });
  await expect(files.stat(tree, "/none/x", false)).rejects.toMatchObject({ code: "notFound" });
  await expect(files.stat(tree, "/etc/f/x", false)).rejects.toMatchObject({ code: "invalidArgument" });
});

test("what is removed, changed and copied follows no link", async () => {
  mkdirSync(join(scratch, "outside"));
  writeFileSync(join(scratch, "outside/kept"), "kept", { mode: 0o644 });
  mkdirSync(join(root, "d"));
  symlinkSync(join(scratch, "outside"), join(root, "d/link"));
  await files.setAttributes(tree, "/d", { mode: 0o700, recursive: true });
  await files.remove(tree, "/d");
  expect(lstatSync(join(scratch, "outside/kept")).mode & 0o777).toBe(0o644);
  expect(readdirSync(root)).toEqual([]);
});

test("recursive modes give x only to directories and programs", async () => {
  mkdirSync(join(root, "d/sub"), { recursive: true });
  writeFileSync(join(root, "d/text"), "");
  writeFileSync(join(root, "d/program"), "");
  chmodSync(join(root, "d/program"), 0o700);
  await files.setAttributes(tree, "/d", { mode: 0o755, recursive: true });
  const mode = (name: string): string => (lstatSync(join(root, name)).mode & 0o777).toString(8);
  expect(["d", "d/sub", "d/text", "d/program"].map(mode)).toEqual(["755", "755", "644", "755"]);
});

test("each entry tells its layer and its change, what was deleted too", async () => {
  const [upper, top, bottom] = ["upper", "top", "bottom"].map((name) => join(scratch, name)) as [string, string, string];
  for (const layer of [upper, top, bottom]) mkdirSync(join(layer, "d"), { recursive: true });
  for (const [layer, name] of [[bottom, "old"], [bottom, "gone"], [bottom, "both"], [top, "both"], [bottom, "edited"], [upper, "edited"], [upper, "new"], [bottom, "same"], [upper, "same"]] as const) writeFileSync(join(layer, "d", name), name);
  writeFileSync(join(upper, "d/edited"), "longer than before");
  for (const layer of [bottom, upper]) utimesSync(join(layer, "d/same"), 1, 1);
  mknod(join(upper, "d/gone"), S_IFCHR, 0);
  mkdirSync(join(root, "d"));
  for (const name of ["old", "both", "edited", "new", "same"]) writeFileSync(join(root, "d", name), "");
  const layered = treeAt(root, { upper, layers: [top, bottom] });
  const of = async (changed: boolean): Promise<unknown[]> => (await files.list(layered, "/d", { ...ALL, changed })).entries.map(({ name, layer, change }) => [name, layer, change]);
  expect(await of(false)).toEqual([["both", 1, ""], ["edited", "container", "modified"], ["new", "container", "added"], ["old", 0, ""], ["same", "container", ""]]);
  expect(await of(true)).toEqual([["edited", "container", "modified"], ["gone", 0, "deleted"], ["new", "container", "added"]]);
  expect((await files.stat(layered, "/d", false))).toMatchObject({ layer: 1, change: "inside" });
});

test("a search can be cancelled and counts what it looked at", async () => {
  for (let index = 0; index < 300; index++) writeFileSync(join(root, `file-${index}`), "");
  const lines = (await text(files.search(tree, "/", { name: "FILE-1?", limit: 100 }))).trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.length).toBe(11);
  expect(lines.at(-1)).toEqual({ done: true, visited: 300, truncated: false });
  const controller = new AbortController();
  controller.abort();
  await expect(text(files.search(tree, "/", { name: "x", limit: 1 }, { signal: controller.signal }))).rejects.toMatchObject({ code: "cancelled" });
});

test("the tree of a process that has gone is not the host's", async () => {
  await expect(files.list(treeAt("/proc/self/root", { ofProcess: true }), "/", ALL)).rejects.toMatchObject({ code: "conflict" });
  await expect(files.list(treeAt("/proc/999999999/root", { ofProcess: true }), "/", ALL)).rejects.toMatchObject({ code: "conflict" });
});

test("renaming keeps what is there already, and names stay names", async () => {
  writeFileSync(join(root, "a"), "a");
  writeFileSync(join(root, "b"), "b");
  await expect(files.rename(tree, "/a", "/b")).rejects.toMatchObject({ code: "alreadyExists" });
  await expect(files.rename(tree, "/a", `/${"n".repeat(256)}`)).rejects.toMatchObject({ code: "invalidArgument" });
  expect(await files.rename(tree, "/a", "/c")).toMatchObject({ path: "/c" });
  expect(await files.write(tree, "/new\nline", bytes("1"), { version: "none" })).toMatchObject({ name: "new\nline", size: 1 });
});

test("what was not finished is noted until it is, and discarded without touching anything else", async () => {
  mkdirSync(join(root, "d"));
  let seen: readonly Unfinished[] = [];
  async function* looking(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("a");
    while ((seen = files.unfinished()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await files.write(tree, "/d/f", looking(), { version: undefined });
  expect(seen).toMatchObject([{ owner: tree.owner, path: expect.stringMatching(/^\/d\/\.slipway-[0-9a-f]{12}$/) as string }]);
  expect(files.unfinished()).toEqual([]);
  expect(readdirSync(join(root, "d"))).toEqual(["f"]);

  const name = ".slipway-00000000000a";
  for (const path of [name, ".slipway-00000000000b"]) writeFileSync(join(root, "d", path), "");
  const note = (file: string, text: string): void => writeFileSync(join(scratch, "notes", file), text);
  note(name, JSON.stringify({ owner: tree.owner, path: `/d/${name}` }));
  note("gone", JSON.stringify({ owner: tree.owner, path: "/no/such" }));
  note("ownerless", JSON.stringify({ owner: tree.owner, path: "/d/f" }));
  note("torn", '{"owner"');
  for (const unfinished of files.unfinished()) await files.discard(unfinished, unfinished.note === "ownerless" ? null : tree);
  expect(readdirSync(join(root, "d")).sort()).toEqual([".slipway-00000000000b", "f"]);
  expect(readdirSync(join(scratch, "notes"))).toEqual([]);
});
