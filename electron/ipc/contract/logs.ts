/** Containers' output: followed, paged through, searched as a whole, written to a file. Bulk: flows with credit, see `streams.ts`. */
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

/** What a search of the whole log found. Matches come newest first. */
export type LogSearchEvent =
  | { type: "match"; time: string; stream: LogSource; /** Without escape sequences, at most 4096 characters. */ text: string; /** Bytes of the log before the line. */ offset: number }
  | { type: "progress" | "done"; matches: number; bytes: number; totalBytes: number };

export interface LogSearchBatch {
  events: LogSearchEvent[];
  bytes: number;
}

export interface LogExportBatch {
  lines: number;
  /** Written until now. */
  written: number;
  /** Where the file is, once it is whole. */
  path?: string;
  bytes: number;
}

/** RFC 3339 in UTC, up to nanoseconds, as lines carry it. */
const moment = z.string().max(40).regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, "is not a time such as 2026-01-31T12:00:00.000Z");
const filePath = z.string().min(1).max(4096).regex(/^(\/|~\/)[^\0]*$/, "must begin with / or ~/");
const text = z.string().max(4 * 1024 * 1024);

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
        /** Lines at or after, lines at or before: a moment, or seconds since the epoch, fractions allowed. */
        since: z.union([moment, z.number().min(0)]).optional(),
        until: z.union([moment, z.number().min(0)]).optional(),
        timestamps: z.boolean().default(true),
        stdout: z.boolean().default(true),
        stderr: z.boolean().default(true),
      }),
    )
    .output(eventIterator(type<LogBatch>())),
  /** One page: the last `lines` lines at or before `time`, or the first ones at or after it, with times, in order. */
  page: oc
    .input(
      z.object({
        streamId,
        containerId: containerRef,
        direction: z.enum(["older", "newer"]),
        time: moment,
        lines: z.number().int().min(1).max(200_000),
        /** Lines after `time` that the caller knows: an engine without this extension reads that much more from the end. */
        known: z.number().int().min(0).max(10_000_000).default(0),
      }),
    )
    .output(eventIterator(type<LogBatch>())),
  /** Searches the whole log in the engine. `notImplemented` where the engine has no such search; `invalidArgument` for a bad expression. */
  search: oc
    .input(
      z.object({
        streamId,
        containerId: containerRef,
        text: z.string().min(1).max(4096),
        regex: z.boolean().default(false),
        matchCase: z.boolean().default(false),
        word: z.boolean().default(false),
        since: moment.optional(),
        until: moment.optional(),
        /** Matches handed out; more are only counted. */
        limit: z.number().int().min(0).max(10_000).default(1000),
      }),
    )
    .output(eventIterator(type<LogSearchBatch>())),
  /**
   * Writes whole logs into a file on the host, merged by time; more than one container puts its name before each line. `alreadyExists`
   * unless `overwrite`. Cancelled, it leaves no file.
   */
  export: oc
    .input(
      z.object({
        streamId,
        path: filePath,
        overwrite: z.boolean().default(false),
        containers: z.array(z.object({ id: containerRef, name: z.string().max(256) })).min(1).max(100),
        timestamps: z.boolean().default(true),
        since: moment.optional(),
        until: moment.optional(),
      }),
    )
    .output(eventIterator(type<LogExportBatch>())),
  /** Writes a text that the window has, piece by piece. The file appears with `endFile`; one that nobody writes to for a minute is given up. */
  beginFile: oc.input(z.object({ path: filePath, overwrite: z.boolean().default(false) })).output(type<{ fileId: string }>()),
  writeFile: oc.input(z.object({ fileId: z.uuid(), text })).output(type<void>()),
  /** `keep: false` leaves no file. Answers with where it is. */
  endFile: oc.input(z.object({ fileId: z.uuid(), keep: z.boolean() })).output(type<{ path: string }>()),
};
