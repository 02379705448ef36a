import { useState } from "react";
import { useStore } from "zustand";
import { toIpcErrorInfo } from "../../../electron/ipc/errors.ts";
import type { BinEntry } from "../../../electron/ipc/contract/bin.ts";
import { entryName, restore } from "../../stores/bin.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Field, Input } from "../../ui/field/Field.tsx";
import { Dialog } from "../../ui/overlay/Dialog.tsx";
import { renamingStore } from "./restore-store.ts";

/** Asks for another name, where that of a removed thing is taken. */
export function RenameRestoredDialog() {
  const renaming = useStore(renamingStore);
  return renaming.entry && <Asking key={renaming.entry.id} entry={renaming.entry} message={renaming.message} />;
}

function Asking({ entry, message }: { readonly entry: BinEntry; readonly message: string }) {
  const [name, setName] = useState(`${entryName(entry)}-restored`);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const close = (): void => renamingStore.setState({ entry: undefined }, true);
  async function run() {
    setBusy(true);
    try {
      await restore(entry, name);
      close();
    } catch (problem) {
      setError(toIpcErrorInfo(problem).message);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Dialog
      open
      onClose={close}
      title={`Bring back ${entryName(entry)} under another name`}
      description={<p>{message}</p>}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" disabled={busy || name.trim() === ""} onClick={() => void run()}>{busy ? "Bringing back" : "Bring back"}</Button>
        </>
      }
    >
      <Field label="New name" error={error}>
        {(field) => <Input {...field} mono autoFocus value={name} onFocus={(event) => event.target.select()} onChange={(event) => { setName(event.target.value); setError(undefined); }} onKeyDown={(event) => { if (event.key === "Enter" && !busy) void run(); }} />}
      </Field>
    </Dialog>
  );
}
