/** The built-in engine as a program on this machine: its own command is asked, since nothing of it is imported here. */
import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { EngineLogEvent, OwnEngineFacts, Requirement, Requirements } from "../ipc/contract/own-engine.ts";
import { ownCliCommand } from "./engine-process.ts";
import { followFile } from "./follow-file.ts";
import { ipcError } from "./ipc-error.ts";

export interface OwnEngine {
  facts(signal: AbortSignal): Promise<OwnEngineFacts>;
  requirements(signal: AbortSignal): Promise<Requirements>;
  log(signal: AbortSignal): AsyncGenerator<EngineLogEvent, void, void>;
}

const TIMEOUT_MS = 20_000;
const OUTPUT_LIMIT = 1024 * 1024;

const statusSchema = z.object({ running: z.boolean(), root: z.string(), run: z.string(), rootless: z.boolean() });
const findingsSchema = z.array(z.object({ name: z.string(), found: z.boolean(), required: z.boolean(), detail: z.string(), why: z.string(), fix: z.string().nullable() }));

/** @param command program and first arguments of the `slipway` command */
export function createOwnEngine(command: readonly string[] = ownCliCommand()): OwnEngine {
  const status = async (signal: AbortSignal) => statusSchema.parse(await ask(command, ["engine", "status", "--json"], signal));
  return {
    async facts(signal) {
      const { running, root, run, rootless } = await status(signal);
      const space = await spaceAt(root);
      return { running, root, rootless, log: join(run, "engine.log"), freeBytes: space?.free ?? null, totalBytes: space?.total ?? null };
    },
    async requirements(signal) {
      const all = findingsSchema.parse(await ask(command, ["doctor", "--json"], signal));
      return { all, fix: oneCommand(all) };
    },
    async *log(signal) {
      const { run } = await status(signal);
      yield* followFile(join(run, "engine.log"), signal);
    },
  };
}

/** Both commands answer with JSON whatever their exit code says. @throws IpcError `unavailable` when the command cannot be run */
async function ask(command: readonly string[], args: readonly string[], signal: AbortSignal): Promise<unknown> {
  const [program = process.execPath, ...first] = command;
  const options = { env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" }, signal, timeout: TIMEOUT_MS, maxBuffer: OUTPUT_LIMIT };
  const [text, words] = await new Promise<[string, string]>((resolve) => execFile(program, [...first, ...args], options, (error, stdout, stderr) => resolve([stdout, stderr.trim() || (error?.message ?? "")])));
  signal.throwIfAborted();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw ipcError("unavailable", `The command slipway ${args.join(" ")} failed.`, { cause: words });
  }
}

/** The command lines of what is missing as one: packages of one manager together, each line once. What is required comes alone where anything is. */
export function oneCommand(all: readonly Requirement[]): string | null {
  const missing = all.filter((one) => !one.found && one.fix !== null);
  const needed = missing.some((one) => one.required) ? missing.filter((one) => one.required) : missing;
  const lines: { head: string; packages: string[] }[] = [];
  for (const { fix } of needed) {
    const [, head = fix ?? "", names = ""] = /^(.*\b(?:apt-get install -y --no-install-recommends|dnf install -y|pacman -S --needed)) (.+)$/.exec(fix ?? "") ?? [];
    const packages = names.split(" ").filter((name) => name !== "");
    const same = lines.find((line) => line.head === head);
    if (same === undefined) lines.push({ head, packages });
    else same.packages.push(...packages.filter((name) => !same.packages.includes(name)));
  }
  return lines.length === 0 ? null : lines.map(({ head, packages }) => [head, ...packages].join(" ")).join(" && ");
}

/** The file system that a folder is on, or will be. */
export async function spaceAt(path: string): Promise<{ free: number; total: number } | undefined> {
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return dirname(path) === path ? undefined : spaceAt(dirname(path));
  }
}
