import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { sleep } from "../../base/abort.ts";
import type { SnapshotKey } from "../../base/ids.ts";
import { findProgram } from "../../runtime/programs.ts";
import { listMounts } from "../../sys/mount.ts";
import type { FailedRootSession } from "../build.ts";
import { StepLab, mountOf, removeLab } from "./testing/step-lab.ts";
import type { StepRequest } from "./testing/step-lab.ts";

const installed = (["crun", "runc"] as const).filter((name) => findProgram(name) !== undefined);
const key = (name: string): SnapshotKey => name as SnapshotKey;

/** A step with all that a step can have. */
function fullStep(lab: StepLab): StepRequest {
  const source = join(lab.directory, "full");
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, "file"), "content\n");
  const mounts = [mountOf.bind("/src", { readWrite: true }), mountOf.bind("/ro"), mountOf.cache("/cache", { sharing: "locked" }), mountOf.tmpfs("/t"), mountOf.secret("key", { env: "KEY" })];
  return { network: "default", mounts, sources: new Map([[0, source], [1, source]]), secrets: new Map([["key", Buffer.from("value")]]) };
}

describe.each(installed)("the root of a step under %s", (runtime) => {
  let lab: StepLab;
  beforeAll(async () => {
    lab = await StepLab.open({ runtime });
  });
  afterEach(() => lab.expectNothingLeft());
  afterAll(() => lab.close());

  describe("committing", () => {
    it("makes the changes a layer that the next step stands on, with its size", async () => {
      const { root } = await lab.start({ script: "head -c 1000 /dev/zero > /thousand; echo x > /etc/x; rm /etc/group; mkdir /empty" });
      expect(await root.commit(key("one"))).toEqual({ bytes: 1002 });
      expect(lab.snapshots.info(key("one"))).toMatchObject({ kind: "committed", parent: "base", size: 1002 });
      expect(await lab.say({ parent: key("one"), script: "ls /etc; wc -c < /thousand" })).toBe("hosts\npasswd\nresolv.conf\nx\n1000\n");
      await root[Symbol.asyncDispose]();
      expect(lab.snapshots.has(key("one"))).toBe(true);
      await expect(root.commit(key("two"))).rejects.toMatchObject({ code: "conflict" });
      await expect(root.open({ command: ["/bin/true"], tty: false, openStdin: false })).rejects.toMatchObject({ code: "conflict" });
    });

    it("takes an equal layer that is there", async () => {
      const first = await lab.start({ script: "echo 1 > /equal" });
      await first.root.commit(key("equal"));
      const second = await lab.start({ script: "echo 22 > /equal" });
      await second.root.commit(key("equal"));
      expect(await lab.say({ parent: key("equal"), script: "cat /equal" })).toBe("1\n");
    });

    it("puts late times back to the latest one, of directories and symlinks too, and leaves early ones", async () => {
      const { root } = await lab.start({
        latestTime: 1_500_000_000,
        script: "mkdir -p /d/e; echo x > /d/e/new; ln -s nowhere /d/link; echo x > /d/old; touch -d @1400000000 /d/old; touch -d @1500000000 /d/exact; mkfifo /d/fifo 2> /dev/null || /bin/busybox mkfifo /d/fifo; rm /bin/wc; chown 12 /bin/cat",
      });
      await root.commit(key("clamped"));
      const [layer] = lab.snapshots.layerDirectories(key("clamped"));
      const times = Object.fromEntries(["", "d", "d/e", "d/e/new", "d/link", "d/old", "d/exact", "d/fifo", "bin"].map((name) => [name, lstatSync(join(layer!, name)).mtimeMs / 1000]));
      const latest = 1_500_000_000;
      expect(times).toEqual({ "": latest, d: latest, "d/e": latest, "d/e/new": latest, "d/link": latest, "d/old": 1_400_000_000, "d/exact": latest, "d/fifo": latest, bin: latest });
    });

    it("measures and clamps a large layer in a thread", async () => {
      const { root } = await lab.start({ latestTime: 1_500_000_000, script: "mkdir /many; for i in $(seq 1 1000); do echo 123456789 > /many/$i; done" });
      expect(await root.commit(key("many"))).toEqual({ bytes: 10_000 });
      const [layer] = lab.snapshots.layerDirectories(key("many"));
      expect(lstatSync(join(layer!, "many/777")).mtimeMs).toBe(1_500_000_000_000);
    });

    it("drops everything when it is cancelled", async () => {
      const { root } = await lab.start({ script: "touch /x" });
      await expect(root.commit(key("never"), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
      expect(lab.snapshots.has(key("never"))).toBe(false);
    });

    it("is refused while a session runs", async () => {
      const { root } = await lab.start({ script: "exit 1" });
      const session = await root.open({ command: ["/bin/sleep", "1000"], tty: false, openStdin: false });
      await expect(root.commit(key("busy"))).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("still runs") as string });
      await session[Symbol.asyncDispose]();
      await root.commit(key("busy"));
      expect(lab.snapshots.has(key("busy"))).toBe(true);
    });
  });

  describe("a failed root", () => {
    async function textOf(session: FailedRootSession): Promise<string> {
      const chunks: Uint8Array[] = [];
      for await (const { data } of session.output) chunks.push(data);
      return Buffer.concat(chunks).toString();
    }

    it("opens with what the step had: files, mounts, secrets, user, directory", async () => {
      const step = fullStep(lab);
      const { root, exitCode } = await lab.start({ ...step, script: "echo left > /tmp-file; echo changed > /src/file; echo kept > /cache/f; exit 9", user: "0:50", cwd: "/work", env: ["PATH=/bin", "OWN=1"] });
      expect(exitCode).toBe(9);
      const session = await root.open({ command: ["/bin/sh", "-c", "cat /tmp-file /src/file /cache/f /run/secrets/key; echo; echo $KEY $OWN; pwd; id -g; ls /sys/class/net; exit 4"], tty: false, openStdin: false });
      expect(await textOf(session)).toBe("left\nchanged\nkept\nvalue\nvalue 1\n/work\n50\neth0\nlo\n");
      expect(await session.exited).toBe(4);
      const other = await root.open({ command: ["/bin/sh", "-c", "id -un; pwd; echo $HOME"], tty: false, openStdin: false, user: "alice", cwd: "/etc" });
      expect(await textOf(other)).toBe("alice\n/etc\n/home/alice\n");
      await root[Symbol.asyncDispose]();
    });

    it("has terminals, several at a time, that can be resized and written to", async () => {
      const { root } = await lab.start({ script: "exit 1" });
      const sessions = await Promise.all([1, 2].map(() => root.open({ command: ["/bin/sh"], tty: true, openStdin: true })));
      for (const [index, session] of sessions.entries()) {
        await session.resize(100 + index, 40);
        await sleep(100);
        await session.writeStdin(Buffer.from(`stty size; echo $TERM; touch /made-${index}; exit ${index + 3}\n`));
      }
      const texts = await Promise.all(sessions.map(textOf));
      expect(texts[0]).toContain("40 100\r\nxterm\r\n");
      expect(texts[1]).toContain("40 101\r\n");
      expect(await Promise.all(sessions.map(({ exited }) => exited))).toEqual([3, 4]);
      const look = await root.open({ command: ["/bin/sh", "-c", "ls /"], tty: false, openStdin: false });
      expect(await textOf(look)).toMatch(/made-0\nmade-1\n/);
      await look.exited;
      await root[Symbol.asyncDispose]();
    });

    it("reads input to its end", async () => {
      const { root } = await lab.start({ script: "exit 1" });
      const session = await root.open({ command: ["/bin/cat"], tty: false, openStdin: true });
      await session.writeStdin(Buffer.from("through"));
      await session.closeStdin();
      expect(await textOf(session)).toBe("through");
      expect(await session.exited).toBe(0);
      await root[Symbol.asyncDispose]();
    });

    it("ends its sessions with itself, or one by one", async () => {
      const { root } = await lab.start({ script: "exit 1" });
      const [first, second] = [await root.open({ command: ["/bin/sleep", "1000"], tty: true, openStdin: true }), await root.open({ command: ["/bin/sleep", "1000"], tty: false, openStdin: false })];
      await first[Symbol.asyncDispose]();
      expect(await first.exited).toBe(137);
      expect(lab.processes().length).toBeGreaterThan(0);
      await root[Symbol.asyncDispose]();
      expect(await second.exited).toBe(137);
      expect(lab.processes()).toEqual([]);
    });

    it("says why a session cannot start, and stays", async () => {
      const { root } = await lab.start({ script: "exit 1" });
      await expect(root.open({ command: ["nope"], tty: true, openStdin: true })).rejects.toMatchObject({ code: "commandNotFound" });
      await expect(root.open({ command: ["/bin/sh"], tty: false, openStdin: false, user: "nobody-here" })).rejects.toMatchObject({ code: "invalidArgument" });
      const session = await root.open({ command: ["/bin/echo", "yes"], tty: false, openStdin: false });
      expect(await textOf(session)).toBe("yes\n");
      await root[Symbol.asyncDispose]();
    });
  });

  describe("an end before the end", () => {
    it("leaves nothing, at whatever moment a step is cancelled", async () => {
      let cancelled = 0;
      for (let round = 0; round < 20; round++) {
        const stop = new AbortController();
        const running = lab.start({ ...fullStep(lab), script: "touch /x /src/y /cache/z; sleep 0.05; seq 1 1000; /bin/sleep 0.05 & sleep 0.02" }, { signal: stop.signal });
        setTimeout(() => stop.abort(), Math.random() * 250);
        try {
          const { root } = await running;
          if (round % 2 === 0) await root.commit(key(`round-${round}`), { signal: stop.signal });
          else await root[Symbol.asyncDispose]();
        } catch (error) {
          expect(error).toMatchObject({ code: "cancelled" });
          cancelled++;
        }
        await expect.poll(() => lab.leftovers(), { timeout: 20_000 }).toEqual([]);
      }
      expect(cancelled).toBeGreaterThan(3);
    });

    it("kills all that a step started, even what does not listen", async () => {
      const stop = new AbortController();
      const running = lab.start({ script: "trap '' TERM INT; (trap '' TERM; sleep 1000) & echo ready; while true; do sleep 1; done", onOutput: () => stop.abort() }, { signal: stop.signal });
      await expect(running).rejects.toMatchObject({ code: "cancelled" });
      expect(lab.processes()).toEqual([]);
    });

    it("does not wait for output that nobody takes", async () => {
      const stop = new AbortController();
      const running = lab.start({ script: "echo ready; sleep 1000", onOutput: () => new Promise(() => stop.abort()) }, { signal: stop.signal });
      await expect(running).rejects.toMatchObject({ code: "cancelled" });
    });

    it("comes with the engine's: runs are cancelled, roots go", async () => {
      const own = await StepLab.open({ runtime });
      try {
        const kept = await own.start({ script: "exit 1" });
        const session = await kept.root.open({ command: ["/bin/sleep", "1000"], tty: false, openStdin: false });
        const running = own.start({ ...fullStep(own), script: "sleep 1000" });
        const failed = expect(running).rejects.toMatchObject({ code: "cancelled" });
        await sleep(100);
        await own.runner.close();
        await failed;
        expect(await session.exited).toBe(137);
        await expect(own.start({})).rejects.toMatchObject({ code: "cancelled" });
        await expect.poll(() => own.leftovers(), { timeout: 20_000 }).toEqual([]);
      } finally {
        await own.close();
      }
    });

    it("leaves nothing for the next engine when the engine is killed", async () => {
      const own = await StepLab.open({ runtime });
      await own.close({ keep: true });
      const program = fileURLToPath(new URL("testing/interrupted-engine.ts", import.meta.url));
      const engine = spawn(process.execPath, [program, own.directory, runtime], { stdio: ["ignore", "pipe", "inherit"] });
      let next: StepLab | undefined;
      try {
        await Promise.race([once(engine.stdout, "data"), once(engine, "exit")]);
        engine.kill("SIGKILL");
        if (engine.exitCode === null && engine.signalCode === null) await once(engine, "exit");
        expect(own.processes().length).toBeGreaterThan(0);
        expect(listMounts().filter(({ target }) => target.startsWith(own.run)).length).toBeGreaterThan(2);
        next = await StepLab.open({ directory: own.directory, runtime });
        await expect.poll(() => next!.leftovers(), { timeout: 20_000 }).toEqual([]);
        // What steps are to keep is there, and free.
        expect(await next.say({ mounts: [mountOf.cache("/cache", { sharing: "locked" })], script: "ls /cache" })).toBe("made\n");
        expect(readFileSync(join(next.root, "engine.db")).includes("interrupted-secret")).toBe(false);
        await expect.poll(() => next!.leftovers(), { timeout: 20_000 }).toEqual([]);
      } finally {
        await next?.close();
        removeLab(own.directory);
      }
    });
  });
});
