import type { Event } from "../base/events.ts";

/**
 * What was removed and can be brought back for a while. Only a client that asks for it (`/slipway/bin`) removes in this way; Docker's own calls remove for good.
 *
 * To everybody else what is in here is gone: its name, addresses and ports are free, and no list has it. Its row moves from its domain's table to this one in a single
 * transaction, and its files stay where a domain finds them by id, so that kill -9 at any moment leaves the thing or its entry, never both and never neither.
 *
 * An entry is removed for good when it expires, when the client asks for it, when everything together is larger than the limit (the oldest first, the last removal never),
 * and when the disk is nearly full. A prune of all images takes images and containers, a prune of all volumes takes volumes.
 */
export type BinKind = "container" | "volume" | "image" | "network";

export interface BinEntry {
  /** A container's own, random otherwise. */
  readonly id: string;
  readonly kind: BinKind;
  readonly name: string;
  /** A container's image, a network's subnet; names of an image besides `name`. Empty where there is nothing to say. */
  readonly detail: string;
  /** Anonymous volumes that went with a container. */
  readonly volumes: number;
  /** Bytes on disk that are free when it is gone for good, the volumes that went with it included; null until measured. */
  readonly size: number | null;
  readonly removedAt: Date;
  readonly expiresAt: Date;
}

export interface BinRequest {
  /** Kill a container that runs; untag or delete an image that stopped containers use. */
  readonly force?: boolean | undefined;
  /** Take a container's anonymous volumes along. */
  readonly volumes?: boolean | undefined;
  /** Milliseconds until it expires. */
  readonly keepMs?: number | undefined;
}

export interface BroughtBack {
  readonly kind: BinKind;
  /** Of the container, network or image; a volume's name. */
  readonly id: string;
  readonly name: string;
  /** What it lacks, in sentences. */
  readonly warnings: readonly string[];
}

export interface Bin {
  /** The last removed first. */
  list(): readonly BinEntry[];
  /** Removes a thing so that it can be brought back. @throws what the removal of its kind throws; `invalidArgument` for a wrong `keepMs` */
  put(kind: BinKind, nameOrId: string, request?: BinRequest): Promise<BinEntry>;
  /**
   * Brings an entry back, with what went with it.
   * @param name instead of the one it had
   * @throws EngineError `notFound`, `conflict` for a name that is taken (details: name), what else stands in the way
   */
  restore(id: string, name?: string): BroughtBack;
  /** Removes an entry for good. Returns freed bytes. @throws EngineError `notFound` */
  remove(id: string): Promise<number>;
  /** Removes all entries of these kinds for good; of all kinds unless given. Returns freed bytes. */
  empty(kinds?: readonly BinKind[]): Promise<number>;
  /** What entries keep: blobs and snapshots, and containers whose directories stay. */
  holds(): { readonly references: readonly string[]; readonly containers: readonly string[] };
  /** Fires after entries came, went or were measured. */
  readonly onDidChange: Event<void>;
}
