import { EngineError } from "../base/errors.ts";
import { isDigest } from "../base/digest.ts";
import { shortId } from "../base/ids.ts";
import type { Digest } from "../base/ids.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { topChainId } from "../oci/config.ts";
import { familiarString, parseReference, withDefaultTag } from "../oci/reference.ts";
import type { ImageRecords, ImageRow } from "../store/images.ts";
import type { ImageRecord } from "./images.ts";

/** A record with what only this domain needs. */
export interface CatalogImage extends ImageRecord {
  /** The layers' blobs, bottom first. */
  readonly layers: readonly Descriptor[];
}

/** All images in memory, written through to the database: lists and look-ups cost nothing. */
export class ImageCatalog {
  readonly #records: ImageRecords;
  readonly #images = new Map<Digest, CatalogImage>();
  readonly #byTag = new Map<string, Digest>();

  constructor(records: ImageRecords) {
    this.#records = records;
    for (const row of records.list()) this.#remember(row);
  }

  #remember(row: ImageRow): CatalogImage {
    const { config } = row;
    const created = config.created === undefined ? NaN : Date.parse(config.created);
    const image: CatalogImage = {
      id: row.id,
      manifest: row.manifest,
      config,
      layers: row.layers,
      createdAt: Number.isNaN(created) ? null : new Date(created),
      size: row.size,
      repoTags: [...row.tags].sort(),
      repoDigests: [...row.digests].sort(),
      chainId: topChainId(config.rootfs.diff_ids),
      parentId: row.parentId,
      lastTaggedAt: row.lastTaggedAt === null ? null : new Date(row.lastTaggedAt),
      architecture: config.architecture,
      os: config.os,
    };
    this.#images.set(image.id, image);
    for (const tag of image.repoTags) this.#byTag.set(tag, image.id);
    return image;
  }

  list(): readonly CatalogImage[] {
    return [...this.#images.values()];
  }

  /** Whether an image was made here from this one. */
  isParent(id: Digest): boolean {
    for (const { parentId } of this.#images.values()) if (parentId === id) return true;
    return false;
  }

  byId(id: Digest): CatalogImage | undefined {
    return this.#images.get(id);
  }

  byTag(name: string): CatalogImage | undefined {
    const id = this.#byTag.get(name);
    return id === undefined ? undefined : this.#images.get(id);
  }

  /** Records an image; names given here are added to those it has, and taken from other images. */
  put(row: ImageRow): CatalogImage {
    this.#records.put(row);
    for (const tag of row.tags) {
      const owner = this.byTag(tag);
      if (owner !== undefined && owner.id !== row.id) this.#images.set(owner.id, { ...owner, repoTags: owner.repoTags.filter((name) => name !== tag) });
    }
    const known = this.#images.get(row.id);
    const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])];
    return this.#remember({ ...row, parentId: known?.parentId ?? row.parentId, size: known?.size ?? row.size, tags: union(known?.repoTags ?? [], row.tags), digests: union(known?.repoDigests ?? [], row.digests) });
  }

  /** Gives `image` one more tag. */
  addTag(image: CatalogImage, name: string): CatalogImage {
    return this.put({
      id: image.id, manifest: image.manifest, config: image.config, layers: image.layers, size: image.size, parentId: image.parentId,
      lastTaggedAt: Date.now(), tags: [name], digests: [],
    });
  }

  /** Gives `image` a `name@digest` by which a registry has it. */
  addDigest(image: CatalogImage, name: string): CatalogImage {
    return this.put({
      id: image.id, manifest: image.manifest, config: image.config, layers: image.layers, size: image.size, parentId: image.parentId,
      lastTaggedAt: image.lastTaggedAt?.getTime() ?? null, tags: [], digests: [name],
    });
  }

  /** Takes a tag or a `name@digest` from `image`. */
  removeName(image: CatalogImage, name: string): CatalogImage {
    if (name.includes("@")) this.#records.removeDigest(name, image.id);
    else {
      this.#records.removeTag(name);
      this.#byTag.delete(name);
    }
    const without = { ...image, repoTags: image.repoTags.filter((tag) => tag !== name), repoDigests: image.repoDigests.filter((digest) => digest !== name) };
    this.#images.set(image.id, without);
    return without;
  }

  remove(id: Digest): void {
    this.#records.remove(id);
    for (const tag of this.#images.get(id)?.repoTags ?? []) this.#byTag.delete(tag);
    this.#images.delete(id);
  }

  /**
   * Finds an image as Docker does: by id, by name, by unique id prefix.
   * @throws EngineError `notFound` ("No such image: X"), `invalidArgument` for a bad reference or an ambiguous prefix
   */
  get(nameOrId: string): CatalogImage {
    const found = this.find(nameOrId);
    if (found !== undefined) return found;
    throw new EngineError("notFound", `No such image: ${this.#fullName(nameOrId)}`, { details: { image: nameOrId } });
  }

  /** As {@link get}, without the error for a name that is unknown. */
  find(nameOrId: string): CatalogImage | undefined {
    if (isDigest(nameOrId)) return this.byId(nameOrId);
    return this.#byName(nameOrId) ?? this.#byPrefix(nameOrId);
  }

  /** Whether `text` means `image` by its id, not by a name. */
  isIdOf(image: ImageRecord, text: string): boolean {
    const hex = text.replace(/^sha256:/, "");
    return /^[0-9a-f]+$/.test(hex) && image.id.startsWith(`sha256:${hex}`) && this.#byName(text) === undefined;
  }

  #byName(text: string): CatalogImage | undefined {
    if (/^(?:sha256:)?[0-9a-f]{64}$/.test(text)) return undefined;
    const reference = withDefaultTag(parseReference(text));
    if (reference.digest === undefined) return this.byTag(familiarString(reference));
    const name = familiarString({ domain: reference.domain, path: reference.path, digest: reference.digest });
    return this.list().find(({ repoDigests }) => repoDigests.includes(name));
  }

  #byPrefix(text: string): CatalogImage | undefined {
    const hex = text.replace(/^sha256:/, "");
    if (!/^[0-9a-f]{1,64}$/.test(hex)) return undefined;
    const matches = this.list().filter(({ id }) => id.startsWith(`sha256:${hex}`));
    if (matches.length > 1) throw new EngineError("invalidArgument", `the image id ${shortId(text)} is ambiguous: ${matches.length} images begin with it; give more digits`);
    return matches[0];
  }

  #fullName(text: string): string {
    if (/^(?:sha256:)?[0-9a-f]{64}$/.test(text)) return text;
    return familiarString(withDefaultTag(parseReference(text)));
  }
}
