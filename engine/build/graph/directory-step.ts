import type { DirectoryOperation } from "../../dockerfile/plan/steps.ts";
import { cacheKey } from "../cache/build-cache.ts";
import { hashValues } from "../cache/inputs.ts";
import { isDirectoryInLayers, makeDirectories } from "./directories.ts";
import { userInLayers } from "./owners.ts";
import type { Job, PlacedStep, StageState } from "./job.ts";
import { operationHash } from "./step.ts";
import type { Layered } from "./step.ts";

/** Whether nothing has to be made. */
export function hasDirectory(job: Job, { path }: DirectoryOperation, state: StageState): boolean {
  return isDirectoryInLayers(lowerOf(job, state), path);
}

function lowerOf(job: Job, { snapshot }: StageState): readonly string[] {
  return snapshot === null ? [] : job.dependencies.snapshots.layerDirectories(snapshot);
}

/** WORKDIR: a layer with the directory. */
export function layeredDirectory(job: Job, { step }: PlacedStep, { path, user }: DirectoryOperation, state: StageState): Layered {
  const key = cacheKey("directory", state.parent, path, user, job.latestTime ?? null);
  return {
    definition: null,
    inputs: async () => ({
      key, manifest: null,
      inputs: { parent: state.parent, base: state.base, text: step.text, args: hashValues(step.arguments), env: {}, operation: operationHash(path, user), files: [] },
    }),
    async make(layer) {
      const { snapshots } = job.dependencies;
      const draft = await snapshots.draft({ signal: job.signal });
      try {
        const lower = lowerOf(job, state);
        makeDirectories(draft.directory, lower, path, { owner: userInLayers(lower, user), latestTime: job.latestTime });
        await draft.commit(layer, state.snapshot, 0);
        return { snapshot: layer, size: 0, cpuMs: null };
      } catch (error) {
        await draft.abandon();
        throw error;
      }
    },
  };
}
