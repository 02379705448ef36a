import type { IoOptions } from "../base/abort.ts";
import type { Digest, SnapshotKey } from "../base/ids.ts";
import { chainIds } from "../oci/config.ts";
import type { Snapshotter } from "../snapshots/snapshots.ts";
import { Slices } from "../sys/slices.ts";
import type { CatalogImage } from "./catalog.ts";

/** A layer on exactly those below it. */
interface Node {
  images: number;
  /** Bytes, once they were asked for. */
  size: number | undefined;
  readonly above: Map<Digest, Node>;
}

/** Bytes of each image's layers that other images have too. In slices, so that the event loop stays free. */
export async function sharedSizesOf(images: readonly CatalogImage[], snapshots: Pick<Snapshotter, "info">, options: IoOptions = {}): Promise<ReadonlyMap<Digest, number>> {
  const bottom: Node["above"] = new Map();
  const pathOf = (image: CatalogImage): Node[] => {
    let above = bottom;
    return image.config.rootfs.diff_ids.map((diffId) => {
      let node = above.get(diffId);
      if (node === undefined) above.set(diffId, (node = { images: 0, size: undefined, above: new Map() }));
      above = node.above;
      return node;
    });
  };
  for (const image of images) for (const node of pathOf(image)) node.images++;
  const sizes = new Map<Digest, number>();
  const slices = new Slices(options);
  for (const image of images) {
    if (slices.due) await slices.rest();
    const shared = pathOf(image).filter((node) => node.images > 1);
    // Names of layers are hashes of what is below: made only where a size is not known yet.
    const keys: readonly SnapshotKey[] = shared.every(({ size }) => size !== undefined) ? [] : chainIds(image.config.rootfs.diff_ids.slice(0, shared.length));
    sizes.set(image.id, shared.reduce((sum, node, at) => sum + (node.size ??= sizeOf(snapshots, keys[at]!)), 0));
  }
  return sizes;
}

/** The layers of an image that is removed meanwhile count for nothing. */
function sizeOf(snapshots: Pick<Snapshotter, "info">, key: SnapshotKey): number {
  try {
    return snapshots.info(key).size ?? 0;
  } catch {
    return 0;
  }
}
