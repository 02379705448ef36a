import { statSync } from "node:fs";
import type { Stats } from "node:fs";
import { join } from "node:path";
import { EngineError } from "../base/errors.ts";
import { resolveInRoot } from "../sys/rooted-path.ts";
import type { SpecProcess } from "./spec-types.ts";

/**
 * Why a process could not be executed in the container that `pid` runs in, judged by its files: for runtimes that failed without a word.
 * @returns undefined when its program is there and executable
 */
export function executableFailure(pid: number, process: SpecProcess): EngineError | undefined {
  const [program = ""] = process.args;
  const directories = program.includes("/") ? [program.startsWith("/") ? "/" : process.cwd] : searchPath(process.env ?? []);
  const modes = directories.map((directory) => modeOf(`/proc/${pid}/root`, join(directory, program))).filter((mode) => mode !== undefined);
  if (modes.length === 0) {
    const reason = program.includes("/") ? "no such file or directory" : "executable file not found in $PATH";
    return new EngineError("commandNotFound", `OCI runtime exec failed: exec: ${JSON.stringify(program)}: ${reason}`);
  }
  if (modes.some((mode) => mode.isFile() && (mode.mode & 0o111) !== 0)) return undefined;
  return new EngineError("commandNotExecutable", `OCI runtime exec failed: exec: ${JSON.stringify(program)}: ${modes[0]!.isDirectory() ? "is a directory: permission denied" : "permission denied"}`);
}

function searchPath(environment: readonly string[]): string[] {
  const path = environment.findLast((entry) => entry.startsWith("PATH="))?.slice("PATH=".length);
  return (path ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").split(":").filter((directory) => directory !== "");
}

function modeOf(root: string, path: string): Stats | undefined {
  try {
    return statSync(resolveInRoot(root, path));
  } catch {
    // Whatever keeps us from it keeps the process from it.
    return undefined;
  }
}
