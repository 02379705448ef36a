import type { IoOptions } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import type { LogQuery } from "../logs/logs.ts";
import { announce, type Context } from "./context.ts";
import type { Container } from "./container.ts";
import type { ClientStreams } from "./containers.ts";
import { isAlive } from "./state.ts";
import { pump } from "./streams.ts";

/** Everything logged so far, as attach with `logs=1` replays it. */
const REPLAY: Omit<LogQuery, "framing" | "stdout" | "stderr"> = { follow: false, tail: null, sinceNs: null, untilNs: null, timestamps: false };

/**
 * Connects a client to a container's stdio: at once when it runs, else at its next start, before the first byte.
 *
 * @param wanted replay the log, follow what comes, or both
 * @throws EngineError `conflict` when the container is paused or restarting, or when its start fails
 */
export async function attachContainer(context: Context, container: Container, client: ClientStreams, wanted: { readonly logs: boolean; readonly stream: boolean }, options: IoOptions): Promise<void> {
  if (container.state.status === "paused") throw new EngineError("conflict", `container ${container.id} is paused, unpause the container before attach`);
  if (container.state.status === "restarting") throw new EngineError("conflict", `container ${container.id} is restarting, wait until the container is running`);
  if (wanted.logs) {
    const query: LogQuery = { ...REPLAY, stdout: client.stdout, stderr: client.stderr, framing: client.tty ? "raw" : "multiplexed" };
    for await (const chunk of context.logs.read(container.id, query, options)) await client.writeEncoded(chunk);
  }
  if (!wanted.stream) return;
  announce(context, container, "attach");
  const outcome = isAlive(container.state) ? await follow(context, container, client, options) : await followFromStart(context, container, client, options);
  if (outcome === "detached") announce(context, container, "detach");
}

async function follow(context: Context, container: Container, client: ClientStreams, options: IoOptions, connected?: () => void): Promise<"ended" | "detached"> {
  const { config } = container.record;
  const stdio = await context.runtime.attach(container.id, { stdin: client.stdin !== null && config.OpenStdin });
  connected?.();
  return pump(config.OpenStdin ? client : { ...client, stdin: null }, stdio, { closeStdin: config.StdinOnce && !config.Tty, signal: options.signal });
}

/** Waits in line for the start, which calls `connect` between create and start of the task. */
function followFromStart(context: Context, container: Container, client: ClientStreams, options: IoOptions): Promise<"ended" | "detached"> {
  return new Promise((resolve, reject) => {
    const entry = {
      connect: (): Promise<void> => new Promise((connected, failed) => {
        finish();
        follow(context, container, client, options, connected).then(resolve, (error: unknown) => {
          reject(error);
          failed(error);
        });
      }),
      cancel: (error: EngineError): void => {
        finish();
        reject(error);
      },
    };
    const left = (): void => {
      finish();
      resolve("detached");
    };
    const finish = (): void => {
      container.pendingAttaches.delete(entry);
      options.signal?.removeEventListener("abort", left);
    };
    container.pendingAttaches.add(entry);
    if (options.signal?.aborted) left();
    else options.signal?.addEventListener("abort", left, { once: true });
  });
}
