import { z } from "zod";

/** Name or id of a container as Docker accepts it; everything else could change the path of the API request. */
export const containerRef = z.string().min(1).max(255).regex(/^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "is not a container name or id");

/** Reference or id of an image. The daemon knows the full grammar; this only keeps out what could change the path of the API request. */
export const imageRef = z
  .string()
  .min(1)
  .max(512)
  .regex(/^(?!.*\/\.{0,2}(?:\/|$))[a-zA-Z0-9[][a-zA-Z0-9_.:/@\-[\]+]*$/, "is not an image reference or id");

/** Chosen by the caller, unique within its connection: addresses a running stream in `streams.ack` and `terminal.*`. */
export const streamId = z.string().min(1).max(64).regex(/^[a-zA-Z0-9_-]+$/);

export const seconds = z.number().int().min(0).max(86_400);
export const port = z.number().int().min(1).max(65_535);
export const protocol = z.enum(["tcp", "udp"]);

/** Docker's `filters` query: every key's values are alternatives, keys are joined by "and". */
export const filters = z.record(z.string().max(64), z.array(z.string().max(1024)).max(2048));
