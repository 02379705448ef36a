import { ArrowUpRight, Camera, ChartLine, Copy, FileDown, Pencil, ScrollText, SlidersHorizontal, SquareTerminal, Zap } from "lucide-react";
import type { ContainerRow, Deed } from "../../stores/container-row.ts";
import { allows } from "../../stores/containers.ts";
import { engineStore, isSlipway } from "../../stores/engine.ts";
import { href, navigate, openDialog } from "../../stores/route.ts";
import { copyText } from "../../ui/display/Copy.tsx";
import type { MenuAction } from "../../ui/overlay/MenuItems.tsx";
import { deedLooks, performAll } from "./deeds.tsx";
import { openContainerDialog } from "./dialogs/store.ts";

/** Everything that can be done with one container or with several, for context menus. */
export function containerMenu(rows: readonly ContainerRow[], done?: () => void): readonly MenuAction[] {
  const [row] = rows;
  if (!row) return [];
  return rows.length === 1 ? [...placesOf(row), ...deedsOf(rows, done), ...workOn(row), ...removal(rows, done)] : [...deedsOf(rows, done), { label: `Copy ${rows.length} IDs`, icon: <Copy />, apart: true, run: () => void copyText(rows.map((each) => each.id).join("\n")) }, ...removal(rows, done)];
}

/** What the three dots offer where the most frequent deeds have buttons of their own. */
export function moreActions(row: ContainerRow): readonly MenuAction[] {
  const rest: readonly Deed[] = row.state === "paused" ? ["stop"] : ["pause"];
  return [...placesOf(row).slice(1), ...deedsOf([row], undefined, rest), ...workOn(row)];
}

/** The same on a container's own page, where its tabs are in sight. */
export function workMenu(row: ContainerRow): readonly MenuAction[] {
  return [...deedsOf([row], undefined, row.state === "paused" ? ["stop"] : ["pause"]).map((action) => ({ ...action, apart: false })), ...workOn(row)];
}

function placesOf(row: ContainerRow): MenuAction[] {
  return [
    { label: "Open", icon: <ArrowUpRight />, shortcut: "Enter", run: () => navigate(href.container(row.id)) },
    { label: "Logs", icon: <ScrollText />, run: () => navigate(href.container(row.id, "logs")) },
    { label: "Terminal", icon: <SquareTerminal />, disabled: row.state !== "running", run: () => navigate(href.container(row.id, "terminal")) },
    { label: "Stats", icon: <ChartLine />, run: () => navigate(href.container(row.id, "stats")) },
  ];
}

function deedsOf(rows: readonly ContainerRow[], done?: () => void, deeds: readonly Deed[] = ["start", "stop", "restart", "pause", "unpause"]): MenuAction[] {
  return deeds.flatMap((deed): MenuAction[] => {
    const able = rows.filter((row) => allows(row, deed));
    if (able.length === 0 && deed === "unpause") return [];
    const { word, icon: Icon } = deedLooks[deed];
    return [{ label: rows.length > 1 && able.length < rows.length ? `${word} ${able.length} of them` : word, icon: <Icon />, disabled: able.length === 0, run: () => performAll(deed, able, done) }];
  }).map((action, index) => ({ ...action, apart: index === 0 && rows.length === 1 }));
}

/** What needs a word or two before it is done. */
function workOn(row: ContainerRow): MenuAction[] {
  return [
    { label: "Send a signal", icon: <Zap />, disabled: !allows(row, "kill"), run: () => openContainerDialog("kill", row.id) },
    ...(isSlipway(engineStore.getState()) ? [{ label: "Edit", icon: <SlidersHorizontal />, apart: true, disabled: row.state === "dead" || row.state === "removing", run: () => openDialog("edit", row.id) }] : []),
    { label: "Rename", icon: <Pencil />, apart: !isSlipway(engineStore.getState()), disabled: row.busy !== undefined, run: () => openContainerDialog("rename", row.id) },
    { label: "Commit to an image", icon: <Camera />, run: () => openContainerDialog("commit", row.id) },
    { label: "Export to a file", icon: <FileDown />, run: () => openContainerDialog("export", row.id) },
    { label: "Copy ID", icon: <Copy />, apart: true, run: () => void copyText(row.id) },
    { label: "Copy name", icon: <Copy />, run: () => void copyText(row.name) },
  ];
}

function removal(rows: readonly ContainerRow[], done?: () => void): MenuAction[] {
  const { word, icon: Icon } = deedLooks.remove;
  const able = rows.filter((row) => allows(row, "remove"));
  return [{ label: rows.length === 1 ? word : `${word} ${able.length}`, icon: <Icon />, danger: true, apart: true, shortcut: "Delete", disabled: able.length === 0, run: () => performAll("remove", able, done) }];
}
