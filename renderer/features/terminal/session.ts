/** One xterm and one process in a container, tied together. No React: the terminal owns its element, which may leave the page and come back. */
import { FitAddon } from "@xterm/addon-fit";
import { WebglAddon } from "@xterm/addon-webgl";
import { Terminal } from "@xterm/xterm";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { openTerminal, type TerminalPlace } from "../../bridge/streams.ts";
import { client } from "../../stores/host.ts";
import { createLineInput, type LineInput } from "./line-input.ts";
import { readTerminalTheme } from "./theme.ts";

export type SessionState =
  | { readonly phase: "opening" | "open" }
  | { readonly phase: "ended"; readonly exitCode: number | null }
  | { readonly phase: "failed"; readonly error: IpcErrorInfo };

export interface SessionRequest {
  readonly place: TerminalPlace;
  /** A name or a path; empty for the best one there is. */
  readonly shell: string;
  readonly user?: string | undefined;
  readonly workingDir?: string | undefined;
}

export interface Session {
  recolour(): void;
  focus(): void;
  dispose(): void;
}

const scrollback = 10_000;

/**
 * Opens a shell inside `element`, or attaches to what runs.
 * @param onState told of every change until disposed
 */
export function startSession(element: HTMLElement, request: SessionRequest, onState: (state: SessionState) => void): Session {
  const cancel = new AbortController();
  const terminal = new Terminal({
    fontFamily: getComputedStyle(element).getPropertyValue("--mono"),
    fontSize: 13,
    lineHeight: 1.25,
    cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    scrollback,
    theme: readTerminalTheme(element),
    screenReaderMode: true,
    allowProposedApi: true,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(element);
  loadWebgl(terminal);
  fit.fit();
  terminal.focus();

  const size = { columns: terminal.cols, rows: terminal.rows };
  const { place, shell, user, workingDir } = request;
  const session = openTerminal(client(), { ...place, ...(shell && { command: [shell] }), ...("containerId" in place && { env: ["TERM=xterm-256color"], ...(user && { user }), ...(workingDir && { workingDir }) }), ...size }, cancel.signal);
  // Every other key is the program's: without this one the keyboard would not get out again.
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.key !== "F6") return true;
    if (event.type === "keydown") element.closest("[role=tabpanel]")?.querySelector<HTMLElement>("[role=tab][aria-selected=true], button")?.focus();
    return false;
  });
  let lines: LineInput | undefined;
  terminal.onData((data) => (lines ? lines.type(data) : session.write(data)));
  terminal.onBinary((data) => session.write(data, "binary"));
  terminal.onResize(({ cols, rows }) => session.resize(cols, rows));
  const observer = new ResizeObserver(() => {
    if (element.clientWidth > 0) fit.fit();
  });
  observer.observe(element);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const recolour = () => { terminal.options.theme = readTerminalTheme(element); };
  scheme.addEventListener("change", recolour);
  void read();

  async function read(): Promise<void> {
    let exitCode: number | null = null;
    try {
      for await (const event of session.events) {
        if (event.type === "ready") {
          // A main process without a terminal of its own ends lines as files do, and echoes nothing.
          if (event.tty === false) {
            terminal.options.convertEol = true;
            lines = createLineInput((text) => terminal.write(text), (line) => session.write(line));
          }
          onState({ phase: "open" });
        } else if (event.type === "exit") exitCode = event.exitCode;
        else await new Promise<void>((done) => terminal.write(event.data, done));
      }
      if (!cancel.signal.aborted) onState({ phase: "ended", exitCode });
    } catch (error) {
      if (!cancel.signal.aborted) onState({ phase: "failed", error: toIpcErrorInfo(error) });
    }
    if (!cancel.signal.aborted) terminal.options.disableStdin = true;
  }

  return {
    recolour,
    focus: () => terminal.focus(),
    dispose() {
      cancel.abort();
      observer.disconnect();
      scheme.removeEventListener("change", recolour);
      terminal.dispose();
      element.remove();
    },
  };
}

/** Draws with the graphics card where there is one; xterm's own renderer does otherwise. */
function loadWebgl(terminal: Terminal): void {
  try {
    const webgl = new WebglAddon();
    webgl.onContextLoss(() => webgl.dispose());
    terminal.loadAddon(webgl);
  } catch {
    // No WebGL here: the terminal stays with its DOM renderer.
  }
}
