import { EngineError, isCancelled, isEngineError } from "../base/errors.ts";
import type { Digest } from "../base/ids.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Endpoint, EndpointRequest } from "./endpoint.ts";
import type { BodySource, HttpResponse } from "./exchange.ts";
import { isTemporary } from "./failures.ts";
import type { Target } from "./failures.ts";
import type { BlobSource, UploadOptions, UploadResult } from "./registry.ts";
import { Retries } from "./retry.ts";

/** Where an upload goes. */
interface UploadPlace extends UploadOptions {
  readonly endpoint: Endpoint;
  /** The repository's path below the registry. */
  readonly repository: string;
  readonly target: Target;
}

interface UploadRequest extends UploadPlace {
  readonly descriptor: Descriptor;
  readonly source: BlobSource;
}

/** Up to here one request carries the whole blob; in bytes. */
const MONOLITHIC = 1 << 20;
/** After a first cut bytes go in pieces, so that the next one costs less; in bytes. At least 5 MiB, or ECR refuses them. */
const CHUNK = 16 << 20;
/** Each mount that the registry turns down costs a round trip. */
const MAX_MOUNTS = 3;
/** A registry that forgets the upload after every few bytes would otherwise keep us for ever. */
const MAX_SESSIONS = 20;

/** An upload that the registry has opened. */
interface Session {
  /** Where the next bytes go: every answer names it anew. */
  location: URL;
  /** Bytes that the registry has. */
  offset: number;
  /** The least that one piece must have, where the registry says so. */
  readonly minChunk: number;
}

/**
 * Brings a blob into a repository (OCI distribution specification, "Pushing blobs"): by mount where another repository has it, in one request
 * when it is small, else as a stream that continues after a cut where the registry keeps what it got.
 * @throws EngineError `forbidden`, `unauthorized`, `unavailable`, `deadlineExceeded`, `resourceExhausted`, `dataLoss`, `cancelled`
 */
export async function uploadBlob(request: UploadRequest): Promise<UploadResult> {
  const { descriptor, onProgress } = request;
  const opened = await open(request);
  if ("from" in opened) return { type: "mounted", from: opened.from };
  const retries = new Retries(request.endpoint.maxAttempts, request.signal);
  let session: Session | undefined = opened;
  let best = 0;
  let wasCut = false;
  for (let sessions = 1; ; ) {
    try {
      session ??= await begin(request);
      if (descriptor.size <= MONOLITHIC) await put(request, session, session.offset);
      else {
        while (session.offset < descriptor.size) {
          await patch(request, session, wasCut ? Math.max(CHUNK, session.minChunk) : Infinity);
          onProgress?.(session.offset);
          if (session.offset > best) retries.reset();
          best = Math.max(best, session.offset);
        }
        await put(request, session, descriptor.size);
      }
      onProgress?.(descriptor.size);
      return { type: "uploaded" };
    } catch (error) {
      if (isCancelled(error)) {
        if (session !== undefined) await abandon(request, session);
        throw error;
      }
      wasCut = true;
      // The upload is unknown to the registry by now: once more, from the start.
      const isLost = isEngineError(error) && [404, 416].includes(Number(error.details["status"])) && sessions < MAX_SESSIONS;
      if (!isLost) await retries.waitAfter(error);
      if (await isThere(request)) return { type: "uploaded" };
      if (session !== undefined) session = isLost ? undefined : await where(request, session);
      if (session === undefined && ++sessions > MAX_SESSIONS) throw error;
    }
  }
}

/**
 * Uploads a blob while it is being made, as Docker streams it: its digest is asked for at the end. One try, since {@link uploadBlob} can do
 * better when the blob is there.
 * @param made settles when `open`'s bytes have ended
 * @throws as {@link uploadBlob}
 */
export async function uploadStream(place: UploadPlace, open: () => AsyncIterable<Uint8Array>, made: Promise<{ readonly digest: Digest }>): Promise<void> {
  const session = await begin(place);
  try {
    let sent = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of open()) {
        if (place.signal?.aborted === true) return;
        yield chunk;
        place.onProgress?.((sent += chunk.byteLength));
      }
    }
    const response = await call(place, { method: "PATCH", path: session.location, headers: { "content-type": "application/octet-stream" }, body: { size: undefined, open: counted } });
    response.discard();
    const { location } = sessionOf(place, response, sent);
    location.searchParams.set("digest", (await made).digest);
    (await call(place, { method: "PUT", path: location, headers: { "content-type": "application/octet-stream" }, body: new Uint8Array() })).discard();
  } catch (error) {
    await abandon(place, session);
    throw error;
  }
}

/** A finished upload whose answer was lost counts. */
async function isThere(request: UploadRequest): Promise<boolean> {
  const response = await call(request, { method: "HEAD", path: `${request.repository}/blobs/${request.descriptor.digest}`, accept: [404] }).catch(ignoreTemporary);
  response?.discard();
  return response?.status === 200;
}

async function open(request: UploadRequest): Promise<Session | { readonly from: string }> {
  const candidates = (request.mountFrom ?? []).filter((from) => from !== request.repository).slice(0, MAX_MOUNTS);
  let session: Session | undefined;
  for (const from of candidates) {
    // Without the right to pull there, some registries answer an error instead of a session.
    const mounted = await mount(request, from).catch((error: unknown) => {
      if (isEngineError(error, "forbidden", "notFound", "unauthorized")) return undefined;
      throw error;
    });
    if (mounted === "mounted") {
      if (session !== undefined) await abandon(request, session);
      return { from };
    }
    request.onNotMounted?.(from);
    if (session !== undefined && mounted !== undefined) await abandon(request, session);
    session = mounted ?? session;
  }
  return session ?? begin(request);
}

async function mount(request: UploadRequest, from: string): Promise<Session | "mounted"> {
  const { repository, descriptor } = request;
  const scopes = [...pushScopes(repository), `repository:${from}:pull`];
  const response = await call(request, { method: "POST", path: `${repository}/blobs/uploads/?${new URLSearchParams({ mount: descriptor.digest, from })}`, body: new Uint8Array(), scopes, attempts: request.endpoint.maxAttempts });
  response.discard();
  return response.status === 201 ? "mounted" : sessionOf(request, response, 0);
}

async function begin(request: UploadPlace): Promise<Session> {
  const response = await call(request, { method: "POST", path: `${request.repository}/blobs/uploads/`, body: new Uint8Array(), attempts: request.endpoint.maxAttempts });
  response.discard();
  return sessionOf(request, response, 0);
}

/** @throws EngineError `unavailable` when the registry names no usable place */
function sessionOf(request: UploadPlace, response: HttpResponse, offset: number): Session {
  const { endpoint, target } = request;
  const header = response.headers.location ?? "";
  const base = endpoint.url("");
  const location = header !== "" && URL.canParse(header, base.href) ? new URL(header, base) : undefined;
  if (location === undefined || !/^https?:$/.test(location.protocol) || location.username !== "") {
    throw new EngineError("unavailable", `the registry ${target.registry} names no place to upload ${target.subject} to`, { details: { registry: target.registry } });
  }
  // A registry behind a proxy that ends TLS may not know that it is reached by https.
  if (location.host === base.host && base.protocol === "https:") location.protocol = "https:";
  const least = Number(response.headers["oci-chunk-min-length"] ?? 0);
  return { location, offset, minChunk: Number.isSafeInteger(least) && least > 0 ? least : 0 };
}

/** Sends bytes from the session's offset on. The whole rest in one request carries no range, as Docker sends it: every registry takes that. */
async function patch(request: UploadRequest, session: Session, most: number): Promise<void> {
  const { descriptor } = request;
  const start = session.offset;
  const end = Math.min(descriptor.size, start + most);
  const isWhole = start === 0 && end === descriptor.size;
  const response = await call(request, {
    method: "PATCH", path: session.location,
    headers: { "content-type": "application/octet-stream", ...(isWhole ? {} : { "content-range": `${start}-${end - 1}` }) },
    body: body(request, start, end),
  });
  response.discard();
  const next = sessionOf(request, response, end);
  session.location = next.location;
  session.offset = end;
}

/** Ends the upload, with what is left of the blob. */
async function put(request: UploadRequest, session: Session, start: number): Promise<void> {
  const { descriptor, target } = request;
  const path = new URL(session.location);
  path.searchParams.set("digest", descriptor.digest);
  const response = await call(request, {
    method: "PUT", path,
    headers: { "content-type": "application/octet-stream", ...(start > 0 && start < descriptor.size ? { "content-range": `${start}-${descriptor.size - 1}` } : {}) },
    body: body(request, start, descriptor.size),
  }).catch((error: unknown) => {
    if (!isEngineError(error) || error.details["status"] !== 400) throw error;
    // The bytes may have been changed on their way: worth another try.
    throw new EngineError("unavailable", `the registry ${target.registry} did not accept ${target.subject}: ${error.message}`, { cause: error, details: { registry: target.registry, temporary: true } });
  });
  response.discard();
}

function body({ source, onProgress, signal }: UploadRequest, start: number, end: number): BodySource | Uint8Array {
  if (start === end) return new Uint8Array();
  return {
    size: end - start,
    async *open() {
      let sent = start;
      for await (const chunk of source.open(start, end)) {
        if (signal?.aborted === true) return;
        yield chunk;
        sent += chunk.byteLength;
        onProgress?.(sent);
      }
    },
  };
}

/** Where the registry stands after a cut; undefined when it has forgotten the upload. */
async function where(request: UploadRequest, session: Session): Promise<Session | undefined> {
  const response = await call(request, { method: "GET", path: session.location, accept: [200, 400, 404, 416] }).catch(ignoreTemporary);
  response?.discard();
  const range = /^(?:bytes=)?0-(\d+)$/.exec(response?.status === 204 ? String(response.headers.range ?? "") : "")?.[1];
  if (response === undefined || range === undefined) return undefined;
  // "0-0" means one byte or none: registries differ, and none is the safe reading.
  const offset = Number(range) === 0 ? 0 : Number(range) + 1;
  if (offset === 0 || offset > request.descriptor.size) return undefined;
  return { ...sessionOf(request, response, offset), minChunk: session.minChunk };
}

/** Gives the registry its room back; nobody waits for whether it does. */
async function abandon(request: UploadPlace, session: Session): Promise<void> {
  const response = await call({ ...request, signal: AbortSignal.timeout(2000) }, { method: "DELETE", path: session.location, accept: [404, 405] }).catch(() => undefined);
  response?.discard();
}

function ignoreTemporary(error: unknown): undefined {
  if (!isTemporary(error)) throw error;
}

function call(request: UploadPlace, rest: Omit<EndpointRequest, "target" | "scopes" | "signal"> & { readonly scopes?: readonly string[] }): Promise<HttpResponse> {
  const { endpoint, repository, target, signal } = request;
  return endpoint.request({ attempts: 1, scopes: pushScopes(repository), ...rest, target, signal });
}

/** What a push must be allowed. */
export function pushScopes(repository: string): readonly string[] {
  return [`repository:${repository}:pull,push`];
}
