import { useRef } from "react";
import { useStore } from "zustand";
import { containersStore } from "../../../stores/containers.ts";
import { CommitDialog } from "./CommitDialog.tsx";
import { ExportDialog } from "./ExportDialog.tsx";
import { PruneContainersDialog } from "./PruneContainersDialog.tsx";
import { RenameDialog } from "./RenameDialog.tsx";
import { SignalDialog } from "./SignalDialog.tsx";
import { containerDialogStore } from "./store.ts";

const dialogs = { rename: RenameDialog, kill: SignalDialog, commit: CommitDialog, export: ExportDialog } as const;

/** The dialogs about containers, over every screen. */
export function ContainerDialogs() {
  const { open, kind, id, round } = useStore(containerDialogStore);
  const row = useStore(containersStore, (state) => state.byId.get(id));
  const last = useRef(row);
  // What was typed stays while the list is read again, or the container goes.
  if (row) last.current = row;
  const shown = last.current?.id === id ? last.current : undefined;
  const Kind = dialogs[kind];
  return (
    <>
      {shown && <Kind key={round} open={open} row={shown} />}
      <PruneContainersDialog />
    </>
  );
}
