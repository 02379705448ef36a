/** A container's output. Bulk: flows with credit, see `streams.ts`; open it with `openStream` of `client.ts`. */
import { eventIterator, oc, type } from "@orpc/contract";
import { z } from "zod";
import { containerRef, streamId } from "./common.ts";

export type LogSource = "stdout" | "stderr";

/** Consecutive lines of one source, joined by "\n", without a last "\n". Escape sequences are kept; invalid UTF-8 is U+FFFD. */
export interface LogChunk {
  source: LogSource;
  /** With `timestamps`, each line begins with its RFC 3339 time in nanoseconds and one space. */
  text: string;
  /** Number of lines in `text`. */
  lines: number;
  /** True when the last line has not ended yet: the next chunk of the same source continues it. */
  partial?: boolean;
}

export interface LogBatch {
  chunks: LogChunk[];
  /** Cost for `streams.ack`. */
  bytes: number;
}

export const logs = {
  /** Ends when the log ends (`follow: false`) or the container stops; throws `notFound` when it is removed before the start. */
  follow: oc
    .input(
      z.object({
        streamId,
        containerId: containerRef,
        follow: z.boolean().default(true),
        /** Number of last lines to begin with, or everything. */
        tail: z.union([z.literal("all"), z.number().int().min(0).max(10_000_000)]).default(1000),
        /** Seconds since the epoch, fractions allowed. */
        since: z.number().min(0).optional(),
        until: z.number().min(0).optional(),
        timestamps: z.boolean().default(true),
        stdout: z.boolean().default(true),
        stderr: z.boolean().default(true),
      }),
    )
    .output(eventIterator(type<LogBatch>())),
};
