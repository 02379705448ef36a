import { EngineError } from "../../base/errors.ts";
import { decodeLossless, encodeLossless } from "../../base/lossless-text.ts";

/** Longest Dockerfile, in UTF-16 code units as text and in bytes as a file. */
export const MAX_DOCKERFILE_LENGTH = 16 * 1024 * 1024;

/** @throws EngineError `resourceExhausted` if a Dockerfile of this length is refused */
export function checkLength(length: number): void {
  if (length <= MAX_DOCKERFILE_LENGTH) return;
  throw new EngineError("resourceExhausted", `the Dockerfile has ${String(length)} characters, at most ${String(MAX_DOCKERFILE_LENGTH)} are read: move data it holds into files of the build context`);
}

/** Most parts of one Dockerfile that are remembered each with its place: lines, flags, heredocs, words. It bounds memory to some hundred megabytes. */
export const MAX_DOCKERFILE_PARTS = 200_000;

/** Counts parts as they are found. @throws EngineError `resourceExhausted` beyond {@link MAX_DOCKERFILE_PARTS} */
export type PartCounter = (parts: number) => void;

export function countParts(): PartCounter {
  let total = 0;
  return (parts) => {
    total += parts;
    if (total > MAX_DOCKERFILE_PARTS) throw new EngineError("resourceExhausted", `the Dockerfile has more than ${String(MAX_DOCKERFILE_PARTS)} lines and words: move data it holds into files of the build context`);
  };
}

/**
 * The text of a Dockerfile. Bytes that are not UTF-8 become lone surrogates, a byte-order mark stays: {@link encodeDockerfile} gives the bytes back.
 * @throws EngineError `resourceExhausted` beyond {@link MAX_DOCKERFILE_LENGTH}
 */
export function decodeDockerfile(bytes: Uint8Array): string {
  checkLength(bytes.byteLength);
  return decodeLossless(bytes);
}

/** The bytes of a text made by {@link decodeDockerfile}. */
export function encodeDockerfile(text: string): Uint8Array {
  return encodeLossless(text);
}
