import { Copy, Ellipsis, ScrollText, SquareTerminal } from "lucide-react";
import type { ContainerRow, Deed } from "../../../stores/container-row.ts";
import { allows } from "../../../stores/containers.ts";
import { href, navigate } from "../../../stores/route.ts";
import { IconButton } from "../../../ui/button/Button.tsx";
import { copyText } from "../../../ui/display/Copy.tsx";
import { MenuButton, type MenuAction } from "../../../ui/overlay/MenuButton.tsx";
import { deedLooks, performAll } from "../deeds.tsx";

/** Start or stop, restart, remove, and the rest behind three dots. */
export function RowActions({ row }: { readonly row: ContainerRow }) {
  const main: Deed = row.state === "paused" ? "unpause" : allows(row, "start") || (row.busy === "start") ? "start" : "stop";
  return (
    <>
      <DeedButton row={row} deed={main} />
      <DeedButton row={row} deed="restart" />
      <DeedButton row={row} deed="remove" />
      <MenuButton actions={moreActions(row)} trigger={<IconButton label={`More actions for ${row.name}`} tip="More"><Ellipsis /></IconButton>} />
    </>
  );
}

function DeedButton({ row, deed }: { readonly row: ContainerRow; readonly deed: Deed }) {
  const { word, icon: Icon } = deedLooks[deed];
  return (
    <IconButton label={`${word} ${row.name}`} tip={word} danger={deed === "remove"} disabled={!allows(row, deed)} onClick={() => performAll(deed, [row])}>
      <Icon />
    </IconButton>
  );
}

function moreActions(row: ContainerRow): MenuAction[] {
  const rest: Deed[] = row.state === "paused" ? ["stop", "kill"] : ["pause", "kill"];
  return [
    { label: "Logs", icon: <ScrollText />, run: () => navigate(href.container(row.id, "logs")) },
    { label: "Terminal", icon: <SquareTerminal />, disabled: row.state !== "running", run: () => navigate(href.container(row.id, "terminal")) },
    ...rest.map((deed, index): MenuAction => {
      const { word, icon: Icon } = deedLooks[deed];
      return { label: word, icon: <Icon />, disabled: !allows(row, deed), apart: index === 0, run: () => performAll(deed, [row]) };
    }),
    { label: "Copy ID", icon: <Copy />, apart: true, run: () => void copyText(row.id) },
  ];
}
