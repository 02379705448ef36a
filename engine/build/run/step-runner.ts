import { toEngineError } from "../../base/errors.ts";
import { throwIfAborted } from "../../base/abort.ts";
import type { IoOptions } from "../../base/abort.ts";
import type { StdioAttachment } from "../../runtime/runtime.ts";
import type { StepContext } from "./context.ts";
import { LocalStepRoot } from "./local-step-root.ts";
import { recoverSteps } from "./recover.ts";
import type { RunRequest, RunResult, StepRunner } from "./run.ts";
import { unlessAborted } from "./step-task.ts";

const NS_PER_MS = 1_000_000;

/** {@link StepRunner} with the runtime, networks and snapshots of containers; a step is no container, and no list shows it. */
export class ProcessStepRunner implements StepRunner {
  readonly #context: StepContext;
  readonly #closing = new AbortController();
  readonly #roots = new Set<LocalStepRoot>();

  constructor(context: StepContext) {
    this.#context = context;
  }

  async run(request: RunRequest, options: IoOptions = {}): Promise<RunResult> {
    const signal = options.signal === undefined ? this.#closing.signal : AbortSignal.any([options.signal, this.#closing.signal]);
    throwIfAborted(signal);
    const root = new LocalStepRoot(this.#context, request, (ended) => void this.#roots.delete(ended));
    this.#roots.add(root);
    try {
      const { args, env, cwd, user } = request.operation;
      await using task = await root.start({ args, env, cwd, user, tty: false, openStdin: false, makesCwd: true }, { signal });
      const [exit] = await unlessAborted(Promise.all([task.exited, deliver(task.stdio, request.onOutput)]), signal);
      const cpu = await task.cpuTime();
      return { exitCode: exit.exitCode, oomKilled: exit.oomKilled, cpuMs: cpu === null ? null : cpu / NS_PER_MS, root };
    } catch (error) {
      await root[Symbol.asyncDispose]();
      throw toEngineError(error);
    }
  }

  recover(): Promise<void> {
    return recoverSteps(this.#context);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#roots].map((root) => root[Symbol.asyncDispose]()));
  }
}

/** The process writes on when its last output is taken. */
async function deliver(stdio: StdioAttachment, onOutput: RunRequest["onOutput"]): Promise<void> {
  try {
    for await (const { stream, data } of stdio.output) await onOutput(stream, data);
  } finally {
    stdio.detach();
  }
}
