import type { ImageInfo } from "dockerode";

/** One tag of an image; an image without tags has one row of its own. */
export interface ImageRow {
  /** Unique in the list: tag and id. */
  readonly key: string;
  readonly id: string;
  readonly shortId: string;
  /** What to run: the tag, or the id of an image without one. */
  readonly reference: string;
  readonly repository: string;
  readonly tag: string;
  readonly size: number;
  /** Unix milliseconds. */
  readonly created: number;
  readonly info: ImageInfo;
}

/** An image with all the tags that one repository has of it: a row of the list of images. */
export interface ImageEntry {
  /** Unique in the list: repository and id. */
  readonly key: string;
  readonly id: string;
  readonly shortId: string;
  /** Empty for an image that never had a name. */
  readonly repository: string;
  /** In the order of their names; none for an image without a name. */
  readonly tags: readonly string[];
  /** `repository:tag` of each tag. */
  readonly references: readonly string[];
  /** What to run or to remove: the first reference, or the id. */
  readonly reference: string;
  readonly size: number;
  readonly created: number;
  /** It has no tag in any repository. */
  readonly dangling: boolean;
  readonly info: ImageInfo;
}

/** Rows of one image, the known ones with their identity. */
export function toImageRows(info: ImageInfo, before: ReadonlyMap<string, ImageRow> = new Map()): ImageRow[] {
  const shortId = shortIdOf(info.Id);
  return (tagsOf(info).length > 0 ? tagsOf(info) : [""]).map((reference): ImageRow => {
    const key = `${reference}@${info.Id}`;
    const known = before.get(key);
    if (known && known.size === info.Size && known.created === info.Created * 1000 && sameDigests(known.info, info)) return known;
    const { repository, tag } = reference ? splitReference(reference) : { repository: digestName(info), tag: "" };
    return { key, id: info.Id, shortId, reference: reference || shortId, repository, tag, size: info.Size, created: info.Created * 1000, info };
  });
}

/** Entries of one image, one for each repository, the known ones with their identity. */
export function toImageEntries(info: ImageInfo, before: ReadonlyMap<string, ImageEntry> = new Map()): ImageEntry[] {
  const shortId = shortIdOf(info.Id);
  const repositories = new Map<string, string[]>();
  for (const reference of tagsOf(info)) {
    const { repository, tag } = splitReference(reference);
    repositories.set(repository, [...(repositories.get(repository) ?? []), tag]);
  }
  const dangling = repositories.size === 0;
  if (dangling) repositories.set(digestName(info), []);
  return [...repositories].map(([repository, tags]): ImageEntry => {
    const key = `${repository}@${info.Id}`;
    const known = before.get(key);
    tags.sort();
    if (known && known.size === info.Size && known.created === info.Created * 1000 && known.dangling === dangling && known.tags.join(" ") === tags.join(" ") && sameDigests(known.info, info)) return known;
    const references = tags.map((tag) => `${repository}:${tag}`);
    return { key, id: info.Id, shortId, repository, tags, references, reference: references[0] ?? shortId, size: info.Size, created: info.Created * 1000, dangling, info };
  });
}

export function shortIdOf(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

/** What registries call it shows whether a tag is behind. */
function sameDigests(a: ImageInfo, b: ImageInfo): boolean {
  return String(a.RepoDigests) === String(b.RepoDigests);
}

function tagsOf(info: ImageInfo): string[] {
  return (info.RepoTags ?? []).filter((tag) => tag !== "<none>:<none>");
}

function digestName(info: ImageInfo): string {
  const name = info.RepoDigests?.[0]?.split("@")[0];
  return name && name !== "<none>" ? name : "";
}

function splitReference(reference: string): { repository: string; tag: string } {
  const colon = reference.lastIndexOf(":");
  return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}
