/** Values of settings that windows need at their start: without the validators, whose library takes as long to load as half of a window. */
import type { UserSettings } from "./settings.ts";

export const DEFAULT_SETTINGS: UserSettings = { theme: "system", compactRows: false, muted: [], keepRemovedHours: 24, onQuit: "ask", startAtLogin: false, welcomed: false };
