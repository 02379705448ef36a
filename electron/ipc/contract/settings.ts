/** What the user chose, kept in the host's settings file. Changes reach every window through the `events` stream. */
import { oc, type } from "@orpc/contract";
import { z } from "zod";
import { NOTICE_TOPICS } from "./notice-topics.ts";

export const settingsForm = z.object({
  theme: z.enum(["system", "light", "dark"]),
  /** Lists with rows of 28 pixels instead of 36. */
  compactRows: z.boolean(),
  /** Topics that show no message in the corner; they are still kept in the list of notifications. */
  muted: z.array(z.enum(NOTICE_TOPICS)).max(NOTICE_TOPICS.length),
  /** Hours for which what is removed in the window can be brought back, where the engine keeps it; 0 removes for good. */
  keepRemovedHours: z.number().int().min(0).max(31 * 24),
  /** What becomes of the engine when the application quits. */
  onQuit: z.enum(["ask", "keep", "stop"]),
  /** Only under Electron. */
  startAtLogin: z.boolean(),
  /** The first steps were seen, or were not needed. */
  welcomed: z.boolean(),
});
export type UserSettings = z.output<typeof settingsForm>;

export const settings = {
  get: oc.output(type<UserSettings>()),
  /** Changes what is named; answers with all of it. */
  update: oc.input(settingsForm.partial()).output(type<UserSettings>()),
};
