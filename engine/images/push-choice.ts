import type { IoOptions } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import type { Platform } from "../oci/descriptor.ts";
import { formatPlatform, platformDistance } from "../oci/platform.ts";
import { familiarName, familiarString, parseReference } from "../oci/reference.ts";
import type { Reference } from "../oci/reference.ts";
import type { CatalogImage, ImageCatalog } from "./catalog.ts";
import type { ImageParts } from "./parts.ts";
import { wholeIndexOf } from "./push-manifest.ts";

/** One tag of this machine, to be a registry's. */
export interface TagToPush {
  readonly target: Reference;
  readonly image: CatalogImage;
}

/** What a reference without a digest pushes: its tag, or all tags of its repository. @throws EngineError `notFound` in dockerd's words */
export function tagsToPush(catalog: ImageCatalog, parsed: Reference): readonly TagToPush[] {
  if (parsed.tag !== undefined) {
    const image = catalog.byTag(familiarString(parsed));
    if (image === undefined) throw new EngineError("notFound", `tag does not exist: ${familiarString(parsed)}`);
    return [{ target: parsed, image }];
  }
  const name = familiarName(parsed);
  const all = catalog.list().flatMap((image) => image.repoTags.map((tag) => ({ target: parseReference(tag), image })));
  const own = all.filter(({ target }) => familiarName(target) === name).sort((a, b) => (a.target.tag! < b.target.tag! ? -1 : 1));
  if (own.length === 0) throw new EngineError("notFound", `An image does not exist locally with the tag: ${name}`);
  return own;
}

/** The image of one platform among those that came by the same index. @throws EngineError `notFound` */
export async function imageOfPlatform(parts: ImageParts, image: CatalogImage, platform: Platform, options: IoOptions): Promise<CatalogImage> {
  const candidates = platformDistance(platform, image.config) !== undefined ? [image] : ((await wholeIndexOf(parts, image, options))?.images ?? []);
  const found = candidates.find(({ config }) => platformDistance(platform, config) !== undefined);
  if (found === undefined) throw new EngineError("notFound", `image with reference ${image.repoTags[0] ?? image.id} was found but does not provide the specified platform (${formatPlatform(platform)})`);
  return found;
}
