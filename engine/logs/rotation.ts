import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../base/errors.ts";
import type { Disposable } from "../base/disposable.ts";
import { ChangeSignal } from "./change.ts";
import type { LogConfig } from "./logs.ts";
import { CURRENT, closedSegments } from "./segments.ts";

/** How a log rotates. */
export interface RotationPolicy {
  /** Bytes. */
  readonly maxSize: number;
  readonly maxFile: number;
}

const POLICY = "rotation.json";
/** A log that is written fast is looked at this often, in milliseconds. */
const LOOK_EVERY = 50;

/** Keeps the policy beside the log, for the engine after this one. */
export function savePolicy(directory: string, { maxSize, maxFile }: LogConfig): void {
  const path = join(directory, POLICY);
  if (maxSize === null) rmSync(path, { force: true });
  else writeFileSync(path, JSON.stringify({ maxSize, maxFile: Math.max(1, maxFile) } satisfies RotationPolicy));
}

/** A log directory's policy; undefined when it never rotates. */
export function readPolicy(directory: string): RotationPolicy | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, POLICY), "utf8")) as RotationPolicy;
  } catch (error) {
    if (isSystemError(error, "ENOENT") || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Closes the current segment when it has grown too large, and removes the oldest ones.
 * @returns whether conmon must reopen its file
 */
export function rotateIfLarge(directory: string, policy: RotationPolicy): boolean {
  const current = join(directory, CURRENT);
  let size: number;
  try {
    size = statSync(current).size;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
  if (size < policy.maxSize) return false;
  closeCurrent(directory);
  const closed = closedSegments(directory);
  const surplus = closed.length - (policy.maxFile - 1);
  for (const name of closed.slice(0, Math.max(0, surplus))) rmSync(join(directory, name), { force: true });
  return true;
}

/** Makes the segment that is written a closed one: conmon must reopen its file then. */
export function closeCurrent(directory: string): void {
  const next = String(Number(closedSegments(directory).at(-1) ?? "0") + 1).padStart(8, "0");
  renameSync(join(directory, CURRENT), join(directory, next));
}

/** Rotates a log that is being written, as it grows. */
export class Rotator implements Disposable {
  readonly #change: ChangeSignal;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(directory: string, policy: RotationPolicy, reopen: () => Promise<void>, onError: (error: unknown) => void) {
    this.#change = new ChangeSignal(directory);
    void this.#run(directory, policy, reopen).catch(onError);
  }

  async #run(directory: string, policy: RotationPolicy, reopen: () => Promise<void>): Promise<void> {
    for (;;) {
      await this.#change.next();
      if (this.#stopped) return;
      if (rotateIfLarge(directory, policy)) await reopen();
      await new Promise((resolve) => (this.#timer = setTimeout(resolve, LOOK_EVERY)));
      if (this.#stopped) return;
    }
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#change.notify();
    this.#change[Symbol.dispose]();
  }
}
