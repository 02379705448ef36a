import { matchesGlob } from "node:path";
import { EngineError } from "../../base/errors.ts";
import type { ImageRecord } from "../../images/images.ts";
import { familiarName, parseReference } from "../../oci/reference.ts";
import { booleanFilter, labelsMatch, type Filters } from "../filters.ts";
import { parseMoment } from "../time.ts";
import type { ImageBackend } from "./backend.ts";

export const LIST_FILTERS = ["dangling", "label", "label!", "before", "since", "reference", "until"];

/** What `docker images` shows, newest first; names that a `reference` filter does not want are left out. */
export function selectImages({ images }: ImageBackend, filters: Filters, all: boolean): readonly ImageRecord[] {
  const matches = imageFilter(filters, (name) => images.get(name));
  const list = images.list();
  const parents = new Set(list.map(({ parentId }) => parentId));
  const dangling = filters.has("dangling") ? booleanFilter(filters, "dangling", false) : undefined;
  const patterns = filters.get("reference");
  return list
    .filter((image) => all || image.repoTags.length > 0 || !parents.has(image.id))
    .filter((image) => dangling === undefined || dangling === (image.repoTags.length === 0))
    .filter(matches)
    .map((image) => (patterns === undefined ? image : withNamesLike(image, patterns)))
    .filter((image) => patterns === undefined || image.repoTags.length + image.repoDigests.length > 0)
    .sort((a, b) => seconds(b) - seconds(a));
}

/** The filters that look at one image alone: label, until, before and since. */
export function imageFilter(filters: Filters, find: (name: string) => ImageRecord): (image: ImageRecord) => boolean {
  const before = filters.get("before")?.map((name) => seconds(find(name)));
  const since = filters.get("since")?.map((name) => seconds(find(name)));
  const until = filters.get("until")?.map((text) => Number(parseMoment(text, Date.now()) / 1_000_000_000n));
  if (until !== undefined && until.length > 1) throw new EngineError("invalidArgument", "more than one until filter specified");
  return (image) => {
    const labels = image.config.config?.Labels ?? {};
    const created = seconds(image);
    return labelsMatch(filters.get("label"), labels)
      && (filters.get("label!") ?? []).every((unwanted) => !labelsMatch([unwanted], labels))
      && (before ?? []).every((limit) => created < limit)
      && (since ?? []).every((limit) => created > limit)
      && (until ?? []).every((limit) => created < limit);
  };
}

function withNamesLike(image: ImageRecord, patterns: readonly string[]): ImageRecord {
  const isWanted = (name: string): boolean => {
    const repository = familiarName(parseReference(name));
    return patterns.some((pattern) => name === pattern || repository === pattern || matchesGlob(name, pattern) || matchesGlob(repository, pattern));
  };
  return { ...image, repoTags: image.repoTags.filter(isWanted), repoDigests: image.repoDigests.filter(isWanted) };
}

/** One row of the list (Docker Engine API, ImageSummary). */
export function rowJson(image: ImageRecord, backend: ImageBackend, options: { readonly minor: number; readonly shared: ReadonlyMap<string, number> | undefined }): object {
  const old = options.minor < 43;
  return {
    Id: image.id,
    ParentId: image.parentId ?? "",
    RepoTags: old && image.repoTags.length === 0 ? ["<none>:<none>"] : image.repoTags,
    RepoDigests: old && image.repoDigests.length === 0 ? ["<none>@<none>"] : image.repoDigests,
    Created: seconds(image),
    Size: image.size,
    ...(options.minor < 44 ? { VirtualSize: image.size } : {}),
    SharedSize: options.shared === undefined ? -1 : (options.shared.get(image.id) ?? 0),
    Labels: image.config.config?.Labels ?? null,
    Containers: options.shared !== undefined ? backend.usersOf(image.id) : -1,
  };
}

/** When an image was made, in seconds since the epoch. */
export function seconds(image: ImageRecord): number {
  return Math.floor((image.createdAt?.getTime() ?? 0) / 1000);
}
