import { createServer, ServerResponse, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { EngineError, isCancelled, toEngineError } from "../base/errors.ts";
import type { CallLog } from "./calls/call-log.ts";
import { readExactly } from "./hijack.ts";
import { ApiReply } from "./reply.ts";
import { ApiRequest } from "./request.ts";
import { Router, type Route } from "./router.ts";
import { API_VERSION, splitVersion } from "./versions.ts";

const MAX_UPGRADE_BODY = 4 * 1024 * 1024;
/** Docker's clients keep their connections; a short time-out of ours would race with their next request. */
const KEEP_ALIVE_MS = 10 * 60 * 1000;

/** As Go's servers allow: `X-Registry-Config` carries the logins of all registries, and a token of ECR is two thousand characters. */
const MAX_HEADERS = 1 << 20;

export interface ApiServerOptions {
  readonly routes: Iterable<Route>;
  /** Engine version for the `Server` header. */
  readonly version: string;
  /** Takes note of every call. */
  readonly calls: CallLog;
  /** Told of every request that failed because of the engine, not of the client. */
  readonly onError: (error: EngineError, request: string) => void;
  /** Told of every answered request. */
  readonly onRequest: (line: string, status: number, milliseconds: number) => void;
}

/** The HTTP server of the Engine API, not yet listening. */
export function createApiServer(options: ApiServerOptions): Server {
  const router = new Router(options.routes);
  const server = createServer({ maxHeaderSize: MAX_HEADERS, keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, headersTimeout: 30_000, connectionsCheckingInterval: 60_000, noDelay: true });
  server.timeout = 0;
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    void answer(router, options, request, response, null, request);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    if (head.byteLength > 0) socket.unshift(head);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on("finish", () => socket.end());
    void answer(router, options, request, response, socket, upgradeBody(request, socket));
  });
  return server;
}

async function answer(router: Router, options: ApiServerOptions, incoming: IncomingMessage, response: ServerResponse, upgrade: Socket | null, body: AsyncIterable<Uint8Array>): Promise<void> {
  const call = options.calls.begin(incoming);
  const abort = new AbortController();
  const closed = (): void => {
    const aborted = upgrade === null && !response.writableFinished;
    if (upgrade !== null || aborted) abort.abort(new EngineError("cancelled", "the client closed the connection"));
    call.ended(response, aborted);
  };
  if (upgrade === null) response.once("close", closed);
  else upgrade.once("close", closed);
  setCommonHeaders(response, options.version);
  const reply = new ApiReply(response, upgrade, abort.signal, call);
  const url = incoming.url ?? "/";
  const { method } = call;
  try {
    const queryAt = url.indexOf("?");
    const { minor, path } = splitVersion(queryAt < 0 ? url : url.slice(0, queryAt));
    const match = router.find(method, path);
    if (match === null) throw new EngineError("notFound", "page not found");
    const query = new URLSearchParams(queryAt < 0 ? "" : url.slice(queryAt + 1));
    await match.handler(new ApiRequest({ method, path, params: match.params, query, minor, headers: incoming.headers, signal: abort.signal, body, call }), reply);
  } catch (thrown) {
    const error = toEngineError(thrown);
    if (error.code === "internal" || error.code === "dataLoss") options.onError(error, `${method} ${call.target}`);
    if (!isCancelled(error) || !abort.signal.aborted) reply.fail(error);
  }
  options.onRequest(`${method} ${call.target}`, response.statusCode, call.milliseconds);
}

function setCommonHeaders(response: ServerResponse, version: string): void {
  response.setHeader("Api-Version", API_VERSION);
  response.setHeader("Docker-Experimental", "false");
  response.setHeader("Ostype", "linux");
  response.setHeader("Server", `Slipway/${version} (linux)`);
}

async function* upgradeBody(request: IncomingMessage, socket: Socket): AsyncGenerator<Uint8Array> {
  const length = Number(request.headers["content-length"] ?? 0);
  if (!Number.isInteger(length) || length < 0 || length > MAX_UPGRADE_BODY) throw new EngineError("invalidArgument", "the body of an upgrade request is too large");
  if (length > 0) yield await readExactly(socket, length);
}
