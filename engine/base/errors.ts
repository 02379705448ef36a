/**
 * The engine's closed set of error codes. Code tests the `code`, never the message and never the class alone;
 * each border (HTTP, IPC, CLI) maps codes through exactly one exhaustive table.
 */
export const ERROR_CODES = [
  /** The named thing does not exist. */
  "notFound",
  /** A name or id is already taken. */
  "alreadyExists",
  /** The thing is in a state that does not allow this now (container is running, image is in use). */
  "conflict",
  /** The request is already fulfilled (start of a running container); Docker answers 304. */
  "notModified",
  /** The caller's input is wrong; the message names the offending value and a way out. */
  "invalidArgument",
  /** Credentials are missing or refused. */
  "unauthorized",
  /** Credentials are fine, the action is not allowed. */
  "forbidden",
  /** Something we depend on (registry, network, runtime) cannot be reached or is overloaded; a retry may help. */
  "unavailable",
  /** A limit in time was reached. */
  "deadlineExceeded",
  /** The caller went away or asked to stop. */
  "cancelled",
  /** The disk, a quota or a size limit is exhausted. */
  "resourceExhausted",
  /** This engine does not offer that. */
  "notImplemented",
  /** Bytes are not what their digest or length promised. */
  "dataLoss",
  /** A container process could not be started: the command was not found in the image (exit code 127). */
  "commandNotFound",
  /** A container process could not be started: the command is not executable (exit code 126). */
  "commandNotExecutable",
  /** A bug or an unexpected failure of the machine. */
  "internal",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Structured facts for clients that can use them: a button in the window, a position in a Dockerfile. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The one error class of the engine. `message` is a sentence for the user: what, with which value, what to do. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Whether `error` is an engine error, optionally of one of `codes`. Survives structured cloning and two module copies. */
export function isEngineError(error: unknown, ...codes: ErrorCode[]): error is EngineError {
  if (!(error instanceof Error) || error.name !== "EngineError" || !("code" in error)) return false;
  return codes.length === 0 || codes.includes(error.code as ErrorCode);
}

/** Whether `error` is a Node system error with one of `codes` (`ENOENT`, ...). */
export function isSystemError(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** Whether `error` means that work was stopped on purpose. */
export function isCancelled(error: unknown): boolean {
  return isEngineError(error, "cancelled") || (error instanceof Error && error.name === "AbortError");
}

/** The message of anything thrown, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Turns anything thrown into an {@link EngineError}: engine errors pass unchanged, aborts become `cancelled`,
 * a full disk becomes `resourceExhausted`, everything else `internal` with the original as its cause.
 */
export function toEngineError(error: unknown): EngineError {
  if (isEngineError(error)) return error;
  if (isCancelled(error)) return new EngineError("cancelled", "the operation was cancelled", { cause: error });
  if (isSystemError(error, "ENOSPC", "EDQUOT")) {
    return new EngineError("resourceExhausted", `no space left on device: ${messageOf(error)}`, { cause: error });
  }
  return new EngineError("internal", messageOf(error), { cause: error });
}
