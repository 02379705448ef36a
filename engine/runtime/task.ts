import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../base/errors.ts";
import type { ContainerId } from "../base/ids.ts";
import type { TaskExit } from "./runtime.ts";

/** Names one process for ever: a pid alone is used again. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly startTime: number;
}

/** What the engine writes about a task into its bundle, so that the next engine can adopt it. */
export interface TaskRecord {
  readonly id: ContainerId;
  readonly tty: boolean;
  readonly openStdin: boolean;
  readonly stdinOnce: boolean;
  /** The first process and its conmon; null while they are being made. */
  readonly live: { readonly process: ProcessId; readonly monitor: ProcessId } | null;
  /** Milliseconds since the epoch, written just before the gate opens. */
  readonly startedAt: number | null;
}

const RECORD = "task.json";

export function writeRecord(bundle: string, record: TaskRecord): void {
  const temporary = join(bundle, `.${RECORD}`);
  writeFileSync(temporary, JSON.stringify(record));
  renameSync(temporary, join(bundle, RECORD));
}

export function removeRecord(bundle: string): void {
  rmSync(join(bundle, RECORD), { force: true });
}

/** A bundle's record; undefined when it has none that can be read. */
export function readRecord(bundle: string): TaskRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(join(bundle, RECORD), "utf8")) as TaskRecord;
    return { ...record, live: record.live ?? null };
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR") || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What conmon wrote when the task ended; undefined as long as it has not. */
export function readExitFile(bundle: string, id: ContainerId): Omit<TaskExit, "oomKilled"> | undefined {
  const path = join(bundle, id);
  try {
    const code = Number.parseInt(readFileSync(path, "latin1"), 10);
    if (Number.isNaN(code)) return undefined;
    return { id, exitCode: code < 0 ? 255 : code & 0xff, exitedAt: statSync(path).mtime };
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}
