import { createHash } from "node:crypto";
import type { CacheReason } from "../build.ts";

/** What went into a step, kept to say why a later build of the same step missed. Values are hashed: they may be secret. */
export interface StepInputs {
  /** What it stands on: `scratch`, `image:CHAIN`, or a record's id. */
  readonly parent: string;
  /** Name of the base image when it stands on one. */
  readonly base: string | null;
  /** As written. */
  readonly text: string;
  /** Hashes of the build arguments it read, by name. */
  readonly args: Readonly<Record<string, string>>;
  /** Hashes of the environment, by name. */
  readonly env: Readonly<Record<string, string>>;
  /** Hash of all else that it does, after expansion. */
  readonly operation: string;
  /** Digests of the files it reads; empty when it reads none. */
  readonly files: readonly string[];
}

/** The inputs of the last time, with the list of files then. */
export interface RememberedInputs {
  readonly inputs: StepInputs;
  readonly manifest: string | null;
}

/** What of this build a reason may need. */
export interface MissContext {
  readonly manifest: string | null;
  /** The step below in the same stage that makes a layer, if any. */
  readonly below: { readonly number: number; readonly text: string } | null;
}

/** Paths of each kind that a reason names. */
const MAX_PATHS = 10;

/** A short hash for comparing, not for addressing. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(typeof value === "string" ? value : JSON.stringify(value)).digest("hex").slice(0, 24);
}

export function hashValues(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, hashOf(value)]));
}

/** Why a step missed, by what differs from the last time; the first difference counts. */
export function explainMiss(now: StepInputs, before: RememberedInputs | null, context: MissContext): CacheReason {
  if (before === null) return { type: "new" };
  const then = before.inputs;
  if (now.text !== then.text) return { type: "instruction", before: then.text };
  if (now.parent !== then.parent) {
    if (context.below !== null) return { type: "earlierStep", step: context.below.number, text: context.below.text };
    return { type: "base", before: then.base ?? then.parent, now: now.base ?? now.parent };
  }
  const argument = differingName(now.args, then.args);
  if (argument !== null) return { type: "argument", name: argument };
  const variable = differingName(now.env, then.env);
  if (variable !== null) return { type: "environment", name: variable };
  if (now.operation !== then.operation) return { type: "instruction", before: then.text };
  if (now.files.join() !== then.files.join()) return { type: "files", ...compareManifests(before.manifest ?? "", context.manifest ?? "") };
  return { type: "removed" };
}

function differingName(now: Readonly<Record<string, string>>, then: Readonly<Record<string, string>>): string | null {
  return [...new Set([...Object.keys(now), ...Object.keys(then)])].sort().find((name) => now[name] !== then[name]) ?? null;
}

/** Compares two manifests of `DIGEST PATH` lines. */
export function compareManifests(before: string, now: string): { readonly changed: string[]; readonly added: string[]; readonly removed: string[]; readonly total: number } {
  const then = parse(before);
  const found = { changed: [] as string[], added: [] as string[], removed: [] as string[], total: 0 };
  const note = (list: string[], path: string): void => {
    found.total++;
    if (list.length < MAX_PATHS) list.push(path);
  };
  for (const [path, digest] of parse(now)) {
    const old = then.get(path);
    if (old === undefined) note(found.added, path);
    else if (old !== digest) note(found.changed, path);
    then.delete(path);
  }
  for (const path of then.keys()) note(found.removed, path);
  return found;
}

function parse(manifest: string): Map<string, string> {
  const entries = new Map<string, string>();
  for (const line of manifest.split("\n")) {
    const space = line.indexOf(" ");
    if (space > 0) entries.set(line.slice(space + 1), line.slice(0, space));
  }
  return entries;
}
