import { onDidNotice } from "../stores/notices.ts";
import { toasts } from "../ui/feedback/toasts.ts";

const doneMs = 4000;
const errorMs = 12_000;

/** Shows every notice as a toast. What can be acted on stays long enough for it. */
export function showNotices(): () => void {
  return onDidNotice(({ kind, title, description, actions, raw }) => {
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
