import { chmodSync, chownSync, cpSync, existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mountsBelow, unmount } from "../sys/mount.ts";
import { WorkerPool } from "../sys/workers.ts";
import { getXattr, setXattr } from "../sys/xattrs.ts";
import { BinRecords } from "../store/bin.ts";
import { Database } from "../store/database.ts";
import type { VolumeRow } from "../store/volumes.ts";
import { LocalVolumes } from "./local-volumes.ts";

let root: string;
let database: Database;
let workers: WorkerPool;
let volumes: LocalVolumes;
const users = new Map<string, string[]>();

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "slipway-volumes-"));
  database = Database.open(":memory:");
  workers = new WorkerPool({ threads: 1 });
  volumes = open();
  users.clear();
});

afterEach(async () => {
  for (const { target } of mountsBelow(root)) unmount(target, { detach: true });
  await workers[Symbol.asyncDispose]();
  database[Symbol.dispose]();
  rmSync(root, { recursive: true, force: true });
});

function open(): LocalVolumes {
  return new LocalVolumes({ root, database, users: (name) => users.get(name) ?? [], workers });
}

test("creates, lists, gets and removes; the same name gives the same volume", async () => {
  const events: string[] = [];
  volumes.onDidChange(({ action, name }) => events.push(`${action} ${name}`));
  const made = await volumes.create({ name: "data", labels: { a: "b" } });
  expect(made).toMatchObject({ name: "data", driver: "local", mountpoint: join(root, "volumes/data/_data"), labels: { a: "b" }, options: {}, anonymous: false });
  writeFileSync(join(made.mountpoint, "f"), "12345");
  expect(await volumes.create({ name: "data", labels: { other: "x" } })).toEqual(made);
  expect(volumes.list()).toEqual([made]);
  expect(open().get("data")).toEqual(made);
  expect(await volumes.usage("data")).toBe(5);
  await volumes.remove("data");
  expect(readdirSync(join(root, "volumes"))).toEqual([]);
  expect(() => volumes.get("data")).toThrow(expect.objectContaining({ code: "notFound", message: "get data: no such volume" }) as Error);
  expect(events).toEqual(["create data", "destroy data"]);
});

test("a volume without a name is anonymous", async () => {
  const made = await volumes.create({});
  expect(made.name).toMatch(/^[0-9a-f]{64}$/);
  expect(made.anonymous).toBe(true);
});

test("a used volume stays; removing a missing one is an error unless forced", async () => {
  await volumes.create({ name: "data" });
  users.set("data", ["c1", "c2"]);
  await expect(volumes.remove("data", { force: true })).rejects.toMatchObject({ code: "conflict", message: "remove data: volume is in use - [c1, c2]" });
  await expect(volumes.remove("none")).rejects.toMatchObject({ code: "notFound" });
  await volumes.remove("none", { force: true });
});

test.each(["a", "../x", "a/b", ".hidden", "-x", "a b", "a\n", "x".repeat(256), "é1"])("refuses the name %j", async (name) => {
  await expect(volumes.create({ name })).rejects.toMatchObject({ code: "invalidArgument" });
  expect(readdirSync(join(root, "volumes"))).toEqual([]);
});

test("knows only the local driver", async () => {
  await volumes.create({ name: "ok", driver: "local" });
  await expect(volumes.create({ name: "no", driver: "rexray" })).rejects.toMatchObject({ code: "notFound" });
});

test("copies up what the image has, once", async () => {
  const source = join(root, "image");
  mkdirSync(join(source, "sub"), { recursive: true });
  chmodSync(source, 0o2770);
  chownSync(source, 0, 12);
  writeFileSync(join(source, "sub/file"), "hello");
  chownSync(join(source, "sub/file"), 5, 6);
  chmodSync(join(source, "sub/file"), 0o4711);
  setXattr(join(source, "sub/file"), "user.note", Buffer.from("x"));
  utimesSync(join(source, "sub/file"), 1000, 2000.5);
  linkSync(join(source, "sub/file"), join(source, "linked"));
  symlinkSync("/etc/passwd", join(source, "absolute"));
  symlinkSync("../../../..", join(source, "up"));
  const { mountpoint } = await volumes.create({ name: "data" });
  expect(await volumes.copyUp("data", source)).toBe(true);
  expect(statSync(mountpoint)).toMatchObject({ gid: 12 });
  expect(statSync(mountpoint).mode & 0o7777).toBe(0o2770);
  const file = lstatSync(join(mountpoint, "sub/file"));
  expect(file).toMatchObject({ uid: 5, gid: 6, nlink: 2, mode: 0o104711, mtimeMs: 2_000_500 });
  expect(lstatSync(join(mountpoint, "linked")).ino).toBe(file.ino);
  expect(Buffer.from(getXattr(join(mountpoint, "sub/file"), "user.note")!).toString()).toBe("x");
  expect(readlinkSync(join(mountpoint, "absolute"))).toBe("/etc/passwd");
  expect(readdirSync(mountpoint).sort()).toEqual(["absolute", "linked", "sub", "up"]);
  rmSync(join(mountpoint, "up"));
  expect(await volumes.copyUp("data", source)).toBe(false);
  expect(existsSync(join(mountpoint, "up"))).toBe(false);
});

test("copies up owner and mode alone from an empty directory, and nothing from what is no directory", async () => {
  const { mountpoint } = await volumes.create({ name: "data" });
  expect(await volumes.copyUp("data", join(root, "missing"))).toBe(false);
  symlinkSync("/etc", join(root, "link"));
  expect(await volumes.copyUp("data", join(root, "link"))).toBe(false);
  mkdirSync(join(root, "empty"), { mode: 0o700 });
  chownSync(join(root, "empty"), 7, 7);
  expect(await volumes.copyUp("data", join(root, "empty"))).toBe(true);
  expect(statSync(mountpoint)).toMatchObject({ uid: 7, gid: 7, mode: 0o40700 });
});

test("mounts a tmpfs and a bind, and mounts them again after a reboot", async () => {
  mkdirSync(join(root, "host"));
  writeFileSync(join(root, "host/f"), "from the host");
  const memory = await volumes.create({ name: "memory", options: { type: "tmpfs", device: "tmpfs", o: "size=1m,mode=1777,nosuid" } });
  const bound = await volumes.create({ name: "bound", options: { type: "none", device: join(root, "host"), o: "bind,ro" } });
  const check = (): void => {
    expect(statSync(memory.mountpoint).mode & 0o7777).toBe(0o1777);
    expect(readFileSync(join(bound.mountpoint, "f"), "utf8")).toBe("from the host");
    expect(() => writeFileSync(join(bound.mountpoint, "g"), "")).toThrow(expect.objectContaining({ code: "EROFS" }) as Error);
  };
  check();
  for (const { target } of mountsBelow(root)) unmount(target);
  await open().recover();
  check();
  await open().recover();
  expect(mountsBelow(root)).toHaveLength(2);
  await volumes.remove("memory");
  await volumes.remove("bound");
  expect(mountsBelow(root)).toEqual([]);
  expect(existsSync(join(root, "host/f"))).toBe(true);
});

test.each([
  [{ type: "nfs", device: ":/x", o: "addr=1.2.3.4" }, "notImplemented"],
  [{ type: "tmpfs" }, "invalidArgument"],
  [{ device: "/x" }, "invalidArgument"],
  [{ size: "1" }, "invalidArgument"],
  [{ type: "none", o: "bind", device: "relative" }, "invalidArgument"],
  [{ type: "none", o: "bind", device: "/no/such/directory" }, "invalidArgument"],
])("options %j are refused as %s and leave nothing", async (options, code) => {
  await expect(volumes.create({ name: "data", options: options as Record<string, string> })).rejects.toMatchObject({ code });
  expect(volumes.list()).toEqual([]);
  expect(mountsBelow(root)).toEqual([]);
  expect(readdirSync(join(root, "volumes"))).toEqual([]);
});

test("recovery removes what was on its way out and makes what is missing", async () => {
  const { mountpoint } = await volumes.create({ name: "data" });
  rmSync(join(root, "volumes/data"), { recursive: true });
  mkdirSync(join(root, "volumes/.removed-abc/_data"), { recursive: true });
  mkdirSync(join(root, "volumes/unknown/_data"), { recursive: true });
  await open().recover();
  expect(readdirSync(join(root, "volumes")).sort()).toEqual(["data", "unknown"]);
  expect(existsSync(mountpoint)).toBe(true);
});

/** Copies everything as a kill at this moment would leave it. */
function killedHere(into: string[]): void {
  const copy = mkdtempSync(join(tmpdir(), "slipway-killed-"));
  cpSync(root, copy, { recursive: true });
  into.push(copy);
}

/** Runs `work` on a database file; what a kill before and after each of its commits leaves is recovered and handed to `check`. */
async function atEveryCrash(work: (volumes: LocalVolumes, records: BinRecords) => void, check: (volumes: LocalVolumes, records: BinRecords, copy: string) => Promise<void> | void, prepare: (volumes: LocalVolumes, records: BinRecords) => Promise<void>): Promise<void> {
  using file = Database.open(join(root, "engine.db"));
  const records = new BinRecords(file);
  const own = new LocalVolumes({ root, database: file, users: () => [], workers, kept: () => keptOf(records) });
  await prepare(own, records);
  const copies: string[] = [];
  const transaction = file.transaction.bind(file);
  file.transaction = (inner) => {
    killedHere(copies);
    const result = transaction(() => {
      const value = inner();
      killedHere(copies);
      return value;
    });
    killedHere(copies);
    return result;
  };
  work(own, records);
  file.transaction = transaction;
  killedHere(copies);
  expect(copies.length).toBeGreaterThan(3);
  for (const copy of copies) {
    using again = Database.open(join(copy, "engine.db"));
    const recordsAgain = new BinRecords(again);
    const volumesAgain = new LocalVolumes({ root: copy, database: again, users: () => [], workers, kept: () => keptOf(recordsAgain) });
    await volumesAgain.recover();
    await check(volumesAgain, recordsAgain, copy);
    rmSync(copy, { recursive: true, force: true });
  }
}

function keptOf(records: BinRecords): Map<string, string> {
  return new Map(records.list().map(({ id, name }) => [id, name]));
}

function keeping(records: BinRecords, id: string): (row: VolumeRow) => void {
  return (row) => records.insert({ id, kind: "volume", name: row.name, detail: "", owner: null, removedAt: 1, expiresAt: 2, size: null, record: JSON.stringify(row) });
}

/** The one place that has the volume's file, whatever happened. */
async function findFile(own: LocalVolumes, records: BinRecords, copy: string): Promise<string> {
  const names = own.list().map(({ name }) => name);
  const kept = records.list().map(({ id }) => id);
  expect(names.length + kept.length).toBe(1);
  const [name] = names;
  if (name !== undefined) {
    expect(readFileSync(join(own.get(name).mountpoint, "f"), "utf8")).toBe("12345");
    expect(readdirSync(join(copy, "volumes")).filter((each) => each !== ".kept")).toEqual([name]);
    expect(existsSync(join(copy, "volumes/.kept")) ? readdirSync(join(copy, "volumes/.kept")) : []).toEqual([]);
    return name;
  }
  expect(await own.keptUsage(kept[0]!)).toBe(5);
  expect(readdirSync(join(copy, "volumes"))).toEqual([".kept"]);
  expect(readdirSync(join(copy, "volumes/.kept"))).toEqual(kept);
  return `kept ${kept[0]}`;
}

test("a volume that is set aside is gone for everybody, and comes back with its files, under another name if need be", async () => {
  const events: string[] = [];
  volumes.onDidChange(({ action, name }) => events.push(`${action} ${name}`));
  const made = await volumes.create({ name: "data", labels: { a: "b" } });
  writeFileSync(join(made.mountpoint, "f"), "12345");
  chownSync(made.mountpoint, 999, 998);
  users.set("data", ["c1"]);
  let row: VolumeRow | undefined;
  expect(() => volumes.setAside("data", "0a", (kept) => (row = kept))).toThrow("remove data: volume is in use - [c1]");
  users.clear();
  volumes.setAside("data", "0a", (kept) => (row = kept));
  expect(volumes.list()).toEqual([]);
  expect(await volumes.keptUsage("0a")).toBe(5);
  // The name is free at once.
  const other = await volumes.create({ name: "data" });
  expect(readdirSync(other.mountpoint)).toEqual([]);
  expect(() => volumes.bringBack(row!, "0a", () => undefined)).toThrow(expect.objectContaining({ code: "conflict", details: { name: "data" } }) as Error);
  let forgotten = 0;
  const back = volumes.bringBack({ ...row!, name: "data-2" }, "0a", () => forgotten++);
  expect(forgotten).toBe(1);
  expect(back).toMatchObject({ name: "data-2", labels: { a: "b" }, createdAt: made.createdAt });
  expect(readFileSync(join(back.mountpoint, "f"), "utf8")).toBe("12345");
  expect(statSync(back.mountpoint).uid).toBe(999);
  expect(() => volumes.bringBack({ ...row!, name: "data-3" }, "0a", () => undefined)).toThrow(expect.objectContaining({ code: "dataLoss" }) as Error);
  expect(events).toEqual(["create data", "destroy data", "create data", "create data-2"]);
});

test("what was set aside is removed for good, at once or by the next recovery", async () => {
  for (const id of ["0a", "0b"]) {
    await volumes.create({ name: `v-${id}` });
    volumes.setAside(`v-${id}`, id, () => undefined);
  }
  await volumes.discard("0a");
  expect(readdirSync(join(root, "volumes/.kept"))).toEqual(["0b"]);
  await open().recover();
  expect(readdirSync(join(root, "volumes/.kept"))).toEqual([]);
  await volumes.discard("0a");
});

test("a kill at any moment while a volume is set aside leaves it in one place", async () => {
  const places = new Set<string>();
  await atEveryCrash((own, records) => own.setAside("data", "0a", keeping(records, "0a")), async (own, records, copy) => void places.add(await findFile(own, records, copy)), async (own) => {
    writeFileSync(join((await own.create({ name: "data" })).mountpoint, "f"), "12345");
  });
  expect([...places].sort()).toEqual(["data", "kept 0a"]);
});

test.each(["data", "other"])("a kill at any moment while a volume is brought back as %s leaves it in one place", async (name) => {
  const places = new Set<string>();
  await atEveryCrash((own, records) => void own.bringBack({ ...(JSON.parse(records.get("0a")!.record) as VolumeRow), name }, "0a", () => records.delete("0a")), async (own, records, copy) => void places.add(await findFile(own, records, copy)), async (own, records) => {
    writeFileSync(join((await own.create({ name: "data" })).mountpoint, "f"), "12345");
    own.setAside("data", "0a", keeping(records, "0a"));
  });
  expect([...places].sort()).toEqual([name, "kept 0a"].sort());
});

test("a power cut that loses the rename and keeps the record, or the other way round, loses nothing", async () => {
  using file = Database.open(join(root, "engine.db"));
  const records = new BinRecords(file);
  const own = new LocalVolumes({ root, database: file, users: () => [], workers, kept: () => keptOf(records) });
  writeFileSync(join((await own.create({ name: "data" })).mountpoint, "f"), "12345");
  own.setAside("data", "0a", keeping(records, "0a"));
  renameSync(join(root, "volumes/.kept/0a/data"), join(root, "volumes/data"));
  await own.recover();
  expect(await own.keptUsage("0a")).toBe(5);
  own.bringBack(JSON.parse(records.get("0a")!.record) as VolumeRow, "0a", () => records.delete("0a"));
  mkdirSync(join(root, "volumes/.kept/0a"));
  renameSync(join(root, "volumes/data"), join(root, "volumes/.kept/0a/data"));
  await own.recover();
  expect(readFileSync(join(own.get("data").mountpoint, "f"), "utf8")).toBe("12345");
});
