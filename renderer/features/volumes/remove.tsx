import type { BinEntry } from "../../../electron/ipc/contract/bin.ts";
import { size } from "../../lib/size.ts";
import { plural } from "../../lib/time.ts";
import { comesBack, keepHours, offerUndo } from "../../stores/bin.ts";
import { notice } from "../../stores/notices.ts";
import { href, navigate } from "../../stores/route.ts";
import { removeVolumes } from "../../stores/volumes.ts";
import { confirm } from "../../ui/overlay/confirms.ts";
import { shortName, userNames, type UsedVolume } from "./users.ts";
import css from "./Volumes.module.css";

/** Asks once, naming each volume that goes, then removes. Volumes that containers use are refused, with their users. */
export function askRemoveVolumes(volumes: readonly UsedVolume[], after?: () => void): void {
  const free = volumes.filter((volume) => volume.users.length === 0);
  const used = volumes.filter((volume) => volume.users.length > 0);
  const [first] = free;
  if (!first) {
    refuse(used);
    return;
  }
  const what = free.length === 1 ? shortName(first.row) : plural(free.length, "volume");
  const known = free.every((volume) => typeof volume.size === "number");
  const bytes = free.reduce((sum, volume) => sum + (volume.size ?? 0), 0);
  const hours = keepHours();
  const inMemory = free.filter(({ row }) => row.options["type"] === "tmpfs");
  confirm({
    title: `Remove ${what}`,
    body: (
      <>
        <p>{free.length === 1 ? "The volume and every file in it go" : "These volumes and every file in them go"}{known && bytes > 0 && `: ${size(bytes)}`}. {hours > 0 ? comesBack(hours, free.length) : "This cannot be undone."}</p>
        {hours > 0 && inMemory.length > 0 && <p>Files that are in memory do not come back: {inMemory.map(({ row }) => shortName(row)).join(", ")}.</p>}
        {free.length > 1 && <NameList volumes={free} />}
        {used.length > 0 && <p>{used.length === 1 ? "This one stays, because a container uses it:" : "These stay, because containers use them:"} {used.map((volume) => `${shortName(volume.row)} (${userNames(volume.users).join(", ")})`).join(", ")}.</p>}
      </>
    ),
    action: `Remove ${what}`,
    run: async () => {
      const kept: BinEntry[] = [];
      await removeVolumes(free.map((volume) => volume.row.name), (entry) => kept.push(entry));
      offerUndo(kept, kept.length === free.length ? what : plural(kept.length, "volume"));
      after?.();
    },
  });
}

function refuse(used: readonly UsedVolume[]): void {
  const [first] = used;
  const user = first?.users[0]?.container;
  if (!first || !user) return;
  const names = userNames(first.users);
  notice({
    kind: "error",
    title: used.length === 1 ? `${shortName(first.row)} is in use and stays.` : `All ${used.length} volumes are in use and stay.`,
    description: used.length === 1 ? `${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""} mount${names.length === 1 ? "s" : ""} it. Remove ${names.length === 1 ? "that container" : "these containers"} first.` : used.slice(0, 5).map((volume) => `${shortName(volume.row)}: ${userNames(volume.users).join(", ")}.`).join(" "),
    actions: [{ label: `Show ${user.name}`, run: () => navigate(href.container(user.id)) }],
  });
}

/** Names of volumes with what is known of their sizes. */
export function NameList({ volumes }: { readonly volumes: readonly UsedVolume[] }) {
  return (
    <ul className={css["names"]} tabIndex={0} aria-label="Volumes that go">
      {volumes.map((volume) => (
        <li key={volume.row.name}><span className="cut" title={volume.row.name}>{volume.row.name}</span><span className="num">{typeof volume.size === "number" ? size(volume.size) : volume.size === null ? "size not known" : ""}</span></li>
      ))}
    </ul>
  );
}
