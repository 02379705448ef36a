import { releaseMemory } from "../engine/sys/memory.ts";
import type { BenchEngine, EngineName } from "./engines.ts";
import type { Row, Stage } from "./row.ts";

/** What a row gave: every engine's measurements in the row's unit, or why it has none. */
export interface Outcome {
  readonly row: Row;
  readonly values: ReadonlyMap<EngineName, readonly number[]>;
  readonly failures: ReadonlyMap<EngineName, string>;
}

/**
 * Measures a row on all engines turn by turn, so that what else happens on the machine hits them alike: one round that
 * does not count, then `runs` rounds, each beginning with another engine. An engine that fails leaves the row.
 */
export async function measureRow(row: Row, stage: Stage, engines: readonly BenchEngine[], runs: number): Promise<Outcome> {
  const values = new Map<EngineName, number[]>(engines.map(({ name }) => [name, []]));
  const failures = new Map<EngineName, string>();
  const cleanUps: (() => Promise<void>)[] = [];
  for (const engine of engines) {
    try {
      if (row.prepare) cleanUps.push(await row.prepare(stage, [engine]));
    } catch (error) {
      failures.set(engine.name, String(error));
    }
  }
  for (let round = 0; round <= runs; round++) {
    await row.round?.(stage, round);
    // Starting a client takes 12 ms more for each 300 MB that this process holds, after logs of a million lines: that would be added to all engines alike.
    releaseMemory(true);
    for (let turn = 0; turn < engines.length; turn++) {
      const engine = engines[(turn + round) % engines.length]!;
      if (failures.has(engine.name)) continue;
      try {
        const value = await row.measure(engine, stage, round);
        if (round > 0) values.get(engine.name)!.push(value);
      } catch (error) {
        failures.set(engine.name, String(error));
      }
    }
  }
  for (const cleanUp of cleanUps) await cleanUp().catch(() => undefined);
  for (const name of failures.keys()) values.delete(name);
  return { row, values, failures };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Whether `ratio` to dockerd is within the row's budget. */
export function withinBudget(row: Row, ratio: number): boolean {
  return row.unit === "MB/s" ? ratio >= row.budget : ratio <= row.budget;
}
