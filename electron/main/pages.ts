/** Our pages under Electron: `app://slipway/` is the built renderer, and no page of ours leads anywhere else. */
import { Readable } from "node:stream";
import type { WebContents } from "electron";
import { app, protocol, session, shell } from "electron";
import { APP_ORIGIN, APP_SCHEME } from "../ipc/channels.ts";
import { contentSecurityPolicy, securityHeaders } from "../services/security.ts";
import { DOWNLOAD_PATH, type Downloads } from "../services/downloads.ts";
import { openStaticFile } from "../services/static-files.ts";

/** What a page of ours may ask the browser engine for; everything else is denied without a question. */
const ALLOWED_PERMISSIONS: ReadonlySet<string> = new Set(["clipboard-read", "clipboard-sanitized-write"]);

/** Before the application is ready: makes `app://` a secure origin of its own. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true, stream: true } }]);
}

/** Serves `root`, and locks what pages may do, in this and every later window. */
export function servePages(root: string, downloads: Downloads): void {
  protocol.handle(APP_SCHEME, (request) => answer(request, root, downloads));
  session.defaultSession.setPermissionRequestHandler((_contents, permission, callback, details) => {
    callback(details.requestingUrl.startsWith(`${APP_ORIGIN}/`) && ALLOWED_PERMISSIONS.has(permission));
  });
  session.defaultSession.setPermissionCheckHandler((_contents, permission, origin) => origin.replace(/\/$/, "") === APP_ORIGIN && ALLOWED_PERMISSIONS.has(permission));
  app.on("web-contents-created", (_event, contents) => confine(contents));
}

/** Opens an http(s) address in the user's browser; anything else is ignored. */
export async function openOutside(url: string): Promise<void> {
  if (/^https?:\/\//i.test(url)) await shell.openExternal(url);
}

function confine(contents: WebContents): void {
  contents.on("will-attach-webview", (event) => event.preventDefault());
  const stay = (event: { readonly url: string; preventDefault(): void }): void => {
    if (!event.url.startsWith(`${APP_ORIGIN}/`)) event.preventDefault();
  };
  contents.on("will-navigate", stay);
  contents.on("will-redirect", stay);
  contents.on("will-frame-navigate", stay);
  contents.setWindowOpenHandler(({ url }) => {
    void openOutside(url);
    return { action: "deny" };
  });
}

async function answer(request: Request, root: string, downloads: Downloads): Promise<Response> {
  const url = new URL(request.url);
  const headers = securityHeaders(contentSecurityPolicy());
  if (url.pathname.startsWith(DOWNLOAD_PATH)) return sendDownload(url.pathname, downloads, headers, request.signal);
  const file = url.origin === APP_ORIGIN || url.host === "slipway" ? await openStaticFile(root, url.pathname) : undefined;
  if (file === undefined) return new Response("There is no such page.\n", { status: 404, headers: { ...headers, "Content-Type": "text/plain; charset=utf-8" } });
  const body = Readable.toWeb(file.handle.createReadStream()) as ReadableStream<Uint8Array>;
  return new Response(body, { headers: { ...headers, "Content-Type": file.type, "Content-Length": String(file.size), "Cache-Control": "no-store" } });
}

/** What the window was offered an address for, as a download of Electron's. */
async function sendDownload(path: string, downloads: Downloads, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    const download = await downloads.take(path, signal);
    if (download === undefined) return new Response("This download was offered once, and not for long.\n", { status: 404, headers: { ...headers, "Content-Type": "text/plain; charset=utf-8" } });
    return new Response(Readable.toWeb(Readable.from(download.body)) as ReadableStream<Uint8Array>, { headers: { ...headers, ...download.headers } });
  } catch {
    return new Response("The engine could not send it.\n", { status: 502, headers: { ...headers, "Content-Type": "text/plain; charset=utf-8" } });
  }
}
