import { EngineError, isCancelled, toEngineError } from "../../base/errors.ts";
import type { ExecView, Containers } from "../../containers/containers.ts";
import { parseDetachKeys } from "../../containers/detach-keys.ts";
import { dimension } from "../containers/lifecycle.ts";
import { stdioContentType } from "../frames.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";
import { flag, integer, list, object, text, words } from "../shape.ts";
import { clientStreams } from "../stdio.ts";

type Execs = Pick<Containers, "execCreate" | "execStart" | "execInspect" | "execResize">;

const createBody = object({
  User: text, Privileged: flag, Tty: flag, AttachStdin: flag, AttachStdout: flag, AttachStderr: flag, Detach: flag, DetachKeys: text, Env: list(text), WorkingDir: text, Cmd: words,
  ConsoleSize: list(integer),
});
const startBody = object({ Detach: flag, Tty: flag, ConsoleSize: list(integer) });

/** Further processes in running containers. */
export function execRoutes(execs: Execs): Route[] {
  return [
    { method: "POST", path: "/containers/{name}/exec", handler: (request, reply) => create(execs, request, reply) },
    { method: "POST", path: "/exec/{id}/start", handler: (request, reply) => start(execs, request, reply) },
    { method: "GET", path: "/exec/{id}/json", handler: (request, reply) => reply.json(execJson(execs.execInspect(request.param("id")))) },
    {
      method: "POST",
      path: "/exec/{id}/resize",
      handler: async (request, reply) => {
        await execs.execResize(request.param("id"), dimension(request, "w"), dimension(request, "h"));
        reply.empty(200);
      },
    },
  ];
}

async function create(execs: Execs, request: ApiRequest, reply: ApiReply): Promise<void> {
  const body = await request.json(createBody);
  parseDetachKeys(body.DetachKeys);
  const [height, width] = body.ConsoleSize ?? [];
  const id = execs.execCreate(request.param("name"), {
    command: body.Cmd ?? [],
    attachStdin: body.AttachStdin ?? false,
    attachStdout: body.AttachStdout ?? false,
    attachStderr: body.AttachStderr ?? false,
    tty: body.Tty ?? false,
    env: body.Env ?? [],
    user: body.User ?? "",
    workingDirectory: body.WorkingDir ?? "",
    privileged: body.Privileged ?? false,
    detachKeys: body.DetachKeys || undefined,
    consoleSize: height !== undefined && width !== undefined ? [height, width] : undefined,
  });
  reply.json({ Id: id }, 201);
}

async function start(execs: Execs, request: ApiRequest, reply: ApiReply): Promise<void> {
  const id = request.param("id");
  const body = (await request.optionalJson(startBody)) ?? {};
  const exec = execs.execInspect(id);
  if (exec.running || exec.exitCode !== null) throw new EngineError("conflict", `Error: Exec command ${id} ${exec.running ? "is already running" : "has already run"}`);
  if (body.Detach === true) {
    await execs.execStart(id, null);
    return reply.empty(200);
  }
  const { tty, attachStdin: stdin, attachStdout: stdout, attachStderr: stderr, detachKeys } = exec.request;
  const connection = reply.hijack(stdioContentType(tty, request.minor), request.body);
  const client = clientStreams(connection, { tty, stdin, stdout, stderr, detachKeys: parseDetachKeys(detachKeys) });
  try {
    await execs.execStart(id, client, { signal: connection.signal });
  } catch (error) {
    // The connection has left HTTP: what is wrong is said in the stream, and the exit code says the rest.
    if (isCancelled(error)) return;
    await client.write(tty ? "stdout" : "stderr", Buffer.from(`${toEngineError(error).message}\r\n`)).catch(() => undefined);
  } finally {
    connection.end();
  }
}

function execJson(exec: ExecView): object {
  const { request } = exec;
  return {
    ID: exec.id,
    Running: exec.running,
    ExitCode: exec.exitCode,
    ProcessConfig: { tty: request.tty, entrypoint: request.command[0] ?? "", arguments: request.command.slice(1), privileged: request.privileged, ...(request.user === "" ? {} : { user: request.user }) },
    OpenStdin: request.attachStdin,
    OpenStderr: request.attachStderr,
    OpenStdout: request.attachStdout,
    CanRemove: !exec.running,
    ContainerID: exec.containerId,
    DetachKeys: request.detachKeys === undefined ? "" : Buffer.from(parseDetachKeys(request.detachKeys)).toString("base64"),
    Pid: exec.pid,
  };
}
