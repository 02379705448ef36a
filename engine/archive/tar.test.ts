import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync, writeSync, openSync, closeSync, symlinkSync, linkSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isEngineError } from "../base/errors.ts";
import { decodeName, encodeName } from "../sys/names.ts";
import type { TarHeader } from "./archive.ts";
import { makeTar, readTar } from "./testing.ts";
import { encodeHeader } from "./tar-writer.ts";

const name = fc.array(fc.stringMatching(/^[a-zA-Zäß0-9 =\n"\\_.-]{1,60}$/u).filter((part) => part !== "." && part !== ".."), { minLength: 1, maxLength: 6 }).map((parts) => parts.join("/"));
const bytes = fc.uint8Array({ maxLength: 1500 });
const common = fc.record({
  name,
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.oneof(fc.nat(), fc.constant(0xffff_fffe)),
  gid: fc.nat(),
  mtimeNs: fc.oneof(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 19n }), fc.bigInt({ min: 0n, max: 2n ** 31n }).map((seconds) => seconds * 1_000_000_000n)),
  uname: fc.stringMatching(/^[a-z]{0,20}$/),
  gname: fc.stringMatching(/^[a-z]{0,20}$/),
});
const xattrs = fc.option(fc.dictionary(fc.stringMatching(/^(user|security)\.[a-z]{1,8}$/), bytes, { minKeys: 1, maxKeys: 3 }).map((record) => new Map(Object.entries(record))), { nil: undefined });
const entry = fc.oneof(
  fc.record({ base: common, data: bytes, xattrs }).map(({ base, data, xattrs: attributes }) => ({ ...base, type: "file" as const, data, size: data.length, xattrs: attributes })),
  fc.record({ base: common, type: fc.constantFrom("directory" as const, "fifo" as const), xattrs }).map(({ base, type, xattrs: attributes }) => ({ ...base, type, size: 0, xattrs: attributes })),
  fc.record({ base: common, type: fc.constantFrom("symlink" as const, "hardlink" as const), linkname: name }).map(({ base, type, linkname }) => ({ ...base, type, linkname, size: 0 })),
  fc.record({ base: common, type: fc.constantFrom("character" as const, "block" as const), devMajor: fc.nat(4095), devMinor: fc.nat(0xfffff) }).map(({ base, ...rest }) => ({ ...base, ...rest, size: 0 })),
);

function normalised(header: TarHeader): object {
  const { xattrs: attributes, sparse: _sparse, ...rest } = header;
  return { ...rest, xattrs: attributes === undefined ? undefined : Object.fromEntries([...attributes].map(([key, value]) => [key, Buffer.from(value).toString("hex")])) };
}

describe("names", () => {
  test("any bytes survive", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (raw) => {
      expect(encodeName(decodeName(Buffer.from(raw)))).toEqual(Buffer.from(raw));
    }));
  });
});

describe("reader and writer", () => {
  test("what is written is read, whatever the pieces", () => {
    fc.assert(fc.property(fc.array(entry, { maxLength: 6 }), fc.integer({ min: 1, max: 2000 }), (entries, step) => {
      const read = readTar(makeTar(entries), step);
      expect(read.map(({ header }) => normalised(header))).toEqual(entries.map(({ data: _data, ...header }: { data?: Uint8Array } & TarHeader) => normalised({ linkname: undefined, devMajor: undefined, devMinor: undefined, xattrs: undefined, ...header })));
      expect(read.map(({ data }) => data.toString("hex"))).toEqual(entries.map((made) => Buffer.from("data" in made ? made.data : "").toString("hex")));
    }), { numRuns: 150 });
  });

  test("names that are not UTF-8 and long ones survive", () => {
    for (const raw of [Buffer.of(0xff, 0x2f, 0xfe), Buffer.concat([Buffer.of(0x80), Buffer.alloc(300, 0x61)]), Buffer.from("ä".repeat(80))]) {
      const [read] = readTar(makeTar([{ name: decodeName(raw), type: "symlink", linkname: decodeName(raw) }]));
      expect(encodeName(read!.header.name)).toEqual(raw);
      expect(encodeName(read!.header.linkname!)).toEqual(raw);
    }
  });

  test("python's tarfile reads what we write", () => {
    const tar = makeTar([
      { name: "dir", type: "directory", mode: 0o1755 },
      { name: `dir/${"long".repeat(60)}`, data: "content", uid: 3_000_000, mtimeNs: 1_500_000_000n },
      { name: "ünï", type: "symlink", linkname: "ä".repeat(120) },
      { name: "dev", type: "character", devMajor: 5, devMinor: 1 },
    ]);
    const script = "import tarfile,sys,json; print(json.dumps([[m.name,m.type.decode(),m.mode,m.uid,m.size,float(m.mtime),m.linkname,m.devmajor] for m in tarfile.open(fileobj=sys.stdin.buffer,mode='r|')]))";
    expect(JSON.parse(execFileSync("python3", ["-c", script], { input: tar, encoding: "utf8" }))).toEqual([
      ["dir", "5", 0o1755, 0, 0, 1000, "", 0],
      [`dir/${"long".repeat(60)}`, "0", 0o644, 3_000_000, 7, 1.5, "", 0],
      ["ünï", "2", 0o644, 0, 0, 1000, "ä".repeat(120), 0],
      ["dev", "3", 0o644, 0, 0, 1000, "", 5],
    ]);
  });
});

describe("what other programs write", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "slipway-tar-"));
    mkdirSync(join(dir, "src", "d".repeat(120)), { recursive: true });
    writeFileSync(join(dir, "src", "d".repeat(120), "f".repeat(150)), "deep");
    writeFileSync(join(dir, "src/plain"), "hello");
    chmodSync(join(dir, "src/plain"), 0o4755);
    linkSync(join(dir, "src/plain"), join(dir, "src/hard"));
    symlinkSync("x".repeat(200), join(dir, "src/soft"));
    // 40 ranges need an old GNU header's extension blocks.
    const fd = openSync(join(dir, "src/sparse"), "w");
    for (let index = 0; index < 40; index++) writeSync(fd, Buffer.from(`piece ${index}`), 0, undefined, index * 100_000);
    closeSync(fd);
    truncateSync(join(dir, "src/sparse"), 5_000_000);
    writeFileSync(join(dir, "src/hole"), "");
    truncateSync(join(dir, "src/hole"), 1_000_000);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** A sparse file's whole content. */
  function expand({ header, data }: { header: TarHeader; data: Buffer }): Buffer {
    if (header.sparse === undefined) return data;
    const whole = Buffer.alloc(header.sparse.realSize);
    let from = 0;
    for (const { offset, length } of header.sparse.map) from += data.copy(whole, offset, from, from + length);
    return whole;
  }

  test.each([["gnu", []], ["oldgnu", []], ["posix", []], ["posix", ["--sparse-version=0.0"]], ["posix", ["--sparse-version=0.1"]], ["posix", ["--sparse-version=1.0"]]])("GNU tar, format %s %j", (format, more) => {
    const options = ["-C", join(dir, "src"), "--sort=name", `--format=${format}`, "-S", ...more, "-cf", "-", "."];
    const tar = execFileSync("tar", options, { maxBuffer: 1 << 26 });
    for (const step of [tar.length, 700]) {
      const entries = new Map(readTar(tar, step).map((read) => [read.header.name, read]));
      expect([...entries.keys()].sort()).toEqual(["", "d".repeat(120), `${"d".repeat(120)}/${"f".repeat(150)}`, "hard", "hole", "plain", "soft", "sparse"]);
      expect(entries.get("soft")!.header.linkname).toBe("x".repeat(200));
      expect(entries.get("plain")!.header).toMatchObject({ type: "hardlink", linkname: expect.stringMatching(/hard$/) as string });
      expect(entries.get("hard")!.header.mode).toBe(0o4755);
      const sparse = entries.get("sparse")!;
      expect(sparse.header.sparse!.map.length).toBeGreaterThan(30);
      const whole = expand(sparse);
      expect(whole).toHaveLength(5_000_000);
      for (let index = 0; index < 40; index++) expect(whole.toString("latin1", index * 100_000, index * 100_000 + 8)).toBe(`piece ${index}`.padEnd(8, "\0").slice(0, 8));
      expect(expand(entries.get("hole")!)).toHaveLength(1_000_000);
    }
  });

  test.each(["USTAR_FORMAT", "GNU_FORMAT", "PAX_FORMAT"])("python's tarfile, %s", (format) => {
    const script = `
import tarfile,sys,io
t=tarfile.open(fileobj=sys.stdout.buffer,mode='w|',format=tarfile.${format})
def add(name,data=b'',**kw):
    i=tarfile.TarInfo(name); i.size=len(data)
    for k,v in kw.items(): setattr(i,k,v)
    t.addfile(i,io.BytesIO(data))
add('a/'+'b'*80+'/'+'c'*80,b'one',uid=1000,gid=2000,mtime=1234567890,mode=0o640)
add('link',type=tarfile.SYMTYPE,linkname='t'*90)
add('big',b'x'*3000)
if '${format}'!='USTAR_FORMAT': add('u',b'',uid=4000000000)
t.close()`;
    const read = readTar(execFileSync("python3", ["-c", script]));
    expect(read[0]).toMatchObject({ header: { name: `a/${"b".repeat(80)}/${"c".repeat(80)}`, uid: 1000, gid: 2000, mtimeNs: 1_234_567_890_000_000_000n, mode: 0o640 }, data: Buffer.from("one") });
    expect(read[1]!.header.linkname).toBe("t".repeat(90));
    expect(read[2]!.data).toHaveLength(3000);
    if (format !== "USTAR_FORMAT") expect(read[3]!.header.uid).toBe(4_000_000_000);
  });

  test("extended attributes that GNU tar keeps", () => {
    const file = join(dir, "capable");
    writeFileSync(file, "x");
    execFileSync("python3", ["-c", "import os,sys; os.setxattr(sys.argv[1],'user.binary',bytes([0,255,10,61]))", file]);
    const tar = execFileSync("tar", ["-C", dir, "--format=posix", "--xattrs", "--xattrs-include=*", "-cf", "-", "capable"]);
    expect(Buffer.from(readTar(tar)[0]!.header.xattrs!.get("user.binary")!)).toEqual(Buffer.of(0, 255, 10, 61));
  });

  test("global pax headers, as git writes them", () => {
    const tar = execFileSync("python3", ["-c", `
import tarfile,sys,io
t=tarfile.open(fileobj=sys.stdout.buffer,mode='w|',format=tarfile.PAX_FORMAT,pax_headers={'comment':'abc','mtime':'77'})
i=tarfile.TarInfo('f'); t.addfile(i); t.close()`]);
    expect(readTar(tar)[0]!.header).toMatchObject({ name: "f", mtimeNs: 77_000_000_000n });
  });
});

describe("damaged archives", () => {
  const good = makeTar([{ name: "a", data: "hello" }, { name: "ä".repeat(90), data: "x".repeat(2000), xattrs: new Map([["user.a", Buffer.from("b")]]) }, { name: "l", type: "symlink", linkname: "a" }]);

  test("an empty archive has no entries; the end marks may be missing", () => {
    expect(readTar(Buffer.alloc(0))).toEqual([]);
    expect(readTar(Buffer.alloc(1024))).toEqual([]);
    expect(readTar(makeTar([{ name: "a" }], false))).toHaveLength(1);
    expect(readTar(Buffer.concat([makeTar([{ name: "a" }]), Buffer.from("trailing rubbish".repeat(1000))]))).toHaveLength(1);
  });

  test.each([
    ["rubbish", Buffer.from("this is not a tar archive".repeat(100))],
    ["HTML", Buffer.from(`<html>${" ".repeat(1000)}`)],
    ["a short block", Buffer.alloc(100, 1)],
    ["a cut entry", good.subarray(0, 514)],
    ["a cut header", good.subarray(0, 1300)],
    ["data after one zero block", Buffer.concat([Buffer.alloc(512), good])],
    ["an unknown type", retyped("Z")],
  ])("%s is dataLoss", (_, tar) => {
    expect(() => readTar(tar)).toThrow(expect.objectContaining({ name: "EngineError", code: "dataLoss" }) as Error);
  });

  test("only padding and end blocks may be missing, as in archives that the docker CLI rewrites", () => {
    expect(readTar(good.subarray(0, 600))).toEqual(readTar(Buffer.concat([good.subarray(0, 1024), Buffer.alloc(1024)])));
  });

  test.each(["V", "M"])("type %s is skipped", (type) => expect(readTar(retyped(type))).toEqual([]));

  function retyped(type: string): Buffer {
    const block = Buffer.from(encodeHeader({ name: "a", type: "file", mode: 0, uid: 0, gid: 0, size: 0, mtimeNs: 0n }));
    block.write(type, 156);
    block.fill(0x20, 148, 156);
    block.write(`${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `, 148);
    return block;
  }

  test("no mutation breaks the reader: it reads, or says dataLoss", () => {
    const seeds = [good, execFileSync("sh", ["-c", "cd $(mktemp -d) && truncate -s 3M s && echo x >> s && tar --format=gnu -S -cf - s; tar --format=posix -S -cf - s; rm -r $PWD"])];
    fc.assert(fc.property(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 12 }), fc.boolean(), fc.nat(), (seed, changes, reseal, cut) => {
      const tar = Buffer.from(seed.subarray(0, cut % 4 === 0 ? cut % seed.length : seed.length));
      for (const [at, value] of changes) if (tar.length > 0) tar[at % Math.min(tar.length, 3000)] = value;
      // With right checksums the fields themselves are reached.
      if (reseal) {
        for (let at = 0; at + 512 <= tar.length; at += 512) {
          if (tar.toString("latin1", at + 257, at + 262) !== "ustar") continue;
          tar.fill(0x20, at + 148, at + 156);
          tar.write(`${tar.subarray(at, at + 512).reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `, at + 148);
        }
      }
      try {
        readTar(tar, 1 + (cut % 1500));
      } catch (error) {
        if (!isEngineError(error, "dataLoss")) throw error;
      }
    }), { numRuns: 1500 });
  });
});
