import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import type { IoOptions } from "../base/abort.ts";
import { EngineError, isSystemError } from "../base/errors.ts";
import { digestHex } from "../base/digest.ts";
import type { Digest } from "../base/ids.ts";
import type { Lease } from "../gc/leases.ts";
import { MAX_CONFIG_BYTES, parseImageConfig, validateImage } from "../oci/config.ts";
import type { Descriptor, ImageManifest } from "../oci/descriptor.ts";
import { MEDIA_TYPES } from "../oci/descriptor.ts";
import { assertRunnable, isIndexType, MAX_MANIFEST_BYTES, parseManifest } from "../oci/manifest.ts";
import { selectPlatform } from "../oci/platform.ts";
import { familiarString, parseReference, withDefaultTag } from "../oci/reference.ts";
import { Reader } from "../oci/validate.ts";
import { assembleImage } from "./assemble.ts";
import type { ProgressSink } from "./images.ts";
import { layerTypeOf } from "./layer-type.ts";
import type { ImageParts } from "./parts.ts";
import { layersOf } from "./pull.ts";
import type { Spooled, SpooledFile, SpoolTaskData } from "./spool-task.ts";

const TASK = new URL("./spool-task.ts", import.meta.url);

/** One image as an archive describes it. */
interface ArchivedImage {
  readonly config: SpooledFile;
  readonly layers: readonly SpooledFile[];
  /** The manifest's file where the archive has one. */
  readonly manifest: SpooledFile | undefined;
  readonly tags: readonly string[];
}

/**
 * `docker load`: docker-save archives and OCI layouts.
 * @returns the names loaded; ids of images without a name
 * @throws EngineError `invalidArgument`, `dataLoss`, `resourceExhausted`
 */
export async function loadArchive(parts: ImageParts, archive: AsyncIterable<Uint8Array>, progress: ProgressSink, options: IoOptions): Promise<readonly string[]> {
  const { workers, content, limits, leases } = parts;
  const data: SpoolTaskData = { prefix: `${content.ingestPath(`load-${randomUUID()}`)}-`, maxBytes: limits.maxBytes };
  const spooled = await workers.run<Spooled>(TASK, data, { input: archive, signal: options.signal });
  using lease = await leases.acquire();
  try {
    const files = new ArchiveFiles(spooled);
    const loaded: string[] = [];
    for (const image of await readImages(files, parts)) loaded.push(...(await loadImage(parts, image, lease, progress, options)));
    return loaded;
  } finally {
    for (const { path } of spooled.files) await rm(path, { force: true });
  }
}

/** The files of an archive by name, links followed. */
class ArchiveFiles {
  readonly #files: ReadonlyMap<string, SpooledFile>;
  readonly #links: ReadonlyMap<string, string>;

  constructor({ files, links }: Spooled) {
    this.#files = new Map(files.map((file) => [file.name, file]));
    this.#links = new Map(links.map(({ name, target }) => [name, target]));
  }

  find(name: string): SpooledFile | undefined {
    for (let hops = 0; hops < 10; hops++) {
      const target = this.#links.get(name);
      if (target === undefined || this.#files.has(name)) break;
      name = target;
    }
    return this.#files.get(name);
  }

  /** @throws EngineError `invalidArgument` when it is missing */
  get(name: string): SpooledFile {
    const file = this.find(name);
    if (file === undefined) throw new EngineError("invalidArgument", `the archive is incomplete: it lacks ${name.slice(0, 200)}`);
    return file;
  }

  blob(descriptor: Descriptor): SpooledFile {
    const file = this.get(`blobs/sha256/${digestHex(descriptor.digest)}`);
    if (file.digest !== descriptor.digest) throw new EngineError("dataLoss", `the archive is damaged: ${file.name} has the digest ${file.digest}`);
    return file;
  }

  async read(file: SpooledFile, maxBytes: number): Promise<Uint8Array> {
    if (file.size > maxBytes) throw new EngineError("resourceExhausted", `${file.name} of the archive has ${file.size} bytes, more than the ${maxBytes} allowed`);
    return readFile(file.path);
  }
}

async function readImages(files: ArchiveFiles, parts: ImageParts): Promise<readonly ArchivedImage[]> {
  const layout = files.find("index.json");
  const fromLayout = layout === undefined ? [] : await readLayout(files, layout, parts);
  const saved = files.find("manifest.json");
  if (saved !== undefined) return readSaved(files, saved, fromLayout);
  if (layout !== undefined) return fromLayout;
  throw new EngineError("invalidArgument", "the archive holds no images: it has neither manifest.json (docker save) nor index.json (OCI layout); for a root file system use import");
}

/** What `docker save` writes; manifests that an OCI layout in the same archive has are kept. */
async function readSaved(files: ArchiveFiles, saved: SpooledFile, layout: readonly ArchivedImage[]): Promise<readonly ArchivedImage[]> {
  const read = new Reader("manifest.json of the archive");
  const list = read.parseAny(await files.read(saved, MAX_MANIFEST_BYTES), MAX_MANIFEST_BYTES);
  return read.array(list, "it", 10_000).map((item, i) => {
    const json = read.object(item, `[${i}]`);
    const config = files.get(read.string(json["Config"], `[${i}].Config`));
    const layers = read.strings(json["Layers"] ?? [], `[${i}].Layers`, 500).map((name) => files.get(name));
    const tags = read.optional(json["RepoTags"], (value) => read.strings(value, `[${i}].RepoTags`)) ?? [];
    const twin = layout.find((image) => image.config.digest === config.digest && image.layers.every((layer, at) => layer.digest === layers[at]?.digest));
    return { config, layers, manifest: twin?.manifest, tags: tags.map(fullTag) };
  });
}

/** An OCI image layout (OCI image specification, "Image Layout"). */
async function readLayout(files: ArchiveFiles, index: SpooledFile, parts: ImageParts): Promise<readonly ArchivedImage[]> {
  const top = parseManifest(await files.read(index, MAX_MANIFEST_BYTES), MEDIA_TYPES.ociIndex);
  if (top.type !== "index") return [];
  const images = new Map<Digest, ArchivedImage>();
  for (const entry of top.index.manifests) {
    const found = await readEntry(files, entry, parts, 0);
    if (found === undefined) continue;
    const name = entry.annotations?.["io.containerd.image.name"] ?? entry.annotations?.["org.opencontainers.image.ref.name"];
    const known = images.get(found.config.digest);
    images.set(found.config.digest, { ...found, tags: [...(known?.tags ?? []), ...(name === undefined || !/[/:]/.test(name) ? [] : [fullTag(name)])] });
  }
  return [...images.values()];
}

async function readEntry(files: ArchiveFiles, entry: Descriptor, parts: ImageParts, depth: number): Promise<Omit<ArchivedImage, "tags"> | undefined> {
  const manifest = files.blob(entry);
  const document = parseManifest(await files.read(manifest, MAX_MANIFEST_BYTES), isIndexType(entry.mediaType) ? entry.mediaType : undefined);
  if (document.type === "manifest") return describe(files, manifest, document.manifest);
  const chosen = selectPlatform(document.index.manifests, parts.hostPlatform) ?? document.index.manifests.find(({ digest }) => files.find(`blobs/sha256/${digestHex(digest)}`) !== undefined);
  return chosen === undefined || depth > 2 ? undefined : readEntry(files, chosen, parts, depth + 1);
}

function describe(files: ArchiveFiles, manifest: SpooledFile, image: ImageManifest): Omit<ArchivedImage, "tags"> {
  assertRunnable(image, "the archive");
  return { manifest, config: files.blob(image.config), layers: image.layers.map((layer) => files.blob(layer)) };
}

function fullTag(name: string): string {
  const reference = withDefaultTag(parseReference(name));
  return familiarString({ domain: reference.domain, path: reference.path, tag: reference.tag });
}

async function loadImage(parts: ImageParts, archived: ArchivedImage, lease: Lease, progress: ProgressSink, options: IoOptions): Promise<readonly string[]> {
  const { content } = parts;
  const configBytes = await content.read(await publish(parts, lease, archived.config), MAX_CONFIG_BYTES);
  const config = parseImageConfig(configBytes);
  const layers: Descriptor[] = [];
  for (const file of archived.layers) {
    const digest = await publish(parts, lease, file);
    layers.push({ mediaType: await layerTypeOf(await content.pathOf(digest)), digest, size: file.size });
  }
  const manifestBytes = archived.manifest === undefined ? undefined : await content.read(await publish(parts, lease, archived.manifest), MAX_MANIFEST_BYTES);
  const image: ImageManifest = { schemaVersion: 2, config: { mediaType: MEDIA_TYPES.ociConfig, digest: archived.config.digest, size: archived.config.size }, layers };
  validateImage(image, config, archived.tags[0] ?? "the image of the archive");
  const wanted = layersOf(image, config);
  await lease.add(...wanted.map(({ key }) => key));
  await parts.layers.ensureAll(wanted, undefined, progress, options);
  const recorded = await assembleImage(parts, lease, { config, configBytes, manifestBytes, layers, parentId: null, tags: archived.tags });
  parts.fire({ action: "load", id: recorded.id, name: archived.tags[0] ?? recorded.id });
  return archived.tags.length === 0 ? [recorded.id] : archived.tags;
}

/** Moves a file into the content store; one that several images share was moved before. */
async function publish({ content }: ImageParts, lease: Lease, { path, digest, size }: SpooledFile): Promise<Digest> {
  await lease.add(digest);
  if (await content.has(digest)) return digest;
  try {
    await content.adopt(path, digest, size);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) throw new EngineError("internal", `the file of ${digest} is gone`, { cause: error });
    throw error;
  }
  return digest;
}
