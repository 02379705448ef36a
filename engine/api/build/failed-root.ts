import { EngineError, isCancelled, toEngineError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { ExecId } from "../../base/ids.ts";
import type { Builder, FailedRootRequest, FailedRootSession } from "../../build/build.ts";
import { dimension } from "../containers/lifecycle.ts";
import { frame, stdioContentType } from "../frames.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";
import { flag, object, text, words } from "../shape.ts";

type Roots = Pick<Builder, "record" | "openFailed">;

interface Session {
  readonly build: string;
  readonly request: FailedRootRequest;
  process: FailedRootSession | null;
  exitCode: number | null;
}

/** Sessions remembered: ended ones tell their exit code until newer ones push them out. */
const MAX_SESSIONS = 100;

const createBody = object({ Cmd: words, Tty: flag, AttachStdin: flag, User: text, WorkingDir: text });

const startBody = object({ Detach: flag, Tty: flag });

/** Processes in the root file system of a failed step: created, started, resized and inspected as Docker's exec is. */
export function failedRootRoutes(builder: Roots): Route[] {
  const sessions = new Map<string, Session>();
  const find = (request: ApiRequest): Session => {
    const session = sessions.get(request.param("session"));
    if (session === undefined) throw new EngineError("notFound", `No such session: ${request.param("session")}`);
    return session;
  };
  return [
    {
      method: "POST",
      path: "/slipway/builds/{id}/exec",
      handler: async (request, reply) => {
        const { id, failedStep } = builder.record(request.param("id"));
        if (failedStep === null) throw new EngineError("notFound", `the build ${id.slice(0, 12)} keeps no failed step: it did not fail, or was dismissed`);
        const body = (await request.optionalJson(createBody)) ?? {};
        const session = newId<ExecId>();
        sessions.set(session, { build: id, process: null, exitCode: null, request: { command: body.Cmd ?? ["/bin/sh"], tty: body.Tty ?? false, openStdin: body.AttachStdin ?? false, user: body.User, cwd: body.WorkingDir } });
        for (const [old, { process }] of sessions) if (sessions.size > MAX_SESSIONS && process === null && old !== session) sessions.delete(old);
        reply.json({ Id: session }, 201);
      },
    },
    { method: "POST", path: "/slipway/build-sessions/{session}/start", handler: (request, reply) => start(builder, find(request), request, reply) },
    {
      method: "GET",
      path: "/slipway/build-sessions/{session}/json",
      handler: (request, reply) => {
        const { process, exitCode, build } = find(request);
        reply.json({ ID: request.param("session"), BuildID: build, Running: process !== null, ExitCode: exitCode });
      },
    },
    {
      method: "POST",
      path: "/slipway/build-sessions/{session}/resize",
      handler: async (request, reply) => {
        const { process } = find(request);
        if (process === null) throw new EngineError("conflict", "the session is not running");
        await process.resize(dimension(request, "w"), dimension(request, "h"));
        reply.empty(200);
      },
    },
  ];
}

async function start(builder: Roots, session: Session, request: ApiRequest, reply: ApiReply): Promise<void> {
  // As for an exec; the answers were given when the session was made.
  await request.optionalJson(startBody);
  if (session.process !== null || session.exitCode !== null) throw new EngineError("conflict", "the session has been started already: create another");
  await using process = await builder.openFailed(session.build, session.request, { signal: request.signal });
  session.process = process;
  const { tty } = session.request;
  const connection = reply.hijack(stdioContentType(tty, request.minor), request.body);
  try {
    void feed(connection.input, process).catch(() => undefined);
    for await (const { stream, data } of process.output) await connection.write(tty ? data : frame(stream, data));
    session.exitCode = await process.exited;
  } catch (error) {
    if (!isCancelled(error)) await connection.write(Buffer.from(`${toEngineError(error).message}\r\n`)).catch(() => undefined);
  } finally {
    session.process = null;
    connection.end();
  }
}

async function feed(input: AsyncIterable<Uint8Array>, process: FailedRootSession): Promise<void> {
  for await (const chunk of input) await process.writeStdin(chunk);
  await process.closeStdin();
}
