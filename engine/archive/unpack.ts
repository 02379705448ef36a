import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import type { Digest } from "../base/ids.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { WorkerTask } from "../sys/worker-protocol.ts";
import { decompress } from "./compression.ts";
import { TarExtractor } from "./extract.ts";

/** A file, or bytes as they come. */
export type LayerSource = { readonly path: string } | { readonly stream: AsyncIterable<Uint8Array> };

export interface UnpackRequest {
  /** Compressed or not: the bytes tell, whatever the media type says. */
  readonly source: LayerSource;
  /** An empty directory to fill: whiteouts in overlayfs form. */
  readonly directory: string;
  readonly userNamespace: boolean;
  readonly limits: { readonly maxBytes: number; readonly maxEntries: number };
  /** Directories of the layers below, top first, where a hard link's target may be; a link to nowhere fails with `details.missingLinkTarget`. */
  readonly lowerDirectories?: readonly string[] | undefined;
  /** Also hash the bytes as they come in. */
  readonly hashSource?: boolean | undefined;
}

export interface Unpacked {
  /** Of the uncompressed tar. */
  readonly diffId: Digest;
  /** Of the uncompressed tar, in bytes. */
  readonly tarSize: number;
  /** File data unpacked, in bytes. */
  readonly size: number;
  readonly entries: number;
  /** Of the bytes as they came; when asked for. */
  readonly sourceDigest: Digest | undefined;
  /** In bytes. */
  readonly sourceSize: number;
}

/**
 * Decompresses, hashes and unpacks a layer in one pass in a worker thread.
 * @throws EngineError `dataLoss` (damaged), `invalidArgument` (hostile), `resourceExhausted` (limits, disk), `cancelled`; the directory is then
 * partly filled and to be removed by the caller
 */
export function unpackLayer(pool: WorkerPool, request: UnpackRequest, options: IoOptions = {}): Promise<Unpacked> {
  const { source, ...rest } = request;
  if ("stream" in source) return pool.run<Unpacked>(SELF, { ...rest, source: "input" }, { ...options, input: source.stream });
  return pool.run<Unpacked>(SELF, { ...rest, source }, options);
}

const SELF = new URL(import.meta.url);

interface UnpackData extends Omit<UnpackRequest, "source"> {
  readonly source: { readonly path: string } | "input";
}

/** Large reads: a pull's layers are read once, in order. */
const READ_CHUNK = 256 * 1024;

/** The worker's part of {@link unpackLayer}. */
export const task: WorkerTask<UnpackData, Unpacked> = async (data, { signal, input }) => {
  const source = data.source === "input" ? input : (createReadStream(data.source.path, { highWaterMark: READ_CHUNK }) as AsyncIterable<Buffer>);
  const sourceHash = data.hashSource === true ? createHash("sha256") : undefined;
  let sourceSize = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      sourceSize += chunk.length;
      sourceHash?.update(chunk);
      yield chunk;
    }
  }
  const tarHash = createHash("sha256");
  let tarSize = 0;
  using extractor = new TarExtractor({ ...data.limits, whiteouts: "overlay", userNamespace: data.userNamespace, root: data.directory, lowerDirectories: data.lowerDirectories });
  for await (const chunk of decompress(counted(), { signal })) {
    throwIfAborted(signal);
    tarSize += chunk.length;
    tarHash.update(chunk);
    extractor.push(chunk);
  }
  const { bytes, entries } = extractor.finish();
  return {
    diffId: `sha256:${tarHash.digest("hex")}` as Digest,
    tarSize,
    size: bytes,
    entries,
    sourceDigest: sourceHash === undefined ? undefined : (`sha256:${sourceHash.digest("hex")}` as Digest),
    sourceSize,
  };
};
