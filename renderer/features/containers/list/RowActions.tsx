import { Ellipsis } from "lucide-react";
import type { ContainerRow, Deed } from "../../../stores/container-row.ts";
import { allows } from "../../../stores/containers.ts";
import { IconButton } from "../../../ui/button/Button.tsx";
import { MenuButton } from "../../../ui/overlay/MenuButton.tsx";
import { deedLooks, performAll } from "../deeds.tsx";
import { moreActions } from "../menu.tsx";

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
