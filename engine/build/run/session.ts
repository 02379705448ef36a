import type { StdioAttachment } from "../../runtime/runtime.ts";
import type { FailedRootSession } from "../build.ts";
import type { StepContext } from "./context.ts";
import type { StepTask } from "./step-task.ts";

/** The output; at its end, or when the reader leaves, the connection is given up. */
async function* readOnce(stdio: StdioAttachment): AsyncGenerator<{ readonly stream: "stdout" | "stderr"; readonly data: Uint8Array }> {
  try {
    yield* stdio.output;
  } finally {
    stdio.detach();
  }
}

/** A client's side of a process in the root of a step. When the process ends, all that it had goes. */
export function openSession(context: StepContext, task: StepTask, tty: boolean): FailedRootSession {
  const { id, stdio } = task;
  const exited = task.exited.then(async ({ exitCode }) => {
    await task[Symbol.asyncDispose]().catch((error: unknown) => context.onError("ending a process of a build step", error));
    return exitCode;
  });
  return {
    output: readOnce(stdio),
    writeStdin: (chunk) => stdio.writeStdin(chunk),
    closeStdin: () => stdio.closeStdin(),
    // Without a terminal there is nothing to resize, which Docker does not mind.
    resize: async (columns, rows) => {
      if (tty) await context.runtime.resize(id, columns, rows);
    },
    exited,
    async [Symbol.asyncDispose]() {
      stdio.detach();
      await task[Symbol.asyncDispose]();
    },
  };
}
