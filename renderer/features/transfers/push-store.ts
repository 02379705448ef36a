/** What is typed into the push, kept until it is under way. */
import { createStore } from "zustand/vanilla";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { client } from "../../stores/host.ts";
import { push } from "../../stores/transfers.ts";
import type { PushForm, PushText } from "./push-form.ts";

export interface PushState {
  readonly text: PushText;
  readonly tried: boolean;
  readonly busy: boolean;
  readonly transfer: number | undefined;
  readonly error: IpcErrorInfo | undefined;
}

const fresh: PushState = { text: { source: "", target: "", allTags: false }, tried: false, busy: false, transfer: undefined, error: undefined };

export const pushStore = createStore<PushState>(() => fresh);

/** Begins with an image; what was typed for the same one stays. */
export function beginPush(source: string): void {
  const { text, busy } = pushStore.getState();
  if (busy || source === text.source) return;
  pushStore.setState({ ...fresh, text: { source, target: source.includes(":") || source.includes("/") ? source : "", allTags: false } });
}

export function typePush(part: Partial<PushText>): void {
  pushStore.setState(({ text }) => ({ text: { ...text, ...part }, error: undefined, transfer: undefined }));
}

/** Makes the tags that are missing and starts the push. */
export async function submitPush(form: PushForm, allTags: boolean): Promise<void> {
  pushStore.setState({ tried: true, busy: true, error: undefined, transfer: undefined });
  try {
    for (const { from, to } of form.tags) await client().images.tag({ id: from, target: to });
    pushStore.setState({ busy: false, transfer: push(form.target, allTags) });
  } catch (error) {
    pushStore.setState({ busy: false, error: toIpcErrorInfo(error) });
  }
}

/** The push is under way or over: the next one begins afresh. */
export function leavePush(): void {
  if (pushStore.getState().transfer !== undefined) pushStore.setState(fresh);
}
