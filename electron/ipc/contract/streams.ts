/**
 * Credit for bulk streams (logs, terminal output). A batch carries its cost in `bytes`; the producer pauses its source while
 * more than the stream's window is not acknowledged. `openStream` in `client.ts` acknowledges by itself when the consumer
 * asks for the next batch, so a slow consumer slows the container's reader, never fills memory.
 */
import { oc, type } from "@orpc/contract";
import { z } from "zod";
import { streamId } from "./common.ts";

/** Unacknowledged bytes after which a producer pauses. */
export const STREAM_WINDOW_BYTES = 512 * 1024;

export const streams = {
  /** Unknown streams are ignored: they may just have ended. */
  ack: oc.input(z.object({ streamId, bytes: z.number().int().min(0) })).output(type<void>()),
};
