import { onDidNotice } from "../stores/notices.ts";
import { toasts } from "../ui/feedback/toasts.ts";

const doneMs = 4000;
const errorMs = 12_000;

/** Shows every notice as a toast. Errors stay long enough to be read and acted on. */
export function showNotices(): () => void {
  return onDidNotice(({ kind, title, description, actions, raw }) => {
    toasts.add({
      title,
      description,
      type: kind,
      priority: kind === "error" ? "high" : "low",
      timeout: kind === "error" ? errorMs : doneMs,
      data: { ...(actions && { actions }), ...(raw !== undefined && { raw }) },
    });
  });
}
