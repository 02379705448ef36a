import { basename, join } from "node:path/posix";
import type { RunInstruction, Word } from "../instructions/instructions.ts";
import { parseMount } from "../instructions/mount.ts";
import { cleanPath } from "../patterns/path.ts";
import { excerpt } from "../syntax/error.ts";
import { commandOf, withShell } from "./config-step.ts";
import { errorAt, locate } from "./context.ts";
import type { Performed, StagePlanner } from "./planner.ts";
import type { RunMount, RunOperation } from "./steps.ts";

const NETWORKS = ["default", "none", "host"] as const;
const SECURITIES = ["sandbox", "insecure"] as const;

/** What a RUN starts, and its line in the image's history. */
export function planRun(planner: StagePlanner, instruction: RunInstruction): Performed<RunOperation> {
  const { state, context } = planner;
  const mounts: RunMount[] = [];
  for (const word of instruction.mounts) mounts.push(planMount(planner, word, mounts));
  const { args, files } = scriptOf(planner, instruction);
  const security = choose(planner, instruction.security, SECURITIES, "security mode") ?? "sandbox";
  if (security === "insecure" && !context.allowInsecure) throw errorAt(context, planner.rangeOf(instruction.security!), "security.insecure is not allowed: allow the build --allow security.insecure, or leave the flag out");
  const operation: RunOperation = {
    type: "run", args, files, mounts,
    env: state.environment,
    uncachedEnv: Array.from(context.proxies.keys()).filter((name) => !state.isDeclared(name)),
    cwd: planner.directory,
    user: state.config.User ?? "",
    network: choose(planner, instruction.network, NETWORKS, "network mode"),
    security,
  };
  const declared = Object.entries(state.arguments);
  const createdBy = ["RUN", ...(declared.length === 0 ? [] : [`|${declared.length}`, ...declared.map(([name, value]) => `${name}=${value}`)]), ...args].join(" ");
  return { operation, createdBy, arguments: state.arguments };
}

/** Where the scripts of heredocs lie while they run. */
const SCRIPTS = "/dev/pipes";

function scriptOf(planner: StagePlanner, { command, script }: RunInstruction): Pick<RunOperation, "args" | "files"> {
  if (script === undefined) return { args: commandOf(planner, command), files: [] };
  const shell = planner.state.config.Shell;
  // A heredoc alone is the shell's script; with a line #! it is a program.
  if (!script.content.startsWith("#!")) return { args: withShell(shell, script.content), files: [] };
  const path = join(SCRIPTS, basename(cleanPath(`/${script.delimiter}`)) || "script");
  return { args: withShell(shell, path), files: [{ path, content: script.content }] };
}

function planMount(planner: StagePlanner, word: Word, before: readonly RunMount[]): RunMount {
  const { context } = planner;
  const range = planner.rangeOf(word);
  const mount = locate(context, range, () => parseMount(word.raw, (text) => planner.expand({ raw: text, range: word.range })));
  const target = (path: string): string => {
    const absolute = cleanPath(path.startsWith("/") ? path : `${planner.directory}/${path}`);
    if (absolute === "/") throw errorAt(context, range, `invalid mount target ${JSON.stringify(excerpt(path))}: a mount cannot hide the whole root file system`);
    return absolute;
  };
  switch (mount.type) {
    case "bind": {
      const { source, readWrite } = mount;
      const from = planner.source(mount.from, range);
      if (from.type === "scratch") {
        if (source !== "/") throw errorAt(context, range, `scratch has no ${excerpt(source)}: it is empty`);
        return { type: "tmpfs", target: target(mount.target), size: undefined };
      }
      return { type: "bind", from, source, target: target(mount.target), readWrite };
    }
    case "cache": {
      const from = mount.from === undefined ? undefined : planner.source(mount.from, range);
      const id = context.cacheNamespace === "" ? mount.id : `${context.cacheNamespace}/${mount.id}`;
      return { ...mount, id, target: target(mount.target), from: from?.type === "scratch" ? undefined : from };
    }
    case "tmpfs": return { ...mount, target: target(mount.target) };
    case "secret": return { ...mount, target: mount.target === undefined ? undefined : target(mount.target) };
    case "ssh": return { ...mount, target: target(mount.target ?? `/run/buildkit/ssh_agent.${before.filter(({ type }) => type === "ssh").length}`) };
  }
}

function choose<T extends string>(planner: StagePlanner, word: Word | undefined, values: readonly T[], what: string): T | undefined {
  if (word === undefined) return undefined;
  const text = planner.expand(word);
  const value = values.find((candidate) => candidate === text);
  if (value === undefined) throw errorAt(planner.context, planner.rangeOf(word), `invalid ${what} "${excerpt(text)}": it is ${values.join(" or ")}`);
  return value;
}
