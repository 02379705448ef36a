import type { TestRegistry } from "../e2e/fixtures/registry.ts";
import type { BenchEngine } from "./engines.ts";

export type Unit = "ms" | "MB/s" | "MB";

/** What a row works with. */
export interface Stage {
  readonly registry: TestRegistry;
  /** `HOST/busybox:latest`, which every engine has. */
  readonly busybox: string;
}

/** One row of the speed table. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  /** The ratio to dockerd that is allowed: at most, or for throughput at least. */
  readonly budget: number;
  readonly runs: number;
  /** Once before the row; what it answers cleans up. */
  readonly prepare?: (stage: Stage, engines: readonly BenchEngine[]) => Promise<() => Promise<void>>;
  /** Before each round, shared by all engines and not measured. */
  readonly round?: (stage: Stage, round: number) => Promise<void>;
  /** One measurement, in the row's unit. */
  readonly measure: (engine: BenchEngine, stage: Stage, round: number) => Promise<number>;
}
