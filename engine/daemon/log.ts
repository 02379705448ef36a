import { toEngineError } from "../base/errors.ts";

export type Level = "debug" | "info" | "warn" | "error";

const RANK: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** The engine's diary: one line an entry on standard error, `TIME LEVEL text`. */
export interface Log {
  readonly debug: boolean;
  write(level: Level, text: string): void;
  /** A failure that nobody waits for: its message and the messages of its causes, without stacks unless debugging. */
  failure(what: string, error: unknown): void;
}

/** @param minimum entries below it are dropped */
export function createLog(minimum: Level, sink: (line: string) => void = (line) => void process.stderr.write(line)): Log {
  const write = (level: Level, text: string): void => {
    if (RANK[level] >= RANK[minimum]) sink(`${new Date().toISOString()} ${level} ${text.replaceAll("\n", "\\n")}\n`);
  };
  const debug = minimum === "debug";
  return {
    debug,
    write,
    failure: (what, error) => write("error", `${what}: ${debug && error instanceof Error ? (error.stack ?? error.message) : chain(error)}`),
  };
}

function chain(thrown: unknown): string {
  const messages: string[] = [];
  for (let error: unknown = toEngineError(thrown); error instanceof Error && messages.length < 5; error = error.cause) {
    if (!messages.includes(error.message)) messages.push(error.message);
  }
  return messages.join(": ");
}
