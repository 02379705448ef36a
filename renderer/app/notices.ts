import { onDidNotice } from "../stores/notices.ts";
import { keepNotice } from "../stores/notifications.ts";
import { settingsStore } from "../stores/settings.ts";
import { toasts } from "../ui/feedback/toasts.ts";

const doneMs = 4000;
const errorMs = 12_000;

/** Keeps every notice, and shows it as a toast unless its topic is muted. What can be acted on stays long enough for it. */
export function showNotices(): () => void {
  return onDidNotice((each) => {
    keepNotice(each);
    const { kind, topic, title, description, actions, raw } = each;
    if (topic !== undefined && settingsStore.getState().muted.includes(topic)) return;
    toasts.add({
      title,
      description,
      type: kind,
      priority: kind === "error" ? "high" : "low",
      timeout: kind === "error" || actions ? errorMs : doneMs,
      data: { ...(actions && { actions }), ...(raw !== undefined && { raw }) },
    });
  });
}
