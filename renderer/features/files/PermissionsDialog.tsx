import { useState } from "react";
import type { FileEntry, FilesOwner } from "../../../electron/ipc/contract/files.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { client } from "../../stores/host.ts";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Check, Field, Input } from "../../ui/field/Field.tsx";
import { FormDialog } from "../../ui/overlay/FormDialog.tsx";
import { modeText, octal, parseOctal } from "./modes.ts";
import { shownName } from "./paths.ts";
import css from "./Files.module.css";

const who = [["Owner", 6], ["Group", 3], ["Others", 0]] as const;
const what = [["read", 4], ["write", 2], ["execute", 1]] as const;

/** Owner, group and permission bits of one entry. */
export function PermissionsDialog({ owner, entry, path, onDone, onClose }: { readonly owner: FilesOwner; readonly entry: FileEntry; readonly path: string; readonly onDone: () => void; readonly onClose: () => void }) {
  const [mode, setMode] = useState(octal(entry.mode));
  const [user, setUser] = useState(entry.user || String(entry.uid));
  const [group, setGroup] = useState(entry.group || String(entry.gid));
  const [recursive, setRecursive] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<IpcErrorInfo>();
  const link = entry.type === "symlink";
  const bits = parseOctal(mode);
  const wrong = bits === undefined ? "Three or four digits from 0 to 7, as chmod takes them." : undefined;
  async function apply(): Promise<void> {
    if (busy || wrong !== undefined || user.trim() === "" || group.trim() === "") return;
    setBusy(true);
    const sameOwner = user === (entry.user || String(entry.uid)) && group === (entry.group || String(entry.gid));
    try {
      await client().files.setAttributes({ owner, path, recursive, ...(link || (bits === entry.mode && !recursive && sameOwner) ? {} : { mode: bits }), ...(sameOwner && !recursive ? {} : { user: user.trim(), group: group.trim() }) });
      onDone();
      onClose();
    } catch (thrown) {
      setError(toIpcErrorInfo(thrown));
      setBusy(false);
    }
  }
  return (
    <FormDialog open onClose={onClose} width="narrow" title={`Permissions of ${shownName(entry.name)}`} submit={{ label: "Apply", disabled: busy || wrong !== undefined }} onSubmit={() => void apply()}>
      {!link && (
        <>
          <div className={css["bits"]} role="group" aria-label="Permissions">
            {who.map(([name, shift]) => (
              <div key={name} className={css["bitsRow"]} role="group" aria-label={name}>
                <span>{name}</span>
                {what.map(([word, bit]) => <Check key={word} label={word} checked={((bits ?? 0) & (bit << shift)) !== 0} disabled={bits === undefined} onChange={(event) => setMode(octal(event.target.checked ? (bits ?? 0) | (bit << shift) : (bits ?? 0) & ~(bit << shift)))} />)}
              </div>
            ))}
          </div>
          <Field label="As a number" error={wrong} hint={bits === undefined ? undefined : <code className="mono">{modeText(bits, entry.type)}</code>}>
            {(props) => <Input {...props} mono inputMode="numeric" value={mode} onChange={(event) => setMode(event.target.value)} />}
          </Field>
        </>
      )}
      <div className={css["pair"]}>
        <Field label="User" hint="Name or number" error={user.trim() === "" ? "A user is needed." : undefined}>{(props) => <Input {...props} mono value={user} onChange={(event) => setUser(event.target.value)} />}</Field>
        <Field label="Group" hint="Name or number" error={group.trim() === "" ? "A group is needed." : undefined}>{(props) => <Input {...props} mono value={group} onChange={(event) => setGroup(event.target.value)} />}</Field>
      </div>
      {entry.type === "directory" && <Check label="Everything in it too" hint="Files get execute only where they have it already." checked={recursive} onChange={(event) => setRecursive(event.target.checked)} />}
      {error && <Problem title={error.message} raw={error.cause} />}
    </FormDialog>
  );
}
