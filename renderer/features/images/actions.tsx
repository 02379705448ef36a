import { ArrowUpFromLine, Copy, FileDown, GitCompare, PanelRight, Play, Tag, Trash2 } from "lucide-react";
import type { ImageEntry } from "../../stores/images.ts";
import { href, navigate, openDialog } from "../../stores/route.ts";
import { copyText } from "../../ui/display/Copy.tsx";
import type { MenuAction } from "../../ui/overlay/MenuButton.tsx";
import { askRemoveImages } from "./remove.tsx";
import { namesOf } from "./users.ts";

/** What can be done with several images at once; with one, everything. */
export function bulkActions(images: readonly ImageEntry[], canCompare: boolean, done: () => void): MenuAction[] {
  const [first, second] = images;
  if (!first) return [];
  if (!second) return imageActions(first, canCompare);
  return [
    { label: "Save to a file", icon: <FileDown />, run: () => openDialog("save-images", images.flatMap(namesOf).join(" ")) },
    ...(canCompare && images.length === 2 ? [{ label: "Compare", icon: <GitCompare />, run: () => navigate(href.compareImages(first.reference, second.reference)) }] : []),
    { label: "Remove", icon: <Trash2 />, danger: true, apart: true, run: () => askRemoveImages(images, done) },
  ];
}

/** Everything that can be done with one image. @param canCompare whether the engine lists files */
export function imageActions(image: ImageEntry, canCompare: boolean): MenuAction[] {
  return [
    { label: "Open", icon: <PanelRight />, run: () => navigate(href.image(image.id)) },
    { label: "Run", icon: <Play />, run: () => openDialog("run", image.reference) },
    { label: "Tag", icon: <Tag />, apart: true, run: () => openDialog("tag-image", image.reference) },
    { label: "Push", icon: <ArrowUpFromLine />, disabled: image.dangling, run: () => openDialog("push", image.reference) },
    { label: "Save to a file", icon: <FileDown />, run: () => openDialog("save-images", namesOf(image).join(" ")) },
    ...(canCompare ? [{ label: "Compare with another", icon: <GitCompare />, run: () => navigate(href.compareImages(image.reference)) }] : []),
    { label: "Copy name", icon: <Copy />, apart: true, disabled: image.dangling, run: () => void copyText(image.reference) },
    { label: "Copy ID", icon: <Copy />, run: () => void copyText(image.id) },
    { label: "Remove", icon: <Trash2 />, danger: true, apart: true, run: () => askRemoveImages([image]) },
  ];
}
