import { lstatSync, statfsSync } from "node:fs";
import type { IoOptions } from "../base/abort.ts";
import { throwIfAborted } from "../base/abort.ts";
import { EngineError, isCancelled, messageOf } from "../base/errors.ts";
import type { SnapshotKey } from "../base/ids.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { DiskItem, DiskLedger, DiskRef, DiskReport, FreeEvent, FreePreview } from "./disk.ts";
import type { MeasureTaskData } from "./measure-task.ts";
import type { Holder, Holdings, Piece } from "./pieces.ts";
import { REMOVED, survey, UNNEEDED } from "./survey.ts";
import type { DiskSources } from "./survey.ts";

export interface LedgerOptions extends DiskSources {
  /** Threads that measure. */
  readonly workers: WorkerPool;
  /** A layer's size is kept for good when it is this old, in milliseconds; a minute unless given. */
  readonly settledMs?: number | undefined;
}

const TASK = new URL("./measure-task.ts", import.meta.url);
/** A file system may decide late where bytes go: only then does a size stand for good. */
const SETTLED_MS = 60_000;
/** What was measured serves previews for this long, in milliseconds. */
const KEEP_MS = 30_000;

/** {@link DiskLedger} over all domains that keep something on the disk. */
export class DiskService implements DiskLedger {
  readonly #options: LedgerOptions;
  /** Bytes of pieces as they were measured a moment ago, and when. */
  #measured = new Map<string, { readonly bytes: number; readonly at: number }>();
  #forget: NodeJS.Timeout | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  async *read(options: IoOptions = {}): AsyncGenerator<DiskReport> {
    const holdings = await survey(this.#options, options);
    let left = holdings.unmeasured().length;
    yield this.#report(holdings, holdings.items(), left);
    for await (const pieces of this.#measure(holdings.unmeasured(), options)) {
      left -= pieces.length;
      yield this.#report(holdings, holdings.items(pieces.map(({ id }) => id)), left);
    }
  }

  #report(holdings: Holdings, items: readonly DiskItem[], unmeasured: number): DiskReport {
    const kinds = holdings.kinds();
    const { bsize, blocks, bavail } = statfsSync(this.#options.root);
    return { root: this.#options.root, items, kinds, totalBytes: Object.values(kinds).reduce((sum, bytes) => sum + bytes, 0), unmeasured, disk: { totalBytes: blocks * bsize, freeBytes: bavail * bsize } };
  }

  /** Measures in a worker thread and notes the bytes in the pieces; hands them out as their numbers come. */
  async *#measure(pieces: readonly Piece[], options: IoOptions): AsyncGenerator<readonly Piece[]> {
    if (pieces.length === 0) return;
    const data: MeasureTaskData = { places: pieces.map(({ paths, without, shallow }) => ({ paths, without, shallow })) };
    const layers = this.#settledLayers();
    let rest = "";
    for await (const chunk of this.#options.workers.stream(TASK, data, options)) {
      const lines = (rest + Buffer.from(chunk).toString()).split("\n");
      rest = lines.pop()!;
      const known = lines.flatMap((line) => JSON.parse(line) as [number, number][]).map(([index, bytes]) => Object.assign(pieces[index]!, { bytes }));
      const at = performance.now();
      for (const { id, bytes } of known) this.#measured.set(id, { bytes, at });
      this.#options.snapshots.noteOccupied(known.filter(({ id }) => layers.has(id)).map(({ id, bytes }) => [id as SnapshotKey, bytes] as const));
      if (known.length > 0) yield known;
    }
    clearTimeout(this.#forget);
    this.#forget = setTimeout(() => (this.#measured = new Map()), KEEP_MS).unref();
  }

  #settledLayers(): ReadonlySet<string> {
    const before = Date.now() - (this.#options.settledMs ?? SETTLED_MS);
    return new Set(this.#options.snapshots.places().filter(({ info }) => info.kind === "committed" && info.createdAt.getTime() <= before).map(({ info }) => info.key));
  }

  async #measureAll(pieces: readonly Piece[], options: IoOptions): Promise<void> {
    for await (const _ of this.#measure(pieces.filter(({ bytes }) => bytes === null), options));
  }

  async preview(selection: readonly DiskRef[], options: IoOptions = {}): Promise<FreePreview> {
    const holdings = await survey(this.#options, options);
    const { going, refused, pieces } = holdings.plan(selection);
    const oldest = performance.now() - KEEP_MS;
    for (const piece of holdings.pieces()) {
      const before = this.#measured.get(piece.id);
      if (piece.bytes === null && before !== undefined && before.at > oldest) piece.bytes = before.bytes;
    }
    await this.#measureAll(pieces, options);
    return { freedBytes: sumOf(pieces), items: going.map((holder) => holdings.itemOf(holder)), refused, layers: pieces.filter(({ isLayer }) => isLayer).length };
  }

  async *free(selection: readonly DiskRef[], options: IoOptions = {}): AsyncGenerator<FreeEvent> {
    const holdings = await survey(this.#options, options);
    const { going, refused, pieces } = holdings.plan(selection);
    await this.#measureAll(pieces, options);
    for (const { message, ...item } of refused) yield { type: "failed", item, message };
    let removed = 0;
    let done = 0;
    const pruned = this.#pruneCache(going, options);
    try {
      for (const holder of inOrder(going)) {
        throwIfAborted(options.signal);
        const { kind, id, name } = holder;
        try {
          await this.#remove(holder, pruned);
          removed++;
          yield { type: "removed", item: { kind, id, name }, done: ++done, of: going.length };
        } catch (error) {
          if (isCancelled(error)) throw error;
          yield { type: "failed", item: { kind, id, name }, message: messageOf(error) };
          done++;
        }
      }
    } finally {
      // Layers that the last of several holders gave up.
      await this.#options.images.collect(new Set(pieces.map(({ id }) => id)));
    }
    yield { type: "freed", freedBytes: pieces.reduce((sum, piece) => sum + freedOf(piece), 0), removed };
  }

  /** Removes the cache's part when it is its turn, all at once: each prune looks at the whole cache. */
  #pruneCache(going: readonly Holder[], options: IoOptions): () => Promise<readonly string[]> {
    const ids = going.filter(({ kind }) => kind === "cache").map(({ id }) => id);
    let work: Promise<readonly string[]> | undefined;
    return () => (work ??= this.#options.builder.pruneCache({ all: true, ids }, options).then(({ removed }) => removed));
  }

  async #remove({ kind, id, users }: Holder, pruned: () => Promise<readonly string[]>): Promise<void> {
    const { containers, volumes, logs, images, bin } = this.#options;
    if (users.some((user) => user.kind === "container" && containers.list().some(({ record }) => record.id === user.id))) throw new EngineError("conflict", "A container that uses it could not be removed.");
    switch (kind) {
      case "log":
        return logs.clear(id as Parameters<typeof logs.clear>[0]);
      case "container":
        return containers.remove(id, { force: false, volumes: false });
      case "volume":
        return volumes.remove(id);
      case "image":
        return this.#removeImage(id);
      case "cache":
        if (!(await pruned()).includes(id)) throw new EngineError("conflict", "A build uses it, or a later step stands on it.");
        return;
      case "transfer":
        return images.transfers.remove(id);
      default:
        if (id === REMOVED) return void (await bin.empty());
        // Left to the collection at the end.
        if (id !== UNNEEDED) throw new EngineError("invalidArgument", `a ${kind} cannot be removed`);
    }
  }

  /** Takes its names away one by one: with the last it goes, unless someone began to use it. */
  async #removeImage(id: string): Promise<void> {
    const { images } = this.#options;
    for (;;) {
      const image = images.list().find((each) => each.id === id);
      if (image === undefined) return;
      const [name] = [...image.repoTags, ...image.repoDigests];
      await images.remove(name ?? id);
    }
  }
}

const ORDER = ["log", "container", "cache", "image", "volume", "transfer"];

/** Those that others stand on come after them. */
function inOrder(going: readonly Holder[]): Holder[] {
  const byId = new Map(going.map((holder) => [holder.id, holder]));
  const depths = new Map<string, number>();
  const depthOf = ({ id, kind, users }: Holder): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    const depth = Math.max(0, ...users.filter((user) => user.kind === kind).map((user) => byId.get(user.id)).map((user) => (user === undefined ? 0 : depthOf(user) + 1)));
    depths.set(id, depth);
    return depth;
  };
  const rankOf = ({ kind }: Holder): number => (ORDER.indexOf(kind) + ORDER.length + 1) % (ORDER.length + 1);
  return going.map((holder) => ({ holder, rank: rankOf(holder), depth: depthOf(holder) })).sort((a, b) => a.rank - b.rank || a.depth - b.depth).map(({ holder }) => holder);
}

function sumOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}

/** What is really gone of a piece: of the files of a log, all but what was written since. */
function freedOf({ paths, bytes }: Piece): number {
  const left = paths.flatMap((path) => lstatSync(path, { throwIfNoEntry: false }) ?? []);
  return left.some((stats) => stats.isDirectory()) ? 0 : Math.max(0, left.reduce((sum, { blocks }) => sum - blocks * 512, bytes ?? 0));
}
