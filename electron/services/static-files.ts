/** The built renderer as files, for `app://` and for the browser host. Nothing outside its folder can be named. */
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { constants } from "node:fs";
import { extname, join, normalize, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".map": "application/json",
  ".webmanifest": "application/manifest+json",
};

export interface StaticFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly type: string;
  /** Built files carry their hash in their name and never change. */
  readonly immutable: boolean;
}

/**
 * Opens the file that a URL path names; `/` is index.html. Undefined for what is not there, is no plain file, is a link, has
 * an unknown type, or points outside. The caller closes the handle.
 *
 * @param root folder, absolute
 * @param urlPath as in the request, still percent-encoded, without query
 */
export async function openStaticFile(root: string, urlPath: string): Promise<StaticFile | undefined> {
  const path = resolveInside(root, urlPath);
  if (path === undefined) return undefined;
  const type = TYPES[extname(path).toLowerCase()];
  if (type === undefined) return undefined;
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    return undefined;
  }
  return { handle, size: stat.size, type, immutable: urlPath.startsWith("/assets/") };
}

/** The file path for a URL path, or undefined when it leaves `root`. Pure. */
export function resolveInside(root: string, urlPath: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
  if (!decoded.startsWith("/") || /[\0\\]/.test(decoded) || decoded.split("/").some((part) => part === ".." || (part.startsWith(".") && part !== ""))) return undefined;
  const path = normalize(join(root, decoded === "/" ? "index.html" : decoded));
  return path.startsWith(root.endsWith(sep) ? root : root + sep) ? path : undefined;
}
