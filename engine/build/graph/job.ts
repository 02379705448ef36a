import type { Digest, SnapshotKey } from "../../base/ids.ts";
import type { ContentStore } from "../../content/content.ts";
import type { BuildProgram, StagePlan, StageProgram, Step } from "../../dockerfile/plan/steps.ts";
import type { Lease, Leases } from "../../gc/leases.ts";
import type { Images } from "../../images/images.ts";
import type { Semaphore } from "../../images/semaphore.ts";
import type { Descriptor, ImageConfig, ImageHistory } from "../../oci/descriptor.ts";
import type { Snapshotter } from "../../snapshots/snapshots.ts";
import type { WorkerPool } from "../../sys/workers.ts";
import type { BuildRequest, BuildSink, StepInfo } from "../build.ts";
import type { TreeOpener } from "../open-context.ts";
import type { BuildCache } from "../cache/build-cache.ts";
import type { FileTree } from "../files/files.ts";
import type { StepRoot, StepRunner } from "../run/run.ts";
import type { Origins } from "./origins.ts";
import type { BuildCacheRow } from "../../store/builds.ts";

/** What builds are made of; given by the composition root. */
export interface BuildDependencies {
  /** Persistent state directory of the engine. */
  readonly root: string;
  /** Directory on a tmpfs. */
  readonly run: string;
  readonly images: Images;
  readonly snapshots: Snapshotter;
  readonly content: ContentStore;
  readonly leases: Leases;
  readonly workers: WorkerPool;
  readonly runner: StepRunner;
  readonly trees: TreeOpener;
  readonly cache: BuildCache;
  readonly userNamespace: boolean;
  /** Told of failures that no caller waits for. */
  readonly onError: (what: string, error: unknown) => void;
}

/** One layer of a stage, from the base image or of a step. */
export type StageLayer =
  | { readonly type: "base"; readonly descriptor: Descriptor; readonly diffId: Digest }
  | { readonly type: "step"; readonly record: string };

/** A stage after some of its steps. */
export interface StageState {
  /** What the next step stands on, for its key: `scratch`, `image:CHAIN`, or a cache record's id. */
  readonly parent: string;
  /** Name of the image that this stands on, while no step has made a layer. */
  readonly base: string | null;
  readonly snapshot: SnapshotKey | null;
  readonly layers: readonly StageLayer[];
  readonly history: readonly ImageHistory[];
  /** Of the stage's beginning; `config` is the current one. */
  readonly image: ImageConfig;
}

/** One build while it runs. */
export interface Job {
  readonly id: string;
  readonly dependencies: BuildDependencies;
  readonly request: BuildRequest;
  readonly program: BuildProgram;
  readonly context: FileTree;
  readonly signal: AbortSignal;
  /** Holds every layer that the build uses. */
  readonly lease: Lease;
  /** Steps at work at the same time. */
  readonly turns: Semaphore;
  readonly origins: Origins;
  readonly emit: BuildSink;
  /** Directory for what lives as long as the build. */
  readonly directory: string;
  /** Seconds since the epoch that no time of the image exceeds (SOURCE_DATE_EPOCH). */
  readonly latestTime: number | undefined;
  /** Results being made by any build of this engine, by key: nobody makes the same twice at the same time. */
  readonly inProgress: Map<string, Promise<unknown>>;
  /** Names this build among those that may be compared with it: the same tag or directory. */
  readonly site: string;
  /** Only find out what would run. */
  readonly forecast: boolean;
  readonly plans: ReadonlyMap<number, PlannedStage>;
  /** The finished state of a stage; begins it when nobody has. */
  stage(index: number): Promise<StageState>;
  /** Keeps a record from pruning while the build runs. */
  use(record: BuildCacheRow): void;
  /** Takes the root file system of the failed step, to keep or to drop. */
  failed(step: StepInfo, root: StepRoot): Promise<void>;
}

/** A stage with its steps, when the configuration it begins with is known. */
export interface PlannedStage {
  readonly program: StageProgram;
  readonly plan: StagePlan;
  /** The FROM line's. */
  readonly from: StepInfo;
  readonly steps: readonly PlacedStep[];
  /** What the stage begins with, unless that is another stage. */
  readonly base: StageState | null;
}

/** A step with its place. */
export interface PlacedStep {
  readonly step: Step;
  readonly info: StepInfo;
}
