import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { Watched } from "../../lib/watched.ts";
import { client } from "../../stores/host.ts";
import { LogBuffer } from "../../ui/log/buffer.ts";

/** The engine's log as the list of lines reads it: from `run` until `dispose`. */
export class EngineLogSession extends Watched {
  buffer = new LogBuffer(undefined, false);
  phase: "opening" | "live" | "failed" = "opening";
  error: IpcErrorInfo | undefined;
  /** Earlier lines are in the file, but not here. */
  cut = false;
  readonly #ended = new AbortController();

  async run(): Promise<void> {
    const { signal } = this.#ended;
    try {
      for await (const event of await client().ownEngine.log(undefined, { signal })) {
        if (event.type === "begin") {
          this.buffer = new LogBuffer(undefined, false);
          this.cut = event.cut;
        } else {
          const partial = !event.text.endsWith("\n");
          this.buffer.append([{ source: "stdout", text: partial ? event.text : event.text.slice(0, -1), partial }]);
        }
        this.phase = "live";
        this.changed();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.phase = "failed";
      this.error = toIpcErrorInfo(error);
      this.changed();
    }
  }

  dispose(): void {
    this.#ended.abort();
  }
}
