import type { IoOptions } from "../base/abort.ts";
import { isDigest } from "../base/digest.ts";
import type { Digest } from "../base/ids.ts";
import type { Platform } from "../oci/descriptor.ts";
import { Reader } from "../oci/validate.ts";
import { readBounded } from "./transport.ts";
import type { HttpTransport } from "./transport.ts";

/** A tag as Docker Hub's own interface describes it. */
export interface HubTag {
  readonly name: string;
  readonly digest: Digest | undefined;
  /** Compressed bytes, by platform. */
  readonly images: readonly { readonly platform: Platform; readonly size: number }[];
  readonly updatedAt: Date | undefined;
}

export interface HubTagsPage {
  readonly tags: readonly HubTag[];
  readonly total: number;
}

interface HubRequest extends IoOptions {
  readonly transport: HttpTransport;
  /** `https://hub.docker.com` */
  readonly hub: URL;
  readonly path: string;
  readonly limit: number;
  /** From 1. */
  readonly page: number;
}

const MAX_BYTES = 4 << 20;

/**
 * Tags of a public repository by Docker Hub's web interface: manifests would say the same, but each counts against the limit of pulls.
 * @returns undefined when Hub does not tell, as of private repositories
 */
export async function readHubTags({ transport, hub, path, limit, page, signal }: HubRequest): Promise<HubTagsPage | undefined> {
  const url = new URL(`/v2/repositories/${path}/tags?page_size=${limit}&page=${page}`, hub);
  const response = await transport.send({ url, headers: { accept: "application/json" }, insecure: hub.protocol === "http:", registry: "docker.io", signal });
  if (response.status !== 200) {
    response.discard();
    return undefined;
  }
  const read = new Reader("Docker Hub's list of tags");
  const json = read.parse(await readBounded(response, MAX_BYTES, "Docker Hub's list of tags"), MAX_BYTES);
  const tags = read.array(json["results"] ?? [], "results", 1000).map((item, i): HubTag => {
    const tag = read.object(item, `results[${i}]`);
    const updated = typeof tag["last_updated"] === "string" ? Date.parse(tag["last_updated"]) : NaN;
    const images = read.array(tag["images"] ?? [], `results[${i}].images`, 1000).map((entry) => read.object(entry, `results[${i}].images`));
    return {
      name: read.string(tag["name"], `results[${i}].name`, 128),
      digest: typeof tag["digest"] === "string" && isDigest(tag["digest"]) ? tag["digest"] : undefined,
      updatedAt: Number.isNaN(updated) ? undefined : new Date(updated),
      images: images.filter(({ os }) => typeof os === "string" && os !== "unknown").map((image) => ({
        platform: { os: String(image["os"]), architecture: String(image["architecture"]), ...(typeof image["variant"] === "string" && image["variant"] !== "" ? { variant: image["variant"] } : {}) },
        size: Number(image["size"]) || 0,
      })),
    };
  });
  return { tags, total: Number(json["count"]) || tags.length };
}
