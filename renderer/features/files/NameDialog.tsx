import { useState, type ReactNode } from "react";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Field, Input } from "../../ui/field/Field.tsx";
import { FormDialog } from "../../ui/overlay/FormDialog.tsx";
import { wrongName } from "./paths.ts";

export interface NameDialogProps {
  readonly title: string;
  readonly hint?: ReactNode;
  readonly action: string;
  readonly initial: string;
  /** Names that are there already. */
  readonly taken: ReadonlySet<string>;
  /** Rejects with why it could not be done; the dialog then stays. */
  readonly onName: (name: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks for the name of a file or folder. */
export function NameDialog({ title, hint, action, initial, taken, onName, onClose }: NameDialogProps) {
  const [name, setName] = useState(initial);
  const [typed, setTyped] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<IpcErrorInfo>();
  const wrong = name === initial && initial !== "" ? undefined : wrongName(name, taken);
  async function go(): Promise<void> {
    setTyped(true);
    if (wrong !== undefined || busy) return;
    if (name === initial) return onClose();
    setBusy(true);
    try {
      await onName(name);
      onClose();
    } catch (thrown) {
      setError(toIpcErrorInfo(thrown));
      setBusy(false);
    }
  }
  return (
    <FormDialog open onClose={onClose} width="narrow" title={title} submit={{ label: action, disabled: busy || (typed && wrong !== undefined) }} onSubmit={() => void go()}>
      <Field label="Name" hint={hint} error={typed ? wrong : undefined}>
        {(props) => <Input {...props} mono autoFocus value={name} onFocus={(event) => selectStem(event.target)} onChange={(event) => { setName(event.target.value); setTyped(true); setError(undefined); }} />}
      </Field>
      {error && <Problem title={error.message} raw={error.cause} />}
    </FormDialog>
  );
}

/** The part that people change: "photo" of "photo.png". */
function selectStem(input: HTMLInputElement): void {
  const dot = input.value.lastIndexOf(".");
  input.setSelectionRange(0, dot > 0 ? dot : input.value.length);
}
