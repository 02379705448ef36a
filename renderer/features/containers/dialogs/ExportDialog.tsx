import { useRef, useState } from "react";
import { toIpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { quoteWord } from "../../../lib/shell.ts";
import { size } from "../../../lib/size.ts";
import type { ContainerRow } from "../../../stores/container-row.ts";
import { client } from "../../../stores/host.ts";
import { notice } from "../../../stores/notices.ts";
import { Check, Field, Input } from "../../../ui/field/Field.tsx";
import { WorkDialog } from "./WorkDialog.tsx";
import css from "./Dialogs.module.css";

/** Writes a container's files to one archive on the host's disk. */
export function ExportDialog({ open, row }: { readonly open: boolean; readonly row: ContainerRow }) {
  const [path, setPath] = useState(`~/${row.name}.tar`);
  const [replace, setReplace] = useState(false);
  const [taken, setTaken] = useState(false);
  const [written, setWritten] = useState<number>();
  const cancel = useRef<AbortController>(undefined);
  const trimmed = path.trim();
  const wrong = /^(\/|~\/)./.test(trimmed) ? (trimmed.endsWith("/") ? "The name of the file is missing." : undefined) : "A path from the root, or one that begins with ~/.";
  async function run(): Promise<void> {
    cancel.current = new AbortController();
    const { signal } = cancel.current;
    try {
      let last: { bytes: number; path: string } | undefined;
      for await (const event of await client().containers.export({ id: row.id, path: trimmed, replace }, { signal })) {
        last = event;
        setWritten(event.bytes);
      }
      if (last) notice({ kind: "done", title: `${row.name} was exported: ${size(last.bytes)}.`, description: last.path });
    } catch (error) {
      setTaken(toIpcErrorInfo(error).code === "alreadyExists");
      throw error;
    } finally {
      setWritten(undefined);
    }
  }
  return (
    <WorkDialog open={open} title={`Export ${row.name} to a file`} description="All its files as one tar, without layers, history or settings. Volumes are not part of it." command={`docker export -o ${trimmed.startsWith("~/") ? `~/${quoteWord(trimmed.slice(2))}` : quoteWord(trimmed)} ${row.name}`} action="Export" doing="Exporting" ready={wrong === undefined} run={run} onCancel={() => cancel.current?.abort()}>
      <Field label="File" error={wrong} hint="On the machine that Slipway runs on.">{(field) => <Input {...field} mono autoFocus value={path} onChange={(event) => { setPath(event.target.value); setTaken(false); setReplace(false); }} />}</Field>
      {(taken || replace) && <Check label="Replace the file that is there" checked={replace} onChange={(event) => setReplace(event.target.checked)} />}
      {written !== undefined && <p className={css["progress"]} role="status">{size(written)} written</p>}
    </WorkDialog>
  );
}
