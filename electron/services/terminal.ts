/** Commands inside containers, interactively: exec over a hijacked connection. */
import type { Duplex } from "node:stream";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { TerminalEvent } from "../ipc/contract/terminal.ts";
import { coalesce } from "./coalesce.ts";
import type { EngineConnection } from "./connection.ts";
import type { Credit } from "./credit.ts";
import { fromDaemonSentence } from "./docker-errors.ts";
import { FrameReader } from "./frames.ts";
import { ipcError } from "./ipc-error.ts";

export interface TerminalRequest {
  containerId: string;
  command: string[];
  user?: string | undefined;
  workingDir?: string | undefined;
  env: string[];
  tty: boolean;
  privileged: boolean;
  columns: number;
  rows: number;
}

/** The input side of a running session. */
export interface TerminalInput {
  /** Resolves when the connection has taken the bytes. */
  write(data: string, encoding: "utf8" | "binary"): Promise<void>;
  end(): void;
  resize(columns: number, rows: number): Promise<void>;
}

const BATCH_INTERVAL_MS = 4;
const BATCH_BYTES = 64 * 1024;
const BEST_SHELL = ["/bin/sh", "-c", "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi"];
/** Interrupt, then end of input: what makes a shell leave when its window is closed. The API has no way to end an exec. */
const HANG_UP = "\x03\x04";
const HANG_UP_MS = 200;

export interface Terminals {
  /** @param onReady receives the input side when the process runs */
  open(request: TerminalRequest, credit: Credit, onReady: (input: TerminalInput) => void, signal: AbortSignal): AsyncGenerator<TerminalEvent, void, void>;
}

export function createTerminals(connection: EngineConnection): Terminals {
  return { open: (request, credit, onReady, signal) => open(connection, request, credit, onReady, signal) };
}

async function* open(
  connection: EngineConnection,
  request: TerminalRequest,
  credit: Credit,
  onReady: (input: TerminalInput) => void,
  signal: AbortSignal,
): AsyncGenerator<TerminalEvent, void, void> {
  const exec = await connection.docker.getContainer(request.containerId).exec({
    Cmd: request.command.length > 0 ? request.command : BEST_SHELL,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: request.tty,
    Env: [...(request.tty ? ["TERM=xterm-256color"] : []), ...request.env],
    Privileged: request.privileged,
    ...(request.user === undefined ? {} : { User: request.user }),
    ...(request.workingDir === undefined ? {} : { WorkingDir: request.workingDir }),
    ConsoleSize: [request.rows, request.columns],
    abortSignal: signal,
  });
  const process = {
    id: exec.id,
    start: () => exec.start({ hijack: true, stdin: true, Tty: request.tty }),
    resize: async (columns: number, rows: number) => void (await exec.resize({ w: columns, h: rows })),
    inspect: () => exec.inspect(),
  };
  yield* runTerminal(process, request, credit, onReady, signal);
}

/** A process that was created in a container or elsewhere, and is started on a connection of its own. */
export interface TerminalProcess {
  readonly id: string;
  start(): Promise<Duplex>;
  resize(columns: number, rows: number): Promise<void>;
  inspect(): Promise<{ Running: boolean; ExitCode: number | null }>;
  /** It belongs to somebody else: leaving only closes the connection. */
  readonly borrowed?: true;
}

/**
 * Starts the process and carries what it says until it ends; leaving or aborting hangs up.
 *
 * @param onReady receives the input side when the process runs
 */
export async function* runTerminal(
  process: TerminalProcess,
  request: Pick<TerminalRequest, "tty" | "columns" | "rows">,
  credit: Credit,
  onReady: (input: TerminalInput) => void,
  signal: AbortSignal,
): AsyncGenerator<TerminalEvent, void, void> {
  const socket = await process.start();
  const scope = new AbortController();
  const combined = AbortSignal.any([signal, scope.signal]);
  const leave = (): void => void (process.borrowed === true ? socket.destroy() : hangUp(socket, request));
  combined.addEventListener("abort", leave, { once: true });
  try {
    signal.throwIfAborted();
    if (request.tty) await resize(process, request.columns, request.rows);
    onReady(inputOf(process, socket, request.tty));
    yield { type: "ready", execId: process.id, bytes: 0, tty: request.tty };
    const output = new Output(request.tty);
    for await (const buffers of coalesce(bytesOf(socket), { intervalMs: BATCH_INTERVAL_MS, limit: BATCH_BYTES, cost: (data) => data.length, signal: combined })) {
      for (const event of output.take(buffers)) {
        await credit.available(combined);
        credit.spend(event.bytes);
        yield event;
      }
    }
    const exitCode = await exitCodeOf(process);
    if (exitCode === 126 || exitCode === 127) throwWhenNotStarted(output.head);
    yield { type: "exit", exitCode, bytes: 0 };
  } finally {
    scope.abort();
  }
}

/** Bytes as text; keeps the beginning, where a daemon says why a process could not be started. */
class Output {
  readonly #frames: FrameReader | undefined;
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  head = "";

  constructor(tty: boolean) {
    this.#frames = tty ? undefined : new FrameReader();
  }

  *take(buffers: Buffer[]): Generator<Extract<TerminalEvent, { type: "output" }>, void, void> {
    for (const buffer of this.#frames === undefined ? [Buffer.concat(buffers)] : buffers) {
      if (this.#frames === undefined) yield* this.#decode("stdout", buffer);
      else for (const { source, data } of this.#frames.read(buffer)) yield* this.#decode(source, data);
    }
  }

  *#decode(source: "stdout" | "stderr", bytes: Buffer): Generator<Extract<TerminalEvent, { type: "output" }>, void, void> {
    const data = this.#decoders[source].decode(bytes, { stream: true });
    if (this.head.length < 1024) this.head += data.slice(0, 1024);
    if (data !== "") yield { type: "output", data, bytes: bytes.length, ...(source === "stderr" ? { source } : {}) };
  }
}

function inputOf(process: TerminalProcess, socket: Duplex, tty: boolean): TerminalInput {
  return {
    async write(data, encoding) {
      if (socket.destroyed || socket.writableEnded) throw ipcError("conflict", "The terminal's process has ended.");
      if (socket.write(Buffer.from(data, encoding === "binary" ? "latin1" : "utf8"))) return;
      await new Promise<void>((resolve) => {
        socket.once("drain", resolve);
        socket.once("close", resolve);
      });
    },
    end() {
      socket.end();
    },
    async resize(columns, rows) {
      if (tty && !socket.destroyed) await resize(process, columns, rows);
    },
  };
}

/** A process that has just ended cannot be resized: no harm, its end is on its way. */
async function resize(process: TerminalProcess, columns: number, rows: number): Promise<void> {
  await process.resize(columns, rows).catch(() => undefined);
}

/** Says good-bye to the process, if it still runs, and closes the connection soon after. */
async function hangUp(socket: Duplex, request: Pick<TerminalRequest, "tty">): Promise<void> {
  if (!socket.destroyed && !socket.writableEnded) {
    if (request.tty) socket.write(HANG_UP);
    socket.end();
    await Promise.race([finished(socket, { readable: false }).catch(() => undefined), sleep(HANG_UP_MS)]);
  }
  socket.destroy();
}

async function exitCodeOf(process: TerminalProcess): Promise<number | null> {
  // The connection may end a moment before the daemon has written down how the process ended.
  for (let attempt = 0; attempt < 20; attempt++) {
    const state = await process.inspect();
    if (!state.Running) return state.ExitCode;
    await sleep(25);
  }
  return null;
}

/** When the runtime could not start the command, the daemon prints the runtime's words where output would be. */
function throwWhenNotStarted(head: string): void {
  if (!/OCI runtime|exec failed|executable file not found|starting container process/i.test(head)) return;
  throw fromDaemonSentence(head);
}

async function* bytesOf(stream: AsyncIterable<unknown>): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of stream) yield chunk as Buffer;
}
