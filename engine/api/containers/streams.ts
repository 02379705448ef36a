import { EngineError } from "../../base/errors.ts";
import type { ClientStreams, Containers } from "../../containers/containers.ts";
import { parseDetachKeys } from "../../containers/detach-keys.ts";
import { stdioContentType } from "../frames.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";
import { clientStreams } from "../stdio.ts";
import { parseMoment } from "../time.ts";

const MAX_IGNORED_BODY = 64 * 1024;

type Streams = Pick<Containers, "get" | "attach" | "logs">;

/** Stdio of containers, live and logged. */
export function streamRoutes(containers: Streams): Route[] {
  return [
    { method: "POST", path: "/containers/{name}/attach", handler: (request, reply) => attach(containers, request, reply) },
    { method: "GET", path: "/containers/{name}/logs", handler: (request, reply) => logs(containers, request, reply) },
  ];
}

async function attach(containers: Streams, request: ApiRequest, reply: ApiReply): Promise<void> {
  const { record, state } = containers.get(request.param("name"));
  const detachKeys = parseDetachKeys(request.text("detachKeys"));
  if (state.status === "paused" || state.status === "restarting") throw new EngineError("conflict", `container ${record.id} is ${state.status}, ${state.status === "paused" ? "unpause the container before attach" : "wait until the container is running"}`);
  // dockerode sends its options as the body of the upgrade too: they are not what the process is to read.
  if (request.headers.upgrade !== undefined) await request.bytes(MAX_IGNORED_BODY);
  const tty = record.config.Tty;
  const connection = reply.hijack(stdioContentType(tty, request.minor), request.body);
  const client: ClientStreams = clientStreams(connection, { tty, detachKeys, stdin: request.flag("stdin"), stdout: request.flag("stdout"), stderr: request.flag("stderr") });
  try {
    await containers.attach(record.id, client, { logs: request.flag("logs"), stream: request.flag("stream") }, { signal: connection.signal });
  } finally {
    connection.end();
  }
}

async function logs(containers: Streams, request: ApiRequest, reply: ApiReply): Promise<void> {
  const name = request.param("name");
  const { record } = containers.get(name);
  const stdout = request.flag("stdout");
  const stderr = request.flag("stderr");
  if (!stdout && !stderr) throw new EngineError("invalidArgument", "Bad parameters: you must choose at least one stream");
  const now = Date.now();
  const since = request.text("since");
  const until = request.text("until");
  const follow = request.flag("follow");
  const lines = containers.logs(record.id, {
    follow, stdout, stderr,
    tail: tailOf(request.text("tail")),
    sinceNs: since === undefined || since === "0" ? null : parseMoment(since, now),
    untilNs: until === undefined || until === "0" ? null : parseMoment(until, now),
    timestamps: request.flag("timestamps"),
  }, { signal: request.signal });
  const contentType = stdioContentType(record.config.Tty, request.minor);
  if (!follow) return reply.stream(lines, contentType);
  // A follower sees the answer begin although nothing may be printed for long.
  reply.begin(contentType);
  for await (const chunk of lines) await reply.write(chunk);
  reply.end();
}

/** Lines from the end; null for all, as any word means to Docker. */
function tailOf(text: string | undefined): number | null {
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
}
