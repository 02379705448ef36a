import { isEngineError } from "../../base/errors.ts";
import type { IoOptions } from "../../base/abort.ts";
import { shortId } from "../../base/ids.ts";
import type { Digest } from "../../base/ids.ts";
import type { ImageProgress, ImageRecord, Images } from "../../images/images.ts";
import type { Platform } from "../../oci/descriptor.ts";
import { formatPlatform, platformDistance } from "../../oci/platform.ts";
import { parseReference } from "../../oci/reference.ts";
import type { BuildRequest } from "../build.ts";
import type { StageState } from "./job.ts";

/** Says that a result is known only to a build that runs: ends a forecast of what depends on it. */
export class NotForeseen extends Error {}

export interface BasesOptions {
  readonly images: Images;
  readonly request: Pick<BuildRequest, "pull" | "credentials">;
  /** Keeps an image's layers. */
  readonly hold: (image: ImageRecord) => Promise<void>;
  readonly forecast: boolean;
}

/** An image found or pulled. */
export interface BaseImage {
  readonly image: ImageRecord;
  readonly pulled: boolean;
}

/** Finds the images that stages begin with or copy from, each once for a build. */
export class Bases {
  readonly #options: BasesOptions;
  readonly #found = new Map<string, Promise<BaseImage>>();

  constructor(options: BasesOptions) {
    this.#options = options;
  }

  /** A local image of the right platform, else a pulled one. @throws EngineError of the registry, NotForeseen in a forecast */
  find(reference: string, platform: Platform, progress: (progress: ImageProgress) => void, options: IoOptions = {}): Promise<BaseImage> {
    const key = `${reference} ${formatPlatform(platform)}`;
    let work = this.#found.get(key);
    if (work === undefined) this.#found.set(key, (work = this.#find(reference, platform, progress, options)));
    return work;
  }

  async #find(reference: string, platform: Platform, progress: (progress: ImageProgress) => void, options: IoOptions): Promise<BaseImage> {
    const { images, request, hold, forecast } = this.#options;
    const local = this.#local(reference, platform);
    if (local !== null && (!request.pull || forecast)) {
      await hold(local);
      return { image: local, pulled: false };
    }
    // What a pull would bring is not known.
    if (forecast) throw new NotForeseen();
    const image = await images.pull(reference, { platform, credentials: await request.credentials(parseReference(reference).domain), progress }, options);
    await hold(image);
    return { image, pulled: image.id !== local?.id };
  }

  #local(reference: string, platform: Platform): ImageRecord | null {
    try {
      const image = this.#options.images.get(reference);
      const { os, architecture, variant } = image.config;
      return platformDistance(platform, { os, architecture, variant }) === undefined ? null : image;
    } catch (error) {
      if (isEngineError(error, "notFound")) return null;
      throw error;
    }
  }
}

/** Where a stage on an image begins. */
export function stateOfImage(images: Images, reference: string, image: ImageRecord): StageState {
  const descriptors = images.layers(image.id);
  return {
    parent: `image:${image.chainId ?? "empty"}`,
    base: `${reference} (${shortId(image.id)})`,
    snapshot: image.chainId,
    layers: descriptors.map((descriptor, index) => ({ type: "base", descriptor, diffId: image.config.rootfs.diff_ids[index] as Digest })),
    history: image.config.history ?? [],
    image: image.config,
  };
}

/** Where a stage FROM scratch begins. */
export function emptyState(platform: Platform): StageState {
  return { parent: "scratch", base: "scratch", snapshot: null, layers: [], history: [], image: { ...platform, rootfs: { type: "layers", diff_ids: [] } } };
}
