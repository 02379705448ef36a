import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ipcError } from "./ipc-error.ts";

const START_TIMEOUT_MS = 90_000;
const LAST_WORDS_MS = 500;
const OUTPUT_LIMIT = 16 * 1024;

/** Starts and stops our engine. The engine is a process of its own that outlives this one; this only asks the CLI. */
export interface EngineProcess {
  /** Resolves when the engine listens; throws `unavailable` with what the CLI printed as its cause. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when the engine has stopped; containers keep running. */
  stop(signal: AbortSignal): Promise<void>;
}

/** The CLI of this checkout or package, run by the same Node (Electron's binary behaves as Node when told so). */
export function ownCliCommand(): string[] {
  const given = process.env["SLIPWAY_CLI"];
  if (given !== undefined && given !== "") return [process.execPath, given];
  // A checkout builds the engine when its sources changed; a package holds it built, beside this bundle.
  const [checkout, packaged] = ["../../bin/slipway.mjs", "../engine/cli/main.js"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return [process.execPath, checkout !== undefined && existsSync(checkout) ? checkout : (packaged ?? "")];
}

/** @param command program and first arguments to which `engine start` or `engine stop` is appended */
export function createEngineProcess(command: readonly string[] = ownCliCommand()): EngineProcess {
  return {
    start: (signal) => run(command, "start", signal),
    stop: (signal) => run(command, "stop", signal),
  };
}

async function run(command: readonly string[], verb: "start" | "stop", signal: AbortSignal): Promise<void> {
  const [program = process.execPath, ...first] = command;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
  const child = spawn(program, [...first, "engine", verb], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    signal: deadline,
  });
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString("utf8")).slice(-OUTPUT_LIMIT);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // `exit`, not `close`: the engine that stays behind may have inherited the pipes.
  const failure = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, killedBy) => resolve(code === 0 ? undefined : killedBy === null ? `exit code ${code}` : `ended by ${killedBy}`));
  });
  if (failure !== undefined) await Promise.race([closed, sleep(LAST_WORDS_MS)]);
  child.stdout.destroy();
  child.stderr.destroy();
  if (failure === undefined) return;
  signal.throwIfAborted();
  const words = sentence(output) ?? failure;
  throw ipcError("unavailable", `The engine could not be ${verb === "start" ? "started" : "stopped"}: ${words}`, { cause: output.trim() === "" ? failure : output.trim() });
}

/** The line with which the command says what is wrong, else its last one. */
function sentence(output: string): string | undefined {
  const lines = output.split("\n").flatMap((line) => line.trim() || []);
  return (lines.find((line) => line.startsWith("slipway: ")) ?? lines.at(-1))?.replace(/^slipway: /, "");
}
