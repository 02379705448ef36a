/** A container's own process in a terminal, and the shells that could run beside it. */
import type { Duplex } from "node:stream";
import type { TerminalEvent } from "../ipc/contract/terminal.ts";
import type { EngineConnection } from "./connection.ts";
import type { Credit } from "./credit.ts";
import { ipcError } from "./ipc-error.ts";
import { runTerminal, type TerminalInput } from "./terminal.ts";

export interface AttachRequest {
  containerId: string;
  columns: number;
  rows: number;
}

export interface Attachments {
  /** @param onReady receives the input side */
  attach(request: AttachRequest, credit: Credit, onReady: (input: TerminalInput) => void, signal: AbortSignal): AsyncGenerator<TerminalEvent, void, void>;
  /** Absolute paths of the shells that a container has, the best one first. */
  shells(containerId: string, signal: AbortSignal): Promise<string[]>;
}

export function createAttachments(connection: EngineConnection): Attachments {
  return {
    attach: (request, credit, onReady, signal) => attach(connection, request, credit, onReady, signal),
    shells: (containerId, signal) => findShells(connection, containerId, signal),
  };
}

/**
 * What the process prints from now on, and its input where that is open.
 *
 * @throws IpcError `conflict` when the container does not run
 */
async function* attach(connection: EngineConnection, request: AttachRequest, credit: Credit, onReady: (input: TerminalInput) => void, signal: AbortSignal): AsyncGenerator<TerminalEvent, void, void> {
  const container = connection.docker.getContainer(request.containerId);
  const { Config: config, State: state, Id: id } = await container.inspect({ abortSignal: signal });
  if (!state.Running || state.Paused) throw ipcError("conflict", state.Paused ? "The container is paused: resume it to attach." : "The container does not run: start it to attach.");
  const process = {
    id,
    borrowed: true as const,
    start: async () => (await container.attach({ stream: true, stdin: config.OpenStdin === true, stdout: true, stderr: true, hijack: true })) as Duplex,
    resize: async (columns: number, rows: number) => void (await container.resize({ w: columns, h: rows })),
    inspect: async () => {
      const { State } = await container.inspect();
      return { Running: State.Running, ExitCode: State.ExitCode };
    },
  };
  yield* runTerminal(process, { tty: config.Tty, columns: request.columns, rows: request.rows }, credit, onReady, signal);
}

/** The first of each name that is there counts. */
const SHELLS = ["/bin/bash", "/bin/zsh", "/usr/bin/zsh", "/usr/bin/fish", "/bin/ash", "/bin/sh", "/busybox/sh"];

/** Looks for shells in the container's files, which needs no process in it. */
async function findShells({ docker }: EngineConnection, containerId: string, signal: AbortSignal): Promise<string[]> {
  const container = docker.getContainer(containerId);
  const there = await Promise.all(SHELLS.map((path) => container.infoArchive({ path, abortSignal: signal }).then(() => true, (error: unknown) => {
    if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return false;
    throw error;
  })));
  const found = new Map<string, string>();
  for (const [index, path] of SHELLS.entries()) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (there[index] === true && !found.has(name)) found.set(name, path);
  }
  return [...found.values()];
}
