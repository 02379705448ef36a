import type { IoOptions } from "../base/abort.ts";
import type { Event } from "../base/events.ts";
import type { Digest, SnapshotKey } from "../base/ids.ts";
import type { Descriptor, ImageConfig, Platform } from "../oci/descriptor.ts";
import type { RegistryCredentials } from "../registry/registry.ts";
import type { ImageRow } from "../store/images.ts";
import type { ImageContents } from "./contents/contents.ts";
import type { Transfer, Transfers, TransferSpec } from "./transfers/transfers.ts";

/**
 * Images: references (tags and digests) to configs and layers, and what moves them: pull, push, save, load, import, export, commit.
 * An image's id is its config's digest, as Docker's classic store has it. An image exists when its manifest, config and all layers are in the
 * content store and its snapshots are unpacked; before that, only a lease holds the parts.
 */
export interface ImageRecord {
  /** The config's digest. */
  readonly id: Digest;
  readonly manifest: Descriptor;
  readonly config: ImageConfig;
  readonly createdAt: Date | null;
  /** Bytes of all unpacked layers together, known since unpack; lists never compute it. */
  readonly size: number;
  /** Familiar names with tag (`busybox:latest`, `localhost:5000/a:1`), sorted. */
  readonly repoTags: readonly string[];
  /** `name@sha256:...` of what was pulled. */
  readonly repoDigests: readonly string[];
  /** The top snapshot; null for an image without layers. */
  readonly chainId: SnapshotKey | null;
  readonly parentId: Digest | null;
  readonly lastTaggedAt: Date | null;
  readonly architecture: string;
  readonly os: string;
}

/** Progress as Docker's JSON stream says it; `id` is a layer's short digest. */
export interface ImageProgress {
  readonly id?: string | undefined;
  /** Empty for a line that has `aux` alone. */
  readonly status: string;
  readonly progressDetail?: { readonly current: number; readonly total: number } | undefined;
  readonly aux?: Readonly<Record<string, unknown>> | undefined;
}
export type ProgressSink = (progress: ImageProgress) => void;

export interface ImageEvent {
  readonly action: "pull" | "tag" | "untag" | "delete" | "load" | "import" | "save" | "push";
  /** Image id, or for pull and push the reference. */
  readonly id: string;
  readonly name: string;
}

/** One line of `docker history`, newest first. */
export interface HistoryLine {
  /** The image this step made, where it is known. */
  readonly id: Digest | null;
  readonly createdAt: Date | null;
  readonly createdBy: string;
  readonly comment: string;
  readonly tags: readonly string[];
  /** Bytes of the step's layer; 0 for steps without one. */
  readonly size: number;
}

/** Which containers use an image, so that images know nothing of containers. */
export type ImageUsers = (id: Digest) => readonly { readonly id: string; readonly running: boolean }[];

export interface RemovedImage {
  readonly untagged?: string | undefined;
  readonly deleted?: string | undefined;
}

/** What a removal or a prune would do, in bytes that would be free afterwards. */
export interface RemovalPreview {
  /** Names that would go. */
  readonly untagged: readonly string[];
  /** Images that would go, with the names they have now. */
  readonly deleted: readonly { readonly id: Digest; readonly names: readonly string[]; readonly size: number }[];
  /** What would stay, and why. */
  readonly refused: readonly { readonly name: string; readonly message: string; readonly canForce: boolean }[];
  /** Layers that would go. */
  readonly layers: number;
  readonly freedBytes: number;
}

/** A tag as a registry has it now. */
export interface PushedTag {
  readonly tag: string;
  readonly digest: Digest;
  /** Of the manifest or index, in bytes. */
  readonly size: number;
}

export interface Images {
  list(): readonly ImageRecord[];
  /** By id, unique id prefix, `name[:tag]` or `name@digest`. @throws EngineError `notFound` ("No such image: X"), `invalidArgument` for a bad reference */
  get(nameOrId: string): ImageRecord;
  /** How an image was made. @throws as {@link get} */
  history(nameOrId: string): readonly HistoryLine[];
  /** What a reference means in its registry, without downloading layers. @throws EngineError of the registry */
  inspectRemote(reference: string, request: { readonly credentials?: RegistryCredentials | undefined }, options?: IoOptions): Promise<{ readonly descriptor: Descriptor; readonly platforms: readonly Platform[] }>;
  /** @throws EngineError of registry, content and snapshots; nothing is left behind but resumable bytes */
  pull(reference: string, request: { readonly platform?: Platform | undefined; readonly credentials?: RegistryCredentials | undefined; readonly progress?: ProgressSink | undefined; readonly allTags?: boolean | undefined }, options?: IoOptions): Promise<ImageRecord>;
  /**
   * `docker push`: one tag, or all of the repository's when the reference has none. Layers made here are compressed once; what was pulled goes as it came.
   * The registry's digests become names of the images.
   * @param request.platform sends this image alone of an index
   * @throws EngineError `notFound` (no such tag here), `invalidArgument` (a digest), those of the registry
   */
  push(reference: string, request: { readonly platform?: Platform | undefined; readonly credentials?: RegistryCredentials | undefined; readonly progress?: ProgressSink | undefined }, options?: IoOptions): Promise<readonly PushedTag[]>;
  tag(source: string, target: string): ImageRecord;
  /** As docker rmi: untags, and deletes when the last name goes. @throws EngineError `conflict` when containers use it */
  remove(nameOrId: string, request?: { readonly force?: boolean; readonly prune?: boolean }): Promise<readonly RemovedImage[]>;
  /**
   * Removes as {@link remove} does, for everybody, but frees nothing: layers and blobs stay for {@link bringBack}.
   * @param keep records the image with the names that went, in the transaction that removes them
   * @throws as {@link remove}
   */
  setAside(nameOrId: string, request: { readonly force?: boolean }, keep: (removed: ImageRow) => void): void;
  /**
   * Gives an image its names back, and makes it again where it is gone. Names that another image has meanwhile stay there.
   * @param forget drops the record, in the transaction that brings it back
   * @returns what did not come back, in sentences
   * @throws EngineError `conflict` when all names are taken, `dataLoss` when layers are gone
   */
  bringBack(removed: ImageRow, forget: () => void): readonly string[];
  /** Frees what only an image needed that was set aside, and whose record is gone. Returns bytes. */
  discard(removed: ImageRow): Promise<number>;
  /** Blobs and snapshots that an image needs which was set aside. */
  keptReferences(removed: ImageRow): readonly string[];
  /** Bytes that no image needs any more without what was set aside. */
  keptSize(removed: ImageRow, options?: IoOptions): Promise<number>;
  /** Removes dangling images, or with `all` every one no container uses. `until`/`label` filters as docker. */
  prune(request: { readonly dangling: boolean; readonly keep?: (image: ImageRecord) => boolean }, options?: IoOptions): Promise<{ readonly removed: readonly RemovedImage[]; readonly freedBytes: number }>;
  /** What {@link remove} of these, one after the other, would do. @throws EngineError `cancelled` */
  previewRemoval(namesOrIds: readonly string[], request?: { readonly force?: boolean }, options?: IoOptions): Promise<RemovalPreview>;
  /** What {@link prune} would do. @throws EngineError `cancelled` */
  previewPrune(request: Parameters<Images["prune"]>[0], options?: IoOptions): Promise<RemovalPreview>;
  /** Layers and files. */
  readonly contents: ImageContents;
  /** A docker-save archive that is an OCI layout at the same time. */
  save(namesOrIds: readonly string[], options?: IoOptions): Promise<ReadableStream<Uint8Array>>;
  /** Reads docker-save archives and OCI layouts, plain or compressed. Returns the loaded references or ids. */
  load(archive: AsyncIterable<Uint8Array>, request?: { readonly progress?: ProgressSink }, options?: IoOptions): Promise<readonly string[]>;
  /** `docker import`: one layer from a root file system tar, plain or compressed. */
  importTar(tar: AsyncIterable<Uint8Array>, request: { readonly reference?: string | undefined; readonly message?: string | undefined; readonly config?: ImageConfig["config"]; readonly platform?: Platform | undefined }, options?: IoOptions): Promise<ImageRecord>;
  /** `docker commit`: the active snapshot `key` becomes a layer on `parent`. */
  commit(key: SnapshotKey, request: { readonly parent: ImageRecord | null; readonly reference?: string | undefined; readonly config: ImageConfig["config"]; readonly author?: string | undefined; readonly comment?: string | undefined; readonly createdBy?: string | undefined }, options?: IoOptions): Promise<ImageRecord>;
  /** The blobs of an image's layers, bottom first. @throws as {@link get} */
  layers(nameOrId: string): readonly Descriptor[];
  /** Digests of the blobs and keys of the snapshots that an image needs. @throws as {@link get} */
  references(nameOrId: string): readonly string[];
  /** Records an image of layers that are in the content store and unpacked, both held by a lease of the caller's. `tags` are references; a digest in one is refused. */
  create(request: { readonly config: ImageConfig; readonly layers: readonly Descriptor[]; readonly tags: readonly string[] }): Promise<ImageRecord>;
  /** Removes blobs and layers that nothing needs any more; of `only`, when given. Returns freed bytes. */
  collect(only?: ReadonlySet<string>, options?: IoOptions): Promise<number>;
  /** Pulls and pushes under way and ended. */
  readonly transfers: Transfers;
  /** Begins a pull or push that goes on whoever waits for it. @throws EngineError `invalidArgument`, `notFound` (nothing to push) */
  startTransfer(spec: TransferSpec, request: { readonly credentials?: RegistryCredentials | undefined }): Transfer;
  /** Lets a paused transfer go on, or continues an ended one with credentials of the caller's. @throws EngineError `notFound`, `conflict` */
  resumeTransfer(id: string, request: { readonly credentials?: RegistryCredentials | undefined }): Transfer;
  /** The host's platform, chosen from an index when none is asked for. */
  readonly hostPlatform: Platform;
  /** Bytes of all layers on disk, shared ones once. */
  layersSize(): number;
  /** Bytes that each image shares with others, for `system df -v`; of all at once, since each is asked about all others. */
  sharedSizes(options?: IoOptions): Promise<ReadonlyMap<Digest, number>>;
  readonly onDidChange: Event<ImageEvent>;
}
