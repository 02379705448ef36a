import type { IoOptions } from "../../../base/abort.ts";
import type { WorkerPool } from "../../../sys/workers.ts";
import type { Copied, CopyRequest } from "../files.ts";

const TASK = new URL("./copy-task.ts", import.meta.url);

/**
 * Carries out one COPY or ADD in a worker thread.
 * @throws EngineError `invalidArgument` (something at the destination is in the way, a chmod that cannot be read, a damaged or hostile archive to unpack),
 * `conflict` with `details.changedFile` when a file of a directory is no longer the selected one: select again; `resourceExhausted`, `cancelled`. The
 * directory is then partly filled and to be removed by the caller
 */
export function copyInto(pool: WorkerPool, request: CopyRequest, options: IoOptions = {}): Promise<Copied> {
  return pool.run<Copied>(TASK, request, options);
}
