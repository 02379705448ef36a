import { chmodSync, lstatSync, mkdirSync, openSync, closeSync, ftruncateSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inUserNamespace } from "../../../sys/identity.ts";
import { S_IFCHR, S_IFIFO, makeDevice, mknod } from "../../../sys/nodes.ts";
import { getXattr, setXattr } from "../../../sys/xattrs.ts";
import type { Selected } from "../files.ts";
import { Lab, selection } from "../testing/fixture.ts";
import type { Nodes } from "../testing/fixture.ts";
import { Stack } from "../testing/layers.ts";

let lab: Lab;
beforeEach(() => void (lab = new Lab()));
afterEach(() => lab[Symbol.asyncDispose]());

const CONTEXT: Nodes = { "a.txt": "A", "b.txt": "B", "dir/x": "X", "dir/sub/y": "Y", link: { link: "a.txt" }, linkdir: { link: "dir" } };

const select = (pattern: string, more = {}, nodes: Nodes = CONTEXT): Promise<Selected> => lab.directory(nodes).select(selection(pattern, more));

/** Copies onto a stack of layers; what overlayfs then shows. */
async function result(pattern: string, destination: string, ...lower: Nodes[]): Promise<Record<string, string>> {
  const stack = new Stack(lab, ...lower);
  await stack.copy(await select(pattern), destination);
  return stack.merged();
}

const failure = (code: string, message: RegExp): unknown => expect.objectContaining({ code, message: expect.stringMatching(message) as string });

describe("where files go", () => {
  test("a file to a file, with parents made", async () => {
    expect(await result("a.txt", "/opt/app/b")).toEqual({ opt: "dir 755", "opt/app": "dir 755", "opt/app/b": "644 A" });
    expect(await result("a.txt", "/b", { b: { file: "old", mode: 0o600 } })).toEqual({ b: "644 A" });
  });

  test("a file into a directory, by a slash or because one is there", async () => {
    const expected = { d: "dir 755", "d/a.txt": "644 A" };
    expect(await result("a.txt", "/d/")).toEqual(expected);
    expect(await result("a.txt", "/d/.")).toEqual(expected);
    expect(await result("a.txt", "/d", { d: null })).toEqual(expected);
    expect(await result("a.txt", "/")).toEqual({ "a.txt": "644 A" });
    expect(await result("link", "/d/")).toEqual({ d: "dir 755", "d/link": "644 A" });
  });

  test("a directory's contents, merged into what is there", async () => {
    expect(await result("dir", "/d")).toEqual({ d: "dir 755", "d/x": "644 X", "d/sub": "dir 755", "d/sub/y": "644 Y" });
    expect(await result("linkdir/", "/d", { "d/x": "old", "d/z": "Z", "d/sub/w": "W" })).toEqual({ d: "dir 755", "d/x": "644 X", "d/z": "644 Z", "d/sub": "dir 755", "d/sub/w": "644 W", "d/sub/y": "644 Y" });
  });

  test("several matches make the destination a directory", async () => {
    expect(await result("*.txt", "/d")).toEqual({ d: "dir 755", "d/a.txt": "644 A", "d/b.txt": "644 B" });
    const stack = new Stack(lab);
    await stack.copy([await select("dir"), await select("a.txt")], "/d");
    expect(stack.merged()).toEqual({ d: "dir 755", "d/x": "644 X", "d/sub": "dir 755", "d/sub/y": "644 Y", "d/a.txt": "644 A" });
    await expect(result("*.txt", "/f", { f: "file" })).rejects.toEqual(failure("invalidArgument", /cannot copy to non-directory: "\/f"/));
    await expect(result("a.txt", "/f/", { f: "file" })).rejects.toEqual(failure("invalidArgument", /"\/f"/));
  });

  test("a wildcard that matches nothing makes nothing", async () => {
    expect(await result("*.none", "/d/")).toEqual({});
  });

  test("later sources win over earlier ones", async () => {
    const stack = new Stack(lab);
    const one = lab.directory({ "x/f": { file: "1", mode: 0o600 }, "x/d": { directory: true, mode: 0o700 }, "x/l": "text" });
    const two = lab.directory({ "x/f": "2", "x/d": { directory: true, mode: 0o711 }, "x/l": { link: "f" } });
    await stack.copy([await one.select(selection("x")), await two.select(selection("x"))], "/t/");
    expect(stack.merged()).toEqual({ t: "dir 755", "t/f": "644 2", "t/d": "dir 711", "t/l": "-> f" });
  });

  test("--parents", async () => {
    const stack = new Stack(lab);
    await stack.copy(await select("dir/sub/y", { parents: true }), "/t/");
    expect(stack.merged()).toEqual({ t: "dir 755", "t/dir": "dir 755", "t/dir/sub": "dir 755", "t/dir/sub/y": "644 Y" });
  });

  test("types do not replace each other", async () => {
    await expect(result("a.txt", "/x/a.txt", { "x/a.txt/inner": "" })).resolves.toMatchObject({ "x/a.txt/a.txt": "644 A" });
    await expect(result(".", "/x", { "x/a.txt/inner": "" })).rejects.toEqual(failure("invalidArgument", /cannot replace to directory "\/x\/a.txt" with file/));
    await expect(result(".", "/x", { "x/dir": "file" })).rejects.toEqual(failure("invalidArgument", /cannot copy to non-directory: "\/x\/dir"/));
    await expect(result(".", "/x", { "x/dir": { link: "/" } })).rejects.toEqual(failure("invalidArgument", /cannot copy to non-directory/));
    await expect(result("dir", "/f", { f: "file" })).rejects.toEqual(failure("invalidArgument", /cannot copy to non-directory: "\/f"/));
    await expect(result("a.txt", "/f/g/h", { f: "file" })).rejects.toEqual(failure("invalidArgument", /"\/f"/));
    const stack = new Stack(lab);
    const other = lab.directory({ "t/dir": "a file" });
    await expect(stack.copy([await select("."), await other.select(selection("t"))], "/t/")).rejects.toEqual(failure("invalidArgument", /cannot replace to directory "\/t\/dir" with file/));
  });
});

describe("layers below", () => {
  test("symlinks of the destination are followed inside the image", async () => {
    const lower: Nodes = { "var/run": { link: "/run" }, run: { directory: true, mode: 0o711 }, lib: { link: "usr/lib" }, "usr/lib/old": "o", "usr/up": { link: "../../../../../opt" } };
    expect(await result("a.txt", "/var/run/pid", lower)).toMatchObject({ "var/run": "-> /run", "run/pid": "644 A", run: "dir 711" });
    expect(await result("dir", "/lib", lower)).toMatchObject({ lib: "-> usr/lib", "usr/lib/old": "644 o", "usr/lib/x": "644 X" });
    expect(await result("a.txt", "/usr/up/f", lower)).toMatchObject({ "opt/f": "644 A" });
    expect(await result("a.txt", "/l", { l: { link: "target" }, target: "old" })).toEqual({ l: "-> target", target: "644 A" });
    expect(await result("a.txt", "/l", { l: { link: "/missing/there" } })).toEqual({ l: "-> /missing/there", missing: "dir 755", "missing/there": "644 A" });
    await expect(result("a.txt", "/loop/x", { loop: { link: "loop" } })).rejects.toEqual(failure("invalidArgument", /too many levels/));
  });

  test("a link that is not the destination itself is replaced", async () => {
    expect(await result("a.txt", "/d/", { "d/a.txt": { link: "/etc/shadow" }, "etc/shadow": "secret" })).toMatchObject({ "d/a.txt": "644 A", "etc/shadow": "644 secret" });
  });

  test("directories that exist keep mode, owner, times and attributes", async () => {
    const stack = new Stack(lab, { top: { directory: true, mode: 0o2750, uid: 3, gid: 4, mtime: 1_111_111_111 }, "top/in": { directory: true, mode: 0o1777, mtime: 1_222_222_222 }, "top/in/old": "o" });
    setXattr(join(stack.lower[0]!, "top"), "user.note", Buffer.from("kept"));
    chmodSync(stack.lower[0]!, 0o711);
    utimesSync(stack.lower[0]!, 1_333_333_333, 1_333_333_333);
    await stack.copy(await select("dir"), "/top/in", { owner: { uid: 1, gid: 1 } });
    expect(stack.ownNames()).toEqual({ top: "dir 2750 3:4", "top/in": "dir 1777", "top/in/x": "644 1:1 X", "top/in/sub": "dir 755 1:1", "top/in/sub/y": "644 1:1 Y" });
    expect(lstatSync(join(stack.layer, "top")).mtimeMs).toBe(1_111_111_111_000);
    expect(lstatSync(join(stack.layer, "top/in")).mtimeMs).toBe(1_222_222_222_000);
    expect(statSync(stack.layer)).toMatchObject({ mode: 0o40711, mtimeMs: 1_333_333_333_000 });
    expect(Buffer.from(getXattr(join(stack.layer, "top"), "user.note")!).toString()).toBe("kept");
  });

  test("the group of a set-group-id directory is not passed on", async () => {
    const stack = new Stack(lab, { d: { directory: true, mode: 0o2777, gid: 9 } });
    await stack.copy(await select("."), "/d");
    expect(stack.ownNames()).toMatchObject({ d: "dir 2777 0:9", "d/a.txt": "644 A", "d/dir": "dir 755", "d/dir/sub/y": "644 Y", "d/link": "-> a.txt" });
  });

  test("what upper layers hide does not exist", async () => {
    const stack = new Stack(lab, { gone: null, solid: null }, { "gone/old": "o", "solid/old": "o", flat: { link: "solid" } });
    rmSync(join(stack.lower[0]!, "gone"), { recursive: true });
    mknod(join(stack.lower[0]!, "gone"), S_IFCHR, 0);
    setXattr(join(stack.lower[0]!, "solid"), inUserNamespace() ? "user.overlay.opaque" : "trusted.overlay.opaque", Buffer.from("y"));
    await stack.copy([await select("dir"), await select("a.txt")], "/gone");
    await new Stack(lab).copy(await select("a.txt"), "/x");
    expect(stack.merged()).toEqual({ flat: "-> solid", gone: "dir 755", "gone/x": "644 X", "gone/sub": "dir 755", "gone/sub/y": "644 Y", "gone/a.txt": "644 A", solid: "dir 755" });
  });

  test("a directory in place of a file over a directory shows none of the deepest", async () => {
    expect(await result("dir", "/a/d/e", { "a/top": "" }, { "a/d": { link: "/fresh" } }, { "a/d/e/low": "" })).toMatchObject({ "fresh/e/x": "644 X" });
  });
});

describe("what files get", () => {
  test("modes in octal, for what is copied alone", async () => {
    const stack = new Stack(lab, { there: null });
    await stack.copy(await select("dir"), "/there/new", { chmod: "4750" });
    expect(stack.ownNames()).toEqual({ there: "dir 755", "there/new": "dir 755", "there/new/x": "4750 X", "there/new/sub": "dir 4750", "there/new/sub/y": "4750 Y" });
  });

  test("modes as changes, for what is copied alone", async () => {
    const stack = new Stack(lab);
    const tree = lab.directory({ "s/run": { file: "", mode: 0o744 }, "s/text": { file: "", mode: 0o664 }, "s/d": null });
    await stack.copy(await tree.select(selection("s")), "/new", { chmod: "go-rwx,u+X" });
    expect(stack.ownNames()).toEqual({ new: "dir 755", "new/run": "700 ", "new/text": "600 ", "new/d": "dir 700" });
    await expect(stack.copy(await tree.select(selection("s")), "/new", { chmod: "u+q" })).rejects.toEqual(failure("invalidArgument", /chmod/));
  });

  test("no time after the latest", async () => {
    const stack = new Stack(lab, { d: { directory: true, mtime: 1_900_000_000 } });
    const tree = lab.directory({ "old": { file: "", mtime: 1_000_000_000 }, "young": { file: "", mtime: 1_700_000_000 }, "sub": { directory: true, mtime: 1_700_000_000 } });
    await stack.copy(await tree.select(selection(".")), "/d/e", { latestTime: 1_500_000_000 });
    const times = Object.fromEntries(["d", "d/e", "d/e/old", "d/e/young", "d/e/sub"].map((name) => [name, lstatSync(join(stack.layer, name)).mtimeMs / 1000]));
    expect(times).toEqual({ d: 1_900_000_000, "d/e": 1_500_000_000, "d/e/old": 1_000_000_000, "d/e/young": 1_500_000_000, "d/e/sub": 1_500_000_000 });
  });

  test("times to the nanosecond, capabilities and attributes of users, and nothing of overlayfs", async () => {
    const tree = lab.directory({ f: "x" });
    const root = join(lab.scratch, "tree0");
    setXattr(join(root, "f"), "user.mime", Buffer.from("text"));
    setXattr(join(root, "f"), "user.overlay.opaque", Buffer.from("y"));
    // cap_net_raw+ep, version 2
    const capability = Buffer.from("0100000200200000000000000000000000000000", "hex");
    setXattr(join(root, "f"), "security.capability", capability);
    const before = await tree.select(selection("f"));
    const stack = new Stack(lab);
    await stack.copy(before, "/f");
    const copy = join(stack.layer, "f");
    expect(Buffer.from(getXattr(copy, "user.mime")!).toString()).toBe("text");
    expect(getXattr(copy, "user.overlay.opaque")).toBeUndefined();
    expect(Buffer.from(getXattr(copy, "security.capability")!)).toEqual(capability);
    expect(lstatSync(copy, { bigint: true }).mtimeNs).toBe(lstatSync(join(root, "f"), { bigint: true }).mtimeNs);
    const without = await lab.directory({ f: "x" }).select(selection("f"));
    expect(without.digest).not.toBe(before.digest);
  });

  test("holes stay holes, and large files are whole", async () => {
    const tree = lab.directory({ sparse: "", large: Buffer.alloc(3_000_000, "abc") });
    const path = join(lab.scratch, "tree0/sparse");
    const fd = openSync(path, "r+");
    ftruncateSync(fd, 64 << 20);
    writeSync(fd, "middle", 32 << 20);
    closeSync(fd);
    const stack = new Stack(lab);
    const selected = await tree.select(selection("."));
    await stack.copy(selected, "/");
    expect(lstatSync(join(stack.layer, "sparse")).size).toBe(64 << 20);
    expect(lstatSync(join(stack.layer, "sparse")).blocks).toBeLessThan(1000);
    expect((await lab.at(stack.layer).select(selection("."))).digest).toBe(selected.digest);
  });

  test.skipIf(inUserNamespace())("fifos and devices, but no sockets and no whiteouts", async () => {
    const tree = lab.directory({ d: null });
    const root = join(lab.scratch, "tree0/d");
    mknod(join(root, "pipe"), S_IFIFO | 0o640);
    mknod(join(root, "null"), S_IFCHR, makeDevice(1, 3));
    chmodSync(join(root, "null"), 0o666);
    const server = createServer().listen(join(root, "socket"));
    await once(server, "listening");
    const stack = new Stack(lab);
    await stack.copy(await tree.select(selection("d")), "/dev/");
    server.close();
    expect(stack.ownNames()).toEqual({ dev: "dir 755", "dev/pipe": "fifo 640 0", "dev/null": "char 666 259" });
    mknod(join(root, "white"), S_IFCHR, 0);
    await expect(new Stack(lab).copy(await tree.select(selection("d")), "/dev/")).rejects.toEqual(failure("invalidArgument", /0:0/));
    const namespaced = new Stack(lab);
    rmSync(join(root, "white"));
    await namespaced.copy(await tree.select(selection("d")), "/dev/", { userNamespace: true });
    expect(namespaced.ownNames()).toEqual({ dev: "dir 755", "dev/pipe": "fifo 640 0" });
  });

  test("a file that changed since it was selected is not copied", async () => {
    const tree = lab.directory({ "d/f": "old", "d/g": "old" });
    const root = join(lab.scratch, "tree0/d");
    const attempts: (() => void)[] = [
      () => writeFileSync(join(root, "f"), "new"),
      () => rmSync(join(root, "f")),
      () => renameSync(join(root, "g"), join(root, "f")),
      () => {
        rmSync(join(root, "f"));
        symlinkSync("/etc/passwd", join(root, "f"));
      },
      () => {
        rmSync(join(root, "f"));
        mknod(join(root, "f"), S_IFIFO | 0o600);
      },
      () => {
        rmSync(root, { recursive: true });
        symlinkSync("/etc", root);
      },
    ];
    for (const change of attempts) {
      rmSync(root, { recursive: true, force: true });
      mkdirSync(root);
      for (const name of ["f", "g"]) writeFileSync(join(root, name), "old");
      const selected = await tree.select(selection("d"));
      change();
      await expect(new Stack(lab).copy(selected, "/")).rejects.toMatchObject({ code: "conflict", details: { changedFile: "d/f" } });
    }
  });

  test("a change that leaves size and times as they were is noticed while it may happen", async () => {
    const tree = lab.directory({ f: "old" });
    const path = join(lab.scratch, "tree0/f");
    for (let round = 0; round < 20; round++) {
      writeFileSync(path, "old");
      const selected = await tree.select(selection("f"));
      writeFileSync(path, "new");
      await expect(new Stack(lab).copy(selected, "/")).rejects.toMatchObject({ code: "conflict" });
    }
  });

  test("an aborted signal stops", async () => {
    await expect(new Stack(lab).copy(await select("."), "/")).resolves.toBeDefined();
    const { copyInto } = await import("./copy.ts");
    const request = { selected: [], destination: "/", lowerDirectories: [], directory: lab.scratch, owner: undefined, chmod: undefined, userNamespace: false, latestTime: undefined, unpack: [] };
    await expect(copyInto(lab.pool, request, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  });
});
