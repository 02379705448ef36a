import type { ContentStore } from "../content/content.ts";
import type { Leases } from "../gc/leases.ts";
import type { Platform } from "../oci/descriptor.ts";
import type { Snapshotter } from "../snapshots/snapshots.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { BlobRecords } from "../store/blobs.ts";
import type { ImageCatalog } from "./catalog.ts";
import type { CompressedBlobs } from "./compressed.ts";
import type { ImageEvent } from "./images.ts";
import type { Layers } from "./layers.ts";
import type { UnpackLimits } from "./layer-task.ts";
import type { Uploads } from "./uploads.ts";

/** What the parts of this domain share. */
export interface ImageParts {
  readonly content: ContentStore;
  readonly snapshots: Snapshotter;
  readonly workers: WorkerPool;
  readonly leases: Leases;
  readonly catalog: ImageCatalog;
  readonly layers: Layers;
  readonly blobs: BlobRecords;
  readonly compressed: CompressedBlobs;
  readonly uploads: Uploads;
  readonly limits: UnpackLimits;
  readonly userNamespace: boolean;
  readonly hostPlatform: Platform;
  fire(event: ImageEvent): void;
}
