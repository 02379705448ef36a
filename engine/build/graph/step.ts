import { isCancelled, isEngineError, toEngineError } from "../../base/errors.ts";
import type { SnapshotKey } from "../../base/ids.ts";
import type { ImageHistory } from "../../oci/descriptor.ts";
import type { BuildCacheRow } from "../../store/builds.ts";
import type { CacheReason, StepInfo, StepOutcome } from "../build.ts";
import { cacheKey, newLayerKey } from "../cache/build-cache.ts";
import { explainMiss, hashOf } from "../cache/inputs.ts";
import type { StepInputs } from "../cache/inputs.ts";
import type { Job, PlacedStep, StageState } from "./job.ts";

/** Times that a step begins again because a file it reads was being written. */
const MAX_ATTEMPTS = 3;

/** What a step makes. */
export interface Made {
  /** The layer. */
  readonly snapshot: SnapshotKey;
  /** Of the layer, in bytes. */
  readonly size: number;
  readonly cpuMs: number | null;
}

/** A step that makes a layer, ready to be looked up. */
export interface Layered {
  /** Key of what is known without reading a file; null when files must be read first. */
  readonly definition: string | null;
  /** Reads what it must for the full key and for explanations. */
  inputs(): Promise<{ readonly key: string; readonly inputs: StepInputs; readonly manifest: string | null }>;
  /** @param layer name of the snapshot to make, held by the build's lease */
  make(layer: SnapshotKey): Promise<Made>;
}

/** Where and after what a step runs. */
export interface Place {
  readonly state: StageState;
  /** The last step of the stage that made a layer. */
  readonly below: { readonly number: number; readonly text: string } | null;
}

export interface StepEnd {
  readonly outcome: StepOutcome | "unknown" | "miss";
  readonly reason: CacheReason | null;
  readonly state: StageState;
}

/** Takes a layered step from the cache or makes it, and tells the sink. */
export async function performLayered(job: Job, { step, info }: PlacedStep, place: Place, layered: Layered): Promise<StepEnd> {
  const { cache } = job.dependencies;
  const startedAt = Date.now();
  job.emit({ type: "stepStarted", step: info.number, at: startedAt });
  let reason: CacheReason | null = null;
  const end = (outcome: StepOutcome, row: BuildCacheRow | null, made: Made | null): void => job.emit({
    type: "stepEnded", step: info.number, outcome, reason, result: row?.id.slice(0, 12) ?? null,
    statistics: { startedAt, durationMs: Date.now() - startedAt, cpuMs: made?.cpuMs ?? null, layerBytes: row?.size ?? null },
  });
  try {
    if (layered.definition !== null) {
      const known = await take(job, layered.definition, []);
      if (known !== null) {
        end("cached", known, null);
        return { outcome: "cached", reason: null, state: after(place.state, step.createdBy, known) };
      }
    }
    for (let attempt = 1; ; attempt++) {
      const { key, inputs, manifest } = await layered.inputs();
      const keys = layered.definition === null ? [key] : [key, layered.definition];
      const site = siteOf(job, info);
      await settledElsewhere(job, key);
      const known = await take(job, key, keys);
      if (known !== null) {
        cache.remember(site, { inputs, manifest });
        end("cached", known, null);
        return { outcome: "cached", reason: null, state: after(place.state, step.createdBy, known) };
      }
      reason = job.request.noCache ? { type: "disabled" } : explainMiss(inputs, cache.remembered(site), { manifest, below: place.below });
      if (attempt === 1) job.emit({ type: "stepMissed", step: info.number, reason });
      if (job.forecast) return { outcome: "miss", reason, state: place.state };
      try {
        const made = await make(job, key, layered);
        cache.remember(site, { inputs, manifest });
        const row = cache.add({ id: key, snapshot: made.snapshot, parent: cache.get(place.state.parent)?.id ?? null, description: step.text, size: made.size }, keys);
        job.use(row);
        end("executed", row, made);
        return { outcome: "executed", reason, state: after(place.state, step.createdBy, row) };
      } catch (error) {
        // A file was written between being hashed and being copied: what it is now is another key.
        if (attempt === MAX_ATTEMPTS || !isEngineError(error, "conflict") || error.details["changedFile"] === undefined) throw error;
      }
    }
  } catch (error) {
    end(isCancelled(error) || job.signal.aborted ? "cancelled" : "failed", null, null);
    throw toEngineError(error);
  }
}

async function make(job: Job, key: string, layered: Layered): Promise<Made> {
  const layer = newLayerKey();
  await job.lease.add(layer);
  const work = job.turns.run(job.signal, () => layered.make(layer));
  job.inProgress.set(key, work);
  return work.finally(() => job.inProgress.delete(key));
}

/** The result under a key, with its layer held; null when there is none or it is not wanted. */
async function take(job: Job, key: string, keys: readonly string[]): Promise<BuildCacheRow | null> {
  const { cache, snapshots } = job.dependencies;
  if (job.request.noCache) return null;
  const row = cache.find(key);
  if (row === undefined) return null;
  await job.lease.add(row.snapshot);
  // A collection may have been faster.
  const still = cache.get(row.id);
  if (still === undefined || !snapshots.has(still.snapshot)) return null;
  await job.lease.add(still.snapshot);
  job.use(still);
  cache.hit(still.id, keys);
  return still;
}

/** Waits for another build that makes the same; its failure is not ours. */
async function settledElsewhere(job: Job, key: string): Promise<void> {
  for (let work = job.inProgress.get(key); work !== undefined; work = job.inProgress.get(key)) await work.catch(() => undefined);
}

/** "The same step" of another time: the same build, stage and place in it. */
function siteOf({ site, request, plans }: Job, { stage, stageName, number, text }: StepInfo): string {
  return cacheKey("site", site, request.target ?? "", stageName, number - plans.get(stage)!.from.number, text.split(" ", 1)[0]);
}

/** The state after a step that made a layer. */
function after(state: StageState, createdBy: string, row: BuildCacheRow): StageState {
  return {
    ...withHistory(state, { created: new Date(row.createdAt).toISOString(), created_by: createdBy }),
    parent: row.id, base: null, snapshot: row.snapshot, layers: [...state.layers, { type: "step", record: row.id }],
  };
}

/** The state with one more line of history; lines without a layer get their time when the image is made. */
export function withHistory(state: StageState, line: ImageHistory): StageState {
  return { ...state, history: [...state.history, { ...line, comment: HISTORY_COMMENT }] };
}

const HISTORY_COMMENT = "slipway";

/** A hash of all that an operation does but what is compared by name. */
export function operationHash(...parts: readonly unknown[]): string {
  return hashOf(parts);
}
