import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sleep } from "../base/abort.ts";
import { newId } from "../base/ids.ts";
import type { ContainerId, ExecId } from "../base/ids.ts";
import { S_IFIFO, mknod } from "../sys/nodes.ts";
import { isAlive } from "../sys/processes.ts";
import { findInit } from "./host.ts";
import type { CreateTask, Runtime, RuntimeSpec, StdioAttachment, TaskExit } from "./runtime.ts";
import { buildExecProcess, buildSpec } from "./spec/build.ts";
import type { SpecHostConfig } from "./spec/input.ts";
import { ownHardLimits } from "./spec/limits.ts";
import type { SpecProcess } from "./spec-types.ts";

export interface RuntimeUnderTest {
  readonly runtime: Runtime;
  /** A root file system with busybox. */
  readonly rootfs: string;
  /** Where logs may be written. */
  readonly scratch: string;
  /** Names of what is left of tasks on this machine. */
  readonly leftovers: () => string[];
  /** Another runtime on the same run directory, as a new engine opens it. */
  readonly reopen: () => Promise<Runtime>;
  /** A program that, run with node and a container's id, creates it with `sleep 1000` and starts it unless told `created`, prints a line and waits. */
  readonly otherEngine: (id: ContainerId, mode: "running" | "created" | "exits") => { readonly file: string; readonly args: readonly string[] };
}

/** What every {@link Runtime} must do. */
export function runtimeSuite(open: () => Promise<RuntimeUnderTest>): void {
  let under: RuntimeUnderTest;
  let runtime: Runtime;

  beforeAll(async () => {
    under = await open();
    runtime = under.runtime;
    await runtime.adopt();
  });
  afterAll(async () => {
    await runtime.close();
  });

  function specOf(args: readonly string[], hostConfig: SpecHostConfig = {}, tty = false): RuntimeSpec {
    return buildSpec({
      hostConfig, args, env: ["PATH=/bin"], cwd: "", user: { uid: 0, gid: 0 }, tty, rootfs: under.rootfs, hostname: "box", domainname: "", mounts: [], devices: [],
      network: "private", capabilities: runtime.capabilities, ownLimits: ownHardLimits(), initProgram: findInit(),
    });
  }

  function exitOf(id: ContainerId): Promise<TaskExit> {
    return new Promise((resolve) => {
      const subscription = runtime.onDidExit((exit) => {
        if (exit.id !== id) return;
        subscription[Symbol.dispose]();
        resolve(exit);
      });
    });
  }

  /** Creates a container, with all that is left of it removed at the end. */
  async function create(script: string | readonly string[], options: Partial<CreateTask> & { readonly host?: SpecHostConfig } = {}): Promise<{ id: ContainerId; exit: Promise<TaskExit> } & AsyncDisposable> {
    const id = newId<ContainerId>();
    const exit = exitOf(id);
    const args = typeof script === "string" ? ["/bin/sh", "-c", script] : script;
    await runtime.create({ id, spec: specOf(args, options.host, options.tty), logPath: null, tty: false, openStdin: false, stdinOnce: false, ...options });
    return { id, exit, [Symbol.asyncDispose]: () => runtime.delete(id, { force: true }) };
  }

  async function outputOf(stdio: StdioAttachment): Promise<{ stdout: string; stderr: string }> {
    const parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    for await (const { stream, data } of stdio.output) parts[stream].push(data.slice());
    return { stdout: Buffer.concat(parts.stdout).toString(), stderr: Buffer.concat(parts.stderr).toString() };
  }

  it("refuses a root whose /dev, /proc or /sys is a link, and writes nothing outside", async () => {
    const outside = join(under.scratch, "outside");
    mkdirSync(outside, { recursive: true });
    for (const name of ["dev", "proc", "sys"]) {
      const rootfs = join(under.scratch, `linked-${name}`);
      mkdirSync(rootfs);
      symlinkSync(outside, join(rootfs, name));
      const spec = specOf(["true"]);
      const created = runtime.create({ id: newId<ContainerId>(), spec: { ...spec, root: { ...spec.root, path: rootfs } }, logPath: null, tty: false, openStdin: false, stdinOnce: false });
      await expect(created).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining(`/${name} of the image is a symbolic link`) as string });
    }
    expect(readdirSync(outside)).toEqual([]);
  });

  describe("a task", () => {
    it("waits at the gate, runs, and ends with its exit code", async () => {
      await using task = await create("echo out; echo err >&2; exit 7");
      expect(await runtime.state(task.id)).toMatchObject({ status: "created", exit: null, startedAt: null });
      const output = outputOf(await runtime.attach(task.id));
      await runtime.start(task.id);
      expect(await task.exit).toMatchObject({ id: task.id, exitCode: 7, oomKilled: false });
      expect(await output).toEqual({ stdout: "out\n", stderr: "err\n" });
      expect(await runtime.state(task.id)).toMatchObject({ status: "stopped", pid: 0, exit: { exitCode: 7 } });
    });

    it("loses no byte of much output, in the log either", async () => {
      const logPath = join(under.scratch, "much");
      await using task = await create("seq 1 100000; echo done >&2", { logPath });
      const output = outputOf(await runtime.attach(task.id));
      await runtime.start(task.id);
      await task.exit;
      const { stdout, stderr } = await output;
      expect(stdout.split("\n")).toHaveLength(100_001);
      expect(stdout.endsWith("99999\n100000\n")).toBe(true);
      expect(stderr).toBe("done\n");
      const log = readFileSync(logPath, "utf8");
      expect(log.match(/^\S+ std(out|err) F /gm)).toHaveLength(100_001);
      expect(log).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+00:00 stdout F 1\n/);
    });

    it("has a terminal that can be resized", async () => {
      await using task = await create("sleep 0.1; while read line; do stty size; test \"$line\" = end && exit 3; done", { tty: true, openStdin: true, stdinOnce: true });
      const stdio = await runtime.attach(task.id, { stdin: true });
      const output = outputOf(stdio);
      await runtime.start(task.id);
      await runtime.resize(task.id, 120, 40);
      await sleep(150);
      await stdio.writeStdin(Buffer.from("end\n"));
      expect(await task.exit).toMatchObject({ exitCode: 3 });
      expect((await output).stdout).toContain("40 120\r\n");
    });

    it("reads stdin to its end when the only client closes it", async () => {
      await using task = await create(["/bin/cat"], { openStdin: true, stdinOnce: true });
      const stdio = await runtime.attach(task.id, { stdin: true });
      const output = outputOf(stdio);
      await runtime.start(task.id);
      const text = "line\n".repeat(50_000);
      await stdio.writeStdin(Buffer.from(text));
      await stdio.closeStdin();
      expect(await task.exit).toMatchObject({ exitCode: 0 });
      expect((await output).stdout).toBe(text);
    });

    it("keeps stdin open for the next client unless told otherwise", async () => {
      await using task = await create("while read line; do echo got $line; test $line = end && exit 4; done; exit 5", { openStdin: true, stdinOnce: false });
      const first = await runtime.attach(task.id, { stdin: true });
      await runtime.start(task.id);
      await first.writeStdin(Buffer.from("one\n"));
      for await (const { data } of first.output) {
        expect(Buffer.from(data).toString()).toBe("got one\n");
        break;
      }
      first.detach();
      const second = await runtime.attach(task.id, { stdin: true });
      await second.writeStdin(Buffer.from("end\n"));
      expect(await task.exit).toMatchObject({ exitCode: 4 });
    });

    it("does not close stdin when a client that only watched leaves", async () => {
      await using task = await create("read line; echo got $line; exit 6", { openStdin: true, stdinOnce: true });
      const writer = await runtime.attach(task.id, { stdin: true });
      const watcher = await runtime.attach(task.id);
      await runtime.start(task.id);
      watcher.detach();
      await sleep(50);
      await writer.writeStdin(Buffer.from("x\n"));
      expect(await task.exit).toMatchObject({ exitCode: 6 });
      await expect(watcher.writeStdin(Buffer.from("y"))).rejects.toMatchObject({ code: "conflict" });
    });

    it("ends by signals", async () => {
      await using task = await create("trap 'exit 9' TERM; while true; do sleep 0.02; done");
      await runtime.start(task.id);
      await sleep(100);
      await runtime.kill(task.id, 15);
      expect(await task.exit).toMatchObject({ exitCode: 9 });
      await expect(runtime.kill(task.id, 15)).rejects.toMatchObject({ code: "notFound" });
      await expect(runtime.attach(task.id)).rejects.toMatchObject({ code: "notFound" });

      await using killed = await create("sleep 1000");
      await runtime.start(killed.id);
      await runtime.kill(killed.id, 9, true);
      expect(await killed.exit).toMatchObject({ exitCode: 137 });
    });

    it("refuses what is out of order", async () => {
      await using task = await create("sleep 1000");
      await expect(runtime.create({ id: task.id, spec: specOf(["/bin/true"]), logPath: null, tty: false, openStdin: false, stdinOnce: false })).rejects.toMatchObject({ code: "conflict" });
      await runtime.start(task.id);
      await expect(runtime.start(task.id)).rejects.toMatchObject({ code: "notModified" });
      await expect(runtime.delete(task.id)).rejects.toMatchObject({ code: "conflict" });
      await expect(runtime.resize(task.id, 1, 1)).rejects.toMatchObject({ code: "invalidArgument" });
      const unknown = newId<ContainerId>();
      await expect(runtime.start(unknown)).rejects.toMatchObject({ code: "notFound" });
      expect(await runtime.state(unknown)).toBeNull();
      await runtime.delete(unknown);
    });

    it("says why it cannot be made, and leaves nothing", async () => {
      const before = under.leftovers();
      await expect(create(["/nope"])).rejects.toMatchObject({ code: "commandNotFound" });
      await expect(create(["nope"])).rejects.toMatchObject({ code: "commandNotFound", message: expect.stringContaining("executable file") as string });
      await expect(create(["/etc"])).rejects.toMatchObject({ code: "commandNotExecutable" });
      await expect(create(["/nope"], { tty: true })).rejects.toMatchObject({ code: "commandNotFound" });
      const stopped = new AbortController();
      const id = newId<ContainerId>();
      const cancelled = runtime.create({ id, spec: specOf(["/bin/true"]), logPath: null, tty: false, openStdin: false, stdinOnce: false }, { signal: stopped.signal });
      setTimeout(() => stopped.abort(), 8);
      await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
      expect(under.leftovers()).toEqual(before);
    });

    it("leaves nothing when deleted, and its id can be used again at once", async () => {
      const before = under.leftovers();
      const id = newId<ContainerId>();
      for (let round = 0; round < 3; round++) {
        const exit = exitOf(id);
        await runtime.create({ id, spec: specOf(["/bin/true"]), logPath: null, tty: false, openStdin: false, stdinOnce: false });
        const output = outputOf(await runtime.attach(id));
        await runtime.start(id);
        expect(await exit).toMatchObject({ exitCode: 0 });
        await output;
        await runtime.delete(id);
      }
      expect(under.leftovers()).toEqual(before);
    });

    it("runs beside many others", async () => {
      const codes = await Promise.all([...Array(8).keys()].map(async (code) => {
        await using task = await create(`exit ${code}`);
        await runtime.start(task.id);
        return (await task.exit).exitCode;
      }));
      expect(codes).toEqual([...Array(8).keys()]);
    });

    it("can be paused", async (context) => {
      if (!runtime.capabilities.controllers.has("freezer")) {
        await using task = await create("sleep 1000");
        await runtime.start(task.id);
        await expect(runtime.pause(task.id)).rejects.toMatchObject({ code: "notImplemented" });
        return context.skip("no freezer here");
      }
      await using task = await create("sleep 1000");
      await runtime.start(task.id);
      await runtime.pause(task.id);
      expect(await runtime.state(task.id)).toMatchObject({ status: "paused" });
      await runtime.resume(task.id);
      expect(await runtime.state(task.id)).toMatchObject({ status: "running" });
      await runtime.pause(task.id);
    });

    it("is told apart when memory ran out", async (context) => {
      if (!runtime.capabilities.controllers.has("memory")) return context.skip("no memory cgroup here");
      await using task = await create("sleep 0.1; x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; done", { host: { Memory: 12 << 20, MemorySwap: 12 << 20 } });
      let told = 0;
      using _ = runtime.onDidRunOutOfMemory((id) => void (told += id === task.id ? 1 : 0));
      await runtime.start(task.id);
      expect(await task.exit).toMatchObject({ exitCode: 137, oomKilled: true });
      expect(told).toBe(1);
    });

    it("counts what it uses and takes new limits", async () => {
      await using task = await create("x=0; while test $x -lt 20000; do x=$((x+1)); done; sleep 1000");
      await runtime.start(task.id);
      await sleep(400);
      const stats = await runtime.stats(task.id);
      expect(stats.cpu.totalNs).toBeGreaterThan(1_000_000);
      expect(stats.memory.usage).toBeGreaterThan(0);
      expect(stats.memory.limit).toBeGreaterThan(stats.memory.usage);
      expect(stats.pids.current).toBeGreaterThan(0);
      expect(await runtime.processes(task.id)).toContain((await runtime.state(task.id))!.pid);
      if (runtime.capabilities.controllers.has("pids")) {
        await runtime.update(task.id, { pidsLimit: 17, memory: { limit: 64 << 20, swap: 128 << 20 }, cpu: { quota: 50_000, period: 100_000 } });
        await runtime.update(task.id, { memory: { limit: 32 << 20, swap: 64 << 20 } });
        const updated = await runtime.stats(task.id);
        expect(updated.pids.limit).toBe(17);
        expect(updated.memory.limit).toBe(32 << 20);
      } else {
        await expect(runtime.update(task.id, { pidsLimit: 17 })).rejects.toMatchObject({ code: "invalidArgument" });
      }
    });

    it("tells its processor time until it is deleted", async () => {
      await using task = await create("x=0; while test $x -lt 20000; do x=$((x+1)); done");
      const before = await runtime.cpuTime(task.id);
      await runtime.start(task.id);
      await task.exit;
      const after = await runtime.cpuTime(task.id);
      if (runtime.capabilities.cgroupDriver === "none") expect([before, after]).toEqual([null, null]);
      else expect(after! - before!).toBeGreaterThan(1_000_000);
      await runtime.delete(task.id);
      await expect(runtime.cpuTime(task.id)).rejects.toMatchObject({ code: "notFound" });
    });

    it("writes on into a new log file when asked", async () => {
      const logPath = join(under.scratch, "rotated");
      await using task = await create("echo one; read x; echo two", { logPath, openStdin: true });
      const stdio = await runtime.attach(task.id, { stdin: true });
      await runtime.start(task.id);
      while (!existsSync(logPath) || !readFileSync(logPath, "utf8").includes("one")) await sleep(10);
      renameSync(logPath, `${logPath}.1`);
      await runtime.reopenLog(task.id);
      while (!existsSync(logPath)) await sleep(10);
      await stdio.writeStdin(Buffer.from("go\n"));
      await task.exit;
      expect(readFileSync(`${logPath}.1`, "utf8")).toMatch(/ stdout F one\n$/);
      expect(readFileSync(logPath, "utf8")).toMatch(/ stdout F two\n$/);
    });

    it("ends with its conmon", async () => {
      await using task = await create("sleep 1000");
      await runtime.start(task.id);
      const { pid } = (await runtime.state(task.id))!;
      const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
      expect(readFileSync(`/proc/${parent}/comm`, "utf8")).toBe("conmon\n");
      process.kill(parent, "SIGKILL");
      expect(await task.exit).toMatchObject({ exitCode: 137 });
      expect(isAlive(pid)).toBe(false);
    });
  });

  it("expects processes without moving its own", async () => {
    const before = readFileSync("/proc/self/cgroup", "utf8");
    runtime.expectProcess();
    await using task = await create("sleep 1000");
    runtime.expectProcess();
    await runtime.start(task.id);
    await sleep(100);
    expect(readFileSync("/proc/self/cgroup", "utf8")).toBe(before);
    expect(await runtime.state(task.id)).toMatchObject({ status: "running" });
  });

  describe("an exec", () => {
    function processOf(args: readonly string[], { tty = false, uid = 0 } = {}): SpecProcess {
      return buildExecProcess({ args, env: ["PATH=/bin"], cwd: "/", user: { uid, gid: uid }, tty, privileged: false, hostConfig: {}, capabilities: runtime.capabilities, ownLimits: ownHardLimits() });
    }

    async function exec(id: ContainerId, args: readonly string[], options: { readonly tty?: boolean; readonly uid?: number; readonly stdin?: string; readonly detached?: boolean } = {}): Promise<{ code: number; stdout: string; stderr: string }> {
      const tty = options.tty ?? false;
      const running = await runtime.exec(id, { execId: newId<ExecId>(), process: processOf(args, { tty, uid: options.uid ?? 0 }), tty, openStdin: options.stdin !== undefined }, { detached: options.detached ?? false });
      if (tty) await running.resize(99, 33);
      if (options.stdin !== undefined) {
        await running.stdio!.writeStdin(Buffer.from(options.stdin));
        if (!tty) await running.stdio!.closeStdin();
      }
      const output = running.stdio === null ? { stdout: "", stderr: "" } : await outputOf(running.stdio);
      return { code: await running.exited, ...output };
    }

    it("runs in the container and tells its exit code", async () => {
      await using task = await create("sleep 1000");
      await runtime.start(task.id);
      expect(await exec(task.id, ["/bin/sh", "-c", "hostname; echo err >&2; exit 5"])).toEqual({ code: 5, stdout: "box\n", stderr: "err\n" });
      expect(await exec(task.id, ["/bin/cat"], { stdin: "through" })).toEqual({ code: 0, stdout: "through", stderr: "" });
      expect(await exec(task.id, ["/bin/sh", "-c", "kill -9 $$"])).toMatchObject({ code: 137 });
      expect(await exec(task.id, ["/bin/sh", "-c", "exit 8"], { detached: true })).toMatchObject({ code: 8 });
      const terminal = await exec(task.id, ["/bin/sh"], { tty: true, stdin: "sleep 0.1; stty size; exit 2\n" });
      expect(terminal.code).toBe(2);
      expect(terminal.stdout).toContain("33 99");
      expect((await exec(task.id, ["/bin/seq", "1", "50000"])).stdout.split("\n")).toHaveLength(50_001);
      expect(readdirSync(join(under.scratch, "..", "run", "tasks", task.id, "exec"))).toEqual([]);
    });

    it("passes much data both ways at the reader's pace", async () => {
      await using task = await create("sleep 1000");
      await runtime.start(task.id);
      const running = await runtime.exec(task.id, { execId: newId<ExecId>(), process: processOf(["/bin/cat"]), tty: false, openStdin: true });
      const input = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));
      const written = running.stdio!.writeStdin(input).then(() => running.stdio!.closeStdin());
      const received: Uint8Array[] = [];
      for await (const { data } of running.stdio!.output) {
        if (received.push(data) < 5) await sleep(50);
      }
      await written;
      expect(Buffer.concat(received).equals(input)).toBe(true);
      expect(await running.exited).toBe(0);
    });

    it("ends with its own process, though one that it left behind holds the output open", async () => {
      await using task = await create("sleep 1000");
      await runtime.start(task.id);
      const start = performance.now();
      expect(await exec(task.id, ["/bin/sh", "-c", "sleep 20 & echo left"])).toEqual({ code: 0, stdout: "left\n", stderr: "" });
      expect(performance.now() - start).toBeLessThan(10_000);
    });

    it("goes on when its client leaves, and its input ends", async () => {
      await using task = await create("sleep 1000");
      await runtime.start(task.id);
      const running = await runtime.exec(task.id, { execId: newId<ExecId>(), process: processOf(["/bin/sh", "-c", "cat; /bin/seq 1 100000; exit 4"]), tty: false, openStdin: true });
      running.stdio!.detach();
      expect(await running.exited).toBe(4);
    });

    it("lets a user other than root open its own output", async () => {
      await using task = await create("sleep 1000");
      await runtime.start(task.id);
      expect(await exec(task.id, ["/bin/sh", "-c", "echo out > /dev/stdout; echo err > /dev/stderr"], { uid: 1000 })).toEqual({ code: 0, stdout: "out\n", stderr: "err\n" });
    });

    it("says why it cannot start", async () => {
      await using task = await create("sleep 1000");
      await runtime.start(task.id);
      await expect(exec(task.id, ["nope"])).rejects.toMatchObject({ code: "commandNotFound" });
      await expect(exec(task.id, ["nope"], { tty: true })).rejects.toMatchObject({ code: "commandNotFound" });
      await expect(exec(task.id, ["nope"], { detached: true })).rejects.toMatchObject({ code: "commandNotFound" });
      await expect(exec(task.id, ["/etc"])).rejects.toMatchObject({ code: "commandNotExecutable" });
      await expect(exec(newId<ContainerId>(), ["/bin/true"])).rejects.toMatchObject({ code: "notFound" });
    });
  });

  describe("adoption", () => {
    /** Lets an engine of its own create a task and be killed. */
    async function killedEngine(mode: "running" | "created" | "exits"): Promise<ContainerId> {
      const id = newId<ContainerId>();
      const { file, args } = under.otherEngine(id, mode);
      const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      child.kill("SIGKILL");
      await once(child, "exit");
      return id;
    }

    const bundleOf = (id: ContainerId): string => join(under.scratch, "..", "run", "tasks", id);

    it("finds running, created and ended tasks of an engine that was killed", async () => {
      const running = await killedEngine("running");
      const created = await killedEngine("created");
      const ended = await killedEngine("exits");
      await sleep(300);
      const next = await under.reopen();
      const tasks = await next.adopt();
      expect(tasks.get(running)).toMatchObject({ status: "running", exit: null, startedAt: expect.any(Date) as Date });
      expect(tasks.get(created)).toMatchObject({ status: "created", startedAt: null });
      expect(tasks.get(ended)).toMatchObject({ status: "stopped", exit: { exitCode: 12 } });

      const ends = new Map<ContainerId, number>();
      using _ = next.onDidExit(({ id, exitCode }) => void ends.set(id, exitCode));
      const output = outputOf(await next.attach(created));
      await next.start(created);
      await output;
      await next.kill(running, 9);
      while (ends.size < 2) await sleep(10);
      expect(ends).toEqual(new Map([[created, 0], [running, 137]]));
      for (const id of [running, created, ended]) await next.delete(id);
      await next.close();
      expect(under.leftovers()).toEqual([]);
    });

    it("takes a task whose end nobody will tell for ended: its clearing was cut short", async () => {
      const id = await killedEngine("exits");
      const exitFile = join(bundleOf(id), id);
      while (!existsSync(exitFile)) await sleep(10);
      rmSync(exitFile);
      const next = await under.reopen();
      expect((await next.adopt()).get(id)).toMatchObject({ status: "stopped", exit: { exitCode: 137 } });
      await next.delete(id);
      await next.close();
      expect(under.leftovers()).toEqual([]);
    });

    it("does not wait at the gate for a process that has passed it", async () => {
      const id = await killedEngine("running");
      const gate = join(under.scratch, "..", "run", "oci", id, "exec.fifo");
      mknod(gate, S_IFIFO | 0o622);
      const next = await under.reopen();
      expect((await next.adopt()).get(id)).toMatchObject({ status: "running" });
      expect(existsSync(gate)).toBe(false);
      await next.delete(id, { force: true });
      await next.close();
      expect(under.leftovers()).toEqual([]);
    }, 8_000);

    it.each(["config.json", "alive", "ctl", "pid"])("clears away what was half made when %s was there", async (file) => {
      const id = newId<ContainerId>();
      const { file: program, args } = under.otherEngine(id, "created");
      const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
      while (!existsSync(join(bundleOf(id), file))) await sleep(1);
      child.kill("SIGKILL");
      await once(child, "exit");
      const next = await under.reopen();
      await next.adopt();
      await next.delete(id, { force: true });
      await next.close();
      await sleep(200);
      expect(under.leftovers()).toEqual([]);
    });
  });

}
