/** Streams over the connection, for the features that read them: logs and terminals. */
export { openStream } from "../../electron/ipc/client.ts";
export { openTerminal, type TerminalPlace } from "../../electron/ipc/terminal-session.ts";
