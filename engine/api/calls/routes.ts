import { sleep } from "../../base/abort.ts";
import { EngineError } from "../../base/errors.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";
import type { Call, CallLog } from "./call-log.ts";

/** Calls that begin and end within this time are told of once. */
const GATHER_MS = 100;
/** Calls waiting for a client that reads too slowly; of older ones it only hears how many they were. */
const MOST_WAITING = 2000;

export interface CallsBackend {
  readonly calls: CallLog;
  /** The socket that the engine listens on. */
  readonly socket: string;
}

/**
 * `/slipway/requests`: the calls on the engine's socket. `GET` answers `{Socket, Calls}`; with `follow=1` that is the first of a stream of JSON lines, and each
 * later one has the calls that began or changed since. `GET /slipway/requests/ID` has headers and JSON bodies too, kept of calls that began while somebody followed.
 */
export function callRoutes(backend: CallsBackend): Route[] {
  const { calls, socket } = backend;
  return [
    { method: "GET", path: "/slipway/requests", handler: (request, reply) => (request.flag("follow") ? follow(backend, request, reply) : reply.json({ Socket: socket, Calls: calls.list().map(callJson) })) },
    { method: "GET", path: "/slipway/requests/{id}", handler: (request, reply) => reply.json(detailsJson(find(calls, request.param("id")))) },
  ];
}

function find(calls: CallLog, id: string): Call {
  const call = /^\d{1,15}$/.test(id) ? calls.get(Number(id)) : undefined;
  if (call === undefined) throw new EngineError("notFound", `the call ${JSON.stringify(id.slice(0, 32))} is not known any more: only the last ones are kept`);
  return call;
}

async function follow({ calls, socket }: CallsBackend, { signal }: ApiRequest, reply: ApiReply): Promise<void> {
  const waiting = new Set<Call>();
  let missed = 0;
  let wake: () => void = () => undefined;
  using _watch = calls.watch((call) => {
    waiting.add(call);
    if (waiting.size > MOST_WAITING) {
      missed++;
      for (const oldest of waiting) {
        waiting.delete(oldest);
        break;
      }
    }
    wake();
  });
  signal.addEventListener("abort", () => wake(), { once: true });
  const lines = reply.jsonLines();
  await lines.write({ Socket: socket, Calls: calls.list().map(callJson) });
  while (!signal.aborted) {
    if (waiting.size === 0) await new Promise<void>((resolve) => (wake = resolve));
    await sleep(GATHER_MS, signal);
    const batch = [...waiting].map(callJson);
    waiting.clear();
    await lines.write({ Calls: batch, ...(missed > 0 && { Missed: missed }) });
    missed = 0;
  }
}

function callJson(call: Call): object {
  return {
    Id: call.id,
    Method: call.method,
    Target: call.target,
    Client: call.agent,
    At: call.at,
    Status: call.status,
    Open: call.open,
    Streaming: call.streaming,
    Aborted: call.aborted,
    Milliseconds: Math.round(call.milliseconds * 100) / 100,
    Received: call.received,
    Sent: call.sent,
  };
}

function detailsJson(call: Call): object {
  const { content } = call;
  return {
    ...callJson(call),
    Content: content === undefined ? null : {
      RequestHeaders: content.requestHeaders,
      ResponseHeaders: content.responseHeaders,
      RequestBody: content.requestBody,
      ResponseBody: content.responseBody,
      RequestCut: content.requestCut,
      ResponseCut: content.responseCut,
    },
  };
}
