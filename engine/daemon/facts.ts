import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ContainerFacts } from "../api/containers/backend.ts";
import { isEngineError } from "../base/errors.ts";
import type { ContainerId, SnapshotKey } from "../base/ids.ts";
import type { Images } from "../images/images.ts";
import type { Networks } from "../networks/networks.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Snapshotter } from "../snapshots/snapshots.ts";

export interface FactSources {
  readonly root: string;
  readonly run: string;
  readonly runtime: Runtime;
  readonly images: Images;
  readonly networks: Networks;
  readonly snapshots: Snapshotter;
}

/** One clock tick of /proc in nanoseconds: USER_HZ is 100 on every platform we run on. */
const TICK_NS = 10_000_000;

/** Answers the small questions of the container routes from the other domains. */
export function containerFacts({ root, run, runtime, images, networks, snapshots }: FactSources): ContainerFacts {
  return {
    root,
    runtime: runtime.capabilities.runtime,
    logPathOf: (id, driver) => (driver === "none" ? "" : join(root, "containers", id, "log", "current")),
    graphOf: (id) => {
      const key = id as SnapshotKey;
      if (!snapshots.has(key)) return { upper: "", lower: [], merged: "" };
      return { upper: snapshots.upperDirectory(key), lower: snapshots.layerDirectories(key), merged: join(run, "rootfs", id.slice(0, 24)) };
    },
    sandboxPathOf: (id) => networks.sandbox(id as ContainerId)?.path ?? "",
    networkIdOf: (name) => networks.list().find((network) => network.name === name || network.id === name)?.id ?? "",
    imageIdOf: (reference) => imageIdOf(images, reference),
    imageLine: (id) => imageLine(images, id),
    host: { processors: availableParallelism(), systemCpuNs },
  };
}

function imageIdOf(images: Images, reference: string): string | null {
  try {
    return images.get(reference).id;
  } catch (error) {
    if (isEngineError(error, "notFound", "invalidArgument")) return null;
    throw error;
  }
}

function imageLine(images: Images, id: string): string[] {
  const byId = new Map<string, string | null>(images.list().map((image) => [image.id, image.parentId]));
  const line: string[] = [];
  for (let current: string | null = id; current !== null && !line.includes(current); current = byId.get(current) ?? null) line.push(current);
  return line;
}

/** Time all processors have spent, idle or not. */
function systemCpuNs(): number {
  const fields = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]!.trim().split(/\s+/).slice(1, 8);
  return fields.reduce((sum, field) => sum + Number(field), 0) * TICK_NS;
}
