import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type { IoOptions } from "../base/abort.ts";
import { EngineError, isCancelled, toEngineError } from "../base/errors.ts";
import { chainIds } from "../oci/config.ts";
import { familiarString, parseReference, withDefaultTag } from "../oci/reference.ts";
import { removeTree } from "../sys/files.ts";
import { mountsBelow, unmount } from "../sys/mount.ts";
import type { BuildChange, BuildEvent, BuildForecast, BuildRecord, BuildRequest, BuildResult, BuildSink, Builder, CachePruneRequest, CacheRecord, FailedRootRequest, FailedRootSession } from "./build.ts";
import { choosePruned } from "./cache/prune.ts";
import { FailedRoots } from "./failed-roots.ts";
import type { BuildDependencies } from "./graph/job.ts";
import type { Forecast } from "./graph/stage.ts";
import { followRecord } from "./history/follow-record.ts";
import { BuildHistory } from "./history/history.ts";
import type { CacheMounts } from "./run/run.ts";
import { runBuild } from "./run-build.ts";

export interface BuilderOptions extends BuildDependencies {
  readonly cacheMounts: CacheMounts;
}

/** The cache may fill this part of the disk, and this much in any case, in bytes; more is pruned after builds. */
const KEEP_SHARE = 0.1;
const KEEP_BYTES = 10e9;

/** Builds, joined from everything below. */
export class BuildService implements Builder {
  readonly #options: BuilderOptions;
  readonly #history: BuildHistory;
  readonly #failed: FailedRoots;
  readonly #running = new Map<string, { readonly controller: AbortController; readonly done: Promise<unknown> }>();
  readonly #inProgress = new Map<string, Promise<unknown>>();
  #closing = false;

  constructor(options: BuilderOptions) {
    this.#options = options;
    this.#history = new BuildHistory(join(options.root, "build", "history"), options.onError);
    this.#failed = new FailedRoots((id) => void this.#history.update(id, { failedStep: null }));
  }

  /** Removes what a crash left of builds. Called once at start-up, before the first build. */
  async recover(): Promise<void> {
    const { run, root, runner } = this.#options;
    await runner.recover();
    const views = join(run, "build");
    for (const { target } of mountsBelow(views)) unmount(target, { detach: true });
    rmSync(views, { recursive: true, force: true });
    await removeTree(join(root, "build", "jobs"));
    for (const directory of [views, join(root, "build", "jobs")]) mkdirSync(directory, { recursive: true, mode: 0o711 });
  }

  async build(request: BuildRequest, sink: BuildSink, options: IoOptions = {}): Promise<BuildResult> {
    if (this.#closing) throw new EngineError("unavailable", "the engine is stopping");
    const id = randomBytes(16).toString("hex");
    const controller = new AbortController();
    const signal = options.signal === undefined ? controller.signal : AbortSignal.any([options.signal, controller.signal]);
    const work = this.#build(id, request, sink, signal);
    this.#running.set(id, { controller, done: work.catch(() => undefined) });
    try {
      return await work;
    } finally {
      this.#running.delete(id);
      this.#pruneInBackground();
    }
  }

  async #build(id: string, request: BuildRequest, sink: BuildSink, signal: AbortSignal): Promise<BuildResult> {
    const startedAt = Date.now();
    const title = titleOf(request);
    const record: BuildRecord = {
      id, title, startedAt, endedAt: null, status: "running", error: null, imageId: null, tags: request.tags, target: request.target ?? null,
      contextPath: request.context.type === "directory" ? request.context.path : request.context.type === "remote" ? request.context.url : null,
      dockerfile: "text" in request.dockerfile ? "" : request.dockerfile.path ?? "Dockerfile", steps: [], warnings: [], failedStep: null,
    };
    this.#history.begin(record);
    const emit = (event: BuildEvent): void => {
      this.#history.append(id, event);
      const change = followRecord(this.#history.get(id), event);
      if (change !== null) this.#history.update(id, change);
      sink(event);
    };
    emit({ type: "started", buildId: id, at: startedAt, title });
    try {
      const image = await runBuild({ id, request, emit, signal, dependencies: this.#options, inProgress: this.#inProgress, keep: (step, kept) => this.#keep(id, step, kept) });
      if (image === null) throw new EngineError("internal", "the build ended without an image");
      const tags = request.tags.map((tag) => familiarString(withDefaultTag(parseReference(tag))));
      emit({ type: "ended", at: Date.now(), outcome: "built", imageId: image.id, tags });
      return { buildId: id, imageId: image.id, tags };
    } catch (thrown) {
      const error = toEngineError(thrown);
      emit({ type: "ended", at: Date.now(), outcome: isCancelled(error) || signal.aborted ? "cancelled" : "failed", error: error.message, details: error.details });
      throw error;
    } finally {
      await this.#history.end(id);
    }
  }

  #keep(id: string, step: number, kept: Parameters<FailedRoots["keep"]>[1]): void {
    this.#failed.keep(id, kept);
    this.#history.update(id, { failedStep: step });
  }

  async retry(id: string, dockerfile: string | undefined, sink: BuildSink, { credentials, ...options }: IoOptions & { readonly credentials?: BuildRequest["credentials"] | undefined } = {}): Promise<BuildResult> {
    const record = this.#history.get(id);
    const { request } = this.#failed.take(record.id);
    const again = { ...request, ...(dockerfile === undefined ? {} : { dockerfile: { text: dockerfile } }), ...(credentials === undefined ? {} : { credentials }) };
    try {
      return await this.build(again, sink, options);
    } finally {
      await this.#failed.dismiss(record.id);
    }
  }

  async plan(request: BuildRequest, options: IoOptions = {}): Promise<BuildForecast> {
    const steps: BuildForecast["steps"][number][] = [];
    const warnings: BuildForecast["warnings"][number][] = [];
    const emit = (event: BuildEvent): void => {
      if (event.type === "warning") warnings.push(event.diagnostic);
      if (event.type === "stepEnded") foresee({ step: event.step, forecast: event.outcome === "cached" ? "hit" : "miss", reason: null });
      if (event.type !== "planned") return;
      for (const info of event.steps) if (!steps.some(({ number }) => number === info.number)) steps.push({ ...info, forecast: "unknown", reason: null });
    };
    const foresee = ({ step, forecast, reason }: Forecast): void => {
      const at = steps.findIndex(({ number }) => number === step);
      if (at >= 0) steps[at] = { ...steps[at]!, forecast, reason };
    };
    const controller = new AbortController();
    await runBuild({
      id: randomBytes(16).toString("hex"), request, emit, signal: options.signal ?? controller.signal, dependencies: this.#options, inProgress: this.#inProgress,
      foresee,
    });
    return { steps, warnings };
  }

  history(): readonly BuildRecord[] {
    return this.#history.list();
  }

  record(id: string): BuildRecord {
    return this.#history.get(id);
  }

  events(id: string, options: IoOptions & { readonly follow?: boolean } = {}): AsyncIterable<BuildEvent> {
    return this.#history.events(id, options);
  }

  changes(options: IoOptions = {}): AsyncIterable<BuildChange> {
    return this.#history.changes(options);
  }

  cancel(id: string): void {
    this.#running.get(this.#history.get(id).id)?.controller.abort(new EngineError("cancelled", "the build was cancelled"));
  }

  async forget(id: string): Promise<void> {
    const record = this.#history.get(id);
    if (record.failedStep !== null) await this.#failed.dismiss(record.id);
    this.#history.forget(record.id);
  }

  openFailed(id: string, request: FailedRootRequest, options: IoOptions = {}): Promise<FailedRootSession> {
    return this.#failed.open(this.#history.get(id).id, request, options);
  }

  async dismiss(id: string): Promise<void> {
    await this.#failed.dismiss(this.#history.get(id).id);
  }

  async cacheRecords(options: IoOptions = {}): Promise<readonly CacheRecord[]> {
    const { cache, images, cacheMounts } = this.#options;
    const chains = new Set<string>(images.list().flatMap(({ config }) => chainIds(config.rootfs.diff_ids)));
    const layers = cache.list().map((row): CacheRecord => ({
      id: row.id, type: "layer", description: row.description, size: row.size, createdAt: row.createdAt, lastUsedAt: row.lastUsedAt, uses: row.uses,
      inUse: cache.isUsed(row.id), shared: chains.has(row.snapshot), parentId: row.parent,
    }));
    const mounts = await Promise.all(cacheMounts.list().map(async (mount): Promise<CacheRecord> => ({
      id: mount.key, type: "cacheMount", description: `cache mount ${mount.id}`, size: await cacheMounts.usage(mount.key, options), createdAt: mount.createdAt, lastUsedAt: mount.lastUsedAt, uses: mount.uses,
      inUse: mount.inUse, shared: false, parentId: null,
    })));
    return [...layers, ...mounts];
  }

  async pruneCache(request: CachePruneRequest, options: IoOptions = {}): Promise<{ readonly removed: readonly string[]; readonly freedBytes: number }> {
    const { cache, cacheMounts, images } = this.#options;
    const records = new Map((await this.cacheRecords(options)).map((record) => [record.id, record]));
    const removed: string[] = [];
    const layers: string[] = [];
    let freedBytes = 0;
    for (const id of choosePruned([...records.values()], request)) {
      options.signal?.throwIfAborted();
      const record = records.get(id)!;
      if (record.type === "layer") layers.push(id);
      else {
        freedBytes += record.size;
        await cacheMounts.remove(id);
      }
      removed.push(id);
    }
    const snapshots = new Set(layers.map((id) => cache.get(id)?.snapshot).filter((key) => key !== undefined));
    cache.remove(layers);
    cache.trim();
    return { removed, freedBytes: freedBytes + (await images.collect(snapshots, options)) };
  }

  #pruneInBackground(): void {
    if (this.#closing || this.#running.size > 0) return;
    const { blocks, bsize } = statfsSync(this.#options.root);
    this.pruneCache({ all: false, keepBytes: Math.max(KEEP_BYTES, blocks * bsize * KEEP_SHARE) }).catch((error: unknown) => this.#options.onError("pruning the build cache", error));
  }

  /** Stops all builds and drops what failed ones keep. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const { controller } of this.#running.values()) controller.abort(new EngineError("cancelled", "the engine is stopping"));
    await Promise.all([...this.#running.values()].map(({ done }) => done));
    await this.#failed.close();
  }
}

function titleOf({ title, tags, context }: BuildRequest): string {
  if (title !== undefined) return title;
  if (tags[0] !== undefined) return tags[0];
  return context.type === "directory" ? context.path : context.type === "remote" ? context.url : "build";
}
