/** An open terminal as a screen uses it: one iterable of output, and input that keeps its order. Neutral, like `client.ts`. */
import type { IpcClient } from "./contract/contract.ts";
import type { TerminalEvent } from "./contract/terminal.ts";
import { openStream } from "./client.ts";

export interface TerminalSession {
  /** `ready`, then output, then `exit`. Await the terminal's write inside the loop: that is the back-pressure. */
  readonly events: AsyncGenerator<TerminalEvent, void, void>;
  /** Keys and pastes, in order; what is typed while a chunk is on its way goes out as one. `binary` is xterm's `onBinary`. */
  write(data: string, encoding?: "utf8" | "binary"): void;
  resize(columns: number, rows: number): void;
  /** Hangs up; `events` ends. */
  close(): void;
}

/** Where the command runs: in a container, or in what the failed step of a build left. `attachTo`: no command, the container's own process. */
export type TerminalPlace = { containerId: string } | { buildId: string } | { attachTo: string };

export type TerminalRequest = TerminalPlace & {
  command?: string[];
  user?: string;
  workingDir?: string;
  env?: string[];
  columns?: number;
  rows?: number;
};

const LARGEST_INPUT = 256 * 1024;

/** Opens a command in a running container, or in a failed build step; all but the first take no user, folder or environment. Errors of opening come out of `events`. */
export function openTerminal(client: IpcClient, request: TerminalRequest, signal?: AbortSignal): TerminalSession {
  const closing = new AbortController();
  const combined = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
  let id: string | undefined;
  let ready = false;
  let sending = false;
  let pendingSize: { columns: number; rows: number } | undefined;
  const queue: { data: string; encoding: "utf8" | "binary" }[] = [];

  async function send(): Promise<void> {
    if (sending || !ready || id === undefined) return;
    sending = true;
    try {
      for (let next = queue.shift(); next !== undefined && !combined.aborted; next = queue.shift()) {
        while (queue[0] !== undefined && queue[0].encoding === next.encoding && next.data.length + queue[0].data.length <= LARGEST_INPUT) {
          next.data += queue.shift()?.data ?? "";
        }
        await client.terminal.input({ streamId: id, ...next });
      }
    } catch {
      queue.length = 0; // The session ended; `events` says why.
    } finally {
      sending = false;
    }
  }

  function sendSize(): void {
    if (!ready || id === undefined || pendingSize === undefined) return;
    const size = pendingSize;
    pendingSize = undefined;
    client.terminal.resize({ streamId: id, ...size }).catch(() => undefined); // As above: the session ended.
  }

  async function* read(): AsyncGenerator<TerminalEvent, void, void> {
    const stream = openStream<TerminalEvent>(
      client,
      (streamId, streamSignal) => {
        id = streamId;
        if ("containerId" in request) return client.terminal.open({ streamId, ...request }, { signal: streamSignal });
        const { command = [], columns = 80, rows = 24 } = request;
        if ("attachTo" in request) return client.terminal.attach({ streamId, containerId: request.attachTo, columns, rows }, { signal: streamSignal });
        const { buildId } = request;
        return client.builds.shell({ streamId, id: buildId, command, columns, rows }, { signal: streamSignal });
      },
      combined,
    );
    for await (const event of stream) {
      if (event.type === "ready") {
        ready = true;
        sendSize();
        void send();
      }
      yield event;
    }
    ready = false;
  }

  return {
    events: read(),
    write(data, encoding = "utf8") {
      for (const part of split(data)) queue.push({ data: part, encoding });
      void send();
    },
    resize(columns, rows) {
      pendingSize = { columns, rows };
      sendSize();
    },
    close() {
      closing.abort();
    },
  };
}

/** Pieces of at most {@link LARGEST_INPUT} code units that never cut a surrogate pair. */
function* split(data: string): Generator<string, void, void> {
  for (let from = 0; from < data.length; ) {
    let to = Math.min(from + LARGEST_INPUT, data.length);
    if (to < data.length && data.charCodeAt(to - 1) >= 0xd800 && data.charCodeAt(to - 1) <= 0xdbff) to--;
    yield data.slice(from, to);
    from = to;
  }
}
