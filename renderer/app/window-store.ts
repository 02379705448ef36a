import { createStore } from "zustand/vanilla";

/** Which of the window's own overlays are open. */
export const windowStore = createStore<{ readonly palette: boolean; readonly shortcuts: boolean }>(() => ({ palette: false, shortcuts: false }));
