import { EngineError } from "../../base/errors.ts";
import type { ImageProgress, ProgressSink } from "../../images/images.ts";
import { parsePlatform } from "../../oci/platform.ts";
import type { Platform } from "../../oci/descriptor.ts";
import { isDigest } from "../../base/digest.ts";
import { parseReference } from "../../oci/reference.ts";
import { applyChanges } from "../containers/commit-changes.ts";
import type { ApiReply, JsonLines } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import { credentialsOf } from "./auth.ts";
import type { ImageBackend } from "./backend.ts";

const BAR_WIDTH = 50;

/** `POST /images/create`: pull, or import when `fromSrc` is given. */
export async function create(backend: ImageBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const from = request.text("fromImage");
  if (from !== undefined) return pull(backend, from, request, reply);
  const source = request.text("fromSrc");
  if (source === undefined) throw new EngineError("invalidArgument", "fromImage (to pull) or fromSrc (to import) is required");
  await importImage(backend, source, request, reply);
}

async function pull({ images }: ImageBackend, from: string, request: ApiRequest, reply: ApiReply): Promise<void> {
  const tag = request.text("tag");
  const name = from.replace(/:$/, "");
  const reference = tag === undefined ? name : isDigest(tag) ? `${name}@${tag}` : `${name}:${tag}`;
  const parsed = parseReference(reference);
  const lines = new LazyLines(reply);
  await images.pull(reference, {
    platform: platformOf(request),
    credentials: credentialsOf(request),
    // A name alone means every tag: clients add `latest` themselves.
    allTags: parsed.tag === undefined && parsed.digest === undefined,
    progress: lines.sink,
  }, { signal: request.signal });
  lines.end();
}

/** @param source `-` for the request's body, or an address; http where it has no scheme, as in Docker */
async function importImage({ images, download }: ImageBackend, source: string, request: ApiRequest, reply: ApiReply): Promise<void> {
  const repository = request.text("repo");
  const tag = request.text("tag");
  const tar = source === "-" ? request.body : download(source.includes("://") ? source : `http://${source}`, { signal: request.signal });
  const image = await images.importTar(tar, {
    reference: repository === undefined ? undefined : tag === undefined ? repository : `${repository}:${tag}`,
    message: request.text("message") ?? `Imported from ${source}`,
    config: applyChanges({}, request.query.getAll("changes")),
    platform: platformOf(request),
  }, { signal: request.signal });
  const lines = reply.jsonLines();
  await lines.write({ status: image.id });
  reply.end();
}

/** `POST /images/load`. */
export async function load({ images }: ImageBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const lazy = new LazyLines(reply);
  const quiet = request.flag("quiet");
  const loaded = await images.load(request.body, quiet ? {} : { progress: lazy.sink }, { signal: request.signal });
  for (const name of loaded) lazy.lines.send({ stream: `Loaded image${isDigest(name) ? " ID" : ""}: ${name}\n` });
  lazy.end();
}

/** `GET /images/get` and `GET /images/{name}/get`. */
export async function save({ images }: ImageBackend, names: readonly string[], request: ApiRequest, reply: ApiReply): Promise<void> {
  await reply.stream(await images.save(names, { signal: request.signal }), "application/x-tar");
}

/** @throws EngineError `invalidArgument` */
function platformOf(request: ApiRequest): Platform | undefined {
  const text = request.text("platform");
  return text === undefined ? undefined : parsePlatform(text);
}

/** A stream of progress that begins with its first line, so that errors before it still get their status. */
export class LazyLines {
  readonly #reply: ApiReply;
  #lines: JsonLines | undefined;

  constructor(reply: ApiReply) {
    this.#reply = reply;
  }

  get lines(): JsonLines {
    return (this.#lines ??= this.#reply.jsonLines());
  }

  readonly sink: ProgressSink = (progress) => this.lines.send(progressJson(progress));

  end(): void {
    void this.lines;
    this.#reply.end();
  }
}

/** One line of Docker's progress stream (jsonmessage). */
export function progressJson({ id, status, progressDetail, aux }: ImageProgress): object {
  return {
    ...(status === "" ? {} : { status }),
    ...(progressDetail === undefined ? {} : { progressDetail, progress: progressBar(progressDetail) }),
    ...(id === undefined ? {} : { id }),
    ...(aux === undefined ? {} : { aux }),
  };
}

function progressBar({ current, total }: { readonly current: number; readonly total: number }): string {
  const filled = total === 0 ? BAR_WIDTH : Math.min(BAR_WIDTH, Math.floor((current / total) * BAR_WIDTH));
  const bar = filled >= BAR_WIDTH ? "=".repeat(BAR_WIDTH) + ">" : `${"=".repeat(filled)}>${" ".repeat(BAR_WIDTH - filled)}`;
  return `[${bar.slice(0, BAR_WIDTH)}]  ${humanSize(current)}/${humanSize(total)}`;
}

/** Four significant digits and a decimal unit, as Docker prints sizes. */
function humanSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${Number(value.toPrecision(4))}${units[unit]!}`;
}
