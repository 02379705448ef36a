import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { sleep } from "../base/abort.ts";
import { isAlive } from "./processes.ts";
import { adoptOrphan, becomeSubreaper, spawnProcess } from "./spawn.ts";

const nothing = openSync("/dev/null", constants.O_RDWR);
const ENV = { PATH: "/usr/bin:/bin" };

function shell(script: string, fds: readonly (number | "reads" | "writes")[] = [nothing, "writes", nothing], cwd?: string): ReturnType<typeof spawnProcess> {
  return spawnProcess("/bin/sh", ["-c", script], { env: ENV, fds, cwd });
}

async function textOf(fd: number): Promise<string> {
  let text = "";
  for await (const chunk of new Socket({ fd, readable: true, writable: false })) text += String(chunk);
  return text;
}

/** Polls, as a process' end is not announced to those who are not its parent. */
async function gone(pid: number): Promise<boolean> {
  for (let round = 0; round < 500; round++) {
    // Its zombie has a directory in /proc still.
    try {
      readFileSync(`/proc/${pid}/stat`);
    } catch {
      return true;
    }
    await sleep(10);
  }
  return false;
}

describe("spawnProcess", () => {
  it("hands over arguments, environment, folder and output, and tells the exit code", async () => {
    const child = spawnProcess("/bin/sh", ["-c", 'echo "$0|$1|$A|$HOME"; pwd; exit 3', "zero", "a b"], { env: { A: "x y" }, cwd: "/usr", fds: [nothing, "writes", nothing] });
    expect(child.pipes.map((fd) => typeof fd)).toEqual(["undefined", "number", "undefined"]);
    expect(await textOf(child.pipes[1]!)).toBe("zero|a b|x y|\n/usr\n");
    expect(await child.exited).toBe(3);
  });

  it("gives the child the descriptors named, no others, and no signal ignored", async () => {
    const extra = openSync("/usr", constants.O_RDONLY);
    const child = shell("readlink /proc/self/fd/4; ls /proc/self/fd | tr '\\n' ' '; grep -E 'Sig(Ign|Blk)' /proc/self/status", [nothing, "writes", nothing, nothing, extra]);
    const [folder, open, ...signals] = (await textOf(child.pipes[1]!)).trim().split(/\n|(?=SigBlk)/);
    expect(folder).toBe("/usr");
    // ls itself opens one, at the first free number. What this very process was started with is not ours to close.
    expect(open!.trim().split(" ").map(Number).filter((fd) => fd < 6)).toEqual([0, 1, 2, 3, 4, 5]);
    const bits = signals.map((line) => BigInt(`0x${line.split(/\s+/)[1]!}`) & 0x7fff_ffffn);
    expect(bits).toEqual([0n, 0n]);
    closeSync(extra);
    expect(await child.exited).toBe(0);
  });

  it("maps descriptors whose numbers collide", async () => {
    // Put in place one by one, the child's 0 would be gone when its turn comes to be the child's 2.
    const child = shell("exec readlink /proc/self/fd/0 /proc/self/fd/3", [2, "writes", 0, 1]);
    const own = (fd: number): Promise<string> => textOf(shell(`readlink /proc/${process.pid}/fd/${fd}`).pipes[1]!);
    expect(await textOf(child.pipes[1]!)).toBe((await own(2)) + (await own(1)));
  });

  it("writes to a child that reads", async () => {
    const child = shell("cat", ["reads", "writes", nothing]);
    writeSync(child.pipes[0]!, "through");
    closeSync(child.pipes[0]!);
    expect(await textOf(child.pipes[1]!)).toBe("through");
  });

  it("tells a signal's end as 128 and its number, and kills nobody afterwards", async () => {
    const child = spawnProcess("/bin/sleep", ["100"], { env: ENV, fds: [nothing, nothing, nothing] });
    child.kill("SIGTERM");
    expect(await child.exited).toBe(143);
    expect(() => child.kill("SIGTERM")).not.toThrow();
  });

  it("fails by what the kernel says, and leaves no pipe open", () => {
    const open = (): number => openSync("/dev/null", constants.O_RDONLY);
    const before = open();
    closeSync(before);
    expect(() => spawnProcess("/nope", [], { env: {}, fds: ["reads", "writes"] })).toThrow(expect.objectContaining({ code: "ENOENT", message: expect.stringContaining("/nope") as string }));
    expect(() => spawnProcess("/etc/passwd", [], { env: {}, fds: ["reads", "writes"] })).toThrow(expect.objectContaining({ code: "EACCES" }));
    const after = open();
    closeSync(after);
    expect(after).toBe(before);
  });

  it("misses no end of a hundred that end at once", async () => {
    const codes = await Promise.all(Array.from({ length: 100 }, (_, index) => shell(`exit ${index}`, [nothing, nothing, nothing]).exited));
    expect(codes).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });
});

describe("a subreaper", () => {
  it("gets the exit code of an orphan, also of one that has ended already", async () => {
    becomeSubreaper();
    for (const first of ["adopted", "ended"]) {
      // A child that ends while its shell still runs may be reaped by that.
      const parent = shell("sh -c 'sleep 0.3; exit 9' >/dev/null & echo $!");
      const orphan = Number(await textOf(parent.pipes[1]!));
      expect(await parent.exited).toBe(0);
      if (first === "ended") await expect.poll(() => isAlive(orphan), { interval: 2 }).toBe(false);
      expect(await adoptOrphan(orphan)).toBe(9);
    }
  });

  it("buries orphans that nobody adopts", async () => {
    becomeSubreaper();
    const parent = shell("for i in 1 2 3; do sleep 0.1 >/dev/null & echo $!; done");
    const orphans = (await textOf(parent.pipes[1]!)).trim().split("\n").map(Number);
    expect(orphans).toHaveLength(3);
    expect(orphans.some((pid) => isAlive(pid))).toBe(true);
    for (const pid of orphans) expect(await gone(pid)).toBe(true);
  });

  it("knows the exit code of one that was buried before it was adopted", async () => {
    becomeSubreaper();
    const parent = shell("(sleep 0.3; exit 9) >/dev/null & echo $!");
    const orphan = Number(await textOf(parent.pipes[1]!));
    expect(await gone(orphan)).toBe(true);
    expect(await adoptOrphan(orphan)).toBe(9);
    expect(await adoptOrphan(orphan)).toBe(137);
  });

  it("leaves alone what a busy thread has started itself, and the thread learns of its end", async () => {
    becomeSubreaper();
    const code = `
      const { spawn } = require("node:child_process");
      const { parentPort } = require("node:worker_threads");
      spawn("/bin/sh", ["-c", "exit 7"], { stdio: "ignore" }).once("exit", (code) => parentPort.postMessage(code));
      // For ten burials it does not look.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    `;
    const worker = new Worker(code, { eval: true });
    expect(await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject).once("exit", () => reject(new Error("the thread ended"))))).toBe(7);
    await worker.terminate();
  });

  it("reports 137 for a process that is no child", async () => {
    expect(await adoptOrphan(1)).toBe(137);
  });
});
