import type { IoOptions } from "../base/abort.ts";
import { EngineError, isEngineError } from "../base/errors.ts";
import type { Digest } from "../base/ids.ts";
import { parseImageConfig } from "../oci/config.ts";
import type { Descriptor, ImageManifest, Platform } from "../oci/descriptor.ts";
import { assertRunnable, parseManifest } from "../oci/manifest.ts";
import { selectPlatform } from "../oci/platform.ts";
import { familiarName, familiarString, parseReference, withDefaultTag } from "../oci/reference.ts";
import type { Registry, RegistryCredentials, RegistryRepository } from "../registry/registry.ts";
import type { ImageCatalog } from "./catalog.ts";
import { known, readRemoteConfig } from "./pull.ts";
import { Semaphore } from "./semaphore.ts";

/** What a digest means in a registry. */
export interface RemoteImage {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly platforms: readonly Platform[];
  /** Compressed bytes of this machine's image, or of the only one. */
  readonly size: number;
  readonly createdAt: Date | undefined;
  /** The type of what is no image: it can be looked at, not run. */
  readonly artifactType: string | undefined;
}

export interface RemoteTag extends RemoteImage {
  readonly name: string;
  /** Why nothing more is known of the tag. */
  readonly error: string | undefined;
}

export interface TagsPage {
  /** Of each at least the name. */
  readonly tags: readonly (Pick<RemoteTag, "name"> & Partial<RemoteTag>)[];
  readonly total: number;
  readonly isLast: boolean;
}

/** `behind`: the tag means something else in the registry by now; `gone`: it is there no more; `local`: it never came from there. */
export type Freshness = "current" | "behind" | "gone" | "local";

export interface TagFreshness {
  readonly reference: string;
  readonly state: Freshness;
  readonly localDigests: readonly Digest[];
  readonly remoteDigest: Digest | undefined;
}

interface BrowseRequest extends IoOptions {
  readonly credentials?: RegistryCredentials | undefined;
}

const HUB_DOMAIN = "docker.io";
const DEFAULT_PAGE = 25;
const MAX_PAGE = 200;
const PARALLEL = 6;
const MAX_REMEMBERED = 1000;

/** Looks into registries. What a digest means never changes, so it is asked for once. */
export class Browser {
  readonly #registry: Registry;
  readonly #catalog: ImageCatalog;
  readonly #platform: Platform;
  readonly #known = new Map<Digest, RemoteImage>();

  constructor(registry: Registry, catalog: ImageCatalog, platform: Platform) {
    this.#registry = registry;
    this.#catalog = catalog;
    this.#platform = platform;
  }

  /** One page of a repository's tags, `latest` and the highest versions first. @throws EngineError of the registry */
  async tags(name: string, request: BrowseRequest & { readonly limit?: number | undefined; readonly after?: string | undefined }): Promise<TagsPage> {
    const reference = parseReference(name);
    const repository = this.#registry.repository({ domain: reference.domain, path: reference.path }, request.credentials);
    const all = (await repository.tags(request)).toSorted(newestFirst);
    const start = request.after === undefined ? 0 : all.indexOf(request.after) + 1;
    const page = all.slice(start, start + Math.min(Math.max(1, request.limit ?? DEFAULT_PAGE), MAX_PAGE));
    const end = { total: all.length, isLast: start + page.length >= all.length };
    // Manifests of Docker Hub count as pulls, of which there are few.
    if (reference.domain === HUB_DOMAIN) return { tags: await this.#hubTags(reference.path, page, start, request), ...end };
    const turns = new Semaphore(PARALLEL);
    const tags = await Promise.all(page.map((tag) => turns.run(request.signal, async () => {
      try {
        return { name: tag, error: undefined, ...(await this.#describe(repository, tag, request)) };
      } catch (error) {
        if (request.signal?.aborted === true || !isEngineError(error)) throw error;
        return { name: tag, error: error.message };
      }
    })));
    return { tags, ...end };
  }

  /** What the Hub says of tags; of those it does not tell of, the name. */
  async #hubTags(path: string, page: readonly string[], start: number, options: IoOptions): Promise<TagsPage["tags"]> {
    const limit = Math.max(page.length, 1);
    const told = await this.#registry.hubTags(path, Math.floor(start / limit) + 1, limit, options).catch((error: unknown) => {
      if (options.signal?.aborted === true) throw error;
      return undefined;
    });
    // The Hub sorts by age, the registry by name: what it lists first is what people look for.
    const described = (told?.tags ?? []).map(({ name, digest, images, updatedAt }) => {
      const sizes = images.map(({ platform, size }) => ({ mediaType: "", digest: digest!, size, platform }));
      const size = (selectPlatform(sizes, this.#platform) ?? sizes[0])?.size ?? 0;
      return { name, ...(digest === undefined ? {} : { digest }), size, createdAt: updatedAt, platforms: images.map(({ platform }) => platform) };
    });
    return described.length > 0 ? described : page.map((name) => ({ name }));
  }

  async #describe(repository: RegistryRepository, tag: string, options: IoOptions): Promise<RemoteImage> {
    const { digest } = await repository.resolve(tag, options);
    const remembered = this.#known.get(digest);
    if (remembered !== undefined) return remembered;
    const image = await this.#read(repository, digest, options);
    this.#known.set(digest, image);
    if (this.#known.size > MAX_REMEMBERED) this.#known.delete(this.#known.keys().next().value!);
    return image;
  }

  async #read(repository: RegistryRepository, digest: Digest, options: IoOptions): Promise<RemoteImage> {
    const { descriptor, bytes } = await repository.manifest(digest, options);
    const document = parseManifest(bytes, known(descriptor.mediaType));
    const { mediaType } = document;
    if (document.type === "manifest") return { digest, mediaType, ...(await this.#readManifest(repository, document.manifest, options)) };
    const images = document.index.manifests.filter(({ annotations }) => annotations?.["vnd.docker.reference.type"] === undefined);
    const platforms = images.flatMap(({ platform }) => (platform === undefined ? [] : [platform]));
    const shown = selectPlatform(images, this.#platform) ?? images[0];
    const child = shown === undefined ? undefined : parseManifest((await repository.manifest(shown.digest, options)).bytes, shown.mediaType);
    const details = child?.type === "manifest" ? await this.#readManifest(repository, child.manifest, options) : { size: 0, createdAt: undefined, artifactType: undefined };
    return { digest, mediaType, ...details, platforms };
  }

  async #readManifest(repository: RegistryRepository, manifest: ImageManifest, options: IoOptions): Promise<Omit<RemoteImage, "digest" | "mediaType">> {
    const size = [manifest.config, ...manifest.layers].reduce((sum: number, descriptor: Descriptor) => sum + descriptor.size, 0);
    try {
      assertRunnable(manifest, "it");
    } catch {
      return { size, platforms: [], createdAt: undefined, artifactType: manifest.artifactType ?? manifest.config.mediaType };
    }
    const { os, architecture, variant, created } = parseImageConfig(await readRemoteConfig(repository, manifest.config, options));
    const createdAt = created === undefined ? NaN : Date.parse(created);
    return { size, platforms: [{ os, architecture, ...(variant === undefined ? {} : { variant }) }], createdAt: Number.isNaN(createdAt) ? undefined : new Date(createdAt), artifactType: undefined };
  }

  /** Whether the registry has another image under a local tag; one HEAD. @throws EngineError `notFound` (no such image here), those of the registry */
  async freshness(name: string, request: BrowseRequest): Promise<TagFreshness> {
    const reference = withDefaultTag(parseReference(name));
    if (reference.tag === undefined) throw new EngineError("invalidArgument", `${name} names a digest, which never changes: ask about a tag`);
    const image = this.#catalog.get(name);
    const own = `${familiarName(reference)}@`;
    const named = image.repoDigests.filter((digest) => digest.startsWith(own)).map((digest) => digest.slice(own.length) as Digest);
    const localDigests = [...new Set([...named, image.manifest.digest])];
    const answer = { reference: familiarString(reference), localDigests };
    try {
      const { digest } = await this.#registry.repository(reference, request.credentials).resolve(reference.tag, request);
      return { ...answer, state: localDigests.includes(digest) ? "current" : "behind", remoteDigest: digest };
    } catch (error) {
      if (!isEngineError(error, "notFound")) throw error;
      return { ...answer, state: named.length === 0 ? "local" : "gone", remoteDigest: undefined };
    }
  }
}

/** By name alone, as far as names tell. */
function newestFirst(a: string, b: string): number {
  const rank = (name: string): number => (name === "latest" ? 0 : 1);
  return rank(a) - rank(b) || b.localeCompare(a, "en", { numeric: true });
}
