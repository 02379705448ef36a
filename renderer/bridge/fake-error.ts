import type { IpcErrorCode, IpcErrorHint } from "../../electron/ipc/errors.ts";

/** An error as the contract throws it. */
export function fakeError(code: IpcErrorCode, message: string, hints: IpcErrorHint[] = [], cause?: string): Error {
  return Object.assign(new Error(message), { code, data: { hints, details: {}, ...(cause !== undefined && { cause }) } });
}
