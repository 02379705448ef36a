import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { EngineError, isSystemError, messageOf } from "../base/errors.ts";
import { abortError, throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";

export interface RunOptions extends IoOptions {
  /** Given on standard input, which is else empty. */
  readonly input?: string | Uint8Array | undefined;
  /** Kills the process after this time. */
  readonly timeoutMs?: number | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | undefined;
  /** Output kept of each stream, in bytes; more is read and dropped. 1 MiB unless given. */
  readonly maxOutput?: number | undefined;
}

export interface RunResult {
  /** Exit code; 128 + signal number is not used: a killed process has code -1. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end. A non-zero exit code is a result, not an error.
 * @throws EngineError `notFound` (no such program), `deadlineExceeded`, `cancelled`, `internal`
 */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  throwIfAborted(options.signal);
  const limit = options.maxOutput ?? 1024 * 1024;
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"], env: options.env, cwd: options.cwd });
  const stdout = collect(child.stdout, limit);
  const stderr = collect(child.stderr, limit);
  // The process may end without reading its input: that is its own business.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input);

  let reason: EngineError | undefined;
  const stop = (error: EngineError): void => {
    reason ??= error;
    child.kill("SIGKILL");
  };
  const onAbort = (): void => stop(abortError(options.signal!));
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const timer = options.timeoutMs === undefined ? undefined
    : setTimeout(() => stop(new EngineError("deadlineExceeded", `${file} did not end within ${options.timeoutMs} ms`)), options.timeoutMs);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode) => resolve(exitCode ?? -1));
    });
    if (reason !== undefined) throw reason;
    return { code, stdout: stdout(), stderr: stderr() };
  } catch (error) {
    if (error instanceof EngineError) throw error;
    if (isSystemError(error, "ENOENT")) throw new EngineError("notFound", `the program ${file} is not installed`, { cause: error });
    throw new EngineError("internal", `cannot run ${file}: ${messageOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

function collect(stream: NodeJS.ReadableStream, limit: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    if (size < limit) chunks.push(chunk.subarray(0, limit - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

/**
 * When process `pid` started, in clock ticks since boot; with the pid it names one process for ever, a pid alone is reused.
 * Undefined when there is none (a zombie counts as gone).
 */
export function processStartTime(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
  // The command's name, field 2, may contain spaces and parentheses: fields are counted from its last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : Number(fields[19]);
}

/** Whether `pid` runs (a zombie does not), and when `startTime` is given, is still that same process. */
export function isAlive(pid: number, startTime?: number): boolean {
  const current = processStartTime(pid);
  return current !== undefined && (startTime === undefined || current === startTime);
}

/**
 * Signals a process if it is still the one that started at `startTime`. The pid is not reused between check and signal
 * in practice: the kernel hands out all other numbers first.
 * @returns false when it is gone
 * @throws a system error (`EPERM`)
 */
export function signalProcess(pid: number, startTime: number | undefined, signal: NodeJS.Signals | number): boolean {
  if (!isAlive(pid, startTime)) return false;
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (isSystemError(error, "ESRCH")) return false;
    throw error;
  }
}
