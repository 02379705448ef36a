import type { IoOptions } from "../base/abort.ts";
import { Emitter } from "../base/events.ts";
import { EngineError } from "../base/errors.ts";
import { isDigest } from "../base/digest.ts";
import { shortId } from "../base/ids.ts";
import type { Digest, SnapshotKey } from "../base/ids.ts";
import type { ContentStore } from "../content/content.ts";
import { Collector } from "../gc/collector.ts";
import type { Collected, GcRoot } from "../gc/collector.ts";
import type { Leases } from "../gc/leases.ts";
import { chainIds, topChainId } from "../oci/config.ts";
import type { Descriptor, Platform } from "../oci/descriptor.ts";
import { hostPlatform } from "../oci/platform.ts";
import { familiarName, familiarString, parseReference, withDefaultTag } from "../oci/reference.ts";
import type { Reference } from "../oci/reference.ts";
import type { Registry, RegistryCredentials, RegistryOptions, RegistryRepository } from "../registry/registry.ts";
import type { Snapshotter } from "../snapshots/snapshots.ts";
import { BlobRecords } from "../store/blobs.ts";
import type { Database } from "../store/database.ts";
import { ImageRecords } from "../store/images.ts";
import type { ImageRow } from "../store/images.ts";
import { TransferRecords } from "../store/transfers.ts";
import type { WorkerPool } from "../sys/workers.ts";
import { assembleImage } from "./assemble.ts";
import { Browser } from "./browse.ts";
import { ImageCatalog } from "./catalog.ts";
import type { CatalogImage } from "./catalog.ts";
import { commitSnapshot } from "./commit.ts";
import { CompressedBlobs } from "./compressed.ts";
import type { ImageContents } from "./contents/contents.ts";
import { LayerContents } from "./contents/layer-contents.ts";
import { historyOf } from "./history.ts";
import type { HistoryLine, ImageEvent, ImageRecord, Images, ImageUsers, ProgressSink, PushedTag, RemovalPreview, RemovedImage } from "./images.ts";
import { importTar } from "./import.ts";
import { Layers } from "./layers.ts";
import type { OriginOf } from "./layers.ts";
import type { UnpackLimits } from "./layer-task.ts";
import { loadArchive } from "./load.ts";
import { digestName, inspectRemote, layersOf, resolveImage } from "./pull.ts";
import type { ResolvedImage } from "./pull.ts";
import type { ImageParts } from "./parts.ts";
import { pushLine, pushTag } from "./push.ts";
import { Uploads } from "./uploads.ts";
import { imageOfPlatform, tagsToPush } from "./push-choice.ts";
import type { TagToPush } from "./push-choice.ts";
import { planRemoval } from "./remove.ts";
import { planPrune, planRemovals } from "./removals.ts";
import type { RemovalsPlan } from "./removals.ts";
import { saveImages } from "./save.ts";
import { sharedSizesOf } from "./sharing.ts";
import { snapshotBytes } from "./sizes.ts";
import { TransferLog } from "./transfers/log.ts";
import type { TransferContext } from "./transfers/log.ts";
import type { Transfer, Transfers, TransferSpec } from "./transfers/transfers.ts";

export interface ImageServiceOptions {
  readonly content: ContentStore;
  readonly snapshots: Snapshotter;
  readonly registry: Registry;
  /** As the registry was made with: worker threads fetch layers themselves. */
  readonly registryOptions?: RegistryOptions | undefined;
  readonly database: Database;
  readonly workers: WorkerPool;
  /** Threads for layers from far away, which mostly wait; {@link workers} unless given. */
  readonly farWorkers?: WorkerPool | undefined;
  readonly leases: Leases;
  readonly userNamespace: boolean;
  readonly users: ImageUsers;
  readonly limits?: UnpackLimits | undefined;
  /** Snapshots that are kept for their own sake: the build cache's. Asked at the start of each collection. */
  readonly pinned?: (() => Iterable<SnapshotKey>) | undefined;
  /** Images that were set aside and are on record. Asked at the start of each collection. */
  readonly kept?: (() => Iterable<ImageRow>) | undefined;
}

/** Far above any real image, far below what fills a machine. */
const DEFAULT_LIMITS: UnpackLimits = { maxBytes: 256 * 2 ** 30, maxEntries: 5_000_000 };
/** As Docker: three layers at once. */
const PARALLEL_LAYERS = 3;
/** Layers at once of a registry whose answers take longer than {@link FAR_MS}. */
const PARALLEL_FAR_LAYERS = 8;
const FAR_MS = 25;
const DEFAULT_ATTEMPTS = 5;
/** Bytes of a transfer that nobody continued are kept this long, in milliseconds. */
const INGEST_AGE_MS = 7 * 24 * 3600_000;

/** Images joined from registry, content store and snapshots. */
export class ImageService implements Images {
  readonly hostPlatform: Platform = hostPlatform();
  readonly #options: ImageServiceOptions;
  readonly #parts: ImageParts;
  readonly #collector: Collector;
  readonly #transfers: TransferLog;
  readonly #browser: Browser;
  readonly #contents: LayerContents;
  readonly #changed = new Emitter<ImageEvent>();
  readonly onDidChange = this.#changed.event;

  constructor(options: ImageServiceOptions) {
    const { content, snapshots, workers, leases, userNamespace } = options;
    this.#options = options;
    const limits = options.limits ?? DEFAULT_LIMITS;
    const catalog = new ImageCatalog(new ImageRecords(options.database));
    const blobs = new BlobRecords(options.database);
    this.#parts = {
      content, snapshots, workers, leases, catalog, limits, userNamespace, blobs,
      compressed: new CompressedBlobs({ content, workers, records: blobs }),
      uploads: new Uploads(),
      layers: new Layers({ content, snapshots, workers, farWorkers: options.farWorkers, userNamespace, limits, parallel: PARALLEL_LAYERS, parallelFar: PARALLEL_FAR_LAYERS }),
      hostPlatform: this.hostPlatform,
      fire: (event) => this.#changed.fire(event),
    };
    this.#browser = new Browser(options.registry, catalog, this.hostPlatform);
    this.#transfers = new TransferLog({ records: new TransferRecords(options.database), drop: (ids) => this.#dropTransferred(ids) });
    this.#collector = new Collector({ content, snapshots, leases, roots: () => [...this.#roots(), { references: this.#transfers.held() }] });
    this.#contents = new LayerContents({ catalog, snapshots, workers, leases });
  }

  /** Drops images whose layers are gone, and everything that no image needs: what a crash left. To be called once at start-up, after the snapshotter's recovery. */
  async recover(options: IoOptions = {}): Promise<Collected> {
    for (const image of this.#parts.catalog.list()) {
      if (image.chainId !== null && !this.#options.snapshots.has(image.chainId)) this.#parts.catalog.remove(image.id);
    }
    await this.#options.content.sweepIngests(new Date(Date.now() - INGEST_AGE_MS));
    return this.#collector.collect(undefined, options);
  }

  list(): readonly ImageRecord[] {
    return this.#parts.catalog.list();
  }

  get(nameOrId: string): ImageRecord {
    return this.#parts.catalog.get(nameOrId);
  }

  pull(reference: string, request: Parameters<Images["pull"]>[1], options: IoOptions = {}): Promise<ImageRecord> {
    return this.#pull(reference, request, options);
  }

  async #pull(reference: string, request: Parameters<Images["pull"]>[1], options: IoOptions, id?: string): Promise<ImageRecord> {
    const parsed = parseReference(reference);
    const { platform, allTags } = request;
    if (allTags === true && (parsed.tag !== undefined || parsed.digest !== undefined)) throw new EngineError("invalidArgument", "tag can't be used with --all-tags/-a");
    const named = allTags === true ? familiarName(parsed) : familiarString(withDefaultTag(parsed));
    return this.#transfers.run({ kind: "pull", reference: named, platform, allTags }, { ...options, progress: request.progress, id }, async (transfer) => {
      const repository = this.#options.registry.repository(parsed, request.credentials);
      if (allTags !== true) return this.#pullOne(parsed, repository, platform, transfer);
      let last: ImageRecord | undefined;
      for (const tag of await repository.tags(transfer)) last = await this.#pullOne({ ...parsed, tag }, repository, platform, transfer);
      if (last === undefined) throw new EngineError("notFound", `the repository ${familiarName(parsed)} has no tags`);
      return last;
    });
  }

  async #pullOne(parsed: Reference, repository: RegistryRepository, platform: Platform | undefined, transfer: TransferContext): Promise<ImageRecord> {
    const { content, layers, leases, catalog } = this.#parts;
    const { progress, signal } = transfer;
    const reference = withDefaultTag(parsed);
    using lease = await leases.acquire();
    const found = (): void => progress({ id: reference.digest ?? reference.tag, status: `Pulling from ${reference.path}` });
    const resolved = await resolveImage(content, repository, reference, { signal, platform, hostPlatform: this.hostPlatform, found, lease });
    const wanted = layersOf(resolved.image, resolved.config);
    const parts = wanted.flatMap(({ descriptor, key }) => [descriptor.digest, key]);
    await lease.add(...parts);
    transfer.hold([resolved.top.digest, resolved.manifest.digest, resolved.id, ...parts]);
    transfer.plan(wanted.map(({ descriptor }) => ({ id: shortId(descriptor.digest), size: descriptor.size })));
    const before = catalog.find(familiarString(reference));
    await layers.ensureAll(wanted, this.#originOf(reference, repository), progress, { signal, isFar: (repository.latencyMs ?? 0) > FAR_MS });
    const image = this.#record(reference, resolved, wanted.map(({ key }) => key));
    this.#parts.blobs.addSource([...new Set([resolved.id, ...resolved.image.layers.map(({ digest }) => digest)])], reference.domain, reference.path);
    progress({ status: `Digest: ${resolved.top.digest}` });
    const name = familiarString(reference);
    progress({ status: `Status: ${before?.id === image.id ? "Image is up to date" : "Downloaded newer image"} for ${name}` });
    this.#changed.fire({ action: "pull", id: name, name: familiarName(reference) });
    return image;
  }

  /** Bytes in transit and finished parts of transfers that nobody continues. */
  async #dropTransferred(ids: readonly string[]): Promise<void> {
    await this.#parts.layers.dropIngests(ids.filter(isDigest));
    await this.#collector.collect(new Set(ids));
  }

  #originOf(reference: Reference, repository: RegistryRepository): OriginOf {
    const { maxAttempts = DEFAULT_ATTEMPTS, stallTimeoutMs, userAgent, forwarder, certificates, proxy } = this.#options.registryOptions ?? {};
    return async (descriptor, failed, { signal }) => ({
      type: "registry",
      descriptor,
      location: await repository.location(descriptor, { failed, signal }),
      target: { registry: reference.domain, repository: familiarName(reference), subject: `layer ${descriptor.digest}` },
      maxAttempts, transport: { stallTimeoutMs, userAgent, forwarder, certificates, proxy },
    });
  }

  #record(reference: Reference, { id, manifest, image, config, top }: ResolvedImage, keys: readonly SnapshotKey[]): CatalogImage {
    return this.#parts.catalog.put({
      id, manifest, config,
      layers: image.layers,
      size: snapshotBytes(this.#options.snapshots, keys),
      parentId: null,
      lastTaggedAt: Date.now(),
      tags: reference.tag === undefined || reference.digest !== undefined ? [] : [familiarString(reference)],
      digests: [digestName(reference, top.digest)],
    });
  }

  push(reference: string, request: Parameters<Images["push"]>[1], options: IoOptions = {}): Promise<readonly PushedTag[]> {
    return this.#push(reference, request, options);
  }

  async #push(reference: string, request: Parameters<Images["push"]>[1], options: IoOptions, id?: string): Promise<readonly PushedTag[]> {
    const parsed = parseReference(reference);
    const { platform } = request;
    if (parsed.digest !== undefined) throw new EngineError("invalidArgument", "cannot push a digest reference");
    request.progress?.({ status: pushLine(parsed) });
    const tags = tagsToPush(this.#parts.catalog, parsed);
    return this.#transfers.run({ kind: "push", reference: familiarString(parsed), platform }, { ...options, progress: request.progress, id }, async (transfer) => {
      const repository = this.#options.registry.repository(parsed, request.credentials);
      const pushed: PushedTag[] = [];
      for (const tag of tags) pushed.push(await this.#pushOne(tag, repository, platform, transfer));
      return pushed;
    });
  }

  async #pushOne({ target, image }: TagToPush, repository: RegistryRepository, platform: Platform | undefined, transfer: TransferContext): Promise<PushedTag> {
    const parts = this.#parts;
    const chosen = platform === undefined ? image : await imageOfPlatform(parts, image, platform, transfer);
    using lease = await parts.leases.acquire(...referencesOf(chosen, parts));
    transfer.plan(chosen.layers.map(({ size }, i) => ({ id: shortId(chosen.config.rootfs.diff_ids[i]!), size })));
    const tag = await pushTag({ signal: transfer.signal, progress: transfer.progress, parts, repository, reference: target, lease }, chosen, platform !== undefined);
    // An image that was removed meanwhile stays removed.
    if (parts.catalog.byId(chosen.id) !== undefined) parts.catalog.addDigest(chosen, digestName(target, tag.digest));
    this.#changed.fire({ action: "push", id: familiarString(target), name: familiarName(target) });
    return tag;
  }

  get remote(): Browser {
    return this.#browser;
  }

  get transfers(): Transfers {
    return this.#transfers;
  }

  startTransfer(spec: TransferSpec, request: { readonly credentials?: RegistryCredentials | undefined }): Transfer {
    // What is wrong with the request shows before there is a transfer.
    parseReference(spec.reference);
    const before = new Set(this.#transfers.list().map(({ id }) => id));
    this.#inBackground(spec, request);
    const started = this.#transfers.list().find(({ id }) => !before.has(id));
    if (started === undefined) throw new EngineError("notFound", `there is no image ${spec.reference} to push: tag one first`);
    return started;
  }

  resumeTransfer(id: string, request: { readonly credentials?: RegistryCredentials | undefined }): Transfer {
    if (!this.#transfers.resume(id)) this.#inBackground(this.#transfers.get(id), request, id);
    return this.#transfers.get(id);
  }

  /** Nobody waits for it: how it ended is in its record. */
  #inBackground(spec: TransferSpec, { credentials }: { readonly credentials?: RegistryCredentials | undefined }, id?: string): void {
    const request = { platform: spec.platform, allTags: spec.allTags, credentials };
    const work = spec.kind === "pull" ? this.#pull(spec.reference, request, {}, id) : this.#push(spec.reference, request, {}, id);
    work.catch(() => undefined);
  }

  tag(source: string, target: string): ImageRecord {
    const image = this.#parts.catalog.get(source);
    const reference = parseReference(target);
    if (reference.digest !== undefined) throw new EngineError("invalidArgument", "refusing to create a tag with a digest reference");
    const name = familiarString(withDefaultTag(reference));
    const tagged = this.#parts.catalog.addTag(image, name);
    this.#changed.fire({ action: "tag", id: image.id, name });
    return tagged;
  }

  async remove(nameOrId: string, request: { readonly force?: boolean; readonly prune?: boolean } = {}): Promise<readonly RemovedImage[]> {
    const plan = planRemoval(this.#parts.catalog, nameOrId, request.force === true, this.#options.users);
    return (await this.#remove(plan.image, plan.names, plan.deletes)).removed;
  }

  async #remove(planned: CatalogImage, names: readonly string[], deletes: boolean, options: IoOptions = {}): Promise<{ removed: RemovedImage[]; freedBytes: number }> {
    const { catalog } = this.#parts;
    const removed: RemovedImage[] = [];
    let image = planned;
    for (const name of names) {
      image = catalog.removeName(image, name);
      removed.push({ untagged: name });
      this.#changed.fire({ action: "untag", id: image.id, name: image.id });
    }
    if (!deletes) return { removed, freedBytes: 0 };
    catalog.remove(image.id);
    this.#changed.fire({ action: "delete", id: image.id, name: image.id });
    const { snapshots, freedBytes } = await this.#collector.collect(new Set(referencesOf(planned, this.#parts)), options);
    removed.push({ deleted: image.id }, ...snapshots.filter((key) => key !== (image.id as string)).map((key) => ({ deleted: key })));
    return { removed, freedBytes };
  }

  setAside(nameOrId: string, request: { readonly force?: boolean }, keep: (removed: ImageRow) => void): void {
    const { catalog } = this.#parts;
    const { image, names, deletes } = planRemoval(catalog, nameOrId, request.force === true, this.#options.users);
    this.#options.database.transaction(() => {
      const { id, manifest, config, layers, size, parentId, lastTaggedAt } = image;
      keep({ id, manifest, config, layers, size, parentId, lastTaggedAt: lastTaggedAt?.getTime() ?? null, tags: names.filter((name) => !name.includes("@")), digests: names.filter((name) => name.includes("@")) });
      names.reduce((left, name) => catalog.removeName(left, name), image);
      if (deletes) catalog.remove(id);
    });
    for (const _ of names) this.#changed.fire({ action: "untag", id: image.id, name: image.id });
    if (deletes) this.#changed.fire({ action: "delete", id: image.id, name: image.id });
  }

  bringBack(removed: ImageRow, forget: () => void): readonly string[] {
    const { catalog, snapshots } = this.#parts;
    const { id, config } = removed;
    const taken = removed.tags.filter((tag) => (catalog.byTag(tag)?.id ?? id) !== id);
    const tags = removed.tags.filter((tag) => !taken.includes(tag));
    if (taken.length > 0 && tags.length === 0) throw new EngineError("conflict", `${taken.join(", ")} ${taken.length === 1 ? "names" : "name"} another image now: bring this one back under another name`, { details: { name: taken[0]! } });
    const top = topChainId(config.rootfs.diff_ids);
    if (top !== null && !snapshots.has(top)) throw new EngineError("dataLoss", `the layers of image ${shortId(id)} are not in the engine's store any more: it cannot be brought back`);
    this.#options.database.transaction(() => {
      catalog.put({ ...removed, tags, lastTaggedAt: Date.now() });
      forget();
    });
    if (tags.length === 0) this.#changed.fire({ action: "load", id, name: id });
    for (const name of tags) this.#changed.fire({ action: "tag", id, name });
    return taken.map((name) => `${name} names another image now, and was left with it`);
  }

  async discard(removed: ImageRow): Promise<number> {
    return this.collect(new Set(this.keptReferences(removed)));
  }

  async keptSize(removed: ImageRow, options: IoOptions = {}): Promise<number> {
    const held: GcRoot = { references: this.#transfers.held() };
    return (await this.#collector.preview([...this.#liveRoots(), held], new Set(this.keptReferences(removed)), options)).freedBytes;
  }

  keptReferences(removed: ImageRow): readonly string[] {
    return referencesOf({ ...removed, repoDigests: removed.digests }, this.#parts);
  }

  async prune(request: Parameters<Images["prune"]>[0], options: IoOptions = {}): ReturnType<Images["prune"]> {
    const { catalog } = this.#parts;
    const removed: RemovedImage[] = [];
    let freedBytes = 0;
    await this.#transfers.dropHolds();
    for (const { id } of planPrune(catalog.list(), request, this.#options.users).deleted) {
      // What happened meanwhile counts.
      const image = catalog.byId(id);
      if (image === undefined || this.#options.users(id).length > 0 || (request.dangling && image.repoTags.length > 0)) continue;
      const done = await this.#remove(image, [...image.repoTags, ...image.repoDigests], true, options);
      removed.push(...done.removed);
      freedBytes += done.freedBytes;
    }
    freedBytes += (await this.#collector.collect(undefined, options)).freedBytes;
    return { removed, freedBytes };
  }

  save(namesOrIds: readonly string[], options: IoOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return saveImages(this.#parts, namesOrIds, options);
  }

  load(archive: AsyncIterable<Uint8Array>, request: { readonly progress?: ProgressSink } = {}, options: IoOptions = {}): Promise<readonly string[]> {
    return loadArchive(this.#parts, archive, request.progress ?? (() => undefined), options);
  }

  importTar(tar: AsyncIterable<Uint8Array>, request: Parameters<Images["importTar"]>[1], options: IoOptions = {}): Promise<ImageRecord> {
    return importTar(this.#parts, tar, request, options);
  }

  commit(key: SnapshotKey, request: Parameters<Images["commit"]>[1], options: IoOptions = {}): Promise<ImageRecord> {
    return commitSnapshot(this.#parts, key, request, options);
  }

  layers(nameOrId: string): readonly Descriptor[] {
    return this.#parts.catalog.get(nameOrId).layers;
  }

  references(nameOrId: string): readonly string[] {
    return referencesOf(this.#parts.catalog.get(nameOrId), this.#parts);
  }

  async create(request: Parameters<Images["create"]>[0]): Promise<ImageRecord> {
    const references = request.tags.map((tag) => withDefaultTag(parseReference(tag)));
    if (references.some(({ digest }) => digest !== undefined)) throw new EngineError("invalidArgument", "refusing to create a tag with a digest reference");
    using lease = await this.#parts.leases.acquire();
    const tags = references.map(familiarString);
    const image = await assembleImage(this.#parts, lease, { config: request.config, layers: request.layers, parentId: null, tags });
    for (const name of tags) this.#changed.fire({ action: "tag", id: image.id, name });
    return image;
  }

  async collect(only?: ReadonlySet<string>, options: IoOptions = {}): Promise<number> {
    return (await this.#collector.collect(only, options)).freedBytes;
  }

  layersSize(): number {
    const keys = new Set(this.#parts.catalog.list().flatMap((image) => chainIds(image.config.rootfs.diff_ids)));
    return snapshotBytes(this.#options.snapshots, [...keys]);
  }

  sharedSizes(options: IoOptions = {}): Promise<ReadonlyMap<Digest, number>> {
    return sharedSizesOf(this.#parts.catalog.list(), this.#options.snapshots, options);
  }

  get contents(): ImageContents {
    return this.#contents;
  }

  async previewRemoval(namesOrIds: readonly string[], request: { readonly force?: boolean } = {}, options: IoOptions = {}): Promise<RemovalPreview> {
    const plan = await planRemovals(this.#parts.catalog, namesOrIds, request.force === true, this.#options.users, options);
    return this.#preview(plan, this.#roots(keptBy(plan)), new Set(plan.deleted.flatMap((image) => referencesOf(image, this.#parts))), options);
  }

  previewPrune(request: Parameters<Images["prune"]>[0], options: IoOptions = {}): Promise<RemovalPreview> {
    const plan = planPrune(this.#parts.catalog.list(), request, this.#options.users);
    // Where all images go that nobody uses, those go that were set aside.
    return this.#preview(plan, request.dangling ? this.#roots(keptBy(plan)) : this.#liveRoots(keptBy(plan)), undefined, options);
  }

  async #preview({ untagged, deleted, refused }: RemovalsPlan, roots: readonly GcRoot[], only: ReadonlySet<string> | undefined, options: IoOptions): Promise<RemovalPreview> {
    // A prune gives up what ended transfers hold; a removal does not.
    const held: GcRoot = { references: only === undefined ? this.#transfers.heldByRunning() : this.#transfers.held() };
    const { snapshots, freedBytes } = await this.#collector.preview([...roots, held], only, options);
    return { untagged, deleted: deleted.map(({ id, repoTags, repoDigests, size }) => ({ id, names: [...repoTags, ...repoDigests], size })), refused, layers: snapshots.length, freedBytes };
  }

  #roots(isKept?: (image: CatalogImage) => boolean): GcRoot[] {
    return [...this.#liveRoots(isKept), ...[...(this.#options.kept?.() ?? [])].map((removed) => ({ references: this.keptReferences(removed) }))];
  }

  /** Without what was set aside. */
  #liveRoots(isKept: (image: CatalogImage) => boolean = () => true): GcRoot[] {
    return [...this.#parts.catalog.list().filter(isKept).map((image) => ({ references: referencesOf(image, this.#parts) })), { references: this.#options.pinned?.() ?? [] }];
  }

  history(nameOrId: string): readonly HistoryLine[] {
    return historyOf(this.#parts.catalog, this.#options.snapshots, this.#parts.catalog.get(nameOrId));
  }

  inspectRemote(reference: string, request: { readonly credentials?: RegistryCredentials | undefined }, options: IoOptions = {}): ReturnType<Images["inspectRemote"]> {
    const parsed = withDefaultTag(parseReference(reference));
    return inspectRemote(this.#options.registry.repository(parsed, request.credentials), parsed, options);
  }
}

function keptBy({ deleted }: RemovalsPlan): (image: CatalogImage) => boolean {
  const gone = new Set(deleted.map(({ id }) => id));
  return ({ id }) => !gone.has(id);
}

/** Everything an image needs to exist: blobs, the documents its names point to, its snapshots. */
function referencesOf(image: Pick<CatalogImage, "id" | "manifest" | "config" | "layers" | "repoDigests">, { blobs }: ImageParts): string[] {
  const compressed = image.layers.flatMap(({ digest }) => blobs.compressedOf(digest)?.digest ?? []);
  const named = image.repoDigests.map((name) => name.slice(name.indexOf("@") + 1));
  return [image.id, image.manifest.digest, ...image.layers.map(({ digest }) => digest), ...compressed, ...named, ...chainIds(image.config.rootfs.diff_ids)];
}
