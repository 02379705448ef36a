import type { Networks } from "../../networks/networks.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Snapshotter } from "../../snapshots/snapshots.ts";
import type { WorkerPool } from "../../sys/workers.ts";
import type { LocalCacheMounts } from "./cache-mounts.ts";

/** What steps run with; given by the composition root. */
export interface StepContext {
  /** Persistent state directory of the engine. */
  readonly root: string;
  /** Directory on a tmpfs. */
  readonly run: string;
  readonly runtime: Runtime;
  readonly snapshots: Snapshotter;
  readonly networks: Networks;
  readonly workers: WorkerPool;
  readonly cacheMounts: LocalCacheMounts;
  /** Told of failures that no caller waits for. */
  readonly onError: (what: string, error: unknown) => void;
}
