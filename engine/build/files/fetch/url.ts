import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { chmod, copyFile, mkdir, open, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "../../../base/abort.ts";
import type { IoOptions } from "../../../base/abort.ts";
import { EngineError, isEngineError, isSystemError, toEngineError } from "../../../base/errors.ts";
import type { Digest } from "../../../base/ids.ts";
import { retrying } from "../../../registry/retry.ts";
import { HttpTransport } from "../../../registry/transport.ts";
import type { HttpResponse } from "../../../registry/exchange.ts";
import type { TransportOptions } from "../../../registry/transport.ts";
import { fileNameOf } from "./file-name.ts";
import type { CachedFile } from "./http-cache.ts";
import { HttpCache } from "./http-cache.ts";

export interface UrlFetcherOptions {
  /** Where fetched files are kept from build to build; made when missing. */
  readonly cacheDirectory: string;
  readonly transport?: TransportOptions | undefined;
  /** Of one file, in bytes. */
  readonly maxBytes?: number | undefined;
  /** Of all that is kept, in bytes. */
  readonly maxCacheBytes?: number | undefined;
}

export interface UrlRequest {
  /** http or https; a user name and password in it are sent to its host alone. */
  readonly url: string;
  /** `sha256:...` that the file must have. A kept file that has it is taken without asking the server. */
  readonly checksum?: string | undefined;
}

export interface FetchedFile {
  /** One component. */
  readonly name: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

const MAX_BYTES = 32 * 2 ** 30;
const MAX_CACHE_BYTES = 2 * 2 ** 30;
const ATTEMPTS = 3;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Fetches files for ADD, and asks servers only whether those it has kept are still right. */
export class UrlFetcher {
  readonly #cache: HttpCache;
  readonly #transport: HttpTransport;
  readonly #maxBytes: number;

  constructor(options: UrlFetcherOptions) {
    this.#cache = new HttpCache({ directory: options.cacheDirectory, maxBytes: options.maxCacheBytes ?? MAX_CACHE_BYTES });
    this.#transport = new HttpTransport(options.transport);
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
  }

  /**
   * Fetches an address and puts the file into `directory`, made when missing: mode 0600, the time that the server gives, else 1970, as Docker has it.
   * @throws EngineError `invalidArgument` (no such address, bad checksum), `notFound`, `unauthorized`, `unavailable`, `deadlineExceeded`, `resourceExhausted`
   * (too large), `dataLoss` (another checksum), `cancelled`. Nothing is left then
   */
  async fetch(request: UrlRequest, directory: string, options: IoOptions = {}): Promise<FetchedFile> {
    throwIfAborted(options.signal);
    const url = parse(request.url);
    if (request.checksum !== undefined && !DIGEST.test(request.checksum)) throw new EngineError("invalidArgument", `invalid checksum ${JSON.stringify(request.checksum.slice(0, 200))}: expected sha256: and 64 hexadecimal digits`);
    await mkdir(directory, { recursive: true });
    for (;;) {
      const file = await this.#find(url, request, options);
      const name = fileNameOf(url, file.disposition);
      // It may have been replaced by now, for another build.
      if (await this.#deliver(file, join(directory, name))) return { name, digest: file.digest, size: file.size };
      throwIfAborted(options.signal);
    }
  }

  async #find(url: URL, request: UrlRequest, options: IoOptions): Promise<CachedFile> {
    const kept = await this.#cache.get(request.url);
    const isPinned = kept !== undefined && kept.digest === request.checksum;
    const file = isPinned ? kept : await retrying(ATTEMPTS, options.signal, () => this.#ask(url, request, kept, options));
    await this.#cache.touch(request.url);
    return file;
  }

  async #deliver(file: CachedFile, target: string): Promise<boolean> {
    try {
      await copyFile(this.#cache.pathOf(file.data), target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await chmod(target, 0o600);
      const time = secondsOf(file.lastModified);
      await utimes(target, time, time);
      return true;
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) await rm(target, { force: true });
      if (isSystemError(error, "ENOENT")) return false;
      throw toEngineError(error);
    }
  }

  /** Removes what a crash left. Called once at start-up. */
  recover(): Promise<void> {
    return this.#cache.recover();
  }

  /** Closes kept connections. */
  close(): void {
    this.#transport.close();
  }

  async #ask(url: URL, { url: key, checksum }: UrlRequest, kept: CachedFile | undefined, options: IoOptions): Promise<CachedFile> {
    try {
      const response = await this.#transport.send({ url: withoutCredentials(url), headers: headersFor(url, kept), insecure: false, registry: url.host, signal: options.signal });
      const { etag, "last-modified": lastModified, "content-disposition": disposition } = response.headers;
      if (kept !== undefined && (response.status === 304 || (response.status === 200 && isSame(etag, kept.etag)))) {
        response.discard();
        return checked(kept, checksum, url);
      }
      if (response.status !== 200) {
        response.discard();
        throw statusFailure(response.status, url);
      }
      const data = await this.#cache.reserve(key);
      try {
        const { digest, size } = await this.#save(response, data, url);
        const file = checked({ url: key, data, digest, size, etag, lastModified, disposition }, checksum, url);
        await this.#cache.put(file);
        return file;
      } catch (error) {
        await rm(this.#cache.pathOf(data), { force: true });
        throw error;
      }
    } catch (error) {
      throw explained(error, url);
    }
  }

  async #save(response: HttpResponse, data: string, url: URL): Promise<{ readonly digest: Digest; readonly size: number }> {
    const tooLarge = (): EngineError => new EngineError("resourceExhausted", `cannot fetch ${shown(url)}: it has more than the ${this.#maxBytes} bytes allowed`);
    const length = Number(response.headers["content-length"] ?? Number.NaN);
    if (length > this.#maxBytes) {
      response.discard();
      throw tooLarge();
    }
    const hash = createHash("sha256");
    let size = 0;
    await using file = await open(this.#cache.pathOf(data), "wx", 0o600);
    for await (const chunk of response.body) {
      size += chunk.byteLength;
      if (size > this.#maxBytes) throw tooLarge();
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    if (Number.isFinite(length) && size !== length) throw new EngineError("unavailable", `cannot fetch ${shown(url)}: the connection ended after ${size} of ${length} bytes`, { details: { temporary: true } });
    return { digest: `sha256:${hash.digest("hex")}` as Digest, size };
  }
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:") || url.hostname === "") {
    throw new EngineError("invalidArgument", `cannot fetch ${JSON.stringify(text.slice(0, 200))}: it is not an address of http or https`);
  }
  return url;
}

function headersFor(url: URL, kept: CachedFile | undefined): Record<string, string> {
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    // The file as it is, not a compressed form of it.
    "accept-encoding": "identity",
    ...(credentials === ":" ? {} : { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` }),
    ...(kept?.etag === undefined ? {} : { "if-none-match": kept.etag }),
    ...(kept?.etag !== undefined || kept?.lastModified === undefined ? {} : { "if-modified-since": kept.lastModified }),
  };
}

/** Whether two tags name the same bytes or the same meaning; weak or not makes no difference to a file that is only copied. */
function isSame(tag: string | undefined, other: string | undefined): boolean {
  return tag !== undefined && other !== undefined && tag.replace(/^W\//, "") === other.replace(/^W\//, "");
}

function checked(file: CachedFile, checksum: string | undefined, url: URL): CachedFile {
  if (checksum === undefined || file.digest === checksum) return file;
  throw new EngineError("dataLoss", `digest mismatch for ${shown(url)}: ${file.digest} (expected: ${checksum}): the file has changed, or somebody changed it; check it before you change the checksum`);
}

function secondsOf(lastModified: string | undefined): number {
  const time = Date.parse(lastModified ?? "");
  return Number.isNaN(time) ? 0 : Math.floor(time / 1000);
}

function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = bare.password = "";
  return bare;
}

/** The address for messages: never with credentials. */
function shown(url: URL): string {
  return withoutCredentials(url).href;
}

function statusFailure(status: number, url: URL): EngineError {
  const what = `cannot fetch ${shown(url)}: the server answered with status ${status}`;
  if (status === 404 || status === 410) return new EngineError("notFound", `${what} (not found)`, { details: { status } });
  if (status === 401 || status === 403) return new EngineError("unauthorized", `${what}: it wants credentials or refuses ours`, { details: { status } });
  return new EngineError("unavailable", what, { details: { status, ...(status >= 500 || status === 429 || status === 408 ? { temporary: true } : {}) } });
}

/** In words of a file instead of a registry. */
function explained(error: unknown, url: URL): unknown {
  if (!isEngineError(error, "unavailable", "deadlineExceeded") || error.message.startsWith("cannot fetch")) return error;
  const why = error.message.replaceAll(`the registry ${url.host}`, url.host).replaceAll("the registry runs", "the server runs").replace("list the registry in NO_PROXY", "list its host in NO_PROXY").replace(/(?:,| :|:)? ?(?:or )?list the registry as insecure.*$/, "");
  return new EngineError(error.code, `cannot fetch ${shown(url)}: ${why}`, { cause: error, details: error.details });
}
