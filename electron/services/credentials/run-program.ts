import { spawn } from "node:child_process";

/** Far more than any answer of a credential program. */
const MAX_OUTPUT = 4 * 1024 * 1024;

export interface ProgramResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** Empty when it was too long to be an answer. */
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program did not come to an end of its own. */
export type ProgramFailure = "missing" | "timeout" | "cancelled" | "failed";

export class ProgramError extends Error {
  readonly failure: ProgramFailure;

  constructor(failure: ProgramFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

/**
 * Runs a small program with `input` on its standard input, where secrets belong: arguments are seen by everybody.
 *
 * @throws ProgramError when it did not run to its end
 */
export async function runProgram(program: string, args: readonly string[], options: { readonly input: string; readonly env: NodeJS.ProcessEnv; readonly timeLimitMs: number; readonly signal?: AbortSignal | undefined }): Promise<ProgramResult> {
  const { input, env, timeLimitMs, signal } = options;
  const limit = AbortSignal.timeout(timeLimitMs);
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env, signal: signal === undefined ? limit : AbortSignal.any([signal, limit]), killSignal: "SIGKILL" });
  const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)];
  child.stdin.on("error", () => undefined); // It may end without reading.
  child.stdin.end(input);
  try {
    const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
    return { code, stdout: stdout(), stderr: stderr() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (signal?.aborted === true) throw new ProgramError("cancelled", message);
    if (limit.aborted) throw new ProgramError("timeout", message);
    throw new ProgramError(error instanceof Error && "code" in error && error.code === "ENOENT" ? "missing" : "failed", message);
  }
}

function gather(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = [];
  let size = 0;
  stream.on("data", (part: Buffer) => {
    size += part.length;
    if (size <= MAX_OUTPUT) parts.push(part);
  });
  return () => (size > MAX_OUTPUT ? "" : Buffer.concat(parts).toString("utf8"));
}
