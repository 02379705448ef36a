/**
 * What can go wrong, as the window sees it. Code is tested by `code`, never by message. Neutral: runs in the host and in
 * the window. The vocabulary is the engine's; any other Docker-compatible daemon is mapped onto it by `services/docker-errors.ts`.
 */
export const IPC_ERROR_CODES = [
  "notFound",
  "alreadyExists",
  "conflict",
  "notModified",
  "invalidArgument",
  "unauthorized",
  "forbidden",
  "unavailable",
  "deadlineExceeded",
  "cancelled",
  "resourceExhausted",
  "notImplemented",
  "dataLoss",
  "commandNotFound",
  "commandNotExecutable",
  "internal",
] as const;

export type IpcErrorCode = (typeof IPC_ERROR_CODES)[number];

/** Facts a screen can turn into a button. `type` decides which of them are there. */
export type IpcErrorHint =
  /** A host port is taken. `process` and `pid` are there when the owner is visible to this user. */
  | { type: "portInUse"; port: number; protocol: "tcp" | "udp"; owner?: PortOwner }
  /** The image is not on this machine: offer to pull it. */
  | { type: "imageMissing"; image: string }
  /** The container's name is taken. */
  | { type: "nameInUse"; name: string; containerId?: string }
  /** The image or volume is used by a container: offer to remove it with force, or to show the container. */
  | { type: "inUse"; containerId?: string }
  /** The container is running and the action needs it stopped. */
  | { type: "containerRunning" }
  /** The registry wants credentials. */
  | { type: "loginRequired"; registry: string }
  /** No engine answers: offer to start it. */
  | { type: "engineDown"; endpoint: string; managed: boolean }
  /** The socket exists, this user may not use it; `group` may. */
  | { type: "permissionDenied"; path: string; group?: string }
  /** A field of a form is wrong; `path` is the field's path in the call's input. */
  | { type: "field"; path: (string | number)[]; message: string };

export interface PortOwner {
  pid?: number;
  process?: string;
  /** The container that publishes the port, when it is one of this engine's. */
  containerId?: string;
  containerName?: string;
}

/** The part of an error that crosses the border beside its code and message. */
export interface IpcErrorData {
  /** Why, in the words of the tool or daemon that said so; raw, for "show details". */
  cause?: string;
  hints: IpcErrorHint[];
  /** Structured facts without a hint of their own. */
  details: Record<string, string | number | boolean | null>;
}

/** A whole error as plain data: in event streams and states, where nothing is thrown. */
export interface IpcErrorInfo extends IpcErrorData {
  code: IpcErrorCode;
  /** One sentence for the user: what happened, with which value. */
  message: string;
}

/** Whether `code` belongs to the closed set. */
export function isIpcErrorCode(code: unknown): code is IpcErrorCode {
  return (IPC_ERROR_CODES as readonly unknown[]).includes(code);
}

/** What a call of the client threw, as plain data; anything unknown becomes `internal`, an abort `cancelled`, a lost host `unavailable`. */
export function toIpcErrorInfo(error: unknown): IpcErrorInfo {
  if (error instanceof Error) {
    const code = "code" in error ? error.code : undefined;
    if (isIpcErrorCode(code)) {
      const data = "data" in error ? (error.data as Partial<IpcErrorData> | undefined) : undefined;
      return { code, message: error.message, hints: data?.hints ?? [], details: data?.details ?? {}, ...(data?.cause === undefined ? {} : { cause: data.cause }) };
    }
    if (error.name === "AbortError") return { code: "cancelled", message: "The operation was cancelled.", hints: [], details: {} };
    return { code: "internal", message: error.message, hints: [], details: {} };
  }
  return { code: "internal", message: String(error), hints: [], details: {} };
}

/** The first hint of `type`, if the error carries one. */
export function findHint<T extends IpcErrorHint["type"]>(error: IpcErrorInfo, type: T): Extract<IpcErrorHint, { type: T }> | undefined {
  return error.hints.find((hint): hint is Extract<IpcErrorHint, { type: T }> => hint.type === type);
}
