/** What is changed in the edit dialog: kept until it is applied or given up, whatever happens meanwhile. */
import { createStore } from "zustand/vanilla";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import type { ContainerForm } from "../../../../electron/ipc/contract/container-form.ts";
import type { Reconfiguration } from "../../../../electron/ipc/contract/containers.ts";
import { emptyRun, type RunText } from "../../../lib/run/form.ts";
import { textOfRequest } from "../../../lib/run/from-request.ts";
import { client } from "../../../stores/host.ts";
import { notice } from "../../../stores/notices.ts";
import { report } from "../../../stores/report.ts";

export interface EditState {
  /** The container that is edited; empty for none. */
  readonly id: string;
  /** The form as the container is. */
  readonly base: RunText;
  readonly text: RunText;
  readonly touched: ReadonlySet<string>;
  readonly tried: boolean;
  readonly phase: "loading" | "failed" | "idle" | "asking" | "applying";
  /** What would change; shown in place of the form. */
  readonly preview: Reconfiguration | undefined;
  /** The preview is of going back, not of the form. */
  readonly back: boolean;
  /** What going back to the configuration before would change. */
  readonly undo: Reconfiguration | null;
  readonly error: IpcErrorInfo | undefined;
}

const fresh: EditState = { id: "", base: emptyRun, text: emptyRun, touched: new Set(), tried: false, phase: "loading", preview: undefined, back: false, undo: null, error: undefined };
export const editStore = createStore<EditState>(() => fresh);

/** Changes part of the text; `path` is the field that was typed into. */
export function typeEdit(part: Partial<RunText>, path: string): void {
  editStore.setState(({ text, touched }) => ({ text: { ...text, ...part }, touched: touched.has(path) ? touched : new Set(touched).add(path), error: undefined }));
}

/** Whether something was typed that is not applied yet. */
export function isChanged({ text, base }: EditState): boolean {
  return text !== base;
}

/** Opens a container for editing. What was typed for the same container stays. */
export async function edit(id: string, name: string): Promise<void> {
  const before = editStore.getState();
  if (before.phase === "applying") return;
  if (before.id === id && isChanged(before)) return;
  editStore.setState({ ...fresh, id });
  await read(id, name);
}

async function read(id: string, name: string): Promise<void> {
  try {
    const { request, undo } = await client().containers.configuration({ id });
    const base = textOfRequest(request, name);
    if (editStore.getState().id === id) editStore.setState({ base, text: base, phase: "idle", undo });
  } catch (error) {
    if (editStore.getState().id === id) editStore.setState({ phase: "failed", error: toIpcErrorInfo(error) });
  }
}

/** Forgets what was typed. */
export function resetEdit(): void {
  editStore.setState(({ base }) => ({ text: base, touched: new Set<string>(), tried: false, error: undefined, preview: undefined }));
}

/** Asks the engine what the form would change; it is then in the store. */
export async function previewEdit(form: ContainerForm): Promise<void> {
  const { id } = editStore.getState();
  editStore.setState({ phase: "asking", error: undefined });
  try {
    const preview = await client().containers.reconfigure({ id, form, dryRun: true });
    editStore.setState({ phase: "idle", preview, back: false });
  } catch (error) {
    editStore.setState({ phase: "idle", error: toIpcErrorInfo(error) });
  }
}

/** Applies what was previewed. @returns whether it worked; the reason is otherwise in the store */
export async function applyEdit(form: ContainerForm | undefined, name: string): Promise<boolean> {
  const { id, back } = editStore.getState();
  editStore.setState({ phase: "applying", error: undefined });
  try {
    const { warnings } = back ? await client().containers.undoReconfiguration({ id }) : await client().containers.reconfigure({ id, form: form as ContainerForm });
    editStore.setState(fresh);
    notice({
      kind: "done",
      title: back ? `${name} has the configuration it had before.` : `${name} has its new configuration.`,
      ...(warnings.length > 0 && { description: warnings.join("\n") }),
      actions: [{ label: "Go back", run: () => void goBack(id, name) }],
    });
    return true;
  } catch (error) {
    editStore.setState({ phase: "idle", preview: undefined, error: toIpcErrorInfo(error) });
    return false;
  }
}

/** One click: the configuration before comes back. */
async function goBack(id: string, name: string): Promise<void> {
  try {
    await client().containers.undoReconfiguration({ id });
    notice({ kind: "done", title: `${name} has the configuration it had before.` });
  } catch (error) {
    report(`${name} did not go back.`, error);
  }
}
