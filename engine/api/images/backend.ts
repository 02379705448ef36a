import type { IoOptions } from "../../base/abort.ts";
import type { Bin } from "../../bin/bin.ts";
import type { Images } from "../../images/images.ts";

/** What the image handlers need. */
export interface ImageBackend {
  readonly images: Images;
  readonly bin: Pick<Bin, "empty">;
  /** The bytes at an address. @throws EngineError `notFound`, `unavailable`, ... */
  readonly download: (url: string, options: IoOptions) => AsyncIterable<Uint8Array>;
  /** How many containers use an image. */
  readonly usersOf: (imageId: string) => number;
}
