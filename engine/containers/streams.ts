import { isCancelled } from "../base/errors.ts";
import type { StdioAttachment } from "../runtime/runtime.ts";
import type { ClientStreams } from "./containers.ts";
import { DetachScanner } from "./detach-keys.ts";

export interface PumpOptions {
  /** Close the process's stdin when the client's input ends. */
  readonly closeStdin: boolean;
  /** Aborts when the client is gone. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects a client with a process's stdio until the output ends, the client goes or types its detach keys.
 * @returns how it ended
 */
export async function pump(client: ClientStreams, stdio: StdioAttachment, options: PumpOptions): Promise<"ended" | "detached"> {
  let detached = false;
  const leave = (): void => {
    detached = true;
    stdio.detach();
  };
  options.signal?.addEventListener("abort", leave, { once: true });
  if (options.signal?.aborted) leave();
  if (client.stdin !== null) void pumpInput(client.stdin, client, stdio, options, leave);
  try {
    for await (const { stream, data } of stdio.output) {
      if (stream === "stdout" ? client.stdout : client.stderr) await client.write(stream, data);
    }
  } catch (error) {
    if (!detached && !isCancelled(error)) throw error;
    detached = true;
  } finally {
    options.signal?.removeEventListener("abort", leave);
    stdio.detach();
  }
  return detached ? "detached" : "ended";
}

async function pumpInput(input: AsyncIterable<Uint8Array>, client: ClientStreams, stdio: StdioAttachment, options: PumpOptions, leave: () => void): Promise<void> {
  const scanner = new DetachScanner(client.tty ? client.detachKeys : new Uint8Array());
  try {
    for await (const chunk of input) {
      const { data, detached } = scanner.scan(chunk);
      if (data.byteLength > 0) await stdio.writeStdin(data);
      if (detached) return leave();
    }
    if (options.closeStdin) await stdio.closeStdin();
  } catch {
    // The process or the client is gone: the output side tells.
  }
}
