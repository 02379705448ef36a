import { useEffect, useRef, useState } from "react";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { size } from "../../lib/size.ts";
import { plural } from "../../lib/time.ts";
import { notice } from "../../stores/notices.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Check, Field, Input } from "../../ui/field/Field.tsx";
import { Segments } from "../../ui/field/Segments.tsx";
import { Dialog } from "../../ui/overlay/Dialog.tsx";
import { exportShown, exportWhole, type ExportProgress } from "./export.ts";
import type { LogLens } from "./lens.ts";
import type { LogSession } from "./session.ts";
import css from "./Logs.module.css";

export interface ExportDialogProps {
  readonly session: LogSession;
  readonly lens: LogLens;
  readonly name: string;
  readonly onClose: () => void;
}

/** Writes lines to a file of the host. */
export function ExportDialog({ session, lens, name, onClose }: ExportDialogProps) {
  const [path, setPath] = useState(() => `~/${name.replaceAll(/[^\w.-]+/g, "-").slice(0, 60)}-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.log`);
  const [what, setWhat] = useState<"shown" | "whole">("shown");
  const [times, setTimes] = useState(true);
  const [progress, setProgress] = useState<ExportProgress>();
  const [error, setError] = useState<IpcErrorInfo>();
  const cancel = useRef<AbortController>(undefined);
  useEffect(() => () => cancel.current?.abort(), []);
  const wrong = /^(\/|~\/)./.test(path) ? undefined : "It must begin with / or ~/.";
  const busy = progress !== undefined;

  async function write(overwrite: boolean) {
    if (wrong || busy) return;
    cancel.current = new AbortController();
    const { signal } = cancel.current;
    setError(undefined);
    setProgress({ lines: 0, written: 0 });
    try {
      const done = await (what === "shown" ? exportShown : exportWhole)({ session, lens, path, overwrite, times }, setProgress, signal);
      onClose();
      notice({ kind: "done", title: `${plural(done.lines, "line")} were written.`, description: done.path });
    } catch (problem) {
      if (!signal.aborted) setError(toIpcErrorInfo(problem));
    } finally {
      setProgress(undefined);
    }
  }

  return (
    <Dialog
      open onClose={onClose} title="Export the log"
      footer={
        <>
          {busy ? <Button onClick={() => cancel.current?.abort()}>Cancel export</Button> : <Button onClick={onClose}>Cancel</Button>}
          {error?.code === "alreadyExists"
            ? <Button variant="danger" onClick={() => void write(true)}>Replace the file</Button>
            : <Button variant="primary" disabled={busy || wrong !== undefined} onClick={() => void write(false)}>{busy ? "Exporting" : "Export"}</Button>}
        </>
      }
    >
      <form className={css["form"]} onSubmit={(event) => { event.preventDefault(); void write(false); }}>
        <Segments label="What to export" value={what} onChange={setWhat} options={[{ value: "shown", label: "What is shown", count: lens.rows.count }, { value: "whole", label: "Everything" }]} />
        <Field label="File" error={wrong} hint={what === "shown" ? "Lines as they are shown, without colours." : "The whole log as the engine has it, merged by time."}>
          {(props) => <Input {...props} mono value={path} disabled={busy} onChange={(event) => { setPath(event.target.value); setError(undefined); }} />}
        </Field>
        <Check label="With times" checked={times} onChange={(event) => setTimes(event.target.checked)} />
        {progress && <p role="status" className="num">{plural(progress.lines, "line")}, {size(progress.written)}</p>}
        {error && <Problem title={error.message} raw={error.cause} />}
      </form>
    </Dialog>
  );
}
