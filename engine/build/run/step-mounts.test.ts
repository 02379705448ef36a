import { once } from "node:events";
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findProgram } from "../../runtime/programs.ts";
import { mount, unmount } from "../../sys/mount.ts";
import { StepLab, mountOf } from "./testing/step-lab.ts";
import type { StepRequest } from "./testing/step-lab.ts";

const installed = (["crun", "runc"] as const).filter((name) => findProgram(name) !== undefined);

describe.each(installed)("mounts of a step under %s", (runtime) => {
  let lab: StepLab;
  let source: string;
  beforeAll(async () => {
    lab = await StepLab.open({ runtime });
  });
  beforeEach(() => {
    source = join(lab.directory, "source");
    mkdirSync(join(source, "dir"), { recursive: true });
    writeFileSync(join(source, "file"), "content\n");
  });
  afterEach(async () => {
    rmSync(source, { recursive: true });
    await lab.expectNothingLeft();
  });
  afterAll(() => lab.close());

  describe("a bind", () => {
    it("shows a directory or a file, to read", async () => {
      const step = { mounts: [mountOf.bind("/src"), mountOf.bind("/one")], sources: new Map([[0, source], [1, join(source, "file")]]) };
      expect(await lab.say({ ...step, script: "ls /src; cat /one" })).toBe("dir\nfile\ncontent\n");
      for (const script of ["echo x > /src/file", "touch /src/new", "echo x > /one", "chmod 777 /src"]) await expect(lab.say({ ...step, script })).rejects.toThrow(/Read-only file system/i);
      await expect(lab.start({ mounts: [mountOf.bind("/src")] })).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining("has no source") as string });
    });

    it("protects what is mounted further down too", async () => {
      mount("tmpfs", join(source, "dir"), "tmpfs");
      try {
        await expect(lab.say({ mounts: [mountOf.bind("/src")], sources: new Map([[0, source]]), script: "touch /src/dir/x" })).rejects.toThrow(/Read-only file system/i);
      } finally {
        unmount(join(source, "dir"));
      }
    });

    it("takes writes and forgets them", async () => {
      chmodSync(join(source, "dir"), 0o700);
      const step = { mounts: [mountOf.bind("/src", { readWrite: true }), mountOf.bind("/one", { readWrite: true })], sources: new Map([[0, source], [1, join(source, "file")]]) };
      const script = "echo changed > /src/file; rm -r /src/dir; touch /src/new; chmod 700 /src; echo more >> /one; cat /src/file /one; ls /src";
      expect(await lab.say({ ...step, script })).toBe("changed\ncontent\nmore\nfile\nnew\n");
      expect(readFileSync(join(source, "file"), "utf8")).toBe("content\n");
      expect(readdirSync(source).sort()).toEqual(["dir", "file"]);
      expect(lstatSync(source).mode & 0o777).not.toBe(0o700);
      expect(await lab.layerOf({ ...step, script })).toEqual([]);
    });

    it("can hold other mounts", async () => {
      const step = { mounts: [mountOf.cache("/src/made/modules", { id: "inner" }), mountOf.bind("/src", { readWrite: true }), mountOf.tmpfs("/src/dir/t")], sources: new Map([[1, source]]) };
      expect(await lab.layerOf({ ...step, script: "echo kept > /src/made/modules/x; echo lost > /src/dir/t/y; touch /src/z" })).toEqual([]);
      expect(await lab.say({ ...step, script: "cat /src/made/modules/x; ls /src/dir/t /src" })).toBe("kept\n/src:\ndir\nfile\nmade\n\n/src/dir/t:\n");
      expect(readdirSync(source).sort()).toEqual(["dir", "file"]);
    });
  });

  describe("a cache", () => {
    it("keeps what was written for the next step, and out of the layer", async () => {
      const step = { mounts: [mountOf.cache("/var/cache/x", { id: "kept", mode: 0o750, uid: 1000, gid: 50 })] };
      expect(await lab.layerOf({ ...step, script: "echo one > /var/cache/x/f; /bin/busybox stat -c '%a %u %g' /var/cache/x", user: "alice" })).toEqual([]);
      expect(await lab.say({ ...step, script: "cat /var/cache/x/f; /bin/busybox stat -c '%a %u %g' /var/cache/x" })).toBe("one\n750 1000 50\n");
      expect(await lab.say({ mounts: [mountOf.cache("/elsewhere", { id: "kept", mode: 0o750, uid: 1000, gid: 50, readOnly: true })], script: "cat /elsewhere/f; touch /elsewhere/g 2>&1 || true" })).toMatch(/^one\n.*Read-only file system/i);
      expect(await lab.say({ mounts: [mountOf.cache("/var/cache/x", { id: "kept" })], script: "ls /var/cache/x" })).toBe("");
    });

    it("is filled from a source when it is new", async () => {
      const step = { mounts: [mountOf.cache("/c", { id: "filled", from: { type: "stage", index: 0 }, source: "/" })], sources: new Map([[0, source]]), cacheOrigins: new Map([[0, "first"]]) };
      expect(await lab.say({ ...step, script: "cat /c/file; echo own > /c/file" })).toBe("content\n");
      writeFileSync(join(source, "file"), "newer\n");
      expect(await lab.say({ ...step, script: "cat /c/file" })).toBe("own\n");
      expect(await lab.say({ ...step, cacheOrigins: new Map([[0, "second"]]), script: "cat /c/file" })).toBe("newer\n");
    });

    it("is one thing for two mounts of one step", async () => {
      const mounts = [mountOf.cache("/a", { id: "twice", sharing: "locked" }), mountOf.cache("/b", { id: "twice", sharing: "locked" })];
      expect(await lab.say({ mounts, script: "echo x > /a/f; cat /b/f" })).toBe("x\n");
    });

    it.each([["shared", 2, 100], ["locked", 1, 6], ["private", 1, 6]] as const)("is %s: seen by %i at a time", async (sharing, users, rounds) => {
      // Each step leaves a mark while it runs, and looks around for another for a while, in tenths of a second.
      const script = "touch /c/$ME; i=0; while test $(ls /c | wc -l) -lt 2 && test $i -lt $ROUNDS; do sleep 0.1; i=$((i+1)); done; ls /c | wc -l; sleep 0.2; rm /c/$ME";
      const step = (me: string): StepRequest => ({ mounts: [mountOf.cache("/c", { id: `sharing-${sharing}`, sharing })], script, env: ["PATH=/bin", `ME=${me}`, `ROUNDS=${rounds}`] });
      const start = performance.now();
      const counts = await Promise.all([lab.say(step("a")), lab.say(step("b"))]);
      expect(counts.map((text) => Number(text))).toEqual([users, users]);
      if (sharing === "locked") expect(performance.now() - start).toBeGreaterThan(1600);
      expect(lab.cacheMounts.list().filter(({ id }) => id === `sharing-${sharing}`)).toHaveLength(sharing === "private" ? 2 : 1);
    });

    it("can be given up while it is waited for", async () => {
      const step: StepRequest = { mounts: [mountOf.cache("/c", { id: "waited", sharing: "locked" })], script: "sleep 0.6" };
      const first = lab.say(step);
      const stop = new AbortController();
      const second = lab.start(step, { signal: stop.signal });
      setTimeout(() => stop.abort(), 200);
      await expect(second).rejects.toMatchObject({ code: "cancelled" });
      await first;
    });
  });

  it("a tmpfs is empty, bounded, may hold programs, and is gone afterwards", async () => {
    const step = { mounts: [mountOf.tmpfs("/bin2"), mountOf.tmpfs("/small", 64 * 1024)] };
    const script = "cp() { cat $1 > $2; }; cp /bin/busybox /bin2/echo; /bin/busybox chmod 755 /bin2/echo; /bin2/echo run; head -c 200000 /dev/zero > /small/x || wc -c < /small/x";
    expect(await lab.say({ ...step, script })).toBe("run\n65536\n");
    expect(await lab.layerOf({ ...step, script })).toEqual([]);
  });

  describe("a secret", () => {
    const VALUE = "s3cr3t-value-of-the-test";
    const secrets = new Map([["key", Buffer.from(VALUE)]]);

    it("is a file of the owner and mode asked for, and cannot be changed", async () => {
      expect(await lab.say({ secrets, mounts: [mountOf.secret("key")], script: "cat /run/secrets/key; /bin/busybox stat -c ' %a %u %g' /run/secrets/key" })).toBe(`${VALUE} 400 0 0\n`);
      const own = mountOf.secret("key", { target: "/deep/own", uid: 1000, gid: 50, mode: 0o440 });
      expect(await lab.say({ secrets, mounts: [own], user: "alice", script: "cat /deep/own; /bin/busybox stat -c ' %a %u %g' /deep/own" })).toBe(`${VALUE} 440 1000 50\n`);
      await expect(lab.say({ secrets, mounts: [mountOf.secret("key")], user: "alice", script: "cat /run/secrets/key" })).rejects.toThrow(/Permission denied/i);
      await expect(lab.say({ secrets, mounts: [own], script: "echo > /deep/own" })).rejects.toThrow(/Read-only file system/i);
    });

    it("is a variable, too or alone", async () => {
      expect(await lab.say({ secrets, mounts: [mountOf.secret("key", { target: undefined, env: "TOKEN" })], script: "echo $TOKEN; ls /run 2>&1 || true" })).toMatch(new RegExp(`^${VALUE}\n.*No such file`));
      expect(await lab.say({ secrets, mounts: [mountOf.secret("key", { env: "TOKEN" })], script: "echo $TOKEN; cat /run/secrets/key" })).toBe(`${VALUE}\n${VALUE}`);
      await expect(lab.start({ secrets: new Map([["key", Buffer.from("a\0b")]]), mounts: [mountOf.secret("key", { env: "TOKEN" })] })).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining("has a zero byte") as string });
    });

    it("may be missing unless it is required", async () => {
      expect(await lab.say({ mounts: [mountOf.secret("none", { env: "TOKEN" })], script: "ls /run/secrets 2> /dev/null; echo [$TOKEN]" })).toBe("[]\n");
      await expect(lab.start({ mounts: [mountOf.secret("none", { required: true })] })).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringMatching(/^secret none: not found/) as string });
    });

    it("leaves no trace: not in the layer, nor in any file of the engine", async () => {
      const mounts = [mountOf.secret("key", { env: "TOKEN" }), mountOf.secret("key", { target: "/root/again" })];
      let during: string[] = [];
      const step: StepRequest = { secrets, mounts, script: "cat /run/secrets/key > /dev/null; echo ready; sleep 0.2", onOutput: () => void (during = filesWith(lab.directory, VALUE)) };
      const { root } = await lab.start(step);
      // While it runs: in the memory file system, and in the runtime's configuration, which lie in the run directory.
      expect(during.length).toBeGreaterThan(0);
      expect(during.filter((path) => !path.startsWith(lab.run))).toEqual([]);
      expect(filesWith(lab.directory, VALUE).filter((path) => !path.includes("/memory/"))).toEqual([]);
      await root[Symbol.asyncDispose]();
      expect(filesWith(lab.directory, VALUE)).toEqual([]);
      expect(await lab.layerOf({ secrets, mounts })).toEqual([]);
    });
  });

  describe("an ssh agent", () => {
    const PERL = `use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new(Peer => $ENV{SSH_AUTH_SOCK}) or die "connect: $!"; print $s "ping from $<\\n"; $s->shutdown(1); print while <$s>;`;

    /** A little agent: answers what it is sent, in capitals, when the other side has ended. */
    async function agent(): Promise<{ readonly path: string; readonly connections: () => number } & AsyncDisposable> {
      const path = join(lab.directory, "agent.sock");
      let connections = 0;
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        connections++;
        let text = "";
        socket.on("data", (data) => (text += data.toString()));
        socket.on("end", () => socket.end(text.toUpperCase()));
        socket.on("error", () => {});
      }).listen(path);
      await once(server, "listening");
      chmodSync(path, 0o600);
      return { path, connections: () => connections, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
    }

    /** The host's perl, as a step sees it. */
    const host = { mounts: [mountOf.bind("/usr"), mountOf.bind("/lib"), mountOf.bind("/lib64")], sources: new Map([[0, "/usr"], [1, "/usr/lib"], [2, "/usr/lib64"]]) };

    it("is reached through its socket, also by other users where the mount says so", async () => {
      await using own = await agent();
      const step = { ...host, ssh: new Map([["default", own.path]]), args: ["/usr/bin/perl", "-e", PERL] };
      expect(await lab.say({ ...step, mounts: [...host.mounts, mountOf.ssh()] })).toBe("PING FROM 0\n");
      expect(await lab.say({ ...step, mounts: [...host.mounts, mountOf.ssh({ target: "/tmp/a/socket", uid: 1000, mode: 0o600 })], user: "alice" })).toBe("PING FROM 1000\n");
      expect(own.connections()).toBe(2);
      await expect(lab.say({ ...step, mounts: [...host.mounts, mountOf.ssh()], user: "alice" })).rejects.toThrow("Permission denied");
      expect(await lab.layerOf({ ...step, mounts: [...host.mounts, mountOf.ssh()] })).toEqual([]);
    });

    it("may be missing unless it is required", async () => {
      expect(await lab.say({ mounts: [mountOf.ssh()], script: "echo [$SSH_AUTH_SOCK]" })).toBe("[]\n");
      await expect(lab.start({ mounts: [mountOf.ssh({ required: true })] })).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringMatching(/^no ssh agent "default" was forwarded/) as string });
      await expect(lab.start({ mounts: [mountOf.ssh()], ssh: new Map([["default", "/nope"]]) })).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining("there is no ssh agent at /nope") as string });
    });
  });

  it("follow no symlink of the image out of it", async () => {
    const parent = await lab.layer("escape", lab.base, (directory) => {
      symlinkSync(lab.directory, join(directory, "escape"));
      symlinkSync("../../../../../../..", join(directory, "up"));
    });
    const before = readdirSync(lab.directory).sort();
    await lab.layerOf({ parent, mounts: [mountOf.tmpfs("/escape/t"), mountOf.cache("/up/c"), mountOf.secret("s", { target: "/escape/s" })], secrets: new Map([["s", Buffer.from("x")]]), script: "touch /escape/t/x /up/c/y" });
    expect(readdirSync(lab.directory).sort()).toEqual(before);
  });
});

/** Files below a directory that hold a text; what vanishes meanwhile is left out. */
function filesWith(directory: string, text: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.includes("/rootfs/")) return [];
    try {
      return readFileSync(path).includes(text) ? [path] : [];
    } catch {
      return [];
    }
  });
}
