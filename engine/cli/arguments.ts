import { EngineError } from "../base/errors.ts";
import type { PathChoice } from "../launch/paths.ts";

/** A command line, understood. */
export type Command =
  | { readonly type: "open" | "help" | "version" }
  | { readonly type: "doctor"; readonly json: boolean }
  | { readonly type: "run" | "start" | "stop" | "status"; readonly paths: PathChoice; readonly json: boolean };

const COMMANDS = ["engine", "doctor", "help", "version"];
const ENGINE_COMMANDS = ["start", "stop", "status"];
const PATH_FLAGS = ["--root", "--run", "--socket"] as const;

/**
 * Reads the arguments of `slipway`.
 * @throws EngineError `invalidArgument` naming the word that is wrong and the nearest one that is not
 */
export function parseArguments(args: readonly string[]): Command {
  const words: string[] = [];
  const paths: { root?: string; run?: string; socket?: string } = {};
  const flags = new Set<string>();
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    if (!argument.startsWith("-")) {
      words.push(argument);
      continue;
    }
    const [name, inline] = splitOnce(argument, "=");
    const pathFlag = PATH_FLAGS.find((flag) => flag === name);
    if (pathFlag !== undefined) {
      const value = inline ?? args[++index];
      if (value === undefined || value === "") throw wrong(`${name} needs a value, for instance ${name} /tmp/slipway${name === "--socket" ? ".sock" : ""}`);
      paths[pathFlag.slice(2) as "root" | "run" | "socket"] = value;
    } else if (["--help", "-h", "--version", "-v", "--json"].includes(argument)) {
      flags.add(argument.replace(/^-h$/, "--help").replace(/^-v$/, "--version"));
    } else {
      throw wrong(`unknown option ${name}${suggestion(name, [...PATH_FLAGS, "--json", "--help", "--version"])}`);
    }
  }
  if (flags.has("--help") || words[0] === "help") return { type: "help" };
  if (flags.has("--version") || words[0] === "version") return { type: "version" };
  const [first, second, extra] = words;
  if (first !== undefined && !COMMANDS.includes(first)) throw wrong(`unknown command ${first}${suggestion(first, COMMANDS)}`);
  if (first !== "engine") {
    const stray = second ?? Object.keys(paths).map((flag) => `--${flag}`)[0] ?? (flags.has("--json") && first !== "doctor" ? "--json" : undefined);
    if (stray !== undefined) throw wrong(`${first === undefined ? "slipway" : `slipway ${first}`} does not take ${stray}`);
    return first === "doctor" ? { type: "doctor", json: flags.has("--json") } : { type: "open" };
  }
  if (extra !== undefined) throw wrong(`slipway engine ${second ?? ""} does not take ${extra}`);
  const type = second === undefined ? "run" : ENGINE_COMMANDS.find((command) => command === second);
  if (type === undefined) throw wrong(`unknown command engine ${second ?? ""}${suggestion(second ?? "", ENGINE_COMMANDS)}`);
  if (flags.has("--json") && type !== "status") throw wrong("only slipway engine status and slipway doctor take --json");
  return { type: type as "run" | "start" | "stop" | "status", paths, json: flags.has("--json") };
}

function wrong(message: string): EngineError {
  return new EngineError("invalidArgument", `${message}. See slipway --help`);
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function suggestion(word: string, known: readonly string[]): string {
  const [nearest] = known.map((candidate) => ({ candidate, distance: editDistance(word, candidate) })).sort((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= Math.ceil(word.length / 3) ? `: did you mean ${nearest.candidate}?` : "";
}

/** Insertions, deletions and replacements that turn `a` into `b` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
