import { createHash } from "node:crypto";
import { EngineError } from "./errors.ts";
import type { Digest } from "./ids.ts";

const PATTERN = /^sha256:[0-9a-f]{64}$/;

/** Whether `text` is a digest this engine can verify. */
export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}

/**
 * Checks `text` against the digest grammar of the OCI image specification (sha256 only).
 * @throws EngineError `invalidArgument`
 */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new EngineError("invalidArgument", `invalid digest ${JSON.stringify(text.slice(0, 200))}: expected sha256: and 64 hexadecimal digits`);
  return text;
}

/** The digest of bytes in memory. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
}

/** The hexadecimal part of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice("sha256:".length);
}
