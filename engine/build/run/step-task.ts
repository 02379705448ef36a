import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { abortError, throwIfAborted } from "../../base/abort.ts";
import type { IoOptions } from "../../base/abort.ts";
import type { AsyncDisposable } from "../../base/disposable.ts";
import { EngineError, isEngineError } from "../../base/errors.ts";
import { newId, type ContainerId } from "../../base/ids.ts";
import type { StdioAttachment, TaskExit } from "../../runtime/runtime.ts";
import type { SpecMountInput } from "../../runtime/spec/input.ts";
import { removeTree } from "../../sys/files.ts";
import type { HeldCaches } from "./cache-mounts.ts";
import type { StepContext } from "./context.ts";
import { cacheRequests } from "./run-mounts.ts";
import type { ReadyMount } from "./run-mounts.ts";
import type { RunRequest } from "./run.ts";
import { attachNetwork } from "./step-network.ts";
import { stepSpec } from "./step-spec.ts";
import type { StepProcess } from "./step-spec.ts";

/** What the processes of a step share. */
export interface Surroundings {
  readonly request: RunRequest;
  /** In the run directory: `tasks/` in it names the tasks, so that the next engine finds them. */
  readonly directory: string;
  /** Prepares them, once. */
  ready(options: IoOptions): Promise<OpenSurroundings>;
}

export interface OpenSurroundings {
  /** The mounted root file system. */
  readonly rootfs: string;
  /** With their paths as they are in the root. */
  readonly mounts: readonly ReadyMount[];
  /** Where in the root `ETC_FILES` are; null where a mount has something else. */
  readonly etcPaths: readonly (string | null)[];
  /** Added to a process' environment. */
  readonly env: readonly string[];
}

export interface TaskProcess extends StepProcess {
  readonly openStdin: boolean;
}

/** A process that runs. Disposing kills it with all that it started, and removes every trace of it; what it has written can still be read. */
export interface StepTask extends AsyncDisposable {
  readonly id: ContainerId;
  /** To be detached from by whoever reads it. */
  readonly stdio: StdioAttachment;
  readonly exited: Promise<TaskExit>;
  /** Processor time in nanoseconds that it has used since it started; null where control groups do not tell. */
  cpuTime(): Promise<number | null>;
}

/**
 * Starts a process of a step with everything around it; its output waits to be read.
 * @throws EngineError `invalidArgument`, `commandNotFound`, `commandNotExecutable`, `cancelled`; nothing of the process is left then
 */
export async function startTask(context: StepContext, surroundings: Surroundings, process: TaskProcess, options: IoOptions): Promise<StepTask> {
  const { request } = surroundings;
  const resources = new AsyncDisposableStack();
  let stdio: StdioAttachment | undefined;
  try {
    context.runtime.expectProcess();
    const id = newId<ContainerId>();
    const directory = join(surroundings.directory, "tasks", id);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    resources.defer(() => removeTree(directory));
    // First what may be wrong with the request, then what may have to be waited for.
    const { rootfs, mounts, etcPaths, env } = await surroundings.ready(options);
    const caches = resources.use(await context.cacheMounts.acquire(cacheRequests(request), options));
    const network = await attachNetwork(context.networks, request, id, { directory, etcPaths }, resources);
    throwIfAborted(options.signal);
    const spec = stepSpec(request, { ...process, env: [...process.env, ...env] }, {
      rootfs, mounts: [...network.mounts, ...specMounts(mounts, caches)], network: network.namespace, capabilities: context.runtime.capabilities,
    });
    const exited = exitOf(context, id, resources);
    resources.defer(() => context.runtime.delete(id, { force: true }));
    // Without the signal: a runtime that is stopped in the middle leaves what it has made by then.
    await context.runtime.create({ id, spec, logPath: null, tty: process.tty, openStdin: process.openStdin, stdinOnce: true });
    throwIfAborted(options.signal);
    stdio = await context.runtime.attach(id, { stdin: process.openStdin });
    const before = await context.runtime.cpuTime(id);
    await context.runtime.start(id);
    const cpuTime = async (): Promise<number | null> => {
      const now = await context.runtime.cpuTime(id);
      return now === null || before === null ? null : now - before;
    };
    let end: Promise<void> | undefined;
    return { id, stdio, exited, cpuTime, [Symbol.asyncDispose]: () => (end ??= Promise.resolve(resources.disposeAsync())) };
  } catch (error) {
    stdio?.detach();
    await resources.disposeAsync();
    throw startFailure(error);
  }
}

/** Docker's words, and the exit code that the shell has for it. */
function startFailure(error: unknown): unknown {
  if (!isEngineError(error, "commandNotFound", "commandNotExecutable")) return error;
  return new EngineError(error.code, `failed to create task for container: ${error.message}`, { cause: error, details: { ...error.details, exitCode: error.code === "commandNotFound" ? 127 : 126 } });
}

function specMounts(mounts: readonly ReadyMount[], caches: HeldCaches): SpecMountInput[] {
  let held = 0;
  return mounts.map(({ path: destination, spec: { type, ...spec } }): SpecMountInput =>
    type === "cache" ? { ...spec, type: "bind", source: caches.paths[held++]!, destination } : { ...spec, type, destination });
}

function exitOf(context: StepContext, id: ContainerId, resources: AsyncDisposableStack): Promise<TaskExit> {
  const { promise, resolve } = Promise.withResolvers<TaskExit>();
  resources.use(context.runtime.onDidExit((exit) => {
    if (exit.id === id) resolve(exit);
  }));
  return promise;
}

/** What `work` settles with, or `cancelled` as soon as the signal aborts. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(abortError(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    throwIfAborted(signal);
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
