import { isEngineError, type EngineError } from "../../base/errors.ts";
import type { Platform } from "../../oci/descriptor.ts";
import type { DockerfileTree, Range } from "../dockerfile.ts";
import { dockerfileError } from "../syntax/error.ts";

export interface PlanOptions {
  /** `--build-arg`. */
  readonly args: Readonly<Record<string, string>>;
  /** Name or index of the stage to build; the last one otherwise. */
  readonly target?: string | undefined;
  /** Where RUN's processes run. */
  readonly buildPlatform: Platform;
  /** What the image is for; the build's otherwise. */
  readonly targetPlatform?: Platform | undefined;
  /** `--label`: added to the image in the end. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Allows `RUN --security=insecure`. */
  readonly allowInsecure?: boolean | undefined;
}

/** What all parts of planning know. */
export interface PlanContext {
  readonly tree: DockerfileTree;
  readonly args: ReadonlyMap<string, string>;
  readonly proxies: ReadonlyMap<string, string>;
  readonly buildPlatform: Platform;
  readonly targetPlatform: Platform;
  readonly labels: Readonly<Record<string, string>>;
  readonly allowInsecure: boolean;
  /** Prefix of cache mounts' ids (BUILDKIT_CACHE_MOUNT_NS); empty for none. */
  readonly cacheNamespace: string;
}

/** An error `invalidArgument` about a place in the file. */
export function errorAt({ tree }: Pick<PlanContext, "tree">, range: Range, message: string): EngineError {
  return dockerfileError(tree, range, message);
}

/** Runs `work`; an engine error that names no place in the file yet gets this one, and keeps its code. */
export function locate<T>({ tree }: Pick<PlanContext, "tree">, range: Range, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isEngineError(error) || "frame" in error.details) throw error;
    throw dockerfileError(tree, range, error.message, { code: error.code });
  }
}
