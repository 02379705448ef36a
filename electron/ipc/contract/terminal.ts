/** A command inside a running container, interactively. Output flows with credit (`streams.ts`); `openTerminal` of `client.ts` does the bookkeeping. */
import { eventIterator, oc, type } from "@orpc/contract";
import { z } from "zod";
import { containerRef, streamId } from "./common.ts";

export type TerminalEvent =
  /** The process runs; input and resize work from now on. Without a `tty` nothing echoes what is typed, and lines end with "\n" alone. */
  | { type: "ready"; execId: string; bytes: 0; tty?: boolean }
  /** `bytes` is the cost for `streams.ack`. Without a TTY standard error is marked. */
  | { type: "output"; data: string; bytes: number; source?: "stderr" }
  /** Always the last one. */
  | { type: "exit"; exitCode: number | null; bytes: 0 };

const columns = z.number().int().min(1).max(1000);
const rows = z.number().int().min(1).max(1000);

export const terminal = {
  /** Aborting the call closes the session and hangs up the process. `commandNotFound` when the image lacks the command. */
  open: oc
    .input(
      z.object({
        streamId,
        containerId: containerRef,
        /** Empty: the best shell of the container (bash, else ash, else sh). */
        command: z.array(z.string().min(1).max(32_768)).max(1024).default([]),
        user: z.string().max(256).optional(),
        workingDir: z.string().max(4096).optional(),
        env: z.array(z.string().max(32_768)).max(1024).default([]),
        tty: z.boolean().default(true),
        privileged: z.boolean().default(false),
        columns: columns.default(80),
        rows: rows.default(24),
      }),
    )
    .output(eventIterator(type<TerminalEvent>())),
  /**
   * The container's own process instead of a new one: what it prints from now on, and what it reads where its standard input is open. Aborting the call
   * detaches; the process goes on. `exit` without a code says that the container ended, or that its detach keys were typed.
   */
  attach: oc.input(z.object({ streamId, containerId: containerRef, columns: columns.default(80), rows: rows.default(24) })).output(eventIterator(type<TerminalEvent>())),
  /** Shells that the container has, as absolute paths, the best one first; also of one that does not run. */
  shells: oc.input(z.object({ containerId: containerRef })).output(type<string[]>()),
  /** Resolves when the container's side has taken the bytes. Send one at a time to keep their order. */
  input: oc.input(z.object({ streamId, data: z.string().max(1024 * 1024), encoding: z.enum(["utf8", "binary"]).default("utf8") })).output(type<void>()),
  /** Closes standard input (end of file); only meaningful without a TTY. */
  closeInput: oc.input(z.object({ streamId })).output(type<void>()),
  resize: oc.input(z.object({ streamId, columns, rows })).output(type<void>()),
};
