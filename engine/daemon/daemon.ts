import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { EngineError, isEngineError } from "../base/errors.ts";
import { createApiServer } from "../api/server.ts";
import { acquireLock, type FileLock } from "../sys/lock.ts";
import { composeEngine } from "./compose.ts";
import type { Log } from "./log.ts";
import type { DaemonOptions } from "./options.ts";
import { releaseMemory } from "../sys/memory.ts";
import { Quiet } from "./quiet.ts";
import { listenOn } from "./socket.ts";

/** Answers under way get this long when the engine stops, in ms. */
const DRAIN_MS = 1000;
/** Between the two collections of an engine that has become idle, in ms. */
const SECOND_RELEASE_MS = 500;

export interface RunningDaemon {
  /** Stops listening and releases everything; containers go on. */
  stop(): Promise<void>;
}

/**
 * Starts the engine: lock, recovery, socket, in this order, so that nobody is served before the state is true.
 * @throws EngineError `conflict` when another engine holds the data root
 */
export async function startDaemon(options: DaemonOptions & { readonly version: string }, log: Log): Promise<RunningDaemon> {
  mkdirSync(options.root, { recursive: true, mode: 0o711 });
  const lock = lockRoot(options.root);
  try {
    const engine = await composeEngine(options, log);
    const quiet = new Quiet(releaseTwice, () => engine.busy());
    quiet.stir();
    const server = createApiServer({
      routes: engine.routes,
      version: options.version,
      calls: engine.calls,
      onError: (error, request) => log.failure(request, error),
      onRequest: (line, status, milliseconds) => {
        quiet.stir();
        log.write("debug", `${line} ${status} ${milliseconds.toFixed(1)} ms`);
      },
    });
    await listenOn(server, options.socket);
    const stop = async (): Promise<void> => {
      rmSync(options.socket, { force: true });
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // Followers of logs and events never end by themselves.
      const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, DRAIN_MS + 100))]);
      clearTimeout(timer);
      quiet[Symbol.dispose]();
      await engine.close();
      lock[Symbol.dispose]();
    };
    return { stop };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** What the first collection finds dead, such as buffers, gives its memory back in the second. */
function releaseTwice(): void {
  releaseMemory();
  setTimeout(releaseMemory, SECOND_RELEASE_MS, true).unref();
}

function lockRoot(root: string): FileLock {
  try {
    return acquireLock(join(root, "engine.lock"));
  } catch (error) {
    if (!isEngineError(error, "conflict")) throw error;
    throw new EngineError("conflict", `another engine${error.details.pid === undefined ? "" : ` (pid ${error.details.pid})`} uses the data in ${root}: stop it, or choose another --root`, { cause: error, details: error.details });
  }
}
