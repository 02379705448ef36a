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

type Streams = Pick<Containers, "get" | "attach" | "logs" | "searchLogs">;

/** Matches that a search hands out unless it asks for fewer. */
const MOST_MATCHES = 10_000;

/** Stdio of containers, live and logged. */
export function streamRoutes(containers: Streams): Route[] {
  return [
    { method: "POST", path: "/containers/{name}/attach", handler: (request, reply) => attach(containers, request, reply) },
    { method: "GET", path: "/containers/{name}/logs", handler: (request, reply) => logs(containers, request, reply) },
    // As Docker's, but for `tail`, which counts back from `until`: a log is paged through backwards.
    { method: "GET", path: "/slipway/containers/{name}/logs", handler: (request, reply) => logs(containers, request, reply, "until") },
    { method: "GET", path: "/slipway/containers/{name}/logs/search", handler: (request, reply) => search(containers, request, reply) },
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

async function logs(containers: Streams, request: ApiRequest, reply: ApiReply, tailFrom: "end" | "until" = "end"): Promise<void> {
  const name = request.param("name");
  const { record } = containers.get(name);
  const stdout = request.flag("stdout");
  const stderr = request.flag("stderr");
  if (!stdout && !stderr) throw new EngineError("invalidArgument", "Bad parameters: you must choose at least one stream");
  const follow = request.flag("follow");
  const lines = containers.logs(record.id, {
    follow, stdout, stderr,
    tail: tailOf(request.text("tail")),
    tailFrom,
    ...spanOf(request),
    timestamps: request.flag("timestamps"),
  }, { signal: request.signal });
  const contentType = stdioContentType(record.config.Tty, request.minor);
  if (!follow) return reply.stream(lines, contentType);
  // A follower sees the answer begin although nothing may be printed for long.
  reply.begin(contentType);
  for await (const chunk of lines) await reply.write(chunk);
  reply.end();
}

/** Answers with one JSON value a line: matches, newest first, and how far the search has come. */
function search(containers: Streams, request: ApiRequest, reply: ApiReply): Promise<void> {
  const limit = request.integer("limit") ?? MOST_MATCHES;
  const found = containers.searchLogs(request.param("name"), {
    text: request.text("text") ?? "",
    regex: request.flag("regex"),
    matchCase: request.flag("case"),
    word: request.flag("word"),
    stdout: request.flag("stdout", true),
    stderr: request.flag("stderr", true),
    ...spanOf(request),
    limit: Math.min(MOST_MATCHES, Math.max(0, limit)),
  }, { signal: request.signal });
  return reply.stream(found, "application/x-ndjson");
}

function spanOf(request: ApiRequest): { sinceNs: bigint | null; untilNs: bigint | null } {
  const now = Date.now();
  const moment = (name: string): bigint | null => {
    const text = request.text(name);
    return text === undefined || text === "0" ? null : parseMoment(text, now);
  };
  return { sinceNs: moment("since"), untilNs: moment("until") };
}

/** Lines from the end; null for all, as any word means to Docker. */
function tailOf(text: string | undefined): number | null {
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
}
