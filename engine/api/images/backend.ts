import type { Bin } from "../../bin/bin.ts";
import type { Images } from "../../images/images.ts";

/** What the image handlers need. */
export interface ImageBackend {
  readonly images: Images;
  readonly bin: Pick<Bin, "empty">;
  /** How many containers use an image. */
  readonly usersOf: (imageId: string) => number;
}
