import { useState } from "react";
import { useStore } from "zustand";
import { quoteWord } from "../../../lib/shell.ts";
import type { ContainerRow } from "../../../stores/container-row.ts";
import { containersStore } from "../../../stores/containers.ts";
import { client } from "../../../stores/host.ts";
import { Field, Input } from "../../../ui/field/Field.tsx";
import { WorkDialog } from "./WorkDialog.tsx";

/** Gives a container another name. */
export function RenameDialog({ open, row }: { readonly open: boolean; readonly row: ContainerRow }) {
  const [name, setName] = useState(row.name);
  const rows = useStore(containersStore, (state) => state.rows);
  const wrong = nameProblem(name, rows.find((other) => other.name === name && other.id !== row.id)?.name);
  return (
    <WorkDialog open={open} title={`Rename ${row.name}`} description="It goes on running. Other containers find it by the new name." command={`docker rename ${row.name} ${quoteWord(name || "NAME")}`} action="Rename" doing="Renaming" ready={wrong === undefined && name !== row.name} run={async () => client().containers.rename({ id: row.id, name })}>
      <Field label="New name" error={name === row.name ? undefined : wrong}>{(field) => <Input {...field} mono autoFocus value={name} onFocus={(event) => event.target.select()} onChange={(event) => setName(event.target.value)} />}</Field>
    </WorkDialog>
  );
}

/** What is wrong with a name, by Docker's grammar. */
export function nameProblem(name: string, taken: string | undefined): string | undefined {
  if (name === "") return "A container needs a name.";
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) return "Two or more letters, digits, _ . or -, beginning with a letter or digit.";
  if (taken !== undefined) return `Another container is called ${taken}.`;
  return undefined;
}
