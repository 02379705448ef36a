import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { abortError } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { isSystemError } from "../base/errors.ts";
import { adoptOrphan, spawnProcess } from "../sys/spawn.ts";
import type { SpawnedProcess } from "../sys/spawn.ts";
import { ChildStdio } from "./child-stdio.ts";
import { runtimeFailure } from "./failure.ts";
import { TOOL_ENVIRONMENT } from "./host.ts";
import type { RuntimeHost } from "./host.ts";

/** The exec's process, as the runtimes take it, in its directory. */
export const PROCESS_FILE = "process.json";

export interface ChildExecJob {
  /** The container. */
  readonly id: string;
  /** What is run, for messages. */
  readonly program: string | undefined;
  /** The exec's own directory, with its process.json. */
  readonly directory: string;
  readonly stdin: boolean;
  readonly detached: boolean;
}

export interface ChildExec {
  readonly pid: number;
  /** Null when detached, when its input and output are /dev/null. */
  readonly stdio: ChildStdio | null;
  readonly exited: Promise<number>;
}

/**
 * Runs a process without a terminal in a container as a child of this process: the runtime starts it and ends, which leaves it to us.
 * @throws EngineError of {@link runtimeFailure}, `cancelled`
 */
export async function startChildExec(host: RuntimeHost, job: ChildExecJob, options: IoOptions): Promise<ChildExec> {
  const [pidFile, log] = [join(job.directory, "pid"), join(job.directory, "log")];
  const { path, args } = host.execCommand;
  const nothing = openSync("/dev/null", constants.O_RDWR);
  let runtime: SpawnedProcess;
  try {
    // The runtime has the process's standard error too: its own words go into a log.
    runtime = spawnProcess(path, [...args, "--log", log, "exec", "--detach", "--pid-file", pidFile, "--process", join(job.directory, PROCESS_FILE), job.id], {
      cwd: job.directory,
      env: TOOL_ENVIRONMENT,
      fds: job.detached ? [nothing, nothing, nothing] : [job.stdin ? "reads" : nothing, "writes", "writes"],
    });
  } finally {
    closeSync(nothing);
  }
  const [stdin, stdout, stderr] = runtime.pipes;
  const stdio = job.detached ? null : new ChildStdio({ stdin, stdout: stdout!, stderr: stderr! });
  const onAbort = (): void => runtime.kill("SIGKILL");
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const code = await runtime.exited;
    if (options.signal?.aborted) throw abortError(options.signal);
    if (code !== 0) throw runtimeFailure("exec", readText(log), host.capabilities.runtime, job.program);
    const pid = Number(readFileSync(pidFile, "utf8"));
    return { pid, stdio, exited: adoptOrphan(pid).then((exit) => (stdio?.processEnded(), exit)) };
  } catch (error) {
    stdio?.close();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return "";
    throw error;
  }
}
