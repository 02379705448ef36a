import { createStore } from "zustand/vanilla";

/** Whether the panel over the status bar is open. */
export const panelStore = createStore<{ readonly open: boolean }>(() => ({ open: false }));

export function toggleTransfers(): void {
  panelStore.setState(({ open }) => ({ open: !open }));
}
