/** What is typed into the run dialog: kept until it has been run, whatever happens meanwhile. */
import { createStore } from "zustand/vanilla";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import type { ContainerForm } from "../../../../electron/ipc/contract/container-form.ts";
import { emptyRun, type RunText } from "../../../lib/run/form.ts";
import { client } from "../../../stores/host.ts";
import { pull, transferEnd, watchTransfer } from "../../../stores/transfers.ts";

export interface RunState {
  readonly text: RunText;
  /** Fields that show what is wrong with them; all of them once Run was pressed. */
  readonly touched: ReadonlySet<string>;
  readonly tried: boolean;
  readonly phase: "idle" | "pulling" | "starting";
  readonly transfer: number | undefined;
  readonly error: IpcErrorInfo | undefined;
}

const fresh: RunState = { text: emptyRun, touched: new Set(), tried: false, phase: "idle", transfer: undefined, error: undefined };
export const runStore = createStore<RunState>(() => fresh);

/** Changes part of the text; `path` is the field that was typed into. */
export function type(part: Partial<RunText>, path: string): void {
  runStore.setState(({ text, touched }) => ({ text: { ...text, ...part }, touched: touched.has(path) ? touched : new Set(touched).add(path), error: undefined }));
}

/** Begins with another image; what was typed for the same image stays. */
export function beginWith(image: string): void {
  const { text, phase } = runStore.getState();
  if (phase !== "idle" || image === "" || image === text.image) return;
  runStore.setState({ ...fresh, text: { ...emptyRun, image } });
}

/** Empties the form, or fills it with another one. */
export function replaceText(text: RunText): void {
  if (runStore.getState().phase === "idle") runStore.setState({ ...fresh, text });
}

/**
 * Runs the form, after a pull where the image is not here.
 * @returns the new container and the engine's warnings, or undefined when it failed; the reason is then in the store
 */
export async function submit(form: ContainerForm, pullFirst: boolean): Promise<{ id: string; warnings: string[] } | undefined> {
  try {
    if (pullFirst) {
      const transfer = pull(form.image);
      runStore.setState({ phase: "pulling", transfer, error: undefined });
      watchTransfer(transfer);
      const end = await transferEnd(transfer);
      watchTransfer(undefined);
      if (end?.phase !== "done") {
        runStore.setState({ phase: "idle", error: end?.error });
        return undefined;
      }
    }
    runStore.setState({ phase: "starting", error: undefined });
    const created = await client().containers.run(form);
    runStore.setState(fresh);
    return created;
  } catch (error) {
    runStore.setState({ phase: "idle", error: toIpcErrorInfo(error) });
    return undefined;
  }
}
