/** What notifications can be about; each can be muted. Failures of what was asked for in the window are always said. */
export const NOTICE_TOPICS = ["builds", "transfers", "containers", "engine"] as const;
export type NoticeTopic = (typeof NOTICE_TOPICS)[number];
