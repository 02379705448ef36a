import type { IoOptions } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import type { BuildRequest, FailedRootRequest, FailedRootSession } from "./build.ts";
import type { StepRoot } from "./run/run.ts";

/** What a failed build keeps. */
export interface KeptRoot {
  readonly root: StepRoot;
  /** To build again: its context can be read again. */
  readonly request: BuildRequest;
  /** Releases root, context and mounts. */
  readonly release: () => Promise<void>;
}

/** Failed builds that keep their root file system at the same time; the oldest is dismissed for one more. */
const MAX_KEPT = 5;

/** Root file systems of failed steps, until they are dismissed or the engine ends. */
export class FailedRoots {
  readonly #kept = new Map<string, KeptRoot>();
  readonly #onDismiss: (id: string) => void;

  constructor(onDismiss: (id: string) => void) {
    this.#onDismiss = onDismiss;
  }

  keep(id: string, kept: KeptRoot): void {
    this.#kept.set(id, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) void this.dismiss(oldest);
  }

  /** @throws EngineError `notFound` */
  take(id: string): KeptRoot {
    const kept = this.#kept.get(id);
    if (kept === undefined) throw new EngineError("notFound", `the build ${id.slice(0, 12)} keeps no failed step: it did not fail, or was dismissed`);
    return kept;
  }

  open(id: string, request: FailedRootRequest, options: IoOptions): Promise<FailedRootSession> {
    return this.take(id).root.open(request, options);
  }

  /** @throws EngineError `notFound` */
  async dismiss(id: string): Promise<void> {
    const kept = this.take(id);
    this.#kept.delete(id);
    this.#onDismiss(id);
    await kept.release();
  }

  async close(): Promise<void> {
    for (const id of [...this.#kept.keys()]) await this.dismiss(id);
  }
}
