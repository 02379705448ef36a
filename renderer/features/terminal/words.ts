import type { IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import type { SessionState } from "./session.ts";

/** What a terminal is doing. */
export function stateWords(state: SessionState, name: string, attached = false): string {
  switch (state.phase) {
    case "opening":
      return "Opening";
    case "open":
      return attached ? `Attached to ${name}` : `Connected to ${name}`;
    case "ended":
      if (attached) return state.exitCode === null ? "Detached." : `The main process has ended with code ${state.exitCode}.`;
      return state.exitCode === null ? "The shell has ended." : `The shell has ended with code ${state.exitCode}.`;
    case "failed":
      return "Not connected";
  }
}

/** Why there is no terminal, and what helps. */
export function stateProblem(error: IpcErrorInfo, shell: string) {
  if (error.code === "commandNotFound") return { title: shell ? `The image has no ${shell}.` : "The image has no shell.", cause: shell ? "Choose another shell." : "Images made from scratch often hold only the program itself.", raw: error.cause };
  if (error.code === "unavailable") return { title: "The terminal lost its connection.", cause: `${error.message} What ran in the shell has ended.`, raw: error.cause };
  return { title: "The terminal could not be opened.", cause: error.message, raw: error.cause };
}
