/** Values of settings that windows need at their start: without the validators, whose library takes as long to load as half of a window. */
import type { UserSettings } from "./settings.ts";

/** What notifications can be about; each can be muted. Failures of what was asked for in the window are always said. */
export const NOTICE_TOPICS = ["builds", "transfers", "containers", "engine"] as const;
export type NoticeTopic = (typeof NOTICE_TOPICS)[number];

export const DEFAULT_SETTINGS: UserSettings = { theme: "system", compactRows: false, muted: [], keepRemovedHours: 24, onQuit: "ask", startAtLogin: false, welcomed: false };
