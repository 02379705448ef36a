import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { IoOptions } from "../base/abort.ts";
import { isEngineError, isSystemError } from "../base/errors.ts";
import { shortId } from "../base/ids.ts";
import type { Bin } from "../bin/bin.ts";
import type { Builder } from "../build/build.ts";
import type { BuildCache } from "../build/cache/build-cache.ts";
import type { CacheMounts } from "../build/run/run.ts";
import type { ContainerView, Containers } from "../containers/containers.ts";
import { usesVolume } from "../containers/mount-points.ts";
import { isAlive } from "../containers/state.ts";
import type { ContentStore } from "../content/content.ts";
import type { Leases } from "../gc/leases.ts";
import type { ImageRecord, Images } from "../images/images.ts";
import type { ContainerLogs } from "../logs/logs.ts";
import type { Snapshotter } from "../snapshots/snapshots.ts";
import { mountsBelow } from "../sys/mount.ts";
import { Slices } from "../sys/slices.ts";
import { KEPT, type Volumes } from "../volumes/volumes.ts";
import type { DiskUser } from "./disk.ts";
import { Holdings } from "./pieces.ts";
import type { Holder, Piece } from "./pieces.ts";

export interface DiskSources {
  /** Persistent state directory of the engine. */
  readonly root: string;
  readonly content: Pick<ContentStore, "ingestPath">;
  readonly snapshots: Pick<Snapshotter, "places" | "noteOccupied">;
  readonly images: Images;
  readonly containers: Pick<Containers, "list" | "remove">;
  readonly volumes: Pick<Volumes, "list" | "remove">;
  readonly logs: Pick<ContainerLogs, "files" | "clear">;
  readonly cache: Pick<BuildCache, "list" | "isUsed">;
  readonly cacheMounts: Pick<CacheMounts, "list">;
  readonly builder: Pick<Builder, "pruneCache">;
  readonly leases: Pick<Leases, "ids">;
  readonly bin: Pick<Bin, "holds" | "empty">;
}

/** What nothing needs and a collection removes. */
export const UNNEEDED = "unneeded";
/** What was removed and can be brought back. */
export const REMOVED = "removed";
/** Directories of `build/` that builds under way fill and empty. */
const WORKING = ["jobs", "steps", "spools"];

/** Looks through the data root: who holds what, with the sizes that are known. Nothing is measured here. */
export function survey(sources: DiskSources, options: IoOptions = {}): Promise<Holdings> {
  return new Survey(sources, options).run();
}

class Survey {
  readonly #sources: DiskSources;
  readonly #options: IoOptions;
  readonly #slices: Slices;
  readonly #pieces = new Map<string, Piece>();
  readonly #holders: Holder[] = [];
  /** What is there and belongs to none of the others, by what it is. */
  readonly #rest = { frame: [] as string[], records: [] as string[], unfinished: [] as string[], fetched: [] as string[], history: [] as string[] };

  constructor(sources: DiskSources, options: IoOptions) {
    this.#sources = sources;
    this.#options = options;
    this.#slices = new Slices(options);
  }

  async run(): Promise<Holdings> {
    const { root } = this.#sources;
    const containers = this.#sources.containers.list();
    const mounted = mountsBelow(root).map(({ target }) => target);
    await this.#snapshots();
    await this.#blobs();
    await this.#images(containers);
    this.#cache();
    await this.#containers(containers);
    await this.#volumes(containers, mounted);
    await this.#removed();
    await this.#transfers();
    await this.#build();
    for (const name of await this.#names(root)) if (!["snapshots", "blobs", "ingest", "containers", "volumes", "build"].includes(name)) this.#rest.records.push(join(root, name));
    this.#frame();
    this.#others();
    return Holdings.join(this.#pieces.values(), this.#holders, this.#options);
  }

  async #names(directory: string): Promise<string[]> {
    if (this.#slices.due) await this.#slices.rest();
    try {
      return await readdir(directory);
    } catch (error) {
      if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
      throw error;
    }
  }

  #piece(id: string, paths: readonly string[], more: Partial<Piece> = {}): string {
    this.#pieces.set(id, { id, paths, below: null, bytes: null, isLayer: false, ...more });
    return id;
  }

  #hold(holder: Pick<Holder, "kind" | "id" | "name" | "pieces"> & Partial<Holder>): void {
    this.#holders.push({ detail: "", createdAt: null, lastUsedAt: null, users: [], fixed: null, ...holder });
  }

  async #snapshots(): Promise<void> {
    const known = new Set<string>();
    for (const { info, directory, occupied } of this.#sources.snapshots.places()) {
      if (this.#slices.due) await this.#slices.rest();
      known.add(basename(directory));
      this.#piece(info.key, [directory], { below: info.parent, bytes: info.kind === "committed" ? occupied : null, isLayer: info.kind === "committed" });
    }
    const root = join(this.#sources.root, "snapshots");
    for (const name of await this.#names(root)) if (!known.has(name)) this.#rest.unfinished.push(join(root, name));
  }

  async #blobs(): Promise<void> {
    const root = join(this.#sources.root, "blobs", "sha256");
    for (const name of await this.#names(root)) this.#piece(`sha256:${name}`, [join(root, name)]);
  }

  async #images(containers: readonly ContainerView[]): Promise<void> {
    const { images } = this.#sources;
    const users = Map.groupBy(containers, ({ record }) => record.imageId as string);
    const all = images.list();
    const children = Map.groupBy(all.filter(({ parentId }) => parentId !== null), ({ parentId }) => parentId as string);
    for (const image of all) {
      if (this.#slices.due) await this.#slices.rest();
      const using = users.get(image.id) ?? [];
      const [name, ...others] = image.repoTags.length > 0 ? image.repoTags : image.repoDigests;
      this.#hold({
        kind: "image", id: image.id, name: name ?? shortId(image.id), detail: name === undefined ? "dangling" : others.length > 0 ? `also ${others.join(", ")}` : "",
        pieces: this.#referencesOf(image), createdAt: image.createdAt?.getTime() ?? null, lastUsedAt: latest(using.map(lastUse)),
        users: [...using.map(userOf), ...(children.get(image.id) ?? []).map((child): DiskUser => ({ kind: "image", id: child.id, name: nameOf(child), running: false }))],
      });
    }
  }

  /** Nothing, when it was removed a moment ago. */
  #referencesOf({ id }: ImageRecord): readonly string[] {
    try {
      return this.#sources.images.references(id);
    } catch (error) {
      if (isEngineError(error, "notFound")) return [];
      throw error;
    }
  }

  #cache(): void {
    const { cache, cacheMounts, root } = this.#sources;
    const records = cache.list();
    const children = Map.groupBy(records.filter(({ parent }) => parent !== null), ({ parent }) => parent!);
    for (const record of records) {
      this.#hold({
        kind: "cache", id: record.id, name: record.description, pieces: [record.snapshot], createdAt: record.createdAt, lastUsedAt: record.lastUsedAt,
        users: (children.get(record.id) ?? []).map((child) => ({ kind: "cache", id: child.id, name: child.description, running: false })),
        fixed: cache.isUsed(record.id) ? "A build uses it right now." : null,
      });
    }
    for (const mount of cacheMounts.list()) {
      const piece = this.#piece(`cache-mount ${mount.key}`, [join(root, "build", "cache-mounts", mount.key)]);
      this.#hold({ kind: "cache", id: mount.key, name: `cache mount ${mount.id}`, pieces: [piece], createdAt: mount.createdAt, lastUsedAt: mount.lastUsedAt, fixed: mount.inUse ? "A build uses it right now." : null });
    }
  }

  async #containers(containers: readonly ContainerView[]): Promise<void> {
    const root = join(this.#sources.root, "containers");
    const known = new Set<string>([...containers.map(({ record }) => record.id), ...this.#sources.bin.holds().containers]);
    for (const name of await this.#names(root)) if (!known.has(name)) this.#rest.unfinished.push(join(root, name));
    for (const view of containers) {
      if (this.#slices.due) await this.#slices.rest();
      const { id, name, createdAt } = view.record;
      const log = this.#sources.logs.files(id);
      const running = isAlive(view.state) || view.state.status === "restarting";
      const pieces = [id, this.#piece(`container ${id}`, [join(root, id)], { without: log })];
      const lastUsedAt = lastUse(view);
      if (log.length > 0) {
        pieces.push(this.#piece(`log ${id}`, log));
        this.#hold({ kind: "log", id, name, detail: running ? "of a running container" : "", pieces: [`log ${id}`], createdAt: createdAt.getTime(), lastUsedAt });
      }
      this.#hold({
        kind: "container", id, name, detail: view.state.status, pieces, createdAt: createdAt.getTime(), lastUsedAt,
        fixed: running ? "It runs: stop it first." : view.state.status === "removing" ? "It is being removed." : null,
      });
    }
  }

  async #volumes(containers: readonly ContainerView[], mounted: readonly string[]): Promise<void> {
    const root = join(this.#sources.root, "volumes");
    const known = new Set<string>();
    for (const { name, createdAt, anonymous } of this.#sources.volumes.list()) {
      if (this.#slices.due) await this.#slices.rest();
      known.add(name);
      const using = containers.filter(({ record }) => usesVolume(record, name));
      const piece = this.#piece(`volume ${name}`, [join(root, name)], { without: mounted });
      this.#hold({ kind: "volume", id: name, name, detail: anonymous ? "anonymous" : "", pieces: [piece], createdAt: createdAt.getTime(), lastUsedAt: latest(using.map(lastUse)), users: using.map(userOf) });
    }
    for (const name of await this.#names(root)) if (!known.has(name) && name !== KEPT) this.#rest.unfinished.push(join(root, name));
  }

  /** What was removed and can be brought back: one line, which goes as a whole. */
  async #removed(): Promise<void> {
    const { root, bin } = this.#sources;
    const { references, containers } = bin.holds();
    const volumes = await this.#names(join(root, "volumes", KEPT));
    if (references.length === 0 && volumes.length === 0) return;
    const paths = [...containers.map((id) => join(root, "containers", id)), ...volumes.map((id) => join(root, "volumes", KEPT, id))];
    this.#hold({ kind: "other", id: REMOVED, name: "Recently removed", detail: "can be brought back for a while", pieces: [...references, this.#piece("removed", paths)] });
  }

  /** What unfinished pulls and pushes keep, and the bytes of those under way. */
  async #transfers(): Promise<void> {
    const root = join(this.#sources.root, "ingest");
    const files = Map.groupBy(await this.#names(root), (name) => name.split(".")[0]!);
    for (const { id, kind, reference, state, holds, createdAt, updatedAt } of this.#sources.images.transfers.list()) {
      if (holds.length === 0) continue;
      const pieces = [...holds];
      for (const held of holds) {
        const name = basename(this.#sources.content.ingestPath(held));
        const piece = `ingest ${name}`;
        if (this.#pieces.has(piece)) pieces.push(piece);
        const parts = files.get(name);
        if (parts === undefined) continue;
        files.delete(name);
        pieces.push(this.#piece(piece, parts.map((part) => join(root, part))));
      }
      const fixed = state === "running" || state === "paused" ? `It is ${state}: cancel it first.` : null;
      this.#hold({ kind: "transfer", id, name: `${kind} of ${reference}`, detail: state, pieces, createdAt: createdAt.getTime(), lastUsedAt: updatedAt.getTime(), fixed });
    }
    this.#rest.unfinished.push(...[...files.values()].flat().map((name) => join(root, name)));
  }

  async #build(): Promise<void> {
    const root = join(this.#sources.root, "build");
    const mounts = new Set(this.#sources.cacheMounts.list().map(({ key }) => key));
    for (const folder of await this.#names(root)) {
      const list = folder === "history" ? this.#rest.history : WORKING.includes(folder) || folder === "cache-mounts" ? this.#rest.unfinished : this.#rest.fetched;
      this.#rest.frame.push(join(root, folder));
      for (const name of await this.#names(join(root, folder))) if (folder !== "cache-mounts" || !mounts.has(name)) list.push(join(root, folder, name));
    }
  }

  /** The directories that hold all of this together. */
  #frame(): void {
    const { root } = this.#sources;
    const paths = ["", "snapshots", "blobs", "blobs/sha256", "ingest", "containers", "volumes", `volumes/${KEPT}`, "build"].map((name) => join(root, name));
    this.#piece("frame", [...paths, ...this.#rest.frame], { shallow: true });
  }

  #others(): void {
    const { unfinished, records, fetched, history } = this.#rest;
    if (fetched.length > 0) this.#hold({ kind: "cache", id: "fetched", name: "Downloads of builds", detail: "addresses, git repositories, digests of folders", pieces: [this.#piece("fetched", fetched)], fixed: "The builder keeps it within limits of its own." });
    if (history.length > 0) this.#hold({ kind: "engine", id: "history", name: "History of builds", detail: "with their output", pieces: [this.#piece("history", history)], fixed: "The last 200 builds are kept: remove some under Build." });
    this.#hold({ kind: "engine", id: "records", name: "The engine's own records", pieces: ["frame", this.#piece("records", records)], fixed: "The engine needs them." });
    const held = new Set(this.#holders.flatMap(({ pieces }) => pieces));
    const working = [...this.#sources.leases.ids()].filter((id) => this.#pieces.has(id));
    if (unfinished.length > 0) working.push(this.#piece("unfinished", unfinished));
    const kept = this.#withBelow([...held, ...working]);
    const stray = [...this.#pieces.values()].filter(({ id }) => !kept.has(id));
    // A writable layer that is no container's: a step of a build, or the root file system that a failed one keeps.
    working.push(...stray.filter(({ id, isLayer }) => !isLayer && !id.startsWith("sha256:")).map(({ id }) => id));
    if (working.length > 0) this.#hold({ kind: "other", id: "working", name: "Work in progress", detail: "pulls, builds and removals under way, failed builds that are kept", pieces: working, fixed: "It goes when the work ends." });
    const standing = this.#withBelow(working);
    const unneeded = stray.map(({ id }) => id).filter((id) => !standing.has(id));
    if (unneeded.length > 0) this.#hold({ kind: "other", id: UNNEEDED, name: "Leftovers that nothing needs", detail: "layers and blobs of work that ended early", pieces: unneeded });
  }

  #withBelow(ids: Iterable<string>): ReadonlySet<string> {
    const all = new Set(ids);
    // A set goes on through what is added to it meanwhile.
    for (const id of all) {
      const below = this.#pieces.get(id)?.below ?? null;
      if (below !== null) all.add(below);
    }
    return all;
  }
}

function nameOf({ repoTags, id }: ImageRecord): string {
  return repoTags[0] ?? shortId(id);
}

function userOf({ record, state }: ContainerView): DiskUser {
  return { kind: "container", id: record.id, name: record.name, running: isAlive(state) };
}

function lastUse({ state }: ContainerView): number | null {
  return latest([state.startedAt?.getTime() ?? null, state.finishedAt?.getTime() ?? null]);
}

function latest(times: readonly (number | null)[]): number | null {
  return times.reduce((a, b) => (a === null ? b : b === null ? a : Math.max(a, b)), null);
}
