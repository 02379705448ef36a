/** Images as files: saved to and loaded from the host's disk, or sent from the window. */
import { eventIterator, oc, type } from "@orpc/contract";
import { z } from "zod";
import { imageRef, streamId } from "./common.ts";

export type ArchiveEvent =
  /** At most ten a second. `totalBytes` is null while unknown. */
  | { type: "progress"; bytes: number; totalBytes: number | null }
  /** A file was written. */
  | { type: "saved"; path: string; bytes: number }
  /** References, or ids of images without one. */
  | { type: "loaded"; images: string[] };

/** An absolute path on the host's machine; `~` is the home directory. */
const hostPath = z.string().min(1).max(4096).regex(/^[/~][^\0]*$/, "is not an absolute path");

/** What an imported root file system becomes. */
const importing = z.object({
  reference: imageRef.optional(),
  message: z.string().max(1024).default(""),
  /** Instructions of a Dockerfile: `CMD ["sh"]`. */
  changes: z.array(z.string().min(1).max(32_768)).max(256).default([]),
});

const what = z.discriminatedUnion("kind", [z.object({ kind: z.literal("load") }), importing.extend({ kind: z.literal("import") })]);

export type ArchiveKind = z.input<typeof what>;

export const imageArchives = {
  /** Writes one archive of all of them, or nothing. `alreadyExists` where there is a file and `replace` is not set. */
  save: oc.input(z.object({ names: z.array(imageRef).min(1).max(1000), path: hostPath, replace: z.boolean().default(false) })).output(eventIterator(type<ArchiveEvent>())),
  /** Reads an archive of `docker save`, or a root file system, from the host's disk. */
  read: oc.input(z.object({ path: hostPath, what })).output(eventIterator(type<ArchiveEvent>())),
  /** The same from the window: begins with a `progress`, then takes bytes by `write` until `end`. */
  upload: oc.input(z.object({ streamId, what, totalBytes: z.number().int().min(0).nullable().default(null) })).output(eventIterator(type<ArchiveEvent>())),
  /** Resolves when more is wanted. `data` has one character for each byte. */
  write: oc.input(z.object({ streamId, data: z.string().max(1024 * 1024) })).output(type<void>()),
  end: oc.input(z.object({ streamId })).output(type<void>()),
};
