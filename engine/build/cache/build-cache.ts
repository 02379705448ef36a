import { createHash, randomBytes } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Digest, SnapshotKey } from "../../base/ids.ts";
import type { BuildCacheRecords, BuildCacheRow } from "../../store/builds.ts";
import type { RememberedInputs, StepInputs } from "./inputs.ts";

/** A manifest is remembered up to this many characters: beyond it, a reason says only that files differ. */
const MAX_MANIFEST = 16 << 20;

/** A step's key: what it stands on, does and reads. Equal keys mean equal results. */
export function cacheKey(...parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** A name for a layer that no image needs yet. */
export function newLayerKey(): SnapshotKey {
  return `build:${randomBytes(16).toString("hex")}` as SnapshotKey;
}

/**
 * Results of steps. A record's id is the step's full key, which holds nothing of this machine: an image that carries the ids of its layers is a cache
 * elsewhere. All methods are synchronous: a record is there, with its layer, or not at all. */
export class BuildCache {
  readonly #records: BuildCacheRecords;
  /** Records that a build uses right now, with how many do. */
  readonly #used = new Map<string, number>();

  constructor(records: BuildCacheRecords) {
    this.#records = records;
  }

  find(key: string): BuildCacheRow | undefined {
    return this.#records.byKey(key);
  }

  get(id: string): BuildCacheRow | undefined {
    return this.#records.get(id);
  }

  list(): readonly BuildCacheRow[] {
    return this.#records.list();
  }

  /** Notes that a build took a result. */
  hit(id: string, keys: readonly string[]): void {
    this.#records.touch(id, Date.now());
    for (const key of keys) this.#records.setKey(key, id);
  }

  /**
   * Records a new result; its layer must be committed. A result that replaces another takes what stood on that away: it was made of something else. While a
   * build uses the other, both stay, and the new one gets an id of its own.
   */
  add(result: { readonly id: string; readonly snapshot: SnapshotKey; readonly parent: string | null; readonly description: string; readonly size: number; readonly diffId?: Digest; readonly tarSize?: number }, keys: readonly string[]): BuildCacheRow {
    const now = Date.now();
    const id = this.isUsed(result.id) ? `${result.id}-${randomBytes(4).toString("hex")}` : result.id;
    this.#removeWithDescendants(id);
    const row: BuildCacheRow = { ...result, id, createdAt: now, lastUsedAt: now, uses: 0, diffId: result.diffId ?? null, tarSize: result.tarSize ?? null };
    this.#records.insert(row, keys);
    return row;
  }

  #removeWithDescendants(id: string): void {
    const rows = this.#records.get(id) === undefined ? [] : this.#records.list();
    const gone = new Set([id]);
    for (let before = 0; before !== gone.size; ) {
      before = gone.size;
      for (const { id: child, parent } of rows) if (parent !== null && gone.has(parent)) gone.add(child);
    }
    if (rows.length > 0) this.#records.remove([...gone]);
  }

  setLayer(id: string, diffId: Digest, tarSize: number): void {
    this.#records.setLayer(id, diffId, tarSize);
  }

  remove(ids: readonly string[]): void {
    this.#records.remove(ids);
  }

  /** Layers that stay for the records' sake. */
  snapshots(): SnapshotKey[] {
    return this.#records.list().map(({ snapshot }) => snapshot);
  }

  isUsed(id: string): boolean {
    return this.#used.has(id);
  }

  /** Keeps a record from pruning until the returned function is called. */
  use(id: string): () => void {
    this.#used.set(id, (this.#used.get(id) ?? 0) + 1);
    return () => {
      const left = this.#used.get(id)! - 1;
      if (left === 0) this.#used.delete(id);
      else this.#used.set(id, left);
    };
  }

  remembered(site: string): RememberedInputs | null {
    const row = this.#records.site(site);
    if (row === undefined) return null;
    return { inputs: JSON.parse(row.inputs) as StepInputs, manifest: row.manifest === null ? null : zstdDecompressSync(row.manifest).toString() };
  }

  remember(site: string, { inputs, manifest }: RememberedInputs): void {
    const packed = manifest === null || manifest.length > MAX_MANIFEST ? null : zstdCompressSync(manifest);
    this.#records.putSite({ site, inputs: JSON.stringify(inputs), manifest: packed }, Date.now());
  }

  /** The time an image of this definition was made first: it keeps its digest when nothing of it changes. In milliseconds since the epoch. */
  firstMade(definition: string, now: number): number {
    const site = `image:${definition}`;
    const row = this.#records.site(site);
    const made = row === undefined ? now : (JSON.parse(row.inputs) as number);
    this.#records.putSite({ site, inputs: JSON.stringify(made), manifest: null }, now);
    return made;
  }

  /** Whether a step that makes no layer was met before; it is from now on. */
  met(definition: string): boolean {
    const now = Date.now();
    const site = `config:${definition}`;
    const known = this.#records.site(site) !== undefined;
    this.#records.putSite({ site, inputs: "null", manifest: null }, now);
    return known;
  }

  /** Forgets what was not built for longest. */
  trim(): void {
    this.#records.trimSites();
  }
}
