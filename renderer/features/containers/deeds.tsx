/** What can be done with containers, in the order it is always offered. */
import { Pause, Play, RotateCw, Square, Trash2, Zap, type LucideIcon } from "lucide-react";
import { plural } from "../../lib/time.ts";
import type { ContainerRow, Deed } from "../../stores/container-row.ts";
import { allows, perform } from "../../stores/containers.ts";
import { confirm } from "../../ui/overlay/confirms.ts";

export interface DeedLook {
  readonly word: string;
  readonly icon: LucideIcon;
}

export const deedLooks: Record<Deed, DeedLook> = {
  start: { word: "Start", icon: Play },
  stop: { word: "Stop", icon: Square },
  restart: { word: "Restart", icon: RotateCw },
  pause: { word: "Pause", icon: Pause },
  unpause: { word: "Resume", icon: Play },
  kill: { word: "Kill", icon: Zap },
  remove: { word: "Remove", icon: Trash2 },
};

/** Does a deed to each container that allows it; removing asks first. */
export function performAll(deed: Deed, rows: readonly ContainerRow[], after?: () => void): void {
  if (deed === "remove") askRemove(rows, after);
  else for (const row of rows) if (allows(row, deed)) void perform(deed, row.id);
}

/** Asks once, saying exactly what goes, then removes. */
export function askRemove(rows: readonly ContainerRow[], after?: () => void): void {
  const [first] = rows;
  if (!first) return;
  const running = rows.filter((row) => row.state === "running" || row.state === "paused" || row.state === "restarting");
  const what = rows.length === 1 ? first.name : plural(rows.length, "container");
  confirm({
    title: `Remove ${what}`,
    body: (
      <>
        <p>{rows.length === 1 ? "The container, its log and everything written inside it go." : "The containers, their logs and everything written inside them go."} Images and named volumes stay.</p>
        {running.length > 0 && <p>{rows.length === 1 ? "It is running and will be killed first." : `${running.length} of them ${running.length === 1 ? "is" : "are"} running and will be killed first.`}</p>}
      </>
    ),
    action: `Remove ${what}`,
    run: async () => {
      await Promise.all(rows.map((row) => perform("remove", row.id, { force: running.includes(row), volumes: true })));
      after?.();
    },
  });
}
