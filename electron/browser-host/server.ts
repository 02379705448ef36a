/** HTTP and WebSocket on loopback: serves the built renderer and the contract to browsers that hold our cookie. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { RPCHandler } from "@orpc/server/ws";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { DOWNLOAD_PATH } from "../services/downloads.ts";
import { toIpcError } from "../services/docker-errors.ts";
import { ipcError } from "../services/ipc-error.ts";
import { createRouter, handlerOptions } from "../services/router.ts";
import type { Services } from "../services/services.ts";
import { contentSecurityPolicy, securityHeaders } from "../services/security.ts";
import { Session } from "../services/session.ts";
import { openStaticFile } from "../services/static-files.ts";
import { Access } from "./access.ts";
import { IMAGE_DOWNLOAD, sendImages } from "./image-download.ts";

/** The largest message a window sends: a paste into a terminal. */
const LARGEST_MESSAGE = 4 * 1024 * 1024;

export interface BrowserHost extends AsyncDisposable {
  readonly port: number;
  /** A link that lets one browser in, once. */
  newLink(): string;
}

export interface BrowserHostOptions {
  readonly services: Services;
  /** Folder of the built renderer. */
  readonly rendererRoot: string;
  /** 0: one that is free. */
  readonly port: number;
}

/** Listens on 127.0.0.1. @throws IpcError `conflict` when the port is taken */
export async function startBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const server = createServer();
  server.listen(options.port, "127.0.0.1");
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? ipcError("conflict", `Port ${options.port} is in use: choose another with --port, or none for a free one.`) : error);
    });
  });
  const { port } = server.address() as AddressInfo;
  const access = new Access(port);
  const handler = new RPCHandler(createRouter(options.services), handlerOptions(() => options.services.connection.endpoint));
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, perMessageDeflate: false });

  server.on("request", (request, response) => {
    answer(request, response, access, options).catch(() => response.destroy());
  });
  server.on("upgrade", (request, socket, head) => {
    const refusal = whyNoSocket(request, access);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (websocket) => serve(websocket));
  });

  function serve(websocket: WebSocket): void {
    websocket.on("error", () => websocket.terminate());
    const peer = {
      addEventListener: websocket.addEventListener.bind(websocket),
      // The handler awaits each send: a slow browser slows the streams that feed it.
      send: (data: Parameters<WebSocket["send"]>[0]) =>
        new Promise<void>((resolve) => {
          websocket.send(data, () => resolve());
        }),
    };
    void handler.upgrade(peer, { context: { session: new Session() } });
  }

  return {
    port,
    newLink: () => `http://127.0.0.1:${port}/?token=${access.newToken()}`,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function whyNoSocket(request: IncomingMessage, access: Access): string | undefined {
  if (pathOf(request) !== "/ipc") return "404 Not Found";
  if (!access.isOurHost(request) || !access.isOurOrigin(request, true)) return "403 Forbidden";
  return access.hasSession(request) ? undefined : "401 Unauthorized";
}

async function answer(request: IncomingMessage, response: ServerResponse, access: Access, { services, rendererRoot }: BrowserHostOptions): Promise<void> {
  const policy = contentSecurityPolicy([`ws://${request.headers.host ?? ""}`]);
  if (!access.isOurHost(request) || !access.isOurOrigin(request, false)) return refuse(response, 403, "This address is not for other sites.");
  for (const [name, value] of Object.entries(securityHeaders(policy))) response.setHeader(name, value);
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "Only GET is answered here.");
  const token = tokenOf(request);
  if (token !== undefined) return enter(request, response, access, token);
  if (!access.hasSession(request)) return refuse(response, 401, "This page needs its link.\nOpen the address that Slipway printed when it started; it works once for each browser.");
  if (pathOf(request) === IMAGE_DOWNLOAD) return sendImages(services, request, response);
  if (pathOf(request).startsWith(DOWNLOAD_PATH)) return sendDownload(request, response, services);
  await sendFile(request, response, rendererRoot);
}

/** The token leaves the address bar and the history at once. */
function enter(request: IncomingMessage, response: ServerResponse, access: Access, token: string): void {
  const cookie = request.method === "GET" ? access.redeem(token) : undefined;
  if (cookie === undefined && !access.hasSession(request)) return refuse(response, 401, "This link has been used or is too old.\nStart Slipway again for a new one.");
  if (cookie !== undefined) response.setHeader("Set-Cookie", cookie);
  response.writeHead(303, { Location: "/", "Cache-Control": "no-store" }).end();
}

/** What the window was offered an address for. Only one GET gets it. */
async function sendDownload(request: IncomingMessage, response: ServerResponse, { connection, downloads }: Services): Promise<void> {
  if (request.method !== "GET") return refuse(response, 405, "Only GET is answered here.");
  const left = new AbortController();
  response.once("close", () => left.abort());
  try {
    const download = await downloads.take(pathOf(request), left.signal);
    if (download === undefined) return refuse(response, 404, "This download was offered once, and not for long. Begin it again in Slipway.");
    response.writeHead(200, download.headers);
    await pipeline(download.body, response);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, toIpcError(error, connection.endpoint).message);
  }
}

async function sendFile(request: IncomingMessage, response: ServerResponse, root: string): Promise<void> {
  const file = await openStaticFile(root, pathOf(request));
  if (file === undefined) return refuse(response, 404, "There is no such page.");
  // In one piece: they are small, and a window waits for them.
  const body = await file.handle.readFile().finally(() => file.handle.close());
  response.writeHead(200, {
    "Content-Type": file.type,
    "Content-Length": body.length,
    "Cache-Control": file.immutable ? "private, max-age=31536000, immutable" : "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" }).end(`${text}\n`);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split(/[?#]/, 1)[0] ?? "/";
}

function tokenOf(request: IncomingMessage): string | undefined {
  if (pathOf(request) !== "/") return undefined;
  const query = (request.url ?? "").split("?", 2)[1];
  return query === undefined ? undefined : (new URLSearchParams(query).get("token") ?? undefined);
}
