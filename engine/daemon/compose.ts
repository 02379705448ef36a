import { mkdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { binRoutes } from "../api/bin/routes.ts";
import { buildRoutes } from "../api/build/routes.ts";
import { buildKitRoutes } from "../api/buildkit/routes.ts";
import { CallLog } from "../api/calls/call-log.ts";
import { callRoutes } from "../api/calls/routes.ts";
import { commitRoute } from "../api/containers/commit.ts";
import { containerRoutes } from "../api/containers/routes.ts";
import { diskRoutes } from "../api/disk/routes.ts";
import { execRoutes } from "../api/exec/routes.ts";
import { fileRoutes } from "../api/files/routes.ts";
import { imageRoutes } from "../api/images/routes.ts";
import { networkRoutes } from "../api/networks/routes.ts";
import { registryRoutes } from "../api/registry/routes.ts";
import type { Route } from "../api/router.ts";
import { systemRoutes } from "../api/system/routes.ts";
import { transferRoutes } from "../api/transfers/routes.ts";
import { volumeRoutes } from "../api/volumes/routes.ts";
import type { Digest } from "../base/ids.ts";
import { LocalBin } from "../bin/local-bin.ts";
import { BuildService } from "../build/builder.ts";
import { BuildCache } from "../build/cache/build-cache.ts";
import { LocalCacheMounts } from "../build/run/cache-mounts.ts";
import { ProcessStepRunner } from "../build/run/step-runner.ts";
import { LocalTrees } from "../build/trees.ts";
import { EventHub } from "../containers/events.ts";
import { ContainerService } from "../containers/service.ts";
import { usesVolume } from "../containers/mount-points.ts";
import { isAlive } from "../containers/state.ts";
import { LocalContentStore } from "../content/local-store.ts";
import { DiskService } from "../disk/ledger.ts";
import { WorkerFiles } from "../files/worker-files.ts";
import { Leases } from "../gc/leases.ts";
import { ImageService } from "../images/image-service.ts";
import { FileLogs } from "../logs/file-logs.ts";
import { BridgeNetworks } from "../networks/bridge-networks.ts";
import { DistributionRegistry } from "../registry/client.ts";
import { OciRuntime } from "../runtime/oci-runtime.ts";
import { OverlaySnapshotter } from "../snapshots/overlay-snapshotter.ts";
import { BinRecords } from "../store/bin.ts";
import { BuildCacheRecords } from "../store/builds.ts";
import { ContainerRepository } from "../store/containers.ts";
import { Database } from "../store/database.ts";
import type { ImageRow } from "../store/images.ts";
import { inUserNamespace } from "../sys/identity.ts";
import { WorkerPool } from "../sys/workers.ts";
import { LocalVolumes } from "../volumes/local-volumes.ts";
import { engineId } from "./engine-id.ts";
import { containerFacts } from "./facts.ts";
import type { Log } from "./log.ts";
import type { DaemonOptions } from "./options.ts";
import { registryOptions } from "./registries.ts";
import { readSettings, settingsPath } from "./settings.ts";

/** The engine, put together and recovered, ready to be listened to. */
export interface ComposedEngine {
  readonly routes: readonly Route[];
  /** Where the server of the routes notes its calls. */
  readonly calls: CallLog;
  /** Whether worker threads have something to do. */
  busy(): boolean;
  /** Releases everything; containers go on. */
  close(): Promise<void>;
}

/** Threads for layers of registries far away: most of the time they wait. */
const FAR_THREADS = 8;
/** Threads for looking into containers and volumes, and for measuring them. */
const FILE_THREADS = 8;
/** Threads that search logs. */
const SEARCH_THREADS = 2;

/** Builds every part of the engine: the only place where implementations meet. */
export async function composeEngine(options: DaemonOptions & { readonly version: string }, log: Log): Promise<ComposedEngine> {
  const { root, run, version } = options;
  for (const directory of [root, run, join(root, "containers")]) mkdirSync(directory, { recursive: true, mode: 0o711 });
  const onError = (what: string, error: unknown): void => log.failure(what, error);
  const userNamespace = inUserNamespace();
  const database = Database.open(join(root, "engine.db"));
  const workers = new WorkerPool();
  const farWorkers = new WorkerPool({ threads: FAR_THREADS });
  // A slow upload or download holds a thread for as long as it takes.
  const fileWorkers = new WorkerPool({ threads: FILE_THREADS });
  const files = new WorkerFiles({ workers: fileWorkers, notes: join(root, "unfinished") });
  const searchWorkers = new WorkerPool({ threads: SEARCH_THREADS });
  const leases = new Leases();
  const registrySettings = registryOptions(options, readSettings(settingsPath(process.env, userNamespace)), process.env, userNamespace);
  const registry = new DistributionRegistry(registrySettings);
  const content = new LocalContentStore({ root });
  const snapshots = new OverlaySnapshotter({ root, database, userNamespace, workers });
  const runtime = await OciRuntime.open({ run });
  const logs = new FileLogs({ root, reopen: (id) => runtime.reopenLog(id), workers: searchWorkers, onError: (error) => onError("rotating a log", error) });
  const networks = BridgeNetworks.open({ root, run, database, rootlessState: options.rootlessState });
  // Volumes and images ask who uses them; the containers that answer come last.
  let containers: ContainerService | null = null;
  const volumeUsers = (name: string): readonly string[] => (containers?.list() ?? []).filter(({ record }) => usesVolume(record, name)).map(({ record }) => record.id);
  const imageUsers = (id: Digest): readonly { readonly id: string; readonly running: boolean }[] => (containers?.list() ?? []).filter(({ record }) => record.imageId === id).map(({ record, state }) => ({ id: record.id, running: isAlive(state) }));
  const binRecords = new BinRecords(database);
  const volumes = new LocalVolumes({ root, database, users: volumeUsers, workers, kept: () => new Map(binRecords.ofKind("volume").map(({ id, name }) => [id, name])) });
  const cache = new BuildCache(new BuildCacheRecords(database));
  const images = new ImageService({ content, snapshots, registry, registryOptions: registrySettings, database, workers, farWorkers, leases, userNamespace, users: imageUsers, pinned: () => cache.snapshots(), kept: () => binRecords.ofKind("image").map(({ record }) => JSON.parse(record) as ImageRow) });
  const events = new EventHub();
  images.onDidChange(({ action, id, name }) => events.publish("image", action, id, { name }));
  volumes.onDidChange(({ action, name }) => events.publish("volume", action, name, { driver: "local" }));
  networks.onDidChange(({ action, network: { id, name, driver } }) => events.publish("network", action, id, { name, type: driver }));
  await snapshots.recover();
  await volumes.recover();
  containers = await ContainerService.open({ root, run, runtime, snapshots, images, networks, volumes, logs, files, workers, events, repository: new ContainerRepository(database), isKept: (id) => binRecords.get(id) !== undefined, onError });
  const cacheMounts = await LocalCacheMounts.open({ root, workers });
  const runner = new ProcessStepRunner({ root, run, runtime, snapshots, networks, workers, cacheMounts, onError });
  const trees = new LocalTrees({ root, workers, transport: registrySettings });
  const builder = new BuildService({ root, run, images, snapshots, content, leases, workers, runner, cache, cacheMounts, trees, userNamespace, onError });
  await builder.recover();
  await trees.recover();
  await images.recover();
  const service = containers;
  const freeBytes = (): number => {
    const { bavail, bsize } = statfsSync(root);
    return bavail * bsize;
  };
  const bin = new LocalBin({ database, records: binRecords, containers: service, volumes, images, networks, freeBytes, onError });
  bin.recover();
  const disk = new DiskService({ root, content, snapshots, images, containers: service, volumes, logs, bin, cache, cacheMounts, builder, leases, workers: fileWorkers });
  const buildKit = buildKitRoutes({ builder, trees, run, onError });
  const calls = new CallLog();
  const routes = [
    ...binRoutes(bin),
    ...systemRoutes({ containers: service, images, volumes, volumeUsers, builder, events, capabilities: runtime.capabilities, root, engineId: engineId(root), version, insecureRegistries: options.insecureRegistries, registryMirrors: options.registryMirrors }),
    ...diskRoutes({ disk }),
    ...containerRoutes({ containers: service, facts: containerFacts({ root, run, runtime, images, networks, snapshots }) }),
    commitRoute({ containers: service, images, announce: (id, action, attributes) => events.publish("container", action, id, attributes) }),
    ...imageRoutes({ images, bin, download: (url, options) => trees.file(url, options), usersOf: (id) => imageUsers(id as Digest).length }),
    ...registryRoutes({ registry, remote: images.remote }),
    ...transferRoutes({ images }),
    ...buildRoutes(builder, buildKit.build),
    ...buildKit.routes,
    ...execRoutes(service),
    ...networkRoutes({ networks, containers: service }),
    ...volumeRoutes({ volumes, bin, users: volumeUsers }),
    ...fileRoutes({ containers: service, volumes, images, files }),
    ...callRoutes({ calls, socket: options.socket }),
  ];
  const close = async (): Promise<void> => {
    buildKit.close();
    await bin.close();
    await builder.close();
    await runner.close();
    trees.close();
    await service.close();
    await logs.close();
    await runtime.close();
    // Without a container that goes on, nothing of ours stays in the kernel.
    await networks.close({ removeAll: !service.list().some(({ state }) => isAlive(state)) });
    await registry.close();
    await workers[Symbol.asyncDispose]();
    await farWorkers[Symbol.asyncDispose]();
    await fileWorkers[Symbol.asyncDispose]();
    await searchWorkers[Symbol.asyncDispose]();
    database[Symbol.dispose]();
  };
  return { routes, calls, busy: () => workers.busy || farWorkers.busy || fileWorkers.busy || searchWorkers.busy, close };
}
