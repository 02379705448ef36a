import type { IoOptions } from "../base/abort.ts";
import { throwIfAborted } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import { digestHex } from "../base/digest.ts";
import type { Digest } from "../base/ids.ts";
import { encodeHeader, END_OF_ARCHIVE, paddingOf } from "../archive/tar-writer.ts";
import { MEDIA_TYPES } from "../oci/descriptor.ts";
import { canonicalString, familiarName, familiarString, parseReference } from "../oci/reference.ts";
import { encodeJson } from "./assemble.ts";
import type { CatalogImage, ImageCatalog } from "./catalog.ts";
import type { ImageParts } from "./parts.ts";

/** An image to save under the names that were asked for. */
interface Chosen {
  readonly image: CatalogImage;
  readonly tags: readonly string[];
}

/**
 * `docker save`: one tar that is a docker-save archive (manifest.json, repositories) and an OCI image layout (index.json, blobs) at once, as
 * current Dockers write it.
 * @throws EngineError `notFound`
 */
export async function saveImages(parts: ImageParts, namesOrIds: readonly string[], options: IoOptions): Promise<ReadableStream<Uint8Array>> {
  const chosen = choose(parts.catalog, namesOrIds);
  for (const { image, tags } of chosen) parts.fire({ action: "save", id: image.id, name: tags[0] ?? image.id });
  async function* archive(): AsyncGenerator<Uint8Array> {
    using _lease = await parts.leases.acquire(...chosen.flatMap(({ image }) => blobsOf(image)));
    yield* writeArchive(parts, chosen, options);
  }
  return ReadableStream.from(archive()) as ReadableStream<Uint8Array>;
}

function choose(catalog: ImageCatalog, namesOrIds: readonly string[]): readonly Chosen[] {
  if (namesOrIds.length === 0) throw new EngineError("invalidArgument", "name at least one image to save");
  const tags = new Map<Digest, Set<string>>();
  for (const text of namesOrIds) {
    for (const image of imagesOf(catalog, text)) {
      const names = tags.get(image.id) ?? new Set();
      tags.set(image.id, names);
      if (!catalog.isIdOf(image, text) && text !== image.id) for (const name of tagsOf(image, text)) names.add(name);
    }
  }
  return [...tags].map(([id, names]) => ({ image: catalog.byId(id)!, tags: [...names] }));
}

/** A repository without tag means all of its tags. */
function imagesOf(catalog: ImageCatalog, text: string): readonly CatalogImage[] {
  const reference = isRepository(text);
  const all = reference === undefined ? [] : catalog.list().filter(({ repoTags }) => repoTags.some((tag) => familiarName(parseReference(tag)) === reference));
  return all.length > 0 ? all : [catalog.get(text)];
}

function tagsOf(image: CatalogImage, text: string): readonly string[] {
  const repository = isRepository(text);
  if (repository !== undefined) return image.repoTags.filter((tag) => familiarName(parseReference(tag)) === repository);
  const reference = parseReference(text);
  return reference.tag === undefined || reference.digest !== undefined ? [] : [familiarString(reference)];
}

function isRepository(text: string): string | undefined {
  if (/^(?:sha256:)?[0-9a-f]{64}$/.test(text)) return undefined;
  const reference = parseReference(text);
  return reference.tag === undefined && reference.digest === undefined ? familiarName(reference) : undefined;
}

function blobsOf({ manifest, id, layers }: CatalogImage): Digest[] {
  return [...new Set([manifest.digest, id, ...layers.map(({ digest }) => digest)])];
}

async function* writeArchive({ content }: ImageParts, chosen: readonly Chosen[], options: IoOptions): AsyncGenerator<Uint8Array> {
  yield directory("blobs/");
  yield directory("blobs/sha256/");
  for (const digest of new Set(chosen.flatMap(({ image }) => blobsOf(image)))) {
    const { size } = await content.info(digest);
    yield header(blobPath(digest), size);
    for await (const chunk of await content.open(digest)) {
      throwIfAborted(options.signal);
      yield chunk;
    }
    yield new Uint8Array(paddingOf(size));
  }
  yield* file("index.json", { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: chosen.flatMap(indexEntries) });
  yield* file("manifest.json", chosen.map(({ image, tags }) => ({ Config: blobPath(image.id), RepoTags: tags.length === 0 ? null : tags, Layers: image.layers.map(({ digest }) => blobPath(digest)) })));
  yield* file("oci-layout", { imageLayoutVersion: "1.0.0" });
  yield* file("repositories", repositories(chosen));
  yield END_OF_ARCHIVE;
}

function indexEntries({ image, tags }: Chosen): readonly object[] {
  if (tags.length === 0) return [image.manifest];
  return tags.map((tag) => {
    const reference = parseReference(tag);
    return { ...image.manifest, annotations: { "io.containerd.image.name": canonicalString(reference), "org.opencontainers.image.ref.name": reference.tag } };
  });
}

/** The index of the oldest archives: repository, tag, top layer. */
function repositories(chosen: readonly Chosen[]): Record<string, Record<string, string>> {
  const result: Record<string, Record<string, string>> = {};
  for (const { image, tags } of chosen) {
    const top = image.layers.at(-1);
    if (top === undefined) continue;
    for (const tag of tags) {
      const reference = parseReference(tag);
      (result[familiarName(reference)] ??= {})[reference.tag!] = digestHex(top.digest);
    }
  }
  return result;
}

function blobPath(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

function directory(name: string): Uint8Array {
  return encodeHeader({ name, type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0, mtimeNs: 0n });
}

function header(name: string, size: number): Uint8Array {
  return encodeHeader({ name, type: "file", mode: 0o644, uid: 0, gid: 0, size, mtimeNs: 0n });
}

function* file(name: string, document: unknown): Generator<Uint8Array> {
  const bytes = encodeJson(document);
  yield header(name, bytes.byteLength);
  yield bytes;
  yield new Uint8Array(paddingOf(bytes.byteLength));
}
