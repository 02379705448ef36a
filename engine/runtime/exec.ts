import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IoOptions } from "../base/abort.ts";
import { shortId } from "../base/ids.ts";
import type { ContainerId } from "../base/ids.ts";
import { removeTree } from "../sys/files.ts";
import { attachConmon } from "./attachment.ts";
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

/** Runs one more process in a running task, under a conmon of its own; see docs/decisions/0020-exec.md. */
export async function startExec(host: RuntimeHost, job: ExecJob, options: IoOptions): Promise<RunningExec> {
  const { exec } = job;
  const directory = join(job.bundle, "exec", shortId(exec.execId));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let stdio: StdioAttachment | null = null;
  // conmon clears up at the same time, which rmSync takes for done.
  const remove = (): Promise<void> => removeTree(directory);
  try {
    const processPath = join(directory, "process.json");
    writeFileSync(processPath, JSON.stringify(exec.process));
    const attach = async (): Promise<void> => {
      stdio = await attachConmon(join(directory, "attach"), { ...options, stdin: exec.openStdin, openStdin: exec.openStdin, closesOnLeave: false });
    };
    const started = await startConmon(host, {
      id: job.id, directory, logPath: null, tty: exec.tty, stdin: exec.openStdin, leaveStdinOpen: exec.tty && exec.openStdin,
      exec: { processPath, attach: job.detached ? undefined : attach, reason: () => executableFailure(job.pid, exec.process) },
    }, options);
    return {
      pid: started.pid,
      stdio,
      exited: started.execExit.then((code) => (code === undefined ? 137 : code & 0xff)).finally(remove),
      resize(columns, rows) {
        resizeTerminal(directory, columns, rows);
        return Promise.resolve();
      },
    };
  } catch (error) {
    (stdio as StdioAttachment | null)?.detach();
    await remove();
    throw error;
  }
}
