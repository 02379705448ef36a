/** What is in images: through the engine's extension where it has one, as far as Docker's own calls tell elsewhere. */
import type { FilePage, ImageComparison, ImageHistoryLine, ImagePlatform, ImageSharing, ImageStep, ImageStructure, PrunedImages, RemovalPreview } from "../ipc/contract/image-contents.ts";
import type { EngineConnection } from "./connection.ts";
import { dial } from "./docker-client.ts";
import { ipcError } from "./ipc-error.ts";

/** Images that are inspected at the same time. */
const AT_ONCE = 8;

export interface FileRequest {
  id: string;
  layer?: number | undefined;
  show: "all" | "present" | "wasted";
  search: string;
  offset: number;
  limit: number;
}

export interface ImageContents {
  structure(id: string, signal?: AbortSignal): Promise<ImageStructure>;
  /** @throws IpcError `notImplemented` on an engine that does not list files */
  files(request: FileRequest, signal?: AbortSignal): Promise<FilePage>;
  /** @throws as {@link files} */
  compare(before: string, after: string, signal?: AbortSignal): Promise<ImageComparison>;
  sizes(signal?: AbortSignal): Promise<ImageSharing[]>;
  platforms(ids: readonly string[], signal?: AbortSignal): Promise<ImagePlatform[]>;
  history(id: string, signal?: AbortSignal): Promise<ImageHistoryLine[]>;
  previewRemoval(names: readonly string[], force: boolean, signal?: AbortSignal): Promise<RemovalPreview>;
  previewPrune(dangling: boolean, signal?: AbortSignal): Promise<RemovalPreview>;
  prune(dangling: boolean): Promise<PrunedImages>;
}

interface RawStructure {
  layers: { index: number; digest: string; blobSize: number; size: number; imageCount: number }[];
  steps: { createdBy: string; comment: string; createdAt: string | null; layer: number | null }[];
}

/** A line of Docker's history, newest first. */
interface RawHistory {
  Id?: string;
  Tags?: string[] | null;
  Created?: number;
  CreatedBy?: string;
  Comment?: string;
  Size?: number;
}

export interface RawImageUsage {
  Id: string;
  RepoTags?: string[] | null;
  RepoDigests?: string[] | null;
  Size?: number;
  SharedSize?: number;
  Containers?: number;
}

export function createImageContents(connection: EngineConnection): ImageContents {
  const { docker } = connection;
  const get = <T>(path: string, query: object, signal: AbortSignal | undefined): Promise<T> => dial<T>(docker, { path: `${path}?`, method: "GET", query, okStatuses: [200], signal });
  const dryRun = <T>(path: string, query: object, body: object, signal: AbortSignal | undefined): Promise<T> => dial<T>(docker, { path: `${path}?`, method: "POST", query: { "dry-run": 1, ...query }, body, okStatuses: [200], signal });
  const usage = async (signal: AbortSignal | undefined): Promise<RawImageUsage[]> => (await get<{ Images?: RawImageUsage[] | null }>("/system/df", { type: "image" }, signal)).Images ?? [];

  async function platformOf(id: string, signal: AbortSignal | undefined): Promise<ImagePlatform[]> {
    const { Os = "", Architecture = "", Variant = "" } = await get<{ Os?: string; Architecture?: string; Variant?: string }>(`/images/${id}/json`, {}, signal);
    return Os === "" ? [] : [{ id, platform: [Os, Architecture, Variant].filter((part) => part !== "").join("/") }];
  }

  return {
    structure: (id, signal) =>
      orElse(
        async () => toStructure(await get<RawStructure>(`/slipway/images/${id}/layers`, {}, signal)),
        async () => ({ steps: fromHistory(await get<RawHistory[]>(`/images/${id}/history`, {}, signal)), hasFiles: false }),
      ),
    files: ({ id, layer, show, search, offset, limit }, signal) =>
      orElse(() => get<FilePage>(`/slipway/images/${id}/${layer === undefined ? "" : `layers/${layer}/`}files`, { show, search, offset, limit }, signal), lacksFiles),
    compare: (before, after, signal) => orElse(() => get<ImageComparison>("/slipway/images/compare", { before, after }, signal), lacksFiles),
    async sizes(signal) {
      return (await usage(signal)).flatMap(({ Id, SharedSize = -1 }) => (SharedSize < 0 ? [] : [{ id: Id, sharedBytes: SharedSize }]));
    },
    async platforms(ids, signal) {
      const answers: ImagePlatform[] = [];
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        const some = ids.slice(from, from + AT_ONCE).map((id) => platformOf(id, signal).catch((error: unknown) => {
          if (signal?.aborted === true) throw error;
          return [];
        }));
        answers.push(...(await Promise.all(some)).flat());
      }
      return answers;
    },
    async history(id, signal) {
      return (await get<RawHistory[]>(`/images/${id}/history`, {}, signal)).map(({ Id = "", Created = 0, CreatedBy = "", Comment = "", Size = 0, Tags }) => ({ id: Id.startsWith("<") || Id === "" ? null : Id, created: Created <= 0 ? null : Created * 1000, createdBy: CreatedBy, size: Size, comment: Comment, tags: Tags ?? [] }));
    },
    previewRemoval: (names, force, signal) =>
      orElse(
        async () => ({ ...(await dryRun<Omit<RemovalPreview, "isExact">>("/slipway/images/remove", {}, { Names: names, Force: force }, signal)), isExact: true }),
        async () => estimateRemoval(await usage(signal), names),
      ),
    previewPrune: (dangling, signal) =>
      orElse(
        async () => ({ ...(await dryRun<Omit<RemovalPreview, "isExact">>("/slipway/images/prune", { filters: pruneFilter(dangling) }, {}, signal)), isExact: true }),
        async () => estimatePrune(await usage(signal), dangling),
      ),
    async prune(dangling) {
      const answer = await dial<{ ImagesDeleted?: { Untagged?: string; Deleted?: string }[] | null; SpaceReclaimed?: number }>(docker, { path: "/images/prune?", method: "POST", query: { filters: pruneFilter(dangling) }, okStatuses: [200] });
      const lines = answer.ImagesDeleted ?? [];
      return { untagged: lines.flatMap(({ Untagged }) => Untagged ?? []), deleted: lines.flatMap(({ Deleted }) => Deleted ?? []), freedBytes: answer.SpaceReclaimed ?? 0 };
    },
  };
}

function pruneFilter(dangling: boolean): object {
  return { dangling: [String(dangling)] };
}

/** Our extension, or what stands in for it on a daemon that has no such page. */
async function orElse<T>(extension: () => Promise<T>, otherwise: () => Promise<T> | T): Promise<T> {
  try {
    return await extension();
  } catch (error) {
    if (error instanceof Error && "statusCode" in error && error.statusCode === 404 && /page not found|not found: \/?slipway/i.test(error.message)) return otherwise();
    throw error;
  }
}

function lacksFiles(): never {
  throw ipcError("notImplemented", "This engine does not list the files of images.");
}

function toStructure({ layers, steps }: RawStructure): ImageStructure {
  return {
    hasFiles: true,
    steps: steps.map(({ createdBy, comment, createdAt, layer }): ImageStep => {
      const made = layer === null ? undefined : layers[layer];
      return {
        createdBy, comment, layer, created: createdAt === null ? null : Date.parse(createdAt), size: made?.size ?? 0,
        ...(made === undefined ? {} : { digest: made.digest, blobSize: made.blobSize, imageCount: made.imageCount }),
      };
    }),
  };
}

/** Docker does not say which steps have a layer: those with a size have one for certain. */
export function fromHistory(lines: readonly RawHistory[]): ImageStep[] {
  let layer = 0;
  return lines.toReversed().map(({ Created = 0, CreatedBy = "", Comment = "", Size = 0 }) => ({ createdBy: CreatedBy, comment: Comment, created: Created <= 0 ? null : Created * 1000, size: Size, layer: Size > 0 ? layer++ : null }));
}

/** What an image shares with no other. */
function ownBytes({ Size = 0, SharedSize = 0 }: RawImageUsage): number {
  return Math.max(0, Size - Math.max(0, SharedSize));
}

/** By what Docker's disk usage says: layers that only these images share with each other are not counted. */
export function estimateRemoval(images: readonly RawImageUsage[], names: readonly string[]): RemovalPreview {
  const wanted = new Set(names);
  const untagged: string[] = [];
  const deleted: RawImageUsage[] = [];
  for (const image of images) {
    const tags = image.RepoTags ?? [];
    const byId = wanted.has(image.Id);
    const going = byId ? tags : tags.filter((tag) => wanted.has(tag));
    untagged.push(...going);
    if (byId || (tags.length > 0 && going.length === tags.length)) deleted.push(image);
  }
  return estimate(untagged, deleted);
}

export function estimatePrune(images: readonly RawImageUsage[], dangling: boolean): RemovalPreview {
  const deleted = images.filter(({ Containers = 0, RepoTags }) => Containers <= 0 && (!dangling || tagsOf(RepoTags).length === 0));
  return estimate(deleted.flatMap(({ RepoTags }) => tagsOf(RepoTags)), deleted);
}

function tagsOf(tags: string[] | null | undefined): string[] {
  return (tags ?? []).filter((tag) => tag !== "<none>:<none>");
}

function estimate(untagged: string[], deleted: readonly RawImageUsage[]): RemovalPreview {
  return {
    untagged, refused: [], layers: null, isExact: false, freedBytes: deleted.reduce((sum, image) => sum + ownBytes(image), 0),
    deleted: deleted.map((image) => ({ id: image.Id, names: tagsOf(image.RepoTags), size: image.Size ?? 0 })),
  };
}
