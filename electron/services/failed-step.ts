/** A shell in the file system of a failed build step: created, started, resized and inspected as an exec is. */
import type { Duplex } from "node:stream";
import type { TerminalEvent } from "../ipc/contract/terminal.ts";
import type { EngineConnection } from "./connection.ts";
import type { Credit } from "./credit.ts";
import { dial } from "./docker-client.ts";
import type { TerminalInput } from "./terminal.ts";
import { runTerminal } from "./terminal.ts";

/** The engine gives the session the step's own environment, which knows nothing of terminals. */
const SHELL = ["/bin/sh", "-c", "export TERM=xterm-256color; if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi"];

/** The failed build, and what to run there: the shell where `command` is empty. Sizes in character cells. */
export interface FailedShellRequest {
  id: string;
  command: string[];
  columns: number;
  rows: number;
}

export async function* openFailedStep(
  { docker }: EngineConnection,
  request: FailedShellRequest,
  credit: Credit,
  onReady: (input: TerminalInput) => void,
  signal: AbortSignal,
): AsyncGenerator<TerminalEvent, void, void> {
  const body = { Cmd: request.command.length > 0 ? request.command : SHELL, Tty: true, AttachStdin: true };
  const { Id: id } = await dial<{ Id: string }>(docker, { path: `/slipway/builds/${request.id}/exec`, method: "POST", body, okStatuses: [201], signal });
  const path = `/slipway/build-sessions/${id}`;
  const process = {
    id,
    start: () => dial<Duplex>(docker, { path: `${path}/start`, method: "POST", okStatuses: [200], stream: true, hijack: true }),
    resize: (columns: number, rows: number) => dial<void>(docker, { path: `${path}/resize?`, method: "POST", query: { w: columns, h: rows }, okStatuses: [200] }),
    inspect: () => dial<{ Running: boolean; ExitCode: number | null }>(docker, { path: `${path}/json`, method: "GET", okStatuses: [200] }),
  };
  yield* runTerminal(process, { tty: true, columns: request.columns, rows: request.rows }, credit, onReady, signal);
}
