import { EngineError, toEngineError } from "../base/errors.ts";
import { newId, type ExecId } from "../base/ids.ts";
import type { IoOptions } from "../base/abort.ts";
import { announce, type Context } from "./context.ts";
import type { Container, ExecSession } from "./container.ts";
import type { ClientStreams, ExecRequest, ExecView } from "./containers.ts";
import { pump } from "./streams.ts";
import { execProcess } from "./task-spec.ts";

/** Ended sessions are kept for `docker inspect` until there are more than this many in a container. */
const KEPT_SESSIONS = 64;

/** Makes a session. @throws EngineError `conflict` when the container does not run, `invalidArgument` without a command */
export function createExec(context: Context, sessions: Map<ExecId, ExecSession>, container: Container, request: ExecRequest): ExecId {
  if (container.state.status === "paused") throw new EngineError("conflict", `Container ${container.record.name} is paused, unpause the container before exec`);
  if (container.state.status === "restarting") throw new EngineError("conflict", `Container ${container.id} is restarting, wait until the container is running`);
  if (container.state.status !== "running") throw new EngineError("conflict", `container ${container.id} is not running`);
  if (request.command.length === 0) throw new EngineError("invalidArgument", "No exec command specified");
  const session: ExecSession = { id: newId<ExecId>(), container, request, size: null, status: "created", exitCode: null, running: null };
  context.runtime.expectProcess();
  forgetOldest(sessions, container);
  container.execs.set(session.id, session);
  sessions.set(session.id, session);
  announceExec(context, session, "exec_create", commandText(request));
  return session.id;
}

function forgetOldest(sessions: Map<ExecId, ExecSession>, container: Container): void {
  if (container.execs.size < KEPT_SESSIONS) return;
  for (const [id, session] of container.execs) {
    if (session.status !== "ended") continue;
    container.execs.delete(id);
    sessions.delete(id);
    return;
  }
}

/** Runs a session; resolves when its output has ended, or, without a client, when it runs. */
export async function startExec(context: Context, session: ExecSession, client: ClientStreams | null, options: IoOptions): Promise<void> {
  const { container, request } = session;
  if (session.status === "running") throw new EngineError("conflict", `Error: Exec command ${session.id} is already running`);
  if (session.status === "ended") throw new EngineError("conflict", `Error: Exec command ${session.id} has already run`);
  if (container.state.status !== "running") throw new EngineError("conflict", `container ${container.id} is not running`);
  session.status = "running";
  try {
    const process = execProcess(context, container, request);
    session.running = await context.runtime.exec(container.id, { execId: session.id, process, tty: request.tty, openStdin: request.attachStdin }, { detached: client === null });
  } catch (error) {
    session.status = "ended";
    session.exitCode = failureCode(error);
    throw error;
  }
  announceExec(context, session, "exec_start", commandText(request));
  if (session.size !== null) await session.running.resize(session.size.columns, session.size.rows);
  const ended = session.running.exited.then((exitCode) => {
    session.status = "ended";
    session.exitCode = exitCode;
    announceExec(context, session, "exec_die", "", { exitCode: String(exitCode) });
  });
  if (client === null) {
    ended.catch((error: unknown) => context.onError(`the exec ${session.id}`, error));
    return;
  }
  const outcome = session.running.stdio === null ? "ended" : await pump(client, session.running.stdio, { closeStdin: true, signal: options.signal });
  if (outcome === "detached") {
    announceExec(context, session, "exec_detach", "");
    ended.catch((error: unknown) => context.onError(`the exec ${session.id}`, error));
  } else {
    // The exit code is known before the client sees the end: its next request asks for it.
    await ended;
  }
}

/** Sets the size of an exec's terminal; clients do so as soon as they have asked for its start. @throws EngineError `conflict` when it is not started or has ended */
export async function resizeExec(session: ExecSession, columns: number, rows: number): Promise<void> {
  if (session.status !== "running") throw new EngineError("conflict", `exec ${session.id} is not running`);
  if (session.running === null) session.size = { columns, rows };
  else await session.running.resize(columns, rows);
}

function failureCode(error: unknown): number {
  const { code } = toEngineError(error);
  return code === "commandNotFound" ? 127 : 126;
}

/** The session's public side. */
export function viewExec(session: ExecSession): ExecView {
  return { id: session.id, containerId: session.container.id, request: session.request, running: session.status === "running", exitCode: session.exitCode, pid: session.running?.pid ?? 0 };
}

function commandText(request: ExecRequest): string {
  return `: ${request.command.join(" ")}`;
}

function announceExec(context: Context, session: ExecSession, action: string, suffix: string, extra: Readonly<Record<string, string>> = {}): void {
  announce(context, session.container, `${action}${suffix}`, { execID: session.id, ...extra });
}
