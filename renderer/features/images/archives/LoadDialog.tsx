import { FileUp, Upload, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { ArchiveKind } from "../../../../electron/ipc/contract/image-archives.ts";
import { parseReference } from "../../../lib/reference.ts";
import { quoteWord } from "../../../lib/shell.ts";
import { size } from "../../../lib/size.ts";
import { plural } from "../../../lib/time.ts";
import { archivesStore, cancelArchive, clearArchive, readArchive, uploadArchive, watchArchive } from "../../../stores/archives.ts";
import { shortIdOf } from "../../../stores/image-row.ts";
import { closeDialog, href, navigate, routeStore } from "../../../stores/route.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { CommandLine } from "../../../ui/display/Copy.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Field, Input } from "../../../ui/field/Field.tsx";
import { Segments } from "../../../ui/field/Segments.tsx";
import { Dialog } from "../../../ui/overlay/Dialog.tsx";
import { Progress } from "./Progress.tsx";
import { wrongPath } from "./paths.ts";
import css from "./Archives.module.css";

/** Loads an archive of images, or imports a root file system as one: from a path on the host's machine or from a chosen file. */
export function LoadDialog() {
  const open = useStore(routeStore, (route) => route.dialog?.kind === "load-images");
  const task = useStore(archivesStore, (state) => state.load);
  const [kind, setKind] = useState<"load" | "import">("load");
  const [from, setFrom] = useState<"file" | "path">("file");
  const [path, setPath] = useState("");
  const [file, setFile] = useState<File>();
  const [reference, setReference] = useState("");
  const [change, setChange] = useState("");
  const [tried, setTried] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  useEffect(() => {
    watchArchive("load", open);
    if (open) {
      clearArchive("load");
      setTried(false);
    }
    return () => watchArchive("load", false);
  }, [open]);

  const parsed = reference.trim() === "" ? undefined : parseReference(reference.trim());
  const wrongName = parsed && !parsed.ok ? parsed.message : undefined;
  const wrongSource = from === "path" ? wrongPath(path) : file ? undefined : "Choose a file.";
  const running = task?.phase === "running";
  const done = task?.phase === "done";

  function start() {
    setTried(true);
    if (running || wrongSource !== undefined || (kind === "import" && wrongName !== undefined)) return;
    const what: ArchiveKind = kind === "load" ? { kind } : { kind, ...(parsed?.ok && { reference: parsed.reference.familiar }), changes: change.trim() === "" ? [] : [change.trim()] };
    if (from === "path") readArchive(path.trim(), what);
    else if (file) uploadArchive(file, what);
  }
  function again() {
    clearArchive("load");
    setFile(undefined);
    setTried(false);
  }

  const source = from === "path" ? path.trim() || "FILE" : file?.name ?? "FILE";
  const command = kind === "load" ? `docker load -i ${quoteWord(source)}` : `docker import ${change.trim() ? `-c ${quoteWord(change.trim())} ` : ""}${quoteWord(source)}${parsed?.ok ? ` ${parsed.reference.familiar}` : ""}`;
  return (
    <Dialog
      open={open}
      onClose={closeDialog}
      title="Load images from a file"
      pinned={!done && <CommandLine command={command} />}
      footer={
        done ? <><Button onClick={again}>Load another</Button><Button variant="primary" onClick={closeDialog}>Close</Button></>
        : running ? <><Button onClick={closeDialog}>Close and go on</Button><Button icon={<X />} onClick={() => cancelArchive("load")}>Cancel</Button></>
        : <><Button onClick={closeDialog}>Cancel</Button><Button variant="primary" icon={<FileUp />} onClick={start}>{kind === "load" ? "Load" : "Import"}</Button></>
      }
    >
      {done ? <Loaded names={task.loaded} /> : (
        <form className={css["form"]} onSubmit={(event) => { event.preventDefault(); start(); }}>
          <Segments label="What it is" value={kind} options={[{ value: "load", label: "Images of docker save" }, { value: "import", label: "A root file system" }]} onChange={(next) => { if (!running) { setKind(next); clearArchive("load"); } }} />
          <p className="quiet">{kind === "load" ? "A docker save archive or an OCI layout, plain or compressed. The images come with their names." : "A tar of files, such as docker export makes. It becomes an image of one layer."}</p>
          <Segments label="Where it is" value={from} options={[{ value: "file", label: "Choose a file" }, { value: "path", label: "A path on Slipway’s machine" }]} onChange={(next) => { if (!running) { setFrom(next); setTried(false); clearArchive("load"); } }} />
          {from === "path" ? (
            <Field label="File" error={tried ? wrongSource : undefined} hint="~ is the home directory.">
              {(props) => <Input {...props} mono disabled={running} placeholder="~/images.tar" value={path} onChange={(event) => { setPath(event.target.value); clearArchive("load"); }} />}
            </Field>
          ) : (
            <Field label="File" error={tried ? wrongSource : undefined}>
              {(props) => (
                <div className={css["file"]}>
                  <Button icon={<Upload />} autoFocus disabled={running} onClick={() => chooser.current?.click()}>Choose</Button>
                  <span className={file ? "mono cut" : "quiet"}>{file ? `${file.name}, ${size(file.size)}` : "No file chosen"}</span>
                  <input {...props} ref={chooser} type="file" className="visually-hidden" tabIndex={-1} accept=".tar,.tgz,.gz,.zst,.xz,.bz2" onChange={(event) => { setFile(event.target.files?.[0]); clearArchive("load"); }} />
                </div>
              )}
            </Field>
          )}
          {kind === "import" && (
            <>
              <Field label="Name and tag" error={wrongName} hint="Without one the image has only its ID.">
                {(props) => <Input {...props} mono disabled={running} placeholder="base:1" value={reference} onChange={(event) => setReference(event.target.value)} />}
              </Field>
              <Field label="Change" hint="An instruction such as CMD or ENV.">
                {(props) => <Input {...props} mono disabled={running} placeholder={'CMD ["sh"]'} value={change} onChange={(event) => setChange(event.target.value)} />}
              </Field>
            </>
          )}
          {running && <Progress task={task} label={`Loading ${task.what}`} />}
          {task?.phase === "failed" && task.error && <Problem title={`${task.what} was not ${kind === "load" ? "loaded" : "imported"}.`} cause={task.error.message} raw={task.error.cause} />}
          <button type="submit" className="visually-hidden" tabIndex={-1} aria-hidden="true">Load</button>
        </form>
      )}
    </Dialog>
  );
}

function Loaded({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return <p role="status">The archive holds no image.</p>;
  return (
    <div className={css["form"]}>
      <p role="status">{plural(names.length, "image")} loaded.</p>
      <ul className={css["loaded"]} aria-label="What was loaded">
        {names.map((name) => (
          <li key={name}>
            <code className="mono cut" title={name.length > 50 ? name : undefined}>{/^sha256:/.test(name) ? shortIdOf(name) : name}</code>
            <Button size="small" onClick={() => navigate(href.image(name))}>Show</Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
