import { EngineError } from "../base/errors.ts";
import { run, type RunResult } from "../sys/processes.ts";
import type { Context } from "./context.ts";
import type { Container } from "./container.ts";

const DEFAULT_ARGUMENTS = "-ef";
const TIMEOUT_MS = 10_000;

/**
 * The processes of a container as `ps` shows them.
 *
 * @param psArguments what the user gave `ps`, in words
 * @throws EngineError `conflict` when it does not run, `invalidArgument` for arguments that `ps` refuses or that hide the pid
 */
export async function listProcesses(context: Context, container: Container, psArguments: string): Promise<{ titles: string[]; processes: string[][] }> {
  if (container.state.status === "restarting") throw new EngineError("conflict", `Container ${container.id} is restarting, wait until the container is running`);
  if (container.state.status !== "running" && container.state.status !== "paused") throw new EngineError("conflict", `container ${container.id} is not running`);
  const words = (psArguments || DEFAULT_ARGUMENTS).split(/\s+/).filter((word) => word !== "");
  const pids = new Set((await context.runtime.processes(container.id)).map(String));
  // Without the list of ids ps shows processes of its own terminal only; some options (f) refuse the list.
  const listed = await runPs([...words, `-q${[...pids].join(",")}`]);
  const { code, stdout, stderr } = listed.code === 0 ? listed : await runPs(words);
  if (code !== 0) throw new EngineError("invalidArgument", `ps: ${stderr.trim().split("\n")[0] ?? `exit code ${code}`}`);
  const [header = "", ...lines] = stdout.split("\n");
  const titles = header.trim().split(/\s+/);
  const pidColumn = titles.indexOf("PID");
  if (pidColumn < 0) throw new EngineError("invalidArgument", "Couldn't find PID field in ps output");
  const processes: string[][] = [];
  for (const line of lines) {
    const fields = line.trim().split(/\s+/);
    if (!pids.has(fields[pidColumn] ?? "")) continue;
    // The last column, the command, may have spaces.
    processes.push([...fields.slice(0, titles.length - 1), fields.slice(titles.length - 1).join(" ")]);
  }
  return { titles, processes };
}

function runPs(words: readonly string[]): Promise<RunResult> {
  return run("ps", words, { timeoutMs: TIMEOUT_MS, maxOutput: 8 * 1024 * 1024 });
}
