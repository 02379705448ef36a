/** Our own engine for tests, as a process of its own, with {@link TEST_IMAGE} loaded. */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { docker, importBusybox } from "./dockerd.ts";

const ENGINE = fileURLToPath(new URL("../../engine", import.meta.url));

export interface TestEngine extends AsyncDisposable {
  readonly socketPath: string;
  /** For what a test writes; goes with the engine. */
  readonly folder: string;
}

/** Starts the engine: directly as root, in its own namespaces as anyone else. */
export async function startTestEngine(): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-engine-"));
  const socketPath = join(folder, "engine.sock");
  for (const name of ["root", "run"]) await mkdir(join(folder, name));
  const program = process.getuid?.() === 0 ? [join(ENGINE, "daemon/main.ts")] : [join(ENGINE, "cli/main.ts"), "engine"];
  const child = spawn(process.execPath, [...program, "--root", join(folder, "root"), "--run", join(folder, "run"), "--socket", socketPath], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (log = (log + data.toString()).slice(-4000)));
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const engine: TestEngine = {
    socketPath,
    folder,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
      await unmountBelow(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    for (let attempt = 0; ; attempt++) {
      if (await docker(socketPath, "version").then(() => true, () => false)) break;
      if (attempt >= 300 || child.exitCode !== null) throw new Error(`the engine did not start:\n${log}`);
      await sleep(100);
    }
    await importBusybox(socketPath, folder);
    return engine;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

/** What an engine that did not end well left mounted would keep its folder from going. */
async function unmountBelow(folder: string): Promise<void> {
  const places = (await readFile("/proc/self/mountinfo", "utf8")).split("\n").map((line) => line.split(" ")[4] ?? "").filter((place) => place.startsWith(`${folder}/`));
  for (const place of places.reverse()) await promisify(execFile)("umount", ["--lazy", place]).catch(() => undefined);
}
