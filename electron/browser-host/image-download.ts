/** Images as a browser's download: `GET /download/images?name=...&name=...`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { imageRef } from "../ipc/contract/common.ts";
import { toIpcError } from "../services/docker-errors.ts";
import type { Services } from "../services/services.ts";

export const IMAGE_DOWNLOAD = "/download/images";
const MOST_NAMES = 1000;

/** Sends an archive of the named images, as `docker save` makes it; a sentence where there is none. */
export async function sendImages(services: Services, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const names = new URL(request.url ?? "", "http://localhost").searchParams.getAll("name");
  if (names.length === 0 || names.length > MOST_NAMES || !names.every((name) => imageRef.safeParse(name).success)) return refuse(response, 400, "The download's address names no images.");
  const scope = new AbortController();
  response.once("close", () => scope.abort());
  try {
    const archive = await services.imageArchives.open(names, scope.signal);
    response.writeHead(200, { "Content-Type": "application/x-tar", "Content-Disposition": `attachment; filename="${archiveName(names)}"`, "Cache-Control": "no-store" });
    if (request.method === "HEAD") {
      archive.destroy();
      response.end();
      return;
    }
    await pipeline(archive, response);
  } catch (error) {
    if (response.headersSent) throw error;
    refuse(response, 502, toIpcError(error, services.connection.endpoint).message);
  }
}

/** `nginx_1.27.tar`: the reference as a file name of any system. */
export function archiveName(names: readonly string[]): string {
  const [first = "images"] = names;
  const name = names.length > 1 ? "images" : (first.split("/").at(-1) ?? first).replace(/^sha256:([0-9a-f]{12}).*$/, "$1");
  return `${name.replace(/[^a-zA-Z0-9._-]+/g, "_").replace(/^[._]+/, "").slice(0, 100) || "images"}.tar`;
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" }).end(`${text}\n`);
}
