import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ipcError } from "./ipc-error.ts";

const START_TIMEOUT_MS = 90_000;
const OUTPUT_LIMIT = 16 * 1024;

/** Starts and stops our engine. The engine is a process of its own that outlives this one; this only asks the CLI. */
export interface EngineProcess {
  /** Resolves when the engine listens; throws `unavailable` with what the CLI printed as its cause. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when the engine has stopped; containers keep running. */
  stop(signal: AbortSignal): Promise<void>;
}

/** The CLI of this checkout or installation, run by the same Node (Electron's binary behaves as Node when told so). */
export function ownCliCommand(): string[] {
  return [process.execPath, process.env["SLIPWAY_CLI"] ?? fileURLToPath(new URL("../../bin/slipway.mjs", import.meta.url))];
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
  // `exit`, not `close`: the engine that stays behind may have inherited the pipes.
  const failure = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, killedBy) => resolve(code === 0 ? undefined : killedBy === null ? `exit code ${code}` : `ended by ${killedBy}`));
  });
  child.stdout.destroy();
  child.stderr.destroy();
  if (failure === undefined) return;
  signal.throwIfAborted();
  const words = lastLine(output) ?? failure;
  throw ipcError("unavailable", `The engine could not be ${verb === "start" ? "started" : "stopped"}: ${words}`, { cause: output.trim() === "" ? failure : output.trim() });
}

function lastLine(output: string): string | undefined {
  return output
    .split("\n")
    .map((line) => line.trim())
    .findLast((line) => line !== "");
}
