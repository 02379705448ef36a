import { EngineError, isEngineError } from "../base/errors.ts";
import type { IoOptions } from "../base/abort.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { connectionFailure, registryWords, statusFailure } from "./failures.ts";
import type { Target } from "./failures.ts";
import type { BlobLocation } from "./registry.ts";
import { Retries, retryAfterMs } from "./retry.ts";
import { readBounded } from "./transport.ts";
import type { HttpResponse } from "./exchange.ts";
import type { HttpTransport } from "./transport.ts";

const MAX_ERROR_BYTES = 64 << 10;
/** A server that cuts the connection after every few bytes would otherwise keep us for ever. */
const MAX_CUTS = 1000;
/** Bytes that count as progress: less between two failures is a registry that does not want to. */
const PROGRESS = 64 << 10;

export interface BlobRequest extends IoOptions {
  readonly transport: HttpTransport;
  /** Where it is now; called again with the failure after a 401, when a token has run out. */
  locate(failed: unknown): Promise<BlobLocation>;
  readonly target: Target;
  readonly offset?: number | undefined;
  /** Ends before this byte instead of at the blob's end; a server that ignores ranges is then an error (`details.ignoresRanges`). */
  readonly end?: number | undefined;
  readonly maxAttempts: number;
  /** Told of each failure that a new try follows. */
  readonly onRetry?: ((error: unknown) => void) | undefined;
}

/**
 * A blob's bytes from `offset` to exactly the descriptor's size. Continues by range after a cut. Works in worker threads.
 * @throws EngineError `unavailable`, `deadlineExceeded`, `notFound`, `unauthorized`, `dataLoss` (more bytes than promised), `cancelled`
 */
export async function* fetchBlob(descriptor: Descriptor, request: BlobRequest): AsyncGenerator<Uint8Array, void, void> {
  const retries = new Retries(request.maxAttempts, request.signal);
  const end = request.end ?? descriptor.size;
  let offset = request.offset ?? 0;
  let counted = offset;
  let expired: unknown;
  for (let cuts = 0; offset < end; cuts++) {
    try {
      const response = await openBlob(await request.locate(expired), offset, request);
      for await (const chunk of fromOffset(response, offset)) {
        if (offset + chunk.byteLength > end) throw new EngineError("dataLoss", `the registry ${request.target.registry} sent more than the ${end} bytes of ${request.target.subject}`);
        offset += chunk.byteLength;
        yield chunk;
        if (offset - counted < PROGRESS) continue;
        counted = offset;
        expired = undefined;
        retries.reset();
      }
      if (offset < end) throw truncation(request.target, offset, end);
    } catch (error) {
      const isExpired: boolean = isEngineError(error) && error.details["status"] === 401;
      if (isExpired && expired === undefined) {
        expired = error;
        continue;
      }
      expired = undefined;
      if (cuts >= MAX_CUTS) throw error;
      await retries.waitAfter(error);
      request.onRetry?.(error);
    }
  }
}

function truncation({ registry, subject }: Target, got: number, size: number): EngineError {
  return new EngineError("unavailable", `the registry ${registry} ended ${subject} after ${got} of ${size} bytes`, { details: { registry, temporary: true } });
}

async function openBlob(location: BlobLocation, offset: number, { transport, target, signal, end }: BlobRequest): Promise<HttpResponse> {
  const range: Readonly<Record<string, string>> = offset > 0 || end !== undefined ? { range: `bytes=${offset}-${end === undefined ? "" : end - 1}` } : {};
  const response = await transport.send({ url: new URL(location.url), headers: { ...location.headers, ...range }, insecure: location.insecure, registry: target.registry, signal });
  if (response.status === 200 && end !== undefined) {
    response.discard();
    throw new EngineError("unavailable", `the registry ${target.registry} ignores ranges`, { details: { registry: target.registry, ignoresRanges: true } });
  }
  if (response.status === 200 || response.status === 206) return response;
  const words = registryWords(await readBounded(response, MAX_ERROR_BYTES, "the error").catch(() => new Uint8Array()));
  if (response.status === 404) {
    throw new EngineError("notFound", `${target.subject} of ${target.repository} not found: blob unknown to the registry ${target.registry}`, { details: { registry: target.registry, status: 404 } });
  }
  throw statusFailure(response.status, words, target, { authenticated: "authorization" in location.headers, retryAfterMs: retryAfterMs(response.headers["retry-after"]) });
}

/** A server may ignore the range: what is known already is then skipped. */
async function* fromOffset(response: HttpResponse, offset: number): AsyncGenerator<Uint8Array, void, void> {
  let skip = offset;
  if (response.status === 206) {
    const start = /^bytes (\d+)-/.exec(response.headers["content-range"] ?? "")?.[1];
    if (start === undefined || Number(start) > offset) {
      response.discard();
      throw connectionFailure(Object.assign(new Error("range"), { code: "ECONNRESET" }), "");
    }
    skip = offset - Number(start);
  }
  for await (const chunk of response.body) {
    if (skip >= chunk.byteLength) skip -= chunk.byteLength;
    else {
      yield skip === 0 ? chunk : chunk.subarray(skip);
      skip = 0;
    }
  }
}
