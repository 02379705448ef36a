import { open } from "node:fs/promises";
import { EngineError } from "../base/errors.ts";
import { detectCompression, MAGIC_LENGTH } from "../archive/compression.ts";
import { MEDIA_TYPES } from "../oci/descriptor.ts";

/**
 * The media type of a layer file, by its first bytes.
 * @throws EngineError `invalidArgument` for a compression that layers cannot have
 */
export async function layerTypeOf(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const head = Buffer.alloc(MAGIC_LENGTH);
    const { bytesRead } = await handle.read(head, 0, MAGIC_LENGTH, 0);
    const compression = detectCompression(head.subarray(0, bytesRead));
    if (compression === "none") return MEDIA_TYPES.ociLayer;
    if (compression === "gzip") return MEDIA_TYPES.ociLayerGzip;
    if (compression === "zstd") return MEDIA_TYPES.ociLayerZstd;
    throw new EngineError("invalidArgument", `a layer cannot be compressed with ${compression}: use gzip, zstd or none`);
  } finally {
    await handle.close();
  }
}
