import type { Event } from "../../base/events.ts";
import type { Platform } from "../../oci/descriptor.ts";

/**
 * Pulls and pushes as objects: listed, paused, resumed, cancelled, and remembered over a crash.
 *
 * A transfer that ended before its work was done keeps what it has: bytes in ingests, and blobs and layers that no image names yet. It is continued
 * by `resume`, or by the same pull once more; kept until then, until a prune, or for seven days.
 * Credentials are never part of a transfer: who resumes one brings their own.
 */
export type TransferKind = "pull" | "push";

/**
 * `running`; `paused` by a user; `interrupted` by the end of the engine or of the client that waited; `failed`, `cancelled`, `done`.
 */
export type TransferState = "running" | "paused" | "interrupted" | "failed" | "cancelled" | "done";

/** What is transferred; plain data, recorded as it is. */
export interface TransferSpec {
  readonly kind: TransferKind;
  readonly reference: string;
  readonly platform?: Platform | undefined;
  readonly allTags?: boolean | undefined;
}

export interface LayerProgress {
  /** The short id that progress lines have. */
  readonly id: string;
  readonly status: string;
  /** Bytes that have moved. */
  readonly current: number;
  /** Bytes to move; 0 for what is there already. */
  readonly total: number;
}

export interface Transfer extends TransferSpec {
  readonly id: string;
  readonly state: TransferState;
  /** Why it failed. */
  readonly error: string | undefined;
  /** Bytes of all layers. */
  readonly current: number;
  readonly total: number;
  /** Over the last seconds; 0 when nothing moves. */
  readonly bytesPerSecond: number;
  /** Undefined when it cannot be told. */
  readonly secondsLeft: number | undefined;
  /** Of the run under way or the last one of this engine. */
  readonly layers: readonly LayerProgress[];
  /** Blobs and snapshots that are kept for going on. */
  readonly holds: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface Transfers {
  /** The oldest first. */
  list(): readonly Transfer[];
  /** @throws EngineError `notFound` */
  get(id: string): Transfer;
  /** Stops a running one where it is; who waits for it goes on waiting. @throws EngineError `notFound`, `conflict` */
  pause(id: string): Transfer;
  /** Ends a running or paused one; what it has stays for a resume. @throws EngineError `notFound`, `conflict` */
  cancel(id: string): Transfer;
  /** Forgets one, and drops what it kept. A running one is cancelled first. @throws EngineError `notFound` */
  remove(id: string): Promise<void>;
  /** Fires at changes of state, and at most twice a second for progress. */
  readonly onDidChange: Event<Transfer>;
  /** Fires with the id of one that is forgotten; nothing is told of it afterwards. */
  readonly onDidRemove: Event<string>;
}
