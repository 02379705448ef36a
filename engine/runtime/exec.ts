import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IoOptions } from "../base/abort.ts";
import { shortId } from "../base/ids.ts";
import type { ContainerId } from "../base/ids.ts";
import { removeTree } from "../sys/files.ts";
import { attachConmon } from "./attachment.ts";
import { PROCESS_FILE, startChildExec } from "./child-exec.ts";
import { resizeTerminal, startConmon } from "./conmon.ts";
import { executableFailure } from "./executable.ts";
import type { RuntimeHost } from "./host.ts";
import type { ExecProcess, RunningExec, StdioAttachment } from "./runtime.ts";

export interface ExecJob {
  readonly id: ContainerId;
  readonly bundle: string;
  /** The container's first process. */
  readonly pid: number;
  readonly exec: ExecProcess;
  readonly detached: boolean;
}

/**
 * Runs one more process in a running task: one with a terminal under a conmon of its own, else as a child of the engine;
 * see docs/decisions/0020-exec.md.
 */
export async function startExec(host: RuntimeHost, job: ExecJob, options: IoOptions): Promise<RunningExec> {
  const directory = join(job.bundle, "exec", shortId(job.exec.execId));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // conmon clears up at the same time, which rmSync takes for done.
  const remove = (): Promise<void> => removeTree(directory);
  try {
    writeFileSync(join(directory, PROCESS_FILE), JSON.stringify(job.exec.process));
    const running = await (job.exec.tty ? startUnderConmon(host, job, directory, options) : startAsChild(host, job, directory, options));
    return { ...running, exited: running.exited.finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function startAsChild(host: RuntimeHost, { id, exec, detached }: ExecJob, directory: string, options: IoOptions): Promise<RunningExec> {
  const child = await startChildExec(host, { id, program: exec.process.args[0], directory, stdin: exec.openStdin, detached }, options);
  // Without a terminal there is nothing to resize, which Docker does not mind.
  return { ...child, resize: () => Promise.resolve() };
}

async function startUnderConmon(host: RuntimeHost, job: ExecJob, directory: string, options: IoOptions): Promise<RunningExec> {
  const { exec } = job;
  let stdio: StdioAttachment | null = null;
  try {
    const attach = async (): Promise<void> => {
      stdio = await attachConmon(join(directory, "attach"), { ...options, stdin: exec.openStdin, openStdin: exec.openStdin, closesOnLeave: false });
    };
    const started = await startConmon(host, {
      id: job.id, program: exec.process.args[0], directory, logPath: null, tty: exec.tty, stdin: exec.openStdin, leaveStdinOpen: exec.openStdin,
      exec: { processPath: join(directory, PROCESS_FILE), attach: job.detached ? undefined : attach, reason: () => executableFailure(job.pid, exec.process) },
    }, options);
    return {
      pid: started.pid,
      stdio,
      exited: started.execExit.then((code) => (code === undefined ? 137 : code & 0xff)),
      resize(columns, rows) {
        resizeTerminal(directory, columns, rows);
        return Promise.resolve();
      },
    };
  } catch (error) {
    (stdio as StdioAttachment | null)?.detach();
    throw error;
  }
}
