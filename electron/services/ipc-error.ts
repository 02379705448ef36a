import { ORPCError } from "@orpc/server";
import type { IpcErrorCode, IpcErrorData, IpcErrorHint, IpcErrorInfo } from "../ipc/errors.ts";
import { isIpcErrorCode, toIpcErrorInfo } from "../ipc/errors.ts";

export type IpcError = ORPCError<IpcErrorCode, IpcErrorData>;

export interface IpcErrorOptions {
  /** Raw words of whoever said so; never a stack. */
  cause?: string | undefined;
  hints?: IpcErrorHint[] | undefined;
  details?: Record<string, string | number | boolean | null> | undefined;
}

/** The one way to make an error that reaches the window. `message` is a sentence for the user. */
export function ipcError(code: IpcErrorCode, message: string, options: IpcErrorOptions = {}): IpcError {
  const data: IpcErrorData = { hints: options.hints ?? [], details: options.details ?? {} };
  if (options.cause !== undefined) data.cause = options.cause;
  return new ORPCError(code, { message, data });
}

/** Whether `error` already is one of ours. */
export function isIpcError(error: unknown, ...codes: IpcErrorCode[]): error is IpcError {
  return error instanceof ORPCError && isIpcErrorCode(error.code) && (codes.length === 0 || codes.includes(error.code));
}

/** An error as plain data, for states and events. */
export function errorInfo(error: unknown): IpcErrorInfo {
  return toIpcErrorInfo(error);
}
