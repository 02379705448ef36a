import { spawn } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cloneFile, removeTree, writeFileAtomic } from "./files.ts";
import { inUserNamespace } from "./identity.ts";
import { MS, listMounts, mount, mountsBelow, parseMountInfo, remountReadOnly, unmount } from "./mount.ts";
import { createNetworkNamespace, inNetworkNamespace, removeNetworkNamespace } from "./namespaces.ts";
import { S_IFCHR, S_IFIFO, makeDevice, mknod, setTimes, splitDevice } from "./nodes.ts";
import { isAlive, processStartTime, run, signalProcess } from "./processes.ts";
import { connectSeqpacket } from "./seqpacket.ts";
import { getXattr, listXattrs, removeXattr, setXattr } from "./xattrs.ts";

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "slipway-sys-"))));
afterEach(() => {
  for (const { target } of mountsBelow(dir)) unmount(target, { detach: true });
  rmSync(dir, { recursive: true, force: true });
});

describe("mount", () => {
  test("mounts, lists and unmounts, with odd characters in the path", () => {
    const target = join(dir, "a b\tc\\d");
    mkdirSync(target);
    mount("tmpfs", target, "tmpfs", MS.NOSUID | MS.NODEV, "size=1m,mode=0700");
    expect(mountsBelow(dir)).toMatchObject([{ target, type: "tmpfs", source: "tmpfs" }]);
    expect(statSync(target).mode & 0o777).toBe(0o700);
    expect(unmount(target)).toBe(true);
    expect(mountsBelow(dir)).toEqual([]);
    expect(listMounts().length).toBeGreaterThan(0);
  });

  test("nothing mounted is not an error; the rest has Node's error shape", () => {
    expect(unmount(dir)).toBe(false);
    expect(unmount(join(dir, "missing"))).toBe(false);
    expect(() => mount("none", join(dir, "missing"), "tmpfs")).toThrow(expect.objectContaining({ code: "ENOENT", syscall: "mount", errno: -2 }) as Error);
  });

  test("lists the innermost mounts first", () => {
    mount("tmpfs", dir, "tmpfs");
    mkdirSync(join(dir, "x"));
    mount("tmpfs", join(dir, "x"), "tmpfs");
    expect(mountsBelow(dir).map(({ target }) => target)).toEqual([join(dir, "x"), dir]);
  });

  test("makes a bind mount read-only that keeps what it forbids", () => {
    const [source, target] = [join(dir, "source"), join(dir, "target")];
    for (const path of [source, target]) mkdirSync(path);
    mount("tmpfs", source, "tmpfs", MS.NOSUID | MS.NOEXEC);
    mount(source, target, null, MS.BIND);
    remountReadOnly(target);
    expect(() => writeFileSync(join(target, "x"), "")).toThrow(expect.objectContaining({ code: "EROFS" }) as Error);
    writeFileSync(join(source, "x"), "");
    const line = readFileSync("/proc/self/mountinfo", "utf8").split("\n").find((text) => text.split(" ")[4] === target);
    expect(line?.split(" ")[5]).toMatch(/^ro,nosuid,noexec/);
    expect(() => remountReadOnly(join(dir, "missing"))).toThrow(expect.objectContaining({ code: "ENOENT", syscall: "statfs" }) as Error);
  });

  test("skips lines that are not mountinfo", () => {
    expect(parseMountInfo("rubbish\n\n1 2 3 - \n")).toEqual([]);
  });
});

describe("xattrs", () => {
  test("set, get, list and remove, also on names that are not UTF-8", () => {
    const file = Buffer.concat([Buffer.from(`${dir}/`), Buffer.of(0xff, 0xfe)]);
    writeFileSync(file, "");
    setXattr(file, "user.a", Buffer.from("value\0binary"));
    setXattr(file, "user.big", Buffer.alloc(3000, 1));
    expect(listXattrs(file).sort()).toEqual(["user.a", "user.big"]);
    expect(Buffer.from(getXattr(file, "user.a")!).toString()).toBe("value\0binary");
    expect(getXattr(file, "user.big")).toHaveLength(3000);
    expect(getXattr(file, "user.none")).toBeUndefined();
    removeXattr(file, "user.a");
    removeXattr(file, "user.a");
    expect(listXattrs(file)).toEqual(["user.big"]);
  });

  test("never follows a symlink", () => {
    const link = join(dir, "link");
    symlinkSync("/etc/passwd", link);
    expect(() => setXattr(link, "user.a", Buffer.from("x"))).toThrow(expect.objectContaining({ code: "EPERM" }) as Error);
    setXattr(link, "trusted.a", Buffer.from("x"));
    expect(listXattrs(link)).toEqual(["trusted.a"]);
  });
});

describe("nodes", () => {
  test("makes devices and fifos, and encodes numbers as the kernel does", () => {
    mknod(join(dir, "null"), S_IFCHR | 0o600, makeDevice(1, 3));
    mknod(join(dir, "high"), S_IFCHR | 0o600, makeDevice(300, 70000));
    mknod(join(dir, "fifo"), S_IFIFO | 0o600);
    expect(splitDevice(statSync(join(dir, "null")).rdev)).toEqual({ major: 1, minor: 3 });
    expect(splitDevice(statSync(join(dir, "high")).rdev)).toEqual({ major: 300, minor: 70000 });
    expect(lstatSync(join(dir, "fifo")).isFIFO()).toBe(true);
    expect(() => mknod(`${dir}/a\0b`, S_IFIFO)).toThrow(expect.objectContaining({ code: "EINVAL" }) as Error);
  });

  test("sets times to the nanosecond, before 1970 too, on the link itself", () => {
    const link = join(dir, "link");
    symlinkSync("/etc/passwd", link);
    for (const ns of [1_700_000_000_123_456_789n, -1_500_000_001n, 0n]) {
      setTimes(link, 0n, ns);
      expect(lstatSync(link, { bigint: true }).mtimeNs).toBe(ns);
    }
  });
});

describe("files", () => {
  test("writes atomically", () => {
    const file = join(dir, "f");
    writeFileAtomic(file, "one");
    writeFileAtomic(file, Buffer.from("two"), { mode: 0o600, sync: true });
    expect(readFileSync(file, "utf8")).toBe("two");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => writeFileAtomic(join(dir, "missing", "f"), "x")).toThrow(expect.objectContaining({ code: "ENOENT" }) as Error);
    expect(readdirSync(dir)).toEqual(["f"]);
    cloneFile(file, join(dir, "g"));
    expect(readFileSync(join(dir, "g"), "utf8")).toBe("two");
    expect(() => cloneFile(file, join(dir, "g"))).toThrow(expect.objectContaining({ code: "EEXIST" }) as Error);
  });

  test("removes trees with strange names and links, and leaves the links' targets", async () => {
    const tree = join(dir, "tree");
    mkdirSync(join(tree, "a/b/c"), { recursive: true });
    mkdirSync(join(dir, "outside"));
    symlinkSync(join(dir, "outside"), join(tree, "a/link"));
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/a/b/`), Buffer.of(0xff)]), "x");
    for (let i = 0; i < 2000; i++) writeFileSync(join(tree, "a/b/c", String(i)), "");
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
    expect(existsSync(join(dir, "outside"))).toBe(true);
    await removeTree(tree);
  });
});

describe("processes", () => {
  test("runs with input and bounds the output", async () => {
    expect(await run("cat", [], { input: "hello" })).toEqual({ code: 0, stdout: "hello", stderr: "" });
    expect((await run("sh", ["-c", "head -c 100000 /dev/zero; echo no >&2; exit 3"], { maxOutput: 10 }))).toEqual({ code: 3, stdout: "\0".repeat(10), stderr: "no\n" });
  });

  test("a missing program, a slow one and a cancelled one are told apart", async () => {
    await expect(run("/no/such/program", [])).rejects.toMatchObject({ code: "notFound" });
    await expect(run("sleep", ["10"], { timeoutMs: 20 })).rejects.toMatchObject({ code: "deadlineExceeded" });
    await expect(run("sleep", ["10"], { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ code: "cancelled" });
  });

  test("knows a process by its start", async () => {
    const child = spawn("sleep", ["10"]);
    await new Promise((resolve) => child.once("spawn", resolve));
    const start = processStartTime(child.pid!);
    expect(start).toBeGreaterThan(0);
    expect(isAlive(child.pid!, start)).toBe(true);
    expect(signalProcess(child.pid!, start! + 1, "SIGKILL")).toBe(false);
    expect(signalProcess(child.pid!, start, "SIGKILL")).toBe(true);
    await new Promise((resolve) => child.once("exit", resolve));
    expect(isAlive(child.pid!, start)).toBe(false);
    expect(processStartTime(2 ** 22 + 1)).toBeUndefined();
  });

  test("root on the host is in no user namespace", () => expect(inUserNamespace()).toBe(false));
});

describe("network namespaces", () => {
  test("makes, enters and removes one, and comes back", () => {
    const path = join(dir, "net");
    const before = Object.keys(networkInterfaces());
    createNetworkNamespace(path);
    expect(() => createNetworkNamespace(path)).toThrow(expect.objectContaining({ code: "EEXIST" }) as Error);
    expect(inNetworkNamespace(path, () => readFileSync("/proc/thread-self/net/dev", "utf8").trim().split("\n")).length).toBe(3);
    expect(() => inNetworkNamespace(path, () => { throw new Error("inside"); })).toThrow("inside");
    expect(Object.keys(networkInterfaces())).toEqual(before);
    removeNetworkNamespace(path);
    removeNetworkNamespace(path);
    expect(existsSync(path)).toBe(false);
    expect(mountsBelow(dir)).toEqual([]);
  });
});

describe("sequential-packet sockets", () => {
  /** Sends the packets named on its input, then echoes every packet's length. */
  const SERVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
import os
os.chdir(os.path.dirname(sys.argv[1])); s.bind(os.path.basename(sys.argv[1])); s.listen(1)
print("ready", flush=True)
c, _ = s.accept()
for i in range(1, 201): c.send(bytes([2]) + bytes([65 + i % 26]) * (i * 40))
while True:
    d = c.recv(65536)
    if not d: break
    c.send(str(len(d)).encode())
c.send(b"bye")
`;

  async function serve(path: string): Promise<() => void> {
    const child = spawn("python3", ["-c", SERVER, path], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    return () => void child.kill("SIGKILL");
  }

  test.each([["a short path", "s"], ["a path longer than an address", `${"d".repeat(100)}/${"e".repeat(60)}/s`]])("keeps packet borders both ways on %s", async (_, name) => {
    const path = join(dir, name);
    mkdirSync(join(path, ".."), { recursive: true });
    const stop = await serve(path);
    try {
      using connection = await connectSeqpacket(path);
      // Reading starts late: packets wait in the kernel, apart.
      await new Promise((resolve) => setTimeout(resolve, 30));
      const sizes: number[] = [];
      const replies: string[] = [];
      for await (const packet of connection) {
        if (sizes.length < 200) sizes.push(packet.length);
        else replies.push(Buffer.from(packet).toString());
        if (sizes.length === 200 && replies.length === 0 && packet[0] === 2) {
          void connection.write(Buffer.alloc(10));
          void connection.write(Buffer.alloc(20));
          void connection.write(Buffer.alloc(40_000)).then(() => connection.end());
        }
      }
      expect(sizes).toEqual(Array.from({ length: 200 }, (_unused, i) => (i + 1) * 40 + 1));
      expect(replies).toEqual(["10", "20", "32768", "7232", "bye"]);
    } finally {
      stop();
    }
  });

  test("a missing socket and one without a listener are system errors", async () => {
    await expect(connectSeqpacket(join(dir, "none"))).rejects.toMatchObject({ code: "ENOENT", syscall: "connect" });
    writeFileSync(join(dir, "file"), "");
    await expect(connectSeqpacket(join(dir, "file"))).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
