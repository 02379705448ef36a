import { Popover } from "@base-ui/react/popover";
import { Cable } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { client } from "../../stores/host.ts";
import { prefsStore } from "../../stores/prefs.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Field, Input, Select } from "../../ui/field/Field.tsx";
import { addTerminal } from "./terminals.ts";
import css from "./Terminal.module.css";

/** Chooses the shell, the user and the folder of another terminal. */
export function NewTerminal({ containerId }: { readonly containerId: string }) {
  const [shells, setShells] = useState<readonly string[]>();
  const preferred = useStore(prefsStore, (prefs) => prefs.shell);
  const [shell, setShell] = useState("");
  const [user, setUser] = useState("");
  const [workingDir, setWorkingDir] = useState("");
  useEffect(() => {
    const cancel = new AbortController();
    client().terminal.shells({ containerId }, { signal: cancel.signal }).then((found) => {
      setShells(found);
      setShell((before) => before || (found.find((path) => path.endsWith(`/${preferred}`)) ?? ""));
    }, () => { if (!cancel.signal.aborted) setShells([]); });
    return () => cancel.abort();
  }, [containerId, preferred]);
  const wrong = workingDir !== "" && !workingDir.startsWith("/") ? "A path from the root." : undefined;
  function open(): void {
    if (wrong) return;
    prefsStore.setState({ shell: shell.slice(shell.lastIndexOf("/") + 1) });
    addTerminal(containerId, { place: { containerId }, shell, user: user.trim() || undefined, workingDir: workingDir || undefined });
  }
  return (
    <form className={css["new"]} onSubmit={(event) => { event.preventDefault(); open(); }}>
      <Field label="Shell" hint={shells === undefined ? "Looking for shells." : shells.length === 0 ? "None was found in the image." : undefined}>
        {(field) => <Select {...field} value={shell} options={[{ value: "", label: "Best shell" }, ...(shells ?? []).map((path) => ({ value: path, label: path }))]} onChange={(event) => setShell(event.target.value)} />}
      </Field>
      <Field label="User">{(field) => <Input {...field} mono placeholder="as the container" value={user} onChange={(event) => setUser(event.target.value)} />}</Field>
      <Field label="Working directory" error={wrong}>{(field) => <Input {...field} mono placeholder="as the container" value={workingDir} onChange={(event) => setWorkingDir(event.target.value)} />}</Field>
      <Popover.Close render={<Button variant="primary" type="button" disabled={wrong !== undefined} onClick={open}>Open</Button>} />
      <Popover.Close render={<Button type="button" icon={<Cable />} onClick={() => addTerminal(containerId, { place: { attachTo: containerId }, shell: "" })}>Attach to the main process</Button>} />
    </form>
  );
}
