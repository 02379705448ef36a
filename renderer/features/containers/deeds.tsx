/** What can be done with containers, in the order it is always offered. */
import { Pause, Play, RotateCw, Square, Trash2, Zap, type LucideIcon } from "lucide-react";
import type { BinEntry } from "../../../electron/ipc/contract/bin.ts";
import { plural } from "../../lib/time.ts";
import { comesBack, keepHours, offerUndo } from "../../stores/bin.ts";
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

/** Names that are listed before a removal; the rest is counted. */
const FEW = 8;

/** Does a deed to each container that allows it; removing asks first. */
export function performAll(deed: Deed, rows: readonly ContainerRow[], after?: () => void): void {
  if (deed === "remove") askRemove(rows, after);
  else for (const row of rows) if (allows(row, deed)) void perform(deed, row.id);
}

/**
 * Asks once, saying exactly what goes, then removes.
 * @param all what they are together: "project shop"
 */
export function askRemove(rows: readonly ContainerRow[], after?: () => void, all?: string): void {
  const [first] = rows;
  if (!first) return;
  const running = rows.filter((row) => row.state === "running" || row.state === "paused" || row.state === "restarting");
  const volumes = anonymousVolumes(rows);
  const hours = keepHours();
  const what = all ?? (rows.length === 1 ? first.name : plural(rows.length, "container"));
  confirm({
    title: `Remove ${what}`,
    body: (
      <>
        <p>{rows.length === 1 ? "The container, its log and everything written inside it go." : "The containers, their logs and everything written inside them go."} Images and named volumes stay.{hours > 0 && ` ${comesBack(hours, rows.length)}`}</p>
        {(rows.length > 1 || all !== undefined) && <p>{names(rows.map((row) => row.name))}.</p>}
        {volumes.length > 0 && <p>{volumes.length === 1 ? "An anonymous volume goes too" : "Anonymous volumes go too"}, unless another container uses {volumes.length === 1 ? "it" : "them"}: {names(volumes.map((volume) => `${volume.name.slice(0, 12)} at ${volume.path}`))}.</p>}
        {running.length > 0 && <p>{rows.length === 1 ? "It is running and will be killed first." : `${running.length} of them ${running.length === 1 ? "is" : "are"} running and will be killed first.`}</p>}
      </>
    ),
    action: `Remove ${what}`,
    run: async () => {
      const kept: BinEntry[] = [];
      await Promise.all(rows.map((row) => perform("remove", row.id, { force: running.includes(row), volumes: true, keep: (entry) => kept.push(entry) })));
      offerUndo(kept, kept.length === rows.length ? what : plural(kept.length, "container"));
      after?.();
    },
  });
}

/** Volumes that go with their containers: the engine named them, with 64 digits. */
export function anonymousVolumes(rows: readonly ContainerRow[]): readonly { readonly name: string; readonly path: string }[] {
  return rows.flatMap((row) => (row.info.Mounts ?? []).flatMap((mount) => (mount.Type === "volume" && mount.Name !== undefined && /^[0-9a-f]{64}$/.test(mount.Name) ? [{ name: mount.Name, path: mount.Destination }] : [])));
}

function names(list: readonly string[]): string {
  return list.length > FEW + 1 ? `${list.slice(0, FEW).join(", ")} and ${list.length - FEW} more` : list.join(", ");
}
