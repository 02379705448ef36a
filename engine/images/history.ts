import type { Digest } from "../base/ids.ts";
import { chainIds } from "../oci/config.ts";
import type { Snapshotter } from "../snapshots/snapshots.ts";
import type { CatalogImage, ImageCatalog } from "./catalog.ts";
import type { HistoryLine } from "./images.ts";

/** The steps of an image, newest first; layers without a step of their own come at the end. */
export function historyOf(catalog: ImageCatalog, snapshots: Pick<Snapshotter, "info">, image: CatalogImage): readonly HistoryLine[] {
  const sizes = chainIds(image.config.rootfs.diff_ids).map((key) => snapshots.info(key).size ?? 0);
  const steps = image.config.history ?? [];
  let layer = 0;
  const lines = steps.map((step) => {
    const created = step.created === undefined ? NaN : Date.parse(step.created);
    return {
      id: null as Digest | null,
      createdAt: Number.isNaN(created) ? null : new Date(created),
      createdBy: step.created_by ?? "",
      comment: step.comment ?? "",
      tags: [] as readonly string[],
      size: step.empty_layer === true ? 0 : sizes[layer++] ?? 0,
    };
  });
  while (layer < sizes.length) lines.unshift({ id: null, createdAt: image.createdAt, createdBy: "", comment: "", tags: [], size: sizes[layer++]! });
  lines.reverse();
  // Images that were made here from one another are known by the number of their steps.
  for (let own: CatalogImage | undefined = image; own !== undefined; own = own.parentId === null ? undefined : catalog.byId(own.parentId)) {
    const at = steps.length - (own.config.history?.length ?? 0);
    const line = lines[at];
    if (line !== undefined) lines[at] = { ...line, id: own.id, tags: own.repoTags };
  }
  return lines;
}
