import { lstatSync } from "node:fs";
import { occupiedBytes } from "../sys/walk.ts";
import type { WorkerTask } from "../sys/worker-protocol.ts";

/** Where something lies. */
export interface Place {
  /** Files and directories, with all below. */
  readonly paths: readonly string[];
  /** Left out, with all below. */
  readonly without?: readonly string[] | undefined;
  /** The directories alone, without what is in them. */
  readonly shallow?: boolean | undefined;
}

export interface MeasureTaskData {
  readonly places: readonly Place[];
}

/** Results are handed out this often, in milliseconds. */
const EVERY_MS = 150;

/** Measures places in their order; emits JSON lines of `[[index, bytes], ...]` as numbers come. */
export const task: WorkerTask<MeasureTaskData, void> = async ({ places }, { emit, signal }) => {
  let known: [number, number][] = [];
  let told = performance.now();
  const tell = async (): Promise<void> => {
    if (known.length > 0) await emit(Buffer.from(`${JSON.stringify(known)}\n`));
    known = [];
    told = performance.now();
  };
  for (const [index, { paths, without, shallow }] of places.entries()) {
    let bytes = 0;
    for (const path of paths) bytes += shallow === true ? (lstatSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512 : await occupiedBytes(path, { signal, without });
    known.push([index, bytes]);
    if (performance.now() - told > EVERY_MS) await tell();
  }
  await tell();
};
