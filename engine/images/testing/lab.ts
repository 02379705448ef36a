import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { LocalContentStore } from "../../content/local-store.ts";
import { Leases } from "../../gc/leases.ts";
import { DistributionRegistry } from "../../registry/client.ts";
import type { RegistryOptions } from "../../registry/registry.ts";
import { OverlaySnapshotter } from "../../snapshots/overlay-snapshotter.ts";
import { Database } from "../../store/database.ts";
import { ImageRecords } from "../../store/images.ts";
import { WorkerPool } from "../../sys/workers.ts";
import { ImageCatalog } from "../catalog.ts";
import { ImageService } from "../image-service.ts";
import type { ImageServiceOptions } from "../image-service.ts";
import type { ImageEvent, ImageUsers } from "../images.ts";

/** An image service on real parts in a directory of its own. */
export interface ImageLab extends AsyncDisposable {
  readonly images: ImageService;
  readonly content: LocalContentStore;
  readonly snapshots: OverlaySnapshotter;
  readonly leases: Leases;
  readonly workers: WorkerPool;
  /** The images as they are recorded now. */
  catalog(): ImageCatalog;
  readonly root: string;
  readonly events: ImageEvent[];
  /** Who uses images; tests set it. */
  users: ImageUsers;
  /** Names in a directory below the root. */
  names(directory: string): Promise<string[]>;
  /** The same data in a new process, so to say. */
  reopen(): Promise<ImageLab>;
}

export async function makeLab(options: { root?: string; registry?: RegistryOptions; limits?: ImageServiceOptions["limits"] } = {}): Promise<ImageLab> {
  const root = options.root ?? (await mkdtemp("/var/tmp/images-"));
  const database = Database.open(join(root, "engine.db"));
  const workers = new WorkerPool();
  const content = new LocalContentStore({ root });
  const snapshots = new OverlaySnapshotter({ root, database, userNamespace: false, workers });
  await snapshots.recover();
  const leases = new Leases();
  const registryOptions: RegistryOptions = { stallTimeoutMs: 2000, maxAttempts: 3, ...options.registry };
  const registry = new DistributionRegistry(registryOptions);
  const events: ImageEvent[] = [];
  const lab: ImageLab = {
    images: new ImageService({ content, snapshots, registry, registryOptions, database, workers, leases, userNamespace: false, users: (id) => lab.users(id), limits: options.limits }),
    content, snapshots, leases, workers, root, events,
    catalog: () => new ImageCatalog(new ImageRecords(database)),
    users: () => [],
    names: (directory) => readdir(join(root, directory)),
    async reopen() {
      await close();
      const next = await makeLab({ ...options, root });
      await next.images.recover();
      return next;
    },
    async [Symbol.asyncDispose]() {
      await close();
      await rm(root, { recursive: true, force: true });
    },
  };
  lab.images.onDidChange((event) => void events.push(event));
  let closed = false;
  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    await workers[Symbol.asyncDispose]();
    await registry.close();
    database[Symbol.dispose]();
  }
  return lab;
}
