import type { IoOptions } from "../base/abort.ts";
import type { ContainerId } from "../base/ids.ts";

/**
 * Container logs. conmon appends to `<root>/containers/<id>/log/current` in its k8s-file format (`TIME STREAM P|F TEXT`);
 * this domain reads it: follow (inotify), tail from the end without reading the whole, since and until by binary search over an
 * index of offsets, rotation into numbered segments. Readers never block the writer; a reader that falls behind holds its segment open.
 * For speed a read hands out batches of bytes already in the form the API sends, not one object per line.
 */

export interface LogQuery {
  readonly follow: boolean;
  /** Lines from the end; null is all. */
  readonly tail: number | null;
  /** `until`: the tail is counted back from `untilNs`, which pages through a log backwards. Docker counts from the end. */
  readonly tailFrom?: "end" | "until" | undefined;
  /** Nanoseconds since the epoch; entries at or after. */
  readonly sinceNs: bigint | null;
  /** Entries at or before. */
  readonly untilNs: bigint | null;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Prefix each line with its RFC 3339 time with nanoseconds and a space. */
  readonly timestamps: boolean;
  /** `multiplexed`: Docker's 8-byte frame before each line. `raw`: bytes only (TTY). */
  readonly framing: "multiplexed" | "raw";
}

/** What is looked for in a whole log. Escape sequences of terminals are no part of a line's text. */
export interface LogSearch {
  readonly text: string;
  /** `text` is a regular expression of JavaScript; without it, words as they are. */
  readonly regex: boolean;
  readonly matchCase: boolean;
  /** Only where no letter, digit or underscore touches the match. */
  readonly word: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly sinceNs: bigint | null;
  readonly untilNs: bigint | null;
  /** Matching lines handed out; the rest is only counted. */
  readonly limit: number;
}

/** One line of a search's answer: matches come newest first. */
export type LogSearchEvent =
  | { readonly type: "match"; /** RFC 3339, nanoseconds. */ readonly time: string; readonly stream: "stdout" | "stderr"; /** Without escape sequences; at most 4096 characters. */ readonly text: string; /** Bytes of the log before the line. */ readonly offset: number }
  | { readonly type: "progress" | "done"; readonly matches: number; /** Read and to be read. */ readonly bytes: number; readonly totalBytes: number };

export interface LogConfig {
  /** `json-file` and `local` both mean our own store; `none` keeps nothing. */
  readonly driver: "json-file" | "local" | "none";
  /** Bytes per segment before rotation; null never rotates. */
  readonly maxSize: number | null;
  /** Segments kept, the current one included. */
  readonly maxFile: number;
}

export interface ContainerLogs {
  /** Makes the directory and returns the path that conmon writes; null for `none`. */
  prepare(id: ContainerId, config: LogConfig): Promise<string | null>;
  /** Batches of bytes (each 16 to 256 KiB when there is that much). A follow ends when `ended` was called and all was read. */
  read(id: ContainerId, query: LogQuery, options?: IoOptions): AsyncIterable<Uint8Array>;
  /**
   * Searches the whole log in a worker thread, newest lines first, and hands out batches of {@link LogSearchEvent} as JSON lines.
   * @throws EngineError `invalidArgument` for a regular expression that is none
   */
  search(id: ContainerId, query: LogSearch, options?: IoOptions): AsyncIterable<Uint8Array>;
  /** The container runs (again): followers wait for more. */
  started(id: ContainerId): void;
  /** The container has ended: followers drain and end. */
  ended(id: ContainerId): void;
  /** Bytes on disk. */
  size(id: ContainerId): Promise<number>;
  /** The files that hold the lines. */
  files(id: ContainerId): readonly string[];
  /** Drops all lines so far; a container that runs goes on with an empty log. */
  clear(id: ContainerId): Promise<void>;
  remove(id: ContainerId): Promise<void>;
  close(): Promise<void>;
}
