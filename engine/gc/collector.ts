import type { IoOptions } from "../base/abort.ts";
import { throwIfAborted } from "../base/abort.ts";
import { isDigest } from "../base/digest.ts";
import { isEngineError } from "../base/errors.ts";
import type { SnapshotKey } from "../base/ids.ts";
import type { ContentStore } from "../content/content.ts";
import type { SnapshotInfo, Snapshotter } from "../snapshots/snapshots.ts";
import type { Leases } from "./leases.ts";
import { mark } from "./mark.ts";

/** A thing that is kept for its own sake, and what it needs: an image with its blobs and its top snapshot. */
export interface GcRoot {
  readonly references: Iterable<string>;
}

export interface Collected {
  readonly snapshots: readonly SnapshotKey[];
  readonly blobs: readonly string[];
  readonly freedBytes: number;
}

export interface CollectorOptions {
  readonly content: ContentStore;
  readonly snapshots: Snapshotter;
  readonly leases: Leases;
  /** All images; asked at the start of each sweep. */
  readonly roots: () => Iterable<GcRoot>;
}

/** Removes blobs and committed snapshots that no image, no container's snapshot and no lease needs. */
export class Collector {
  readonly #options: CollectorOptions;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /**
   * Marks and sweeps.
   * @param only looks at these digests and keys alone, for the removal of one image; everything unless given
   */
  collect(only?: ReadonlySet<string>, options: IoOptions = {}): Promise<Collected> {
    return this.#options.leases.sweeping(async () => {
      const all = this.#options.snapshots.list();
      const reached = this.#mark(all);
      const isGarbage = (id: string): boolean => !reached.has(id) && (only === undefined || only.has(id));
      const snapshots = await this.#sweepSnapshots(all.filter(({ kind, key }) => kind === "committed" && isGarbage(key)), options);
      const blobs = await this.#sweepBlobs(isGarbage, only, options);
      return { snapshots: snapshots.keys, blobs: blobs.digests, freedBytes: snapshots.bytes + blobs.bytes };
    });
  }

  /**
   * What {@link collect} would free if these were the roots. Nothing is removed.
   * @param only as for {@link collect}
   */
  preview(roots: Iterable<GcRoot>, only?: ReadonlySet<string>, options: IoOptions = {}): Promise<Collected> {
    return this.#options.leases.sweeping(async () => {
      const all = this.#options.snapshots.list();
      const reached = this.#mark(all, roots);
      const isGarbage = (id: string): boolean => !reached.has(id) && (only === undefined || only.has(id));
      const snapshots = all.filter(({ kind, key }) => kind === "committed" && isGarbage(key));
      const blobs: string[] = [];
      let freedBytes = snapshots.reduce((sum, { size }) => sum + (size ?? 0), 0);
      for await (const { digest, size } of only === undefined ? this.#options.content.list() : this.#infos(only)) {
        throwIfAborted(options.signal);
        if (!isGarbage(digest)) continue;
        blobs.push(digest);
        freedBytes += size;
      }
      return { snapshots: snapshots.map(({ key }) => key), blobs, freedBytes };
    });
  }

  #mark(all: readonly SnapshotInfo[], of: Iterable<GcRoot> = this.#options.roots()): ReadonlySet<string> {
    const parents = new Map(all.map(({ key, parent }) => [key as string, parent]));
    const roots = [...this.#options.leases.ids(), ...all.filter(({ kind }) => kind === "active").map(({ key }) => key)];
    for (const root of of) roots.push(...root.references);
    return mark(roots, (id) => {
      const parent = parents.get(id);
      return parent === undefined || parent === null ? [] : [parent];
    });
  }

  /** Children before parents. */
  async #sweepSnapshots(garbage: readonly SnapshotInfo[], options: IoOptions): Promise<{ keys: SnapshotKey[]; bytes: number }> {
    const keys: SnapshotKey[] = [];
    let bytes = 0;
    const left = new Map(garbage.map((info) => [info.key as string, info]));
    const depth = (info: SnapshotInfo): number => {
      let steps = 0;
      for (let parent = info.parent; parent !== null && left.has(parent); parent = left.get(parent)!.parent) steps++;
      return steps;
    };
    for (const info of garbage.map((item) => ({ item, steps: depth(item) })).sort((a, b) => b.steps - a.steps).map(({ item }) => item)) {
      throwIfAborted(options.signal);
      try {
        await this.#options.snapshots.remove(info.key);
      } catch (error) {
        // A container was made on it meanwhile, or it is gone already: not ours to remove.
        if (isEngineError(error, "conflict", "notFound")) continue;
        throw error;
      }
      keys.push(info.key);
      bytes += info.size ?? 0;
    }
    return { keys, bytes };
  }

  async #sweepBlobs(isGarbage: (id: string) => boolean, only: ReadonlySet<string> | undefined, options: IoOptions): Promise<{ digests: string[]; bytes: number }> {
    const digests: string[] = [];
    let bytes = 0;
    for await (const { digest, size } of only === undefined ? this.#options.content.list() : this.#infos(only)) {
      if (!isGarbage(digest)) continue;
      throwIfAborted(options.signal);
      await this.#options.content.delete(digest);
      digests.push(digest);
      bytes += size;
    }
    return { digests, bytes };
  }

  async *#infos(ids: ReadonlySet<string>): AsyncIterable<{ readonly digest: Parameters<ContentStore["info"]>[0]; readonly size: number }> {
    for (const id of ids) {
      if (!isDigest(id)) continue;
      const info = await this.#options.content.info(id).catch((error: unknown) => {
        if (isEngineError(error, "notFound")) return undefined;
        throw error;
      });
      if (info !== undefined) yield info;
    }
  }
}
