/**
 * Downloads by address: a call of the contract, which only our own window can make, gets an address with a secret that works once and soon; the host serves it to whoever may see its pages.
 * So bytes go the way that browsers know best, to disk, with progress and without a limit of memory.
 */
import { randomBytes } from "node:crypto";
import type { Files, Place } from "./files.ts";

const LIFETIME_MS = 60_000;
/** Offers that nobody took; the oldest gives way. */
const MOST_OFFERS = 256;

export const DOWNLOAD_PATH = "/download/";

export interface Download {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: NodeJS.ReadableStream;
}

export interface Downloads {
  /** @returns an address on the host's own origin */
  offer(place: Place, as: "file" | "tar"): string;
  /** Opens what an address offers, once. Undefined for an address that is unknown, used or too old. @throws IpcError */
  take(urlPath: string, signal: AbortSignal): Promise<Download | undefined>;
}

export function createDownloads(files: Files): Downloads {
  const offers = new Map<string, { readonly place: Place; readonly as: "file" | "tar"; readonly until: number }>();
  return {
    offer(place, as) {
      const [oldest] = offers.keys();
      if (offers.size >= MOST_OFFERS && oldest !== undefined) offers.delete(oldest);
      const secret = randomBytes(24).toString("base64url");
      offers.set(secret, { place, as, until: Date.now() + LIFETIME_MS });
      return `${DOWNLOAD_PATH}${secret}`;
    },
    async take(urlPath, signal) {
      const secret = urlPath.slice(DOWNLOAD_PATH.length);
      const offer = offers.get(secret);
      offers.delete(secret);
      if (offer === undefined || offer.until < Date.now()) return undefined;
      const body = await files.open(offer.place, offer.as, signal);
      return { body, headers: { "Content-Type": "application/octet-stream", "Content-Disposition": disposition(fileName(offer.place.path, offer.as)), "Cache-Control": "no-store" } };
    },
  };
}

/** The name it is kept under. */
function fileName(path: string, as: "file" | "tar"): string {
  const name = path.slice(path.lastIndexOf("/") + 1) || "root";
  return as === "tar" ? `${name}.tar` : name;
}

/** RFC 6266: a plain name for old clients, the whole one encoded. Slashes and control characters never reach a file name. */
function disposition(name: string): string {
  const clean = name.toWellFormed().replace(/[\u0000-\u001f\u007f/\\]/g, "_");
  const encoded = encodeURIComponent(clean).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${clean.replace(/[^\x20-\x7e]|["\\%]/g, "_")}"; filename*=UTF-8''${encoded}`;
}
