import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../base/digest.ts";
import { isEngineError } from "../base/errors.ts";
import { inUserNamespace } from "../sys/identity.ts";
import { WorkerPool } from "../sys/workers.ts";
import { getXattr, setXattr } from "../sys/xattrs.ts";
import { TarExtractor, cleanName } from "./extract.ts";
import type { ExtractTarget } from "./extract.ts";
import { packTree } from "./pack.ts";
import { makeTar, readTar } from "./testing.ts";
import type { TestEntry } from "./testing.ts";
import { unpackLayer } from "./unpack.ts";

const userNamespace = inUserNamespace();
const OPAQUE = userNamespace ? "user.overlay.opaque" : "trusted.overlay.opaque";

let dir: string;
let root: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "slipway-extract-"));
  root = join(dir, "root");
  mkdirSync(root, { mode: 0o755 });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function extract(entries: readonly TestEntry[] | Uint8Array, options: Partial<ExtractTarget> = {}): { bytes: number; entries: number } {
  using extractor = new TarExtractor({ root, whiteouts: "overlay", userNamespace, maxBytes: 1e9, maxEntries: 1e6, ...options });
  extractor.push(entries instanceof Uint8Array ? entries : makeTar(entries));
  return extractor.finish();
}

const at = (name: string): string => join(root, name);
const code = (wanted: string): Error => expect.objectContaining({ name: "EngineError", code: wanted }) as Error;
const opaque = (name: string): boolean => getXattr(at(name), OPAQUE)?.[0] === 0x79;

describe("entries", () => {
  test("files, directories, links, owners, modes, times", () => {
    const result = extract([
      { name: ".", type: "directory", mode: 0o1777, uid: 3, mtimeNs: 5_000_000_000n },
      { name: "dir", type: "directory", mode: 0o2750, uid: 1, gid: 2, mtimeNs: 1_234_567_890_123_456_789n },
      { name: "dir/file", data: "hello", mode: 0o4755, uid: 10, gid: 20, mtimeNs: 1_000_000_001n },
      { name: "dir/same", type: "hardlink", linkname: "dir/file" },
      { name: "dir/soft", type: "symlink", linkname: "../../../etc/passwd", uid: 7, gid: 8, mtimeNs: 9_000_000_000n },
      { name: "pipe", type: "fifo", mode: 0o622 },
      { name: "read-only", data: "x", mode: 0o400 },
    ]);
    expect(result).toEqual({ bytes: 6, entries: 7 });
    expect(lstatSync(at("."))).toMatchObject({ mode: 0o41777, uid: 3 });
    expect(lstatSync(at("dir"), { bigint: true })).toMatchObject({ mode: 0o42750n, uid: 1n, gid: 2n, mtimeNs: 1_234_567_890_123_456_789n });
    expect(lstatSync(at("dir/file"), { bigint: true })).toMatchObject({ mode: 0o104755n, uid: 10n, gid: 20n, nlink: 2n, mtimeNs: 1_000_000_001n });
    expect(lstatSync(at("dir/soft"), { bigint: true })).toMatchObject({ uid: 7n, gid: 8n, mtimeNs: 9_000_000_000n });
    expect(readlinkSync(at("dir/soft"))).toBe("../../../etc/passwd");
    expect(lstatSync(at("pipe")).isFIFO()).toBe(true);
    expect(statSync(at("read-only")).mode & 0o777).toBe(0o400);
    expect(lstatSync(at(".")).mtimeMs).toBe(5000);
  });

  test("a set-group-id directory and a default ACL do not change what the archive says", () => {
    extract([{ name: "d", type: "directory", mode: 0o2755, gid: 50 }, { name: "d/f", data: "", mode: 0o640, gid: 0 }, { name: "d/e", type: "directory", mode: 0o700, gid: 0 }]);
    expect(statSync(at("d/f"))).toMatchObject({ gid: 0, mode: 0o100640 });
    expect(statSync(at("d/e"))).toMatchObject({ gid: 0, mode: 0o40700 });
  });

  test("device nodes: made by root, left out in a user namespace", () => {
    extract([{ name: "null", type: "character", devMajor: 1, devMinor: 3, mode: 0o666 }, { name: "disk", type: "block", devMajor: 8, devMinor: 0 }]);
    expect(existsSync(at("null"))).toBe(!userNamespace);
    expect(existsSync(at("disk"))).toBe(!userNamespace);
    rmSync(root, { recursive: true });
    mkdirSync(root);
    extract([{ name: "null", type: "character", devMajor: 1, devMinor: 3 }], { userNamespace: true });
    expect(readdirSync(root)).toEqual([]);
  });

  test("attributes, capabilities included; those of overlayfs are dropped", () => {
    const capability = Buffer.from("0100000200200000000000000000000000000000", "hex");
    extract([{ name: "ping", data: "x", uid: 5, xattrs: new Map([["security.capability", capability], ["user.a", Buffer.from("b")], ["trusted.overlay.redirect", Buffer.from("/etc")], ["user.overlay.opaque", Buffer.from("y")]]) }]);
    expect(Buffer.from(getXattr(at("ping"), "security.capability")!).subarray(4)).toEqual(capability.subarray(4));
    expect(Buffer.from(getXattr(at("ping"), "user.a")!).toString()).toBe("b");
    expect(getXattr(at("ping"), "trusted.overlay.redirect")).toBeUndefined();
    expect(getXattr(at("ping"), "user.overlay.opaque")).toBeUndefined();
  });

  test("sparse files have holes", () => {
    mkdirSync(join(dir, "src"));
    execFileSync("sh", ["-c", "truncate -s 50M s && printf end | dd of=s bs=1 seek=30000000 conv=notrunc status=none"], { cwd: join(dir, "src") });
    for (const format of ["gnu", "posix"]) {
      extract(execFileSync("tar", ["-C", join(dir, "src"), `--format=${format}`, "-S", "-cf", "-", "s"]));
      const stats = statSync(at("s"));
      expect(stats.size).toBe(50 * 1024 * 1024);
      expect(stats.blocks).toBeLessThan(100);
      expect(readFileSync(at("s")).toString("latin1", 30_000_000, 30_000_004)).toBe("end\0");
    }
  });

  test("later entries replace earlier ones; directories stay", () => {
    extract([
      { name: "a", data: "file" }, { name: "a", type: "directory" }, { name: "a/b", data: "1" }, { name: "a", type: "directory", mode: 0o700 },
      { name: "c/d/e", data: "deep" }, { name: "c", data: "now a file" }, { name: "c", type: "symlink", linkname: "a" }, { name: "c", type: "hardlink", linkname: "a/b" },
    ]);
    expect(readFileSync(at("a/b"), "utf8")).toBe("1");
    expect(statSync(at("a")).mode & 0o777).toBe(0o700);
    expect(lstatSync(at("c")).ino).toBe(lstatSync(at("a/b")).ino);
  });

  test("directories that the archive implies are made", () => {
    extract([{ name: "x/y/z", data: "" }]);
    expect(statSync(at("x/y")).mode & 0o7777).toBe(0o755);
  });

  test("the umask does not matter", () => {
    const mask = process.umask(0o077);
    try {
      extract([{ name: "f", data: "", mode: 0o666 }, { name: "d/e", type: "directory", mode: 0o777 }]);
    } finally {
      process.umask(mask);
    }
    expect(statSync(at("f")).mode & 0o777).toBe(0o666);
    expect(statSync(at("d/e")).mode & 0o777).toBe(0o777);
    expect(statSync(at("d")).mode & 0o777).toBe(0o755);
  });
});

describe("whiteouts", () => {
  test("become overlayfs' own", () => {
    extract([{ name: "a/.wh.gone", data: "" }, { name: "b", type: "directory" }, { name: "b/.wh..wh..opq", data: "" }, { name: ".wh..wh.plnk/x", data: "" }, { name: ".wh..wh.aufs", data: "" }]);
    expect(lstatSync(at("a/gone"))).toMatchObject({ rdev: 0 });
    expect(lstatSync(at("a/gone")).isCharacterDevice()).toBe(true);
    expect(opaque("b")).toBe(true);
    expect(readdirSync(root).filter((name) => name === ".wh..wh.aufs")).toEqual([]);
  });

  test("hide what is below, not what the layer brings, in either order", () => {
    extract([{ name: ".wh.first", data: "" }, { name: "first", type: "directory" }, { name: "first/new", data: "" }, { name: "second/new", data: "" }, { name: ".wh.second", data: "" }, { name: "file", data: "" }, { name: ".wh.file", data: "" }, { name: ".wh.third", data: "" }, { name: "third/new", data: "" }]);
    for (const name of ["first", "second", "third"]) {
      expect(opaque(name)).toBe(true);
      expect(readdirSync(at(name))).toEqual(["new"]);
    }
    expect(lstatSync(at("file")).isFile()).toBe(true);
  });

  test("are plain files for a copy, and deletions for an import on a live tree", () => {
    extract([{ name: "keep", data: "" }, { name: "tree/x", data: "" }]);
    extract([{ name: ".wh.keep", data: "x" }], { whiteouts: "plain" });
    expect(readFileSync(at(".wh.keep"), "utf8")).toBe("x");
    extract([{ name: ".wh.keep", data: "" }, { name: ".wh.tree", data: "" }], { whiteouts: "apply" });
    expect(readdirSync(root)).toEqual([".wh.keep"]);
  });

  test.each([".wh.", "a/.wh..", ".wh..."])("a whiteout of nothing, %s, is refused", (name) => expect(() => extract([{ name, data: "" }])).toThrow(code("invalidArgument")));
});

describe("hostile archives stay inside", () => {
  test.each(["../x", "a/../../x", "/../x", "a/b/../../../x"])("%s is refused", (name) => {
    expect(() => extract([{ name, data: "x" }])).toThrow(code("invalidArgument"));
    expect(readdirSync(dir)).toEqual(["root"]);
  });

  test("absolute names begin at the root", () => {
    extract([{ name: "/etc/passwd", data: "mine" }]);
    expect(readFileSync(at("etc/passwd"), "utf8")).toBe("mine");
  });

  test.each(["/", "../../../../../../..", "/proc/self/root", "/proc/1/cwd"])("writing through a symlink to %s ends inside or fails", (target) => {
    const victim = `slipway-victim-${process.pid}`;
    try {
      extract([{ name: "link", type: "symlink", linkname: `${target}${target.endsWith("/") ? "" : "/"}tmp` }, { name: `link/${victim}`, data: "x" }]);
    } catch (error) {
      expect(error).toMatchObject({ code: "invalidArgument" });
    }
    expect(existsSync(join("/tmp", victim))).toBe(false);
  });

  test("a symlink to a directory of the archive itself may be written through", () => {
    extract([{ name: "usr/lib", type: "directory" }, { name: "lib", type: "symlink", linkname: "/usr/lib" }, { name: "lib/x", data: "1" }]);
    expect(readFileSync(at("usr/lib/x"), "utf8")).toBe("1");
  });

  test("an existing symlink is replaced, never written through", () => {
    const outside = join(dir, "outside");
    writeFileSync(outside, "untouched");
    extract([{ name: "l", type: "symlink", linkname: outside }, { name: "l", data: "mine" }, { name: "m", type: "symlink", linkname: dir }, { name: "m", type: "directory" }, { name: "m/x", data: "" }]);
    expect(readFileSync(outside, "utf8")).toBe("untouched");
    expect(readFileSync(at("l"), "utf8")).toBe("mine");
    expect(lstatSync(at("m")).isDirectory()).toBe(true);
  });

  test("a hard link outside is not found", () => {
    for (const linkname of ["/etc/passwd", "../outside", "../../../../etc/passwd"]) {
      writeFileSync(join(dir, "outside"), "x");
      expect(() => extract([{ name: "l", type: "hardlink", linkname }])).toThrow(/not in the same archive|outside its root/);
    }
    extract([{ name: "s", type: "symlink", linkname: "/etc/passwd" }, { name: "l", type: "hardlink", linkname: "s" }]);
    expect(lstatSync(at("l")).isSymbolicLink()).toBe(true);
  });

  test("limits on bytes and entries hold", () => {
    expect(() => extract([{ name: "a", data: "x".repeat(1000) }], { maxBytes: 999 })).toThrow(code("resourceExhausted"));
    expect(() => extract([{ name: "a", data: "" }, { name: "b", data: "" }], { maxEntries: 1 })).toThrow(code("resourceExhausted"));
    expect(() => extract([{ name: "k/b/c/d/e", data: "" }], { maxEntries: 4 })).toThrow(code("resourceExhausted"));
  });

  test("names that Linux cannot hold are refused", () => {
    expect(() => extract([{ name: "a/".repeat(200_000), data: "" }])).toThrow(code("invalidArgument"));
    expect(() => extract([{ name: "n".repeat(300), data: "" }])).toThrow(code("invalidArgument"));
    expect(() => extract([{ name: "l", type: "symlink", linkname: "x".repeat(10_000) }])).toThrow(code("invalidArgument"));
  });

  test("this thread is at home again after every failure", () => {
    const home = process.cwd();
    expect(() => extract([{ name: "f", data: "" }, { name: "f/x", data: "" }])).toThrow(code("invalidArgument"));
    expect(process.cwd()).toBe(home);
    expect(readdirSync(dir)).toEqual(["root"]);
  });

  test("random trees of names and links never leave the root", () => {
    const part = fc.constantFrom("a", "b", "..", "c", "", ".", "outside");
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const target = fc.oneof(path, path.map((name) => `/${name}`), fc.constantFrom("/", "../outside", "..", join(dir ?? "/tmp", "outside")));
    const entry: fc.Arbitrary<TestEntry> = fc.oneof(
      path.map((name) => ({ name, data: "written" })),
      path.map((name) => ({ name, type: "directory" as const })),
      fc.tuple(path, target).map(([name, linkname]) => ({ name, type: "symlink" as const, linkname })),
      fc.tuple(path, target).map(([name, linkname]) => ({ name, type: "hardlink" as const, linkname })),
      path.map((name) => ({ name: `${name}/.wh.a`, data: "" })),
      path.map((name) => ({ name: `${name}/.wh..wh..opq`, data: "" })),
    );
    mkdirSync(join(dir, "outside"));
    writeFileSync(join(dir, "outside/a"), "untouched");
    let done = 0;
    fc.assert(fc.property(fc.array(entry, { minLength: 1, maxLength: 12 }), fc.constantFrom("overlay" as const, "apply" as const, "plain" as const), (entries, whiteouts) => {
      try {
        extract(entries, { whiteouts });
        done++;
      } catch (error) {
        if (!isEngineError(error, "invalidArgument", "dataLoss")) throw error;
      }
      expect(readdirSync(dir).sort()).toEqual(["outside", "root"]);
      expect(readdirSync(join(dir, "outside"))).toEqual(["a"]);
      expect(statSync(join(dir, "outside/a"))).toMatchObject({ nlink: 1, size: 9 });
      rmSync(root, { recursive: true });
      mkdirSync(root);
    }), { numRuns: 300 });
    expect(done).toBeGreaterThan(20);
  });
});

describe("copies into an existing tree", () => {
  test("go below a path that resolves inside the root", () => {
    mkdirSync(at("real/place"), { recursive: true });
    symlinkSync("/real/place", at("alias"));
    extract([{ name: "f", data: "1", uid: 9 }], { whiteouts: "plain", into: "/alias", owner: { uid: 4, gid: 5 } });
    expect(statSync(at("real/place/f"))).toMatchObject({ uid: 4, gid: 5 });
    expect(() => extract([{ name: "../../../f", data: "1" }], { whiteouts: "plain", into: "/alias" })).toThrow(code("invalidArgument"));
  });

  test("keepDirectories protects both kinds", () => {
    mkdirSync(at("d"));
    writeFileSync(at("f"), "");
    const options = { whiteouts: "plain" as const, keepDirectories: true };
    expect(() => extract([{ name: "d", data: "" }], options)).toThrow(code("conflict"));
    expect(() => extract([{ name: "f", type: "directory" }], options)).toThrow(code("conflict"));
    extract([{ name: "f", data: "new" }, { name: "d", type: "directory" }], options);
    expect(readFileSync(at("f"), "utf8")).toBe("new");
  });

  test("a missing root is notFound", () => expect(() => extract([], { root: join(dir, "none") })).toThrow(code("notFound")));
});

describe("hard links into lower layers", () => {
  test("are copied up with everything, or named when missing", () => {
    const lower = [join(dir, "upper"), join(dir, "lower")];
    extract([{ name: "hidden", data: "" }, { name: ".wh.gone", data: "" }], { root: mkdir(lower[0]!) });
    extract([{ name: "bin/tool", data: "tool", mode: 0o4711, uid: 3, gid: 4, mtimeNs: 7_000_000_123n, xattrs: new Map([["user.a", Buffer.from("b")]]) }, { name: "gone", data: "" }, { name: "s", type: "symlink", linkname: "/etc/passwd" }], { root: mkdir(lower[1]!) });
    const links: TestEntry[] = [{ name: "other", type: "hardlink", linkname: "bin/tool" }, { name: "third", type: "hardlink", linkname: "other" }];
    expect(() => extract(links)).toThrow(expect.objectContaining({ code: "dataLoss", details: { missingLinkTarget: "bin/tool" } }) as Error);
    extract(links, { lowerDirectories: lower });
    expect(lstatSync(at("other"), { bigint: true })).toMatchObject({ mode: 0o104711n, uid: 3n, gid: 4n, mtimeNs: 7_000_000_123n, nlink: 2n });
    expect(readFileSync(at("third"), "utf8")).toBe("tool");
    expect(Buffer.from(getXattr(at("other"), "user.a")!).toString()).toBe("b");
    for (const linkname of ["gone", "s", "none"]) expect(() => extract([{ name: "x", type: "hardlink", linkname }], { lowerDirectories: lower })).toThrow(code("dataLoss"));
  });

  function mkdir(path: string): string {
    mkdirSync(path);
    return path;
  }
});

test("cleanName keeps plain names and resolves the rest", () => {
  for (const [raw, clean] of [["a/b", "a/b"], ["a//b/./c", "a/b/c"], ["/a", "a"], ["a/../b", "b"], ["...", "..."], ["a/..b", "a/..b"], ["", ""], ["/", ""], ["a\nb", "a\nb"], ["..a/b..", "..a/b.."]]) {
    expect(cleanName(raw!)).toBe(clean);
  }
});

describe("in worker threads", () => {
  let pool: WorkerPool;
  beforeEach(() => (pool = new WorkerPool({ threads: 2 })));
  afterEach(() => pool[Symbol.asyncDispose]());

  const limits = { maxBytes: 1e9, maxEntries: 1e6 };
  const tar = makeTar([{ name: "big", data: Buffer.alloc(3_000_000, "abc") }, { name: "small", data: "x" }]);

  test.each([["plain", (bytes: Buffer) => bytes], ["gzip", gzipSync], ["zstd", zstdCompressSync], ["xz", (bytes: Buffer) => execFileSync("xz", ["-c"], { input: bytes })], ["bzip2", (bytes: Buffer) => execFileSync("bzip2", ["-c"], { input: bytes })]])("a %s layer is unpacked and hashed on both sides", async (_, compress) => {
    const compressed = compress(tar);
    writeFileSync(join(dir, "layer"), compressed);
    async function* stream(): AsyncGenerator<Uint8Array> {
      for (let start = 0; start < compressed.length; start += 10_000) yield compressed.subarray(start, start + 10_000);
    }
    for (const source of [{ path: join(dir, "layer") }, { stream: stream() }]) {
      const result = await unpackLayer(pool, { source, directory: root, userNamespace, limits, hashSource: true });
      expect(result).toEqual({ diffId: digestOf(tar), tarSize: tar.length, size: 3_000_001, entries: 2, sourceDigest: digestOf(compressed), sourceSize: compressed.length });
      expect(statSync(at("big")).size).toBe(3_000_000);
    }
  });

  test.each([["cut gzip", gzipSync(tar).subarray(0, 1000)], ["damaged gzip", Buffer.concat([gzipSync(tar).subarray(0, 500), Buffer.alloc(500, 7)])], ["cut zstd", zstdCompressSync(tar).subarray(0, 60)], ["rubbish", Buffer.from("rubbish".repeat(500))], ["damaged xz", Buffer.concat([Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), Buffer.alloc(500, 7)])]])("a %s layer is dataLoss", async (_, bytes) => {
    writeFileSync(join(dir, "layer"), bytes);
    await expect(unpackLayer(pool, { source: { path: join(dir, "layer") }, directory: root, userNamespace, limits })).rejects.toMatchObject({ name: "EngineError", code: "dataLoss" });
  });

  test("a gzip bomb ends at the limit", async () => {
    writeFileSync(join(dir, "layer"), gzipSync(makeTar([{ name: "bomb", data: Buffer.alloc(200_000_000) }])));
    await expect(unpackLayer(pool, { source: { path: join(dir, "layer") }, directory: root, userNamespace, limits: { maxBytes: 10_000_000, maxEntries: 10 } })).rejects.toMatchObject({ code: "resourceExhausted" });
    expect(statSync(at("bomb")).size).toBeLessThan(20_000_000);
  });

  test("a stream that fails, and one that never ends and is cancelled", async () => {
    const request = { directory: root, userNamespace, limits };
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield tar.subarray(0, 1000);
      throw new Error("the network broke");
    }
    await expect(unpackLayer(pool, { ...request, source: { stream: failing() } })).rejects.toThrow("the network broke");
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          yield tar.subarray(0, 512);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      } finally {
        closed = true;
      }
    }
    await expect(unpackLayer(pool, { ...request, source: { stream: endless() } }, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: "cancelled" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(closed).toBe(true);
  });

  async function packed(request: Parameters<typeof packTree>[1]): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of packTree(pool, request)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  test("a layer packs to what it was unpacked from", async () => {
    const entries: TestEntry[] = [
      { name: ".wh.gone", data: "", mode: 0 },
      { name: "a", type: "directory", mode: 0o2755, gid: 3 },
      { name: "a/.wh..wh..opq", data: "", mode: 0, gid: 3 },
      { name: "a/capable", data: "x", xattrs: new Map([["user.a", Buffer.from("b")]]) },
      { name: "b", data: Buffer.alloc(1_500_000, "xyz"), mode: 0o4755 },
      { name: "c", type: "hardlink", linkname: "b", mode: 0o4755 },
      { name: "d", type: "symlink", linkname: "ä".repeat(100), mode: 0o777 },
      { name: "e", type: "fifo" },
    ];
    extract(entries);
    const repacked = readTar(await packed({ root, overlay: true }));
    const original = readTar(makeTar(entries));
    // Whiteouts lie in the order of the names that they hide, with times of their own.
    const comparable = (read: typeof original): object[] => read.map(({ header, data }) => ({ name: header.name, mode: header.mode, type: header.type, gid: header.gid, linkname: header.linkname, data: digestOf(data), xattrs: [...(header.xattrs ?? [])].map(([key, value]) => `${key}=${Buffer.from(value).toString()}`) })).sort((x, y) => (x.name < y.name ? -1 : 1));
    expect(comparable(repacked)).toEqual(comparable(original));
  });

  test("packs one path under a name, without leaving the root", async () => {
    mkdirSync(at("etc"));
    writeFileSync(at("etc/hosts"), "inside");
    symlinkSync("/etc/hosts", at("link"));
    symlinkSync("/etc", at("dir"));
    expect(readTar(await packed({ root, path: "/etc", name: "copy" })).map(({ header }) => header.name)).toEqual(["copy", "copy/hosts"]);
    expect(readTar(await packed({ root, path: "/dir/hosts", name: "hosts" }))[0]!.data.toString()).toBe("inside");
    expect(readTar(await packed({ root, path: "/link", name: "link" }))[0]!.header).toMatchObject({ type: "symlink", linkname: "/etc/hosts" });
    await expect(packed({ root, path: "/none" })).rejects.toMatchObject({ code: "notFound" });
  });

  test("a stream that is not read to its end stops the work", async () => {
    writeFileSync(at("big"), Buffer.alloc(20_000_000));
    const reader = packTree(pool, { root }).getReader();
    await reader.read();
    await reader.cancel();
    setXattr(at("big"), "user.done", Buffer.from("1"));
    expect((await packed({ root })).length).toBeGreaterThan(20_000_000);
  });
});
