import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync, chmodSync, chownSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SnapshotKey } from "../base/ids.ts";
import { listMounts } from "../sys/mount.ts";
import type { Snapshotter } from "./snapshots.ts";

/** What a suite runs on. */
export interface SnapshotterFixture {
  readonly snapshots: Snapshotter;
  /** A scratch directory outside the snapshotter's. */
  readonly scratch: string;
  /** The same state as after a crash: another instance on the same files. */
  reopen(): Snapshotter;
  dispose(): Promise<void>;
}

const key = (name: string): SnapshotKey => name as SnapshotKey;

/** The contract of {@link Snapshotter}, for any implementation. */
export function snapshotterSuite(title: string, make: () => Promise<SnapshotterFixture>): void {
  describe(title, () => {
    let fixture: SnapshotterFixture;
    let snapshots: Snapshotter;
    let target: string;
    beforeEach(async () => {
      fixture = await make();
      snapshots = fixture.snapshots;
      target = join(fixture.scratch, "mnt");
    });
    afterEach(async () => {
      for (const mounted of listMounts().filter((entry) => entry.target.startsWith(fixture.scratch)).reverse()) await snapshots.unmount(mounted.target);
      await fixture.dispose();
    });

    async function layer(name: string, parent: string | null, fill: (directory: string) => void): Promise<void> {
      const draft = await snapshots.draft();
      fill(draft.directory);
      await draft.commit(key(name), parent === null ? null : key(parent), 10);
    }

    async function base(): Promise<void> {
      await layer("base", null, (directory) => {
        mkdirSync(join(directory, "etc/deep"), { recursive: true });
        writeFileSync(join(directory, "etc/passwd"), "root");
        writeFileSync(join(directory, "etc/deep/a"), "a");
        writeFileSync(join(directory, "gone"), "x");
        mkdirSync(join(directory, "dir"));
        writeFileSync(join(directory, "dir/file"), "1");
        chmodSync(directory, 0o750);
      });
    }

    async function tarOf(name: string): Promise<string> {
      const chunks: Uint8Array[] = [];
      for await (const chunk of await snapshots.diffTar(key(name))) chunks.push(chunk);
      const file = join(fixture.scratch, `${name}.tar`);
      writeFileSync(file, Buffer.concat(chunks));
      return execFileSync("tar", ["-tf", file], { encoding: "utf8" });
    }

    test("a draft becomes a committed snapshot, once", async () => {
      await base();
      expect(snapshots.info(key("base"))).toMatchObject({ key: "base", kind: "committed", parent: null, size: 10 });
      expect(snapshots.has(key("base"))).toBe(true);
      const second = await snapshots.draft();
      expect(await second.commit(key("base"), null, 99)).toMatchObject({ size: 10 });
      expect(existsSync(second.directory)).toBe(false);
      expect(snapshots.list()).toHaveLength(1);
    });

    test("an abandoned draft leaves nothing", async () => {
      const draft = await snapshots.draft();
      expect(readdirSync(draft.directory)).toEqual([]);
      writeFileSync(join(draft.directory, "x"), "");
      await draft.abandon();
      expect(existsSync(draft.directory)).toBe(false);
      expect(snapshots.list()).toEqual([]);
    });

    test("what does not exist is not found", async () => {
      expect(() => snapshots.info(key("none"))).toThrow(expect.objectContaining({ code: "notFound" }) as Error);
      expect(() => snapshots.mounts(key("none"))).toThrow(expect.objectContaining({ code: "notFound" }) as Error);
      expect(() => snapshots.layerDirectories(key("none"))).toThrow(expect.objectContaining({ code: "notFound" }) as Error);
      await expect(snapshots.remove(key("none"))).rejects.toMatchObject({ code: "notFound" });
      await expect(snapshots.prepare(key("a"), key("none"))).rejects.toMatchObject({ code: "notFound" });
      expect(snapshots.list()).toEqual([]);
    });

    test("an active snapshot is named once, stands on committed ones, and is no parent", async () => {
      await base();
      await snapshots.prepare(key("c1"), key("base"));
      await expect(snapshots.prepare(key("c1"), key("base"))).rejects.toMatchObject({ code: "alreadyExists" });
      await expect(snapshots.prepare(key("c2"), key("c1"))).rejects.toMatchObject({ code: "invalidArgument" });
      expect(snapshots.info(key("c1"))).toMatchObject({ kind: "active", parent: "base", size: null });
      expect(() => snapshots.upperDirectory(key("base"))).toThrow(expect.objectContaining({ code: "notFound" }) as Error);
    });

    test("makes an active snapshot a committed one in place, with what was written to it", async () => {
      await base();
      await snapshots.prepare(key("c1"), key("base"));
      const upper = snapshots.upperDirectory(key("c1"));
      writeFileSync(`${upper}/made`, "m");
      expect(await snapshots.commitActive(key("c1"), key("built"), 7)).toMatchObject({ key: "built", kind: "committed", parent: "base", size: 7 });
      expect(snapshots.has(key("c1"))).toBe(false);
      expect(snapshots.layerDirectories(key("built"))).toEqual([upper, ...snapshots.layerDirectories(key("base"))]);
      await expect(snapshots.commitActive(key("built"), key("x"), 1)).rejects.toMatchObject({ code: "invalidArgument" });
      await snapshots.prepare(key("c2"), key("base"));
      expect(await snapshots.commitActive(key("c2"), key("built"), 9)).toMatchObject({ size: 7 });
      expect(snapshots.has(key("c2"))).toBe(false);
    });

    test("renames a committed snapshot under its children, and leaves both where the name is taken", async () => {
      await base();
      await layer("equal", null, () => {});
      await layer("a", "base", () => {});
      await layer("b", "a", () => {});
      const [top] = snapshots.layerDirectories(key("b"));
      expect(await snapshots.rename(key("a"), key("chain"), key("equal"))).toMatchObject({ key: "chain", parent: "equal" });
      expect(snapshots.info(key("b"))).toMatchObject({ parent: "chain" });
      expect(snapshots.layerDirectories(key("b"))).toEqual([top, ...snapshots.layerDirectories(key("chain"))]);
      expect(await snapshots.rename(key("b"), key("base"), null)).toMatchObject({ key: "base" });
      expect(snapshots.has(key("b"))).toBe(true);
      await expect(snapshots.rename(key("none"), key("x"), null)).rejects.toMatchObject({ code: "notFound" });
    });

    test("parents cannot be removed, children can", async () => {
      await base();
      await snapshots.prepare(key("c1"), key("base"));
      await expect(snapshots.remove(key("base"))).rejects.toMatchObject({ code: "conflict" });
      await snapshots.remove(key("c1"));
      await snapshots.remove(key("base"));
      expect(snapshots.list()).toEqual([]);
    });

    test("shows all layers and keeps writes apart", async () => {
      await base();
      await layer("top", "base", (directory) => writeFileSync(join(directory, "new"), "n"));
      await snapshots.prepare(key("c1"), key("top"));
      expect(await snapshots.mount(key("c1"), target)).toBe(target);
      await snapshots.mount(key("c1"), target);
      expect(readdirSync(target).sort()).toEqual(["dir", "etc", "gone", "new"]);
      writeFileSync(join(target, "etc/passwd"), "changed");
      rmSync(join(target, "gone"));
      expect(readFileSync(join(snapshots.upperDirectory(key("c1")), "etc/passwd"), "utf8")).toBe("changed");
      expect(readFileSync(join(snapshots.layerDirectories(key("base"))[0]!, "etc/passwd"), "utf8")).toBe("root");
      await snapshots.unmount(target);
      await snapshots.unmount(target);
      expect(readdirSync(target)).toEqual([]);
    });

    test("the root directory looks as its layer has it", async () => {
      await base();
      await snapshots.prepare(key("c1"), key("base"));
      await snapshots.mount(key("c1"), target);
      expect(statSync(target).mode & 0o777).toBe(0o750);
    });

    test("committed snapshots mount read-only, one layer or more, and a writable one needs no parent", async () => {
      await base();
      await layer("top", "base", (directory) => writeFileSync(join(directory, "new"), "n"));
      await snapshots.prepare(key("empty"), null);
      for (const name of ["base", "top"]) {
        await snapshots.mount(key(name), join(target, name));
        expect(() => writeFileSync(join(target, name, "x"), "")).toThrow(expect.objectContaining({ code: "EROFS" }) as Error);
      }
      await snapshots.mount(key("empty"), join(target, "empty"));
      writeFileSync(join(target, "empty/x"), "");
      expect(readdirSync(snapshots.upperDirectory(key("empty")))).toEqual(["x"]);
    });

    test("stacks more than a hundred layers", async () => {
      let parent: string | null = null;
      for (let index = 0; index < 160; index++) {
        await layer(`l${index}`, parent, (directory) => writeFileSync(join(directory, `f${index}`), ""));
        parent = `l${index}`;
      }
      await snapshots.prepare(key("c1"), key(parent!));
      await snapshots.mount(key("c1"), target);
      expect(readdirSync(target)).toHaveLength(160);
      expect(snapshots.layerDirectories(key("c1"))).toHaveLength(160);
    });

    test("shows what lies between the writable layer and its parent, and keeps it out of the layer", async () => {
      await base();
      const between = join(fixture.scratch, "a,b:between");
      mkdirSync(join(between, "etc"), { recursive: true });
      mkdirSync(join(between, "proc"));
      writeFileSync(join(between, "etc/hosts"), "");
      for (const parent of [key("base"), null]) {
        const name = key(`on-${parent}`);
        await snapshots.prepare(name, parent);
        await snapshots.mount(name, target, { between, volatile: true });
        expect(readdirSync(target).sort()).toEqual(parent === null ? ["etc", "proc"] : ["dir", "etc", "gone", "proc"]);
        expect(readdirSync(join(target, "etc")).sort()).toEqual(parent === null ? ["hosts"] : ["deep", "hosts", "passwd"]);
        writeFileSync(join(target, "made"), "m");
        await snapshots.unmount(target);
        expect(readdirSync(snapshots.upperDirectory(name))).toEqual(["made"]);
        expect(await snapshots.commitActive(name, key(`${name}-committed`), 1)).toMatchObject({ kind: "committed" });
      }
    });

    test("shows what lies below all layers where they have nothing, and keeps it out of the layer", async () => {
      await base();
      const [first, second] = ["a,b:first", "second"].map((name) => join(fixture.scratch, name)) as [string, string];
      for (const below of [first, second]) mkdirSync(join(below, "etc"), { recursive: true });
      chmodSync(join(first, "etc"), 0o700);
      for (const [name, text] of [["etc/passwd", "below"], ["etc/mtab", "first"]] as const) writeFileSync(join(first, name), text);
      writeFileSync(join(second, "etc/mtab"), "second");
      for (const parent of [key("base"), null]) {
        for (const readOnly of [false, true]) {
          const name = key(`on-${parent}-${readOnly}`);
          await snapshots.prepare(name, parent);
          await snapshots.mount(name, target, { below: [first, second], readOnly });
          expect(readFileSync(join(target, "etc/mtab"), "utf8")).toBe("first");
          expect(readFileSync(join(target, "etc/passwd"), "utf8") === "below").toBe(parent === null);
          expect(statSync(join(target, "etc")).mode & 0o777).toBe(parent === null ? 0o700 : 0o755);
          await snapshots.unmount(target);
          expect(readdirSync(snapshots.upperDirectory(name))).toEqual([]);
        }
      }
    });

    test("unmounts what is in use", async () => {
      await base();
      await snapshots.prepare(key("c1"), key("base"));
      await snapshots.mount(key("c1"), target);
      const home = process.cwd();
      process.chdir(target);
      try {
        await snapshots.unmount(target);
      } finally {
        process.chdir(home);
      }
      expect(listMounts().some((entry) => entry.target === target)).toBe(false);
    });

    async function changed(): Promise<void> {
      await base();
      await snapshots.prepare(key("c1"), key("base"));
      await snapshots.mount(key("c1"), target);
      writeFileSync(join(target, "etc/deep/a"), "changed");
      writeFileSync(join(target, "etc/added"), "12345");
      rmSync(join(target, "gone"));
      rmSync(join(target, "dir"), { recursive: true });
      mkdirSync(join(target, "dir"));
      writeFileSync(join(target, "dir/other"), "");
      symlinkSync("/etc/passwd", join(target, "link"));
      writeFileSync(join(target, "temporary"), "");
      rmSync(join(target, "temporary"));
    }

    test("lists changes as docker diff does", async () => {
      await changed();
      expect((await snapshots.changes(key("c1"))).map(({ kind, path }) => `${kind} ${path}`)).toEqual([
        "modified /dir", "added /dir/other", "modified /etc", "added /etc/added", "modified /etc/deep", "modified /etc/deep/a", "deleted /gone", "added /link",
      ]);
    });

    test("says how long the files are that were added or changed", async () => {
      await changed();
      const files = (await snapshots.changes(key("c1"))).filter(({ bytes }) => bytes !== undefined);
      expect(files.map(({ path, bytes }) => `${path} ${bytes}`)).toEqual(["/dir/other 0", "/etc/added 5", "/etc/deep/a 7"]);
    });

    test("counts bytes and inodes of its own layer", async () => {
      await changed();
      expect(await snapshots.usage(key("c1"))).toMatchObject({ bytes: 12 });
      expect(await snapshots.usage(key("base"))).toEqual({ bytes: 7, inodes: 7 });
    });

    test("packs changes as a layer that makes the same tree again", async () => {
      await changed();
      const names = (await tarOf("c1")).trim().split("\n");
      expect(names).toEqual(["dir/", "dir/.wh..wh..opq", "dir/other", "etc/", "etc/added", "etc/deep/", "etc/deep/a", ".wh.gone", "link"]);
    });

    test("owners, set-user-id bits and renames survive the overlay", async () => {
      await base();
      await snapshots.prepare(key("c1"), key("base"));
      await snapshots.mount(key("c1"), target);
      chownSync(join(target, "etc/passwd"), 1, 2);
      chmodSync(join(target, "etc/passwd"), 0o4755);
      renameSync(join(target, "etc/passwd"), join(target, "etc/moved"));
      expect(lstatSync(join(target, "etc/moved"))).toMatchObject({ uid: 1, gid: 2, mode: 0o104755 });
      expect((await snapshots.changes(key("c1"))).map(({ kind, path }) => `${kind} ${path}`)).toEqual(["modified /etc", "added /etc/moved", "deleted /etc/passwd"]);
    });

    test("after a crash drafts and unknown directories are gone, records and their mounts stay", async () => {
      await base();
      await snapshots.prepare(key("c1"), key("base"));
      await snapshots.mount(key("c1"), target);
      const draft = await snapshots.draft();
      const again = fixture.reopen();
      await again.recover();
      expect(existsSync(draft.directory)).toBe(false);
      expect(again.list().map((info) => info.key)).toEqual(["base", "c1"]);
      expect(readdirSync(target)).toContain("etc");
    });

    test("after a crash a mount without a record is gone", async () => {
      await base();
      await snapshots.prepare(key("c1"), key("base"));
      await snapshots.mount(key("c1"), target);
      const directory = snapshots.upperDirectory(key("c1"));
      await snapshots.remove(key("c1"));
      mkdirSync(directory, { recursive: true });
      await fixture.reopen().recover();
      expect(listMounts().some((entry) => entry.target === target)).toBe(false);
      expect(existsSync(directory)).toBe(false);
    });

    test("records whose directory was lost are dropped", async () => {
      await base();
      await layer("top", "base", () => {});
      rmSync(join(snapshots.layerDirectories(key("base"))[0]!, ".."), { recursive: true });
      await fixture.reopen().recover();
      expect(snapshots.list()).toEqual([]);
    });

    test("an aborted signal stops before anything is made", async () => {
      const signal = AbortSignal.abort();
      await expect(snapshots.draft({ signal })).rejects.toMatchObject({ code: "cancelled" });
      await expect(snapshots.prepare(key("a"), null, { signal })).rejects.toMatchObject({ code: "cancelled" });
      await expect(snapshots.mount(key("a"), target, { signal })).rejects.toMatchObject({ code: "cancelled" });
    });
  });
}
