import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { EngineError, isEngineError, isSystemError, messageOf } from "../base/errors.ts";
import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { Igzip } from "./igzip.ts";

export type Compression = "none" | "gzip" | "zstd" | "bzip2" | "xz";

/** Bytes that {@link detectCompression} wants to see. */
export const MAGIC_LENGTH = 6;

const MAGICS: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];

/** How data is compressed, by its first {@link MAGIC_LENGTH} bytes: media types lie, bytes do not. */
export function detectCompression(head: Uint8Array): Compression {
  for (const [compression, magic] of MAGICS) if (magic.every((byte, at) => head[at] === byte)) return compression;
  // A zstd stream may begin with a skippable frame.
  return head[0] !== undefined && (head[0] & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18 ? "zstd" : "none";
}

/** Output is handed on in pieces of this many bytes: large, so that a piece's fixed cost vanishes. */
const CHUNK = 512 * 1024;

/**
 * Decompresses whatever it is: gzip and zstd here, bzip2 and xz (old images, ADD of a source archive) by the system's program.
 * @throws EngineError `dataLoss` (damaged), `notImplemented` (program missing), and what `source` throws
 */
export async function* decompress(source: AsyncIterable<Uint8Array>, options: IoOptions = {}): AsyncGenerator<Buffer> {
  const { head, whole } = await peek(source);
  const compression = detectCompression(head);
  if (compression === "none") yield* asBuffers(whole);
  else if (compression === "bzip2" || compression === "xz") yield* throughProgram(compression, whole, options);
  else {
    const igzip = compression === "gzip" ? Igzip.open() : undefined;
    if (igzip === undefined) yield* throughZlib(compression, whole, options);
    else yield* throughIgzip(igzip, whole, options);
  }
}

/** Reads enough to recognise the data, and gives it back whole. */
async function peek(source: AsyncIterable<Uint8Array>): Promise<{ head: Buffer; whole: AsyncGenerator<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < MAGIC_LENGTH) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, whole: whole() };
}

async function* asBuffers(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of source) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

async function* throughIgzip(igzip: Igzip, source: AsyncIterable<Uint8Array>, options: IoOptions): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    throwIfAborted(options.signal);
    yield* igzip.push(chunk);
  }
  yield* igzip.finish();
}

async function* throughZlib(compression: "gzip" | "zstd", source: AsyncIterable<Uint8Array>, options: IoOptions): AsyncGenerator<Buffer> {
  const decompressor = compression === "gzip" ? createGunzip({ chunkSize: CHUNK }) : createZstdDecompress({ chunkSize: CHUNK });
  const input = Readable.from(source, { objectMode: true });
  // Errors of the input end the output: both surface at the loop below.
  input.on("error", (error) => decompressor.destroy(error));
  input.pipe(decompressor);
  const onAbort = (): void => void decompressor.destroy(new Error("aborted"));
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    for await (const chunk of decompressor) yield chunk as Buffer;
  } catch (error) {
    if (options.signal?.aborted === true) throw new EngineError("cancelled", "the operation was cancelled", { cause: options.signal.reason });
    if (isEngineError(error) || !/^(Z_|ZSTD_|ERR_ZSTD|ERR_ZLIB)/.test(codeOf(error))) throw error;
    throw new EngineError("dataLoss", `the ${compression} data is damaged: ${messageOf(error)}`, { cause: error });
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
    input.destroy();
    decompressor.destroy();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

async function* throughProgram(program: "bzip2" | "xz", source: AsyncIterable<Uint8Array>, options: IoOptions): AsyncGenerator<Buffer> {
  const child = spawn(program, ["-dc"], { stdio: ["pipe", "pipe", "pipe"], signal: options.signal });
  const failed = new Promise<Error | undefined>((resolve) => {
    child.once("error", resolve);
    child.once("close", (code) => resolve(code === 0 ? undefined : new EngineError("dataLoss", `the ${program} data is damaged: ${complaint.trim()}`)));
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(0, 1000)));
  const input = Readable.from(source, { objectMode: true });
  let inputError: Error | undefined;
  input.on("error", (error) => {
    inputError = error;
    child.kill("SIGKILL");
  });
  child.stdin.on("error", () => {});
  input.pipe(child.stdin);
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const error = await failed;
    if (inputError !== undefined) throw inputError;
    if (isSystemError(error, "ENOENT")) {
      throw new EngineError("notImplemented", `the data is compressed with ${program}, and the program ${program} is not installed: install the package ${program === "xz" ? "xz-utils" : "bzip2"}`);
    }
    if (error !== undefined) throw error;
  } finally {
    input.destroy();
    child.kill("SIGKILL");
  }
}
