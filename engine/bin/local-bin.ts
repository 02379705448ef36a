import { randomBytes } from "node:crypto";
import { Emitter } from "../base/events.ts";
import { EngineError, isEngineError } from "../base/errors.ts";
import type { ContainerId } from "../base/ids.ts";
import type { ContainerRecord, Containers } from "../containers/containers.ts";
import type { Images } from "../images/images.ts";
import type { NetworkRecord, Networks } from "../networks/networks.ts";
import { familiarString, parseReference, withDefaultTag } from "../oci/reference.ts";
import type { BinLine, BinRecords, BinRow } from "../store/bin.ts";
import type { ContainerRow } from "../store/containers.ts";
import type { Database } from "../store/database.ts";
import type { ImageRow } from "../store/images.ts";
import type { VolumeRow } from "../store/volumes.ts";
import type { Volumes } from "../volumes/volumes.ts";
import type { Bin, BinEntry, BinKind, BinRequest, BroughtBack } from "./bin.ts";

export interface LocalBinOptions {
  readonly database: Database;
  readonly records: BinRecords;
  readonly containers: Pick<Containers, "setAside" | "bringBack" | "discard" | "keptSize">;
  readonly volumes: Pick<Volumes, "list" | "setAside" | "bringBack" | "discard" | "keptUsage">;
  readonly images: Pick<Images, "setAside" | "bringBack" | "discard" | "keptSize" | "keptReferences">;
  readonly networks: Pick<Networks, "get" | "remove" | "bringBack">;
  /** Free bytes of the disk that holds it all. */
  readonly freeBytes: () => number;
  /** Bytes that entries may take together. */
  readonly limitBytes?: number | undefined;
  /** Told of failures that no caller waits for. */
  readonly onError: (what: string, error: unknown) => void;
}

const DEFAULT_KEEP_MS = 24 * 3600_000;
const MAX_KEEP_MS = 31 * 24 * 3600_000;
const DEFAULT_LIMIT_BYTES = 20e9;
/** With less than this free, the disk is nearly full. */
const LOW_BYTES = 1e9;
/** While something is kept, its end and the disk are looked at this often, in ms. */
const LOOK_MS = 30_000;

/** {@link Bin} over the engine's domains, which keep the files. */
export class LocalBin implements Bin {
  readonly #options: LocalBinOptions;
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #work = new Set<Promise<unknown>>();
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: LocalBinOptions) {
    this.#options = options;
  }

  /** Removes what expired while the engine was away, and goes on. To be called once, after the recovery of all domains. */
  recover(): void {
    for (const { id, name, owner, size } of this.#options.records.list()) if (size === null) this.#inBackground(`measuring ${name}`, this.#measure(owner ?? id));
    this.#look();
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all(this.#work);
  }

  /** An entry's row and those of what went with it. @throws EngineError `notFound` */
  #rows(id: string): [BinRow, ...BinRow[]] {
    const row = this.#options.records.get(id);
    if (row === undefined || row.owner !== null) throw new EngineError("notFound", `there is nothing removed with the id ${id}: it was brought back, or is gone for good`);
    return [row, ...this.#options.records.owned(id)];
  }

  list(): readonly BinEntry[] {
    const byEntry = Map.groupBy(this.#options.records.list(), ({ id, owner }) => owner ?? id);
    return [...byEntry.values()].map((lines) => toEntry(lines));
  }

  async put(kind: BinKind, nameOrId: string, request: BinRequest = {}): Promise<BinEntry> {
    const { keepMs = DEFAULT_KEEP_MS } = request;
    if (!(keepMs > 0 && keepMs <= MAX_KEEP_MS)) throw new EngineError("invalidArgument", `what is removed can be kept for up to ${MAX_KEEP_MS / 1000} seconds, not for ${keepMs / 1000}`);
    const now = Date.now();
    const times = { removedAt: now, expiresAt: now + keepMs, size: null };
    const id = await this.#setAside(kind, nameOrId, request, times);
    const rows = this.#rows(id);
    const measured = this.#measure(id);
    this.#inBackground(`measuring ${nameOrId}`, measured);
    // Layers that several images share count for the one that goes last: each is measured before the next goes.
    if (kind === "image") await measured.catch(() => undefined);
    this.#changed.fire();
    this.#schedule();
    return toEntry(this.#options.records.get(id) === undefined ? rows : this.#rows(id));
  }

  /** @returns the id of the entry */
  async #setAside(kind: BinKind, nameOrId: string, request: BinRequest, times: Pick<BinRow, "removedAt" | "expiresAt" | "size">): Promise<string> {
    const { containers, volumes, images, networks, records, database } = this.#options;
    let id = randomBytes(8).toString("hex");
    const insert = (name: string, detail: string, record: unknown): void => records.insert({ ...times, id, kind, name, detail, owner: null, record: JSON.stringify(record) });
    if (kind === "container") {
      await containers.setAside(nameOrId, { force: request.force === true, volumes: request.volumes === true }, (row, anonymous) => {
        id = row.id;
        insert(row.name, (JSON.parse(row.record) as ContainerRecord).config.Image, row);
        for (const name of anonymous) this.#setVolumeAside(name, row.id, times);
      });
    } else if (kind === "volume") volumes.setAside(nameOrId, id, (row) => insert(row.name, "", row));
    else if (kind === "image") images.setAside(nameOrId, { force: request.force === true }, (row) => insert(row.tags[0] ?? row.digests[0] ?? row.id, row.tags.slice(1).join(", "), row));
    else {
      database.transaction(() => {
        const network = networks.get(nameOrId);
        insert(network.name, network.subnets.map(({ subnet }) => subnet).join(", "), network);
        networks.remove(network.id);
      });
    }
    return id;
  }

  #setVolumeAside(name: string, owner: string, times: Pick<BinRow, "removedAt" | "expiresAt" | "size">): void {
    const id = randomBytes(8).toString("hex");
    try {
      this.#options.volumes.setAside(name, id, (row) => this.#options.records.insert({ ...times, id, kind: "volume", name, detail: "", owner, record: JSON.stringify(row) }));
    } catch (error) {
      // Another container uses it too (volumes-from), or it was removed by hand.
      if (!isEngineError(error, "conflict", "notFound")) throw error;
    }
  }

  restore(id: string, name?: string): BroughtBack {
    const { containers, volumes, images, networks, records, database } = this.#options;
    const [row, ...owned] = this.#rows(id);
    const forget = (): void => records.delete(row.id);
    const kind = row.kind as BinKind;
    const brought = ((): BroughtBack => {
      if (kind === "container") {
        const container = { ...(JSON.parse(row.record) as ContainerRow), ...(name === undefined ? {} : { name }) };
        const known = new Set(volumes.list().map((volume) => volume.name));
        const taken = owned.find((volume) => known.has(volume.name));
        if (taken !== undefined) throw new EngineError("conflict", `a volume named ${taken.name} exists again, and the container needs its own: remove that one first`);
        const warnings = containers.bringBack(container, () => {
          forget();
          for (const volume of owned) volumes.bringBack(JSON.parse(volume.record) as VolumeRow, volume.id, () => records.delete(volume.id));
        });
        return { kind, id: row.id, name: container.name.replace(/^\//, ""), warnings };
      }
      if (kind === "volume") {
        const volume = volumes.bringBack({ ...(JSON.parse(row.record) as VolumeRow), ...(name === undefined ? {} : { name }) }, row.id, forget);
        return { kind, id: volume.name, name: volume.name, warnings: volume.options["type"] === "tmpfs" ? ["its files were in memory and did not come back"] : [] };
      }
      if (kind === "image") {
        const removed = JSON.parse(row.record) as ImageRow;
        const tag = name === undefined ? undefined : tagNamed(name);
        return { kind, id: removed.id, name: tag ?? row.name, warnings: images.bringBack(tag === undefined ? removed : { ...removed, tags: [tag] }, forget) };
      }
      const removed = JSON.parse(row.record) as NetworkRecord;
      const before = { ...removed, createdAt: new Date(removed.createdAt), ...(name === undefined ? {} : { name }) };
      const network = database.transaction(() => {
        forget();
        return networks.bringBack(before);
      });
      const [was] = before.subnets;
      const [is] = network.subnets;
      return { kind, id: network.id, name: network.name, warnings: was?.subnet === is?.subnet ? [] : [`its subnet ${was?.subnet} is taken: it has ${is?.subnet} now`] };
    })();
    this.#changed.fire();
    return brought;
  }

  async remove(id: string): Promise<number> {
    const freed = await this.#discard(this.#rows(id));
    this.#changed.fire();
    return freed;
  }

  async empty(kinds?: readonly BinKind[]): Promise<number> {
    let freed = 0;
    for (const { id, kind } of this.list()) if (kinds?.includes(kind) !== false) freed += await this.#removeIfThere(id);
    return freed;
  }

  holds(): { readonly references: readonly string[]; readonly containers: readonly string[] } {
    const { records, images } = this.#options;
    const containers = records.list().filter(({ kind }) => kind === "container").map(({ id }) => id);
    return { references: [...containers, ...records.ofKind("image").flatMap(({ record }) => images.keptReferences(JSON.parse(record) as ImageRow))], containers };
  }

  /** The records first: from then on nothing brings it back, and a recovery removes what is left. */
  async #discard(rows: readonly BinRow[]): Promise<number> {
    const { containers, volumes, images, records, database } = this.#options;
    database.transaction(() => {
      for (const { id } of rows) records.delete(id);
    });
    let freed = 0;
    for (const { id, kind, size, record } of rows) {
      if (kind === "image") {
        freed += await this.#tracked(images.discard(JSON.parse(record) as ImageRow));
        continue;
      }
      if (kind === "container") await this.#tracked(containers.discard(id as ContainerId));
      else if (kind === "volume") await this.#tracked(volumes.discard(id));
      freed += size ?? 0;
    }
    return freed;
  }

  /** Of an entry and what went with it. What is in here does not change: once is enough. */
  async #measure(id: string): Promise<void> {
    for (const each of this.#options.records.get(id) === undefined ? [] : this.#rows(id)) {
      const bytes = await this.#sizeOf(each).catch((error: unknown) => {
        // Brought back or removed for good meanwhile.
        if (this.#options.records.get(each.id) === undefined) return 0;
        throw error;
      });
      this.#options.records.saveSize(each.id, bytes);
    }
    this.#changed.fire();
    this.#look();
  }

  #sizeOf({ kind, id, record }: BinRow): Promise<number> {
    const { containers, volumes, images } = this.#options;
    if (kind === "container") return containers.keptSize(id as ContainerId);
    if (kind === "volume") return volumes.keptUsage(id);
    return kind === "image" ? images.keptSize(JSON.parse(record) as ImageRow) : Promise.resolve(0);
  }

  /** Removes for good what has expired, and the oldest where there is too much. */
  #look(): void {
    if (this.#closed) return;
    this.#inBackground("removing for good what expired", this.#tidy());
    this.#schedule();
  }

  async #tidy(): Promise<void> {
    const { limitBytes = DEFAULT_LIMIT_BYTES, freeBytes } = this.#options;
    for (const entry of this.list()) if (entry.expiresAt.getTime() <= Date.now()) await this.#removeIfThere(entry.id);
    const isLow = (): boolean => freeBytes() < LOW_BYTES;
    for (let entries = this.list(); entries.length > 0; entries = this.list()) {
      const total = entries.reduce((sum, { size }) => sum + (size ?? 0), 0);
      const oldest = entries.findLast(({ size }) => size !== null && size > 0);
      if (oldest === undefined || !(isLow() || (total > limitBytes && oldest !== entries[0]))) break;
      await this.#removeIfThere(oldest.id);
    }
  }

  async #removeIfThere(id: string): Promise<number> {
    return this.#options.records.get(id) === undefined ? 0 : this.remove(id);
  }

  /** Nothing ticks while there is nothing. */
  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const ends = this.#options.records.list().map(({ expiresAt }) => expiresAt - Date.now());
    if (this.#closed || ends.length === 0) return;
    this.#timer = setTimeout(() => this.#look(), Math.max(0, Math.min(LOOK_MS, ...ends))).unref();
  }

  #inBackground(what: string, work: Promise<unknown>): void {
    void this.#tracked(work).catch((error: unknown) => this.#options.onError(what, error));
  }

  #tracked<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(() => undefined, () => undefined);
    this.#work.add(settled);
    void settled.then(() => this.#work.delete(settled));
    return work;
  }
}

function tagNamed(name: string): string {
  const reference = withDefaultTag(parseReference(name));
  if (reference.digest !== undefined) throw new EngineError("invalidArgument", `${name} has a digest: give the image a name with a tag`);
  return familiarString(reference);
}

/** @param lines of an entry and of what went with it, in any order */
function toEntry(lines: readonly BinLine[]): BinEntry {
  const { id, kind, name, detail, removedAt, expiresAt } = lines.find(({ owner }) => owner === null)!;
  const sizes = lines.map(({ size }) => size);
  return {
    id, kind: kind as BinKind, name, detail, volumes: lines.length - 1,
    size: sizes.some((size) => size === null) ? null : sizes.reduce<number>((sum, size) => sum + size!, 0),
    removedAt: new Date(removedAt), expiresAt: new Date(expiresAt),
  };
}
