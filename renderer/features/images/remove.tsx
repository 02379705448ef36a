import { plural } from "../../lib/time.ts";
import { removeImage } from "../../stores/images.ts";
import { confirm } from "../../ui/overlay/confirms.ts";
import type { UsedImage } from "./columns.tsx";

/** Asks once, saying what goes and which containers stand in the way, then removes. */
export function askRemoveImages(images: readonly UsedImage[], after?: () => void): void {
  const [first] = images;
  if (!first) return;
  const what = images.length === 1 ? first.row.reference : plural(images.length, "image");
  const users = [...new Set(images.flatMap((image) => image.users))];
  confirm({
    title: `Remove ${what}`,
    body: (
      <>
        <p>{images.length === 1 ? "The tag goes; its layers go too, unless another image needs them." : "The tags go; their layers go too, unless other images need them."} Pulling brings them back.</p>
        {users.length > 0 && <p>Made from {images.length === 1 ? "it" : "them"}: {users.slice(0, 5).join(", ")}{users.length > 5 && ` and ${users.length - 5} more`}. An image that a container needs stays until the container is removed.</p>}
      </>
    ),
    action: `Remove ${what}`,
    run: async () => {
      for (const image of images) await removeImage(image.row, false);
      after?.();
    },
  });
}
