import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../../e2e/fixtures/exec.ts";
import type { Result } from "../../e2e/fixtures/exec.ts";
import { ensureTestUser } from "../../e2e/fixtures/users.ts";
import type { TestUser } from "../../e2e/fixtures/users.ts";
import { sleep } from "../base/abort.ts";
import { isAlive } from "../sys/processes.ts";

const SLIPWAY = fileURLToPath(new URL("testing/slipway.ts", import.meta.url));
const STAND_IN = fileURLToPath(new URL("testing/stand-in.ts", import.meta.url));

interface Seen {
  readonly pid: number;
  readonly uid: number;
  readonly uidMap: string;
  readonly mountNamespace: string;
  readonly networkNamespace: string;
  /** The run directory without symbolic links. */
  readonly run: string;
  readonly rootlessState: string | null;
  readonly path: string;
}

let folder: string;
let user: TestUser | undefined;
const strays: number[] = [];

function flags(): string[] {
  return ["--root", join(folder, "root"), "--run", join(folder, "run")];
}

/** Command, arguments and environment of `slipway ...args` as the test's user. */
function commandLine(args: readonly string[]): { file: string; args: string[]; env: Record<string, string> } {
  const command = [process.execPath, SLIPWAY, STAND_IN, ...args];
  const env = { HOME: folder, XDG_RUNTIME_DIR: folder, NODE_OPTIONS: "", PATH: "/usr/bin:/bin" };
  if (user === undefined) return { file: process.execPath, args: command.slice(1), env };
  return { file: "setpriv", args: [`--reuid=${String(user.uid)}`, `--regid=${String(user.gid)}`, "--init-groups", "--", ...command], env };
}

function slipway(...args: string[]): Promise<Result> {
  const line = commandLine(args);
  return run(line.file, line.args, { env: line.env, cwd: "/" });
}

async function ask(question: string): Promise<string> {
  const socket = connect(join(folder, "run/slipway.sock"));
  socket.write(`${question}\n`);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

async function look(): Promise<Seen> {
  return JSON.parse(await ask("look")) as Seen;
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let left = 500; !condition(); left--) {
    if (left === 0) throw new Error(`${what} did not happen`);
    await sleep(10);
  }
}

/** Processes whose command line names the test's folder. */
function processesLeft(): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid || !isAlive(Number(pid))) return [];
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return line.includes(folder) ? [`${pid} ${line}`] : [];
    } catch {
      return [];
    }
  });
}

describe.each(["root", "normal user"])("as %s", (who) => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "slipway-launch-"));
    chmodSync(folder, 0o700);
    user = undefined;
    if (who === "root") return;
    user = await ensureTestUser();
    // A container that runs the tests often keeps the device to root; everywhere else udev opens it to all.
    chmodSync("/dev/net/tun", 0o666);
    chownSync(folder, user.uid, user.gid);
  });

  afterEach(async () => {
    for (const pid of strays.splice(0)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    await slipway("engine", "stop", ...flags());
    expect(processesLeft()).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test("start, status and stop", async () => {
    expect(await slipway("engine", "status", ...flags())).toMatchObject({ code: 3, stdout: "not running\n" });
    const started = await slipway("engine", "start", ...flags());
    expect(started).toMatchObject({ code: 0, stdout: `listening on unix://${folder}/run/slipway.sock\n`, stderr: "" });
    const seen = await look();
    const status = JSON.parse((await slipway("engine", "status", "--json", ...flags())).stdout) as Record<string, unknown>;
    expect(status).toEqual({ running: true, pid: seen.pid, socket: join(folder, "run/slipway.sock"), root: join(folder, "root"), run: join(folder, "run"), rootless: who !== "root" });
    expect(seen.uid).toBe(0);
    expect(seen.path.split(":")).toContain("/usr/sbin");
    if (user !== undefined) {
      expect(seen.uidMap).toContain(String(user.uid));
      expect(seen.rootlessState).toBe(join(folder, "run/holder"));
      expect(existsSync(join(folder, "run/holder/api.sock"))).toBe(true);
    }
    for (const directory of ["root", "run"]) expect(statSync(join(folder, directory)).mode & 0o777).toBe(0o700);
    expect(await slipway("engine", "stop", ...flags())).toMatchObject({ code: 0, stdout: "the engine has stopped\n" });
    expect(processesLeft()).toEqual([]);
    expect(await slipway("engine", "stop", ...flags())).toMatchObject({ code: 0, stdout: "the engine was not running\n" });
  });

  test("a second start finds the first, also at the same moment", async () => {
    const results = await Promise.all([slipway("engine", "start", ...flags()), slipway("engine", "start", ...flags()), slipway("engine", "start", ...flags())]);
    expect(results.map((result) => result.code)).toEqual([0, 0, 0]);
    expect(processesLeft().filter((line) => line.includes("stand-in.ts"))).toHaveLength(1);
  });

  test("a second engine on the same data root is refused with the first one's pid", async () => {
    await slipway("engine", "start", ...flags());
    const { pid } = await look();
    const second = await slipway("engine", "--root", join(folder, "root"), "--run", join(folder, "run2"));
    expect(second.code).toBe(4);
    expect(second.stderr).toBe(`slipway: another engine (pid ${String(pid)}) already uses ${folder}/root: stop it with \`slipway engine stop\`, or give this one a folder of its own with --root\n`);
  });

  test("in the foreground it prints its address, and SIGTERM stops it", async () => {
    const line = commandLine(["engine", ...flags()]);
    const child = spawn(line.file, line.args, { env: line.env, stdio: ["ignore", "pipe", "inherit"], cwd: "/" });
    const [text] = await once(child.stdout, "data") as [Buffer];
    expect(text.toString()).toBe(`listening on unix://${folder}/run/slipway.sock\n`);
    // As root the command becomes the engine: no process waits beside it.
    const { pid } = await look();
    if (who === "root") expect(pid).toBe(child.pid);
    child.kill("SIGTERM");
    const [code] = await once(child, "exit") as [number];
    expect(code).toBe(0);
    expect(processesLeft()).toEqual([]);
  });

  test.runIf(who !== "root")("in the foreground it says by what it was ended", async () => {
    const line = commandLine(["engine", ...flags()]);
    const child = spawn(line.file, line.args, { env: line.env, stdio: ["ignore", "pipe", "pipe"], cwd: "/" });
    await once(child.stdout, "data");
    process.kill((await look()).pid, "SIGKILL");
    const [words] = await once(child.stderr, "data") as [Buffer];
    expect(words.toString()).toBe("slipway: the engine was ended by SIGKILL: its containers go on, and the engine that is started next takes them over\n");
    expect(await once(child, "exit")).toEqual([6, null]);
    expect(processesLeft()).toEqual([]);
  });

  test("containers outlive a killed engine, and the next engine finds the same namespaces", async () => {
    await slipway("engine", "start", ...flags());
    const first = await look();
    const conmon = Number(await ask("conmon"));
    strays.push(conmon);
    process.kill(first.pid, "SIGKILL");
    await until("the end of the engine", () => !isAlive(first.pid));
    expect(isAlive(conmon)).toBe(true);
    expect(await slipway("engine", "start", ...flags())).toMatchObject({ code: 0 });
    const second = await look();
    expect(second.pid).not.toBe(first.pid);
    expect([second.mountNamespace, second.networkNamespace]).toEqual([first.mountNamespace, first.networkNamespace]);
    const stopped = await slipway("engine", "stop", ...flags());
    expect(isAlive(conmon)).toBe(true);
    if (who === "root") return;
    expect(stopped.stdout).toBe("the engine has stopped, its containers go on\n");
    await slipway("engine", "start", ...flags());
    expect((await look()).networkNamespace).toBe(first.networkNamespace);
    process.kill(conmon, "SIGKILL");
    await until("the end of the container", () => !isAlive(conmon));
    expect((await slipway("engine", "stop", ...flags())).stdout).toBe("the engine has stopped\n");
    expect(processesLeft()).toEqual([]);
  });

  test("an engine that does not start says why, and leaves nothing behind", async () => {
    mkdirSync(join(folder, "root"), { mode: 0o700 });
    writeFileSync(join(folder, "root/refuse"), "");
    if (user !== undefined) chownSync(join(folder, "root"), user.uid, user.gid);
    const result = await slipway("engine", "start", ...flags());
    expect(result.code).toBe(6);
    expect(result.stderr).toBe(`slipway: the engine did not start: the database is damaged\n(its log is ${folder}/run/engine.log)\n`);
    expect(processesLeft()).toEqual([]);
  });

  test("a directory of somebody else is not used", async () => {
    mkdirSync(join(folder, "root"));
    chownSync(join(folder, "root"), 12345, 12345);
    const result = await slipway("engine", "start", ...flags());
    expect(result.code).toBe(5);
    expect(result.stderr).toMatch(/^slipway: .+\/root belongs to user 12345, not to you/);
  });

  test.runIf(who !== "root")("a run directory below /run, as a login gives it, is no symbolic link inside", async () => {
    // One level down, as in /run/user/UID.
    const below = mkdtempSync("/run/slipway-launch-");
    try {
      chmodSync(below, 0o755);
      mkdirSync(join(below, "user"));
      chownSync(join(below, "user"), user!.uid, user!.gid);
      const run = join(below, "user/slipway");
      const own = ["--root", join(folder, "root"), "--run", run, "--socket", join(folder, "run/slipway.sock")];
      mkdirSync(join(folder, "run"));
      chownSync(join(folder, "run"), user!.uid, user!.gid);
      expect(await slipway("engine", "start", ...own)).toMatchObject({ code: 0, stderr: "" });
      expect((await look()).run).toBe(run);
      expect(await slipway("engine", "stop", ...own)).toMatchObject({ code: 0 });
    } finally {
      rmSync(below, { recursive: true });
    }
  });

  test.runIf(who !== "root")("a holder whose rootlesskit was killed is replaced", async () => {
    await slipway("engine", "start", ...flags());
    const first = await look();
    const holder = Number(readFileSync(join(folder, "run/holder/child_pid"), "utf8"));
    const rootlesskit = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${String(holder)}/status`, "utf8"))?.[1]);
    process.kill(first.pid, "SIGKILL");
    process.kill(rootlesskit, "SIGKILL");
    await until("the end of rootlesskit", () => !isAlive(rootlesskit) && !isAlive(first.pid));
    expect(await slipway("engine", "start", ...flags())).toMatchObject({ code: 0, stderr: "" });
    // The kernel may give the new namespaces the old numbers.
    expect(Number(readFileSync(join(folder, "run/holder/child_pid"), "utf8"))).not.toBe(holder);
    expect((await look()).rootlessState).toBe(join(folder, "run/holder"));
  });
});
