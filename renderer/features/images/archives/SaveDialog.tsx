import { FileDown, X } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { quoteWord } from "../../../lib/shell.ts";
import { size } from "../../../lib/size.ts";
import { plural } from "../../../lib/time.ts";
import { archivesStore, cancelArchive, clearArchive, saveImages, watchArchive } from "../../../stores/archives.ts";
import { client } from "../../../stores/host.ts";
import { shortIdOf } from "../../../stores/image-row.ts";
import { closeDialog, routeStore } from "../../../stores/route.ts";
import { Button, LinkButton } from "../../../ui/button/Button.tsx";
import { CommandLine } from "../../../ui/display/Copy.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Field, Input } from "../../../ui/field/Field.tsx";
import { Segments } from "../../../ui/field/Segments.tsx";
import { Dialog } from "../../../ui/overlay/Dialog.tsx";
import { Names } from "../remove.tsx";
import { fileNameOf, wrongPath } from "./paths.ts";
import css from "./Archives.module.css";

/** Saves images as one archive: to a path on the host's machine, or as the browser's download. */
export function SaveDialog() {
  const dialog = useStore(routeStore, (route) => route.dialog);
  const task = useStore(archivesStore, (state) => state.save);
  const open = dialog?.kind === "save-images";
  const asked = open ? dialog.image : "";
  const [names, setNames] = useState<readonly string[]>([]);
  const [path, setPath] = useState("");
  const [inBrowser, setInBrowser] = useState(false);
  const [to, setTo] = useState<"path" | "download">("path");
  const [tried, setTried] = useState(false);
  useEffect(() => {
    if (!open) return;
    const list = asked.split(" ").filter(Boolean);
    setNames(list);
    setPath(`~/${fileNameOf(list)}`);
    setTried(false);
    clearArchive("save");
    void client().app.info().then((info) => setInBrowser(info.host === "browser"), () => undefined);
  }, [open, asked]);
  useEffect(() => {
    watchArchive("save", open);
    return () => watchArchive("save", false);
  }, [open]);
  const wrong = wrongPath(path);
  const download = inBrowser && to === "download";
  const address = useMemo(() => `./download/images?${new URLSearchParams(names.map((name): [string, string] => ["name", name]))}`, [names]);
  const running = task?.phase === "running";
  const done = task?.phase === "done";
  const taken = task?.phase === "failed" && task.error?.code === "alreadyExists";

  function save(replace: boolean) {
    setTried(true);
    if (!running && wrong === undefined && names.length > 0) saveImages(names, path.trim(), replace);
  }

  return (
    <Dialog
      open={open}
      onClose={closeDialog}
      title={names.length === 1 ? `Save ${shown(names[0] ?? "")}` : `Save ${plural(names.length, "image")}`}
      description={<p>Writes one archive that docker load reads, here or on another machine.</p>}
      pinned={<CommandLine command={`docker save -o ${download ? fileNameOf(names) : quotePath(path.trim() || "FILE")} ${names.map(quoteWord).join(" ")}`} />}
      footer={
        done ? <Button variant="primary" onClick={closeDialog}>Close</Button>
        : running ? <><Button onClick={closeDialog}>Close and go on</Button><Button icon={<X />} onClick={() => cancelArchive("save")}>Cancel</Button></>
        : (
          <>
            <Button onClick={closeDialog}>Cancel</Button>
            {download ? <LinkButton variant="primary" icon={<FileDown />} href={address} download={fileNameOf(names)} onClick={() => setTimeout(closeDialog, 0)}>Download</LinkButton>
            : taken ? <Button variant="danger" onClick={() => save(true)}>Replace the file</Button>
            : <Button variant="primary" icon={<FileDown />} disabled={tried && wrong !== undefined} onClick={() => save(false)}>Save</Button>}
          </>
        )
      }
    >
      <form className={css["form"]} onSubmit={(event) => { event.preventDefault(); if (!download && !taken) save(false); }}>
        {names.length > 1 && <Names label="What is saved" names={names.map(shown)} />}
        {inBrowser && !running && !done && <Segments label="Where to" value={to} options={[{ value: "path", label: "A path on Slipway’s machine" }, { value: "download", label: "Download" }]} onChange={setTo} />}
        {!download && !done && (
          <Field label="File" error={tried || path === "" ? wrong : undefined} hint="~ is the home directory.">
            {(props) => <Input {...props} mono autoFocus disabled={running} value={path} onChange={(event) => { setPath(event.target.value); clearArchive("save"); }} />}
          </Field>
        )}
        {download && !done && <p className="quiet">The browser asks where to, and shows how far it is.</p>}
        {running && <p role="status" className="num quiet">{size(task.bytes)} written{task.bytesPerSecond > 0 && `, ${size(task.bytesPerSecond)}/s`}</p>}
        {done && <p role="status">Saved {size(task.savedBytes)} to <code className="mono">{task.what}</code>.</p>}
        {task?.phase === "failed" && task.error && <Problem title={task.error.message} cause={taken ? "Choose another name, or replace it." : undefined} raw={task.error.cause} />}
      </form>
    </Dialog>
  );
}

function shown(name: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(name) ? shortIdOf(name) : name;
}

function quotePath(path: string): string {
  return path.startsWith("~/") ? `~/${quoteWord(path.slice(2))}` : quoteWord(path);
}
