import { useState } from "react";
import type { ContainerRow } from "../../../stores/container-row.ts";
import { client } from "../../../stores/host.ts";
import { Field, Select } from "../../../ui/field/Field.tsx";
import { WorkDialog } from "./WorkDialog.tsx";

const signals: readonly (readonly [string, string])[] = [
  ["SIGKILL", "end at once"],
  ["SIGTERM", "end in order"],
  ["SIGINT", "interrupt, as Ctrl+C does"],
  ["SIGQUIT", "end and say where it was"],
  ["SIGHUP", "read the configuration again"],
  ["SIGUSR1", "meaning given by the program"],
  ["SIGUSR2", "meaning given by the program"],
  ["SIGSTOP", "stand still"],
  ["SIGCONT", "go on"],
  ["SIGWINCH", "another terminal size, or a graceful end"],
];

/** Sends a signal to a container's main process. */
export function SignalDialog({ open, row }: { readonly open: boolean; readonly row: ContainerRow }) {
  const [signal, setSignal] = useState("SIGKILL");
  return (
    <WorkDialog open={open} title={`Send a signal to ${row.name}`} description="Its main process gets it. What it does then is the program's business; SIGKILL and SIGSTOP cannot be ignored." command={`docker kill${signal === "SIGKILL" ? "" : ` --signal ${signal}`} ${row.name}`} action={`Send ${signal}`} doing="Sending" danger={signal === "SIGKILL"} ready run={async () => client().containers.kill({ id: row.id, signal })}>
      <Field label="Signal">{(field) => <Select {...field} autoFocus value={signal} options={signals.map(([value, words]) => ({ value, label: `${value}, ${words}` }))} onChange={(event) => setSignal(event.target.value)} />}</Field>
    </WorkDialog>
  );
}
