import { join } from "node:path";
import type { Files } from "../files/files.ts";
import type { Images } from "../images/images.ts";
import type { ContainerLogs } from "../logs/logs.ts";
import type { Networks } from "../networks/networks.ts";
import type { Runtime, TaskExit } from "../runtime/runtime.ts";
import type { Snapshotter } from "../snapshots/snapshots.ts";
import type { ContainerRepository } from "../store/containers.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { Volumes } from "../volumes/volumes.ts";
import type { Container } from "./container.ts";
import type { ContainerDirectory } from "./directory.ts";
import type { EventHub } from "./events.ts";
import { encodeRecord, encodeState } from "./codec.ts";
import type { Transition } from "./state.ts";

/** What containers are made of; given by the composition root. */
export interface ContainerDependencies {
  /** Persistent state directory of the engine. */
  readonly root: string;
  /** Directory on a tmpfs. */
  readonly run: string;
  readonly runtime: Runtime;
  readonly snapshots: Snapshotter;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly logs: ContainerLogs;
  readonly files: Files;
  readonly workers: WorkerPool;
  readonly events: EventHub;
  readonly repository: ContainerRepository;
  /** Whether a container that was set aside is on record. */
  readonly isKept: (id: string) => boolean;
  /** Told of failures that no caller waits for. */
  readonly onError: (what: string, error: unknown) => void;
}

/** The dependencies and the containers, as the operations share them. */
export interface Context extends ContainerDependencies {
  readonly directory: ContainerDirectory;
  /** Aborts when the engine stops: nothing is restarted or probed any more. */
  readonly closing: AbortSignal;
  /** Takes an exit that was reported while the container was still being started. */
  readonly onExit: (container: Container, exit: TaskExit) => void;
}

/** Takes a step of a container's state machine and records it. @throws EngineError `conflict` */
export function record(context: Context, container: Container, transition: Transition): void {
  const state = container.advance(transition);
  context.repository.saveState(container.id, encodeState(state));
}

/** Records a changed name or host configuration. */
export function saveRecord(context: Context, container: Container): void {
  container.revision++;
  context.repository.saveRecord(container.id, container.record.name, encodeRecord(container.record));
}

/** Publishes a container event with Docker's attributes: image, name and labels. */
export function announce(context: Context, container: Container, action: string, extra: Readonly<Record<string, string>> = {}): void {
  const { record: { config, name } } = container;
  context.events.publish("container", action, container.id, { ...config.Labels, image: config.Image, name, ...extra });
}

/** Where a running container's root file system is mounted. */
export function rootfsPath(context: ContainerDependencies, id: string): string {
  return join(context.run, "rootfs", id.slice(0, 24));
}

/** A container's own directory: network files and log. */
export function containerDirectory(context: ContainerDependencies, id: string): string {
  return join(context.root, "containers", id);
}

