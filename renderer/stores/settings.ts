/** What the user chose for this desktop: kept by the host, the same in all its windows. */
import { createStore } from "zustand/vanilla";
import { DEFAULT_SETTINGS } from "../../electron/ipc/contract/setting-values.ts";
import type { UserSettings } from "../../electron/ipc/contract/settings.ts";
import { client } from "./host.ts";
import { prefsStore } from "./prefs.ts";
import { report } from "./report.ts";

/** Until the host has said anything: what this window saw last, and no first steps. */
export const settingsStore = createStore<UserSettings>(() => ({ ...DEFAULT_SETTINGS, welcomed: true, theme: prefsStore.getState().theme, compactRows: prefsStore.getState().compactRows }));

/** What the host says. The look is also kept in the page, so that its first paint is right. */
export function receiveSettings(settings: UserSettings): void {
  settingsStore.setState(settings);
  const { theme, compactRows } = settings;
  const prefs = prefsStore.getState();
  if (prefs.theme !== theme || prefs.compactRows !== compactRows) prefsStore.setState({ theme, compactRows });
}

/** Changes settings here at once, then in the host and its other windows. */
export async function changeSettings(part: Partial<UserSettings>): Promise<void> {
  const before = settingsStore.getState();
  receiveSettings({ ...before, ...part });
  try {
    receiveSettings(await client().settings.update(part));
  } catch (error) {
    receiveSettings(before);
    report("The setting was not kept.", error);
  }
}
