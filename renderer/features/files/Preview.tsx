import { Download, KeyRound, Pencil, Trash2, Undo2, X } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { FileEntry, FileLayer, FilesOwner } from "../../../electron/ipc/contract/files.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { size } from "../../lib/size.ts";
import { client } from "../../stores/host.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Time } from "../../ui/display/Time.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { TextEditor } from "../../ui/code/TextEditor.tsx";
import { Change, FileIcon, Layer, owner as ownerOf, type FileDeeds } from "./columns.tsx";
import { modeText, typeWords } from "./modes.ts";
import { shownName } from "./paths.ts";
import { hexLines, isFaithful, withLineEnds } from "./preview.ts";
import { LARGEST_IMAGE, LARGEST_TEXT, useContent, type Loaded } from "./useContent.ts";
import css from "./Files.module.css";

/** Bytes that are shown in hexadecimal. */
const hexBytes = 16 * 1024;

export interface PreviewProps {
  readonly owner: FilesOwner;
  readonly entry: FileEntry;
  readonly path: string;
  readonly layers: readonly FileLayer[];
  readonly deeds: FileDeeds;
  readonly onClose: () => void;
  readonly onSaved: () => void;
  /** Goes to what a link leads to. */
  readonly onGoTo: (path: string) => void;
}

/** One file beside its folder: what it is, what is in it. */
export function Preview(props: PreviewProps) {
  const { entry, path, layers, deeds, onClose } = props;
  const name = shownName(entry.name);
  const readable = entry.type === "file" || entry.type === "symlink";
  return (
    <section className={css["preview"]} aria-label={`Preview of ${name}`} onKeyDown={(event) => { if (event.key === "Escape") onClose(); }}>
      <header className={css["previewHead"]}>
        <h2 className={css["previewTitle"]}><FileIcon entry={entry} /><span className="cut" title={name.length > 24 ? name : undefined}>{name}</span><Change change={entry.change} /></h2>
        <span className={css["previewActions"]}>
          <IconButton label="Download" disabled={!readable} onClick={() => deeds.download(entry)}><Download /></IconButton>
          {entry.change !== "" && <IconButton label="Revert to the image’s version" onClick={() => deeds.revert(entry)}><Undo2 /></IconButton>}
          <IconButton label="Rename" shortcut="F2" disabled={entry.mount !== null} onClick={() => deeds.rename(entry)}><Pencil /></IconButton>
          <IconButton label="Permissions" onClick={() => deeds.permissions(entry)}><KeyRound /></IconButton>
          <IconButton label="Delete" danger disabled={entry.mount !== null} onClick={() => deeds.remove(entry)}><Trash2 /></IconButton>
          <IconButton label="Close the preview" shortcut="Esc" onClick={onClose}><X /></IconButton>
        </span>
      </header>
      <p className={css["previewFacts"]}>
        <span>{entry.type === "file" ? size(entry.size) : typeWords[entry.type]}</span>
        <span className="mono">{modeText(entry.mode, entry.type)}</span>
        <span>{ownerOf(entry)}</span>
        <Time at={entry.modified} />
        {entry.layer !== null && <Layer layer={entry.layer} layers={layers} />}
      </p>
      {entry.target !== "" && <p className={css["previewLink"]}><span className="mono cut">→ {shownName(entry.target)}</span><LinkTarget {...props} /></p>}
      {readable ? <Body key={path} {...props} /> : <p className={css["previewNote"]}>A {typeWords[entry.type]} has no content to show.</p>}
    </section>
  );
}

/** A button to where a link leads in the end. */
function LinkTarget({ owner, path, entry, onGoTo }: PreviewProps) {
  const [target, setTarget] = useState<string>();
  const { kind, id } = owner;
  useEffect(() => {
    const cancel = new AbortController();
    client().files.stat({ owner: { kind, id } as FilesOwner, path, follow: true }, { signal: cancel.signal }).then((found) => setTarget(found.path), () => setTarget(""));
    return () => cancel.abort();
  }, [kind, id, path, entry.target]);
  if (target === undefined) return null;
  return target === "" ? <span>Nothing is there.</span> : <Button size="small" onClick={() => onGoTo(target)}>Show target</Button>;
}

function Body(props: PreviewProps) {
  const { owner, path, entry } = props;
  const [round, setRound] = useState(0);
  const { loaded, error } = useContent(owner, path, entry.version, round);
  if (error && !loaded) {
    if (entry.type === "symlink") return <p className={css["previewNote"]}>{error.message}</p>;
    return <Problem fill title={`${shownName(entry.name)} could not be read.`} cause={error.message} raw={error.cause} actions={<Button onClick={() => setRound(round + 1)}>Try again</Button>} />;
  }
  if (!loaded) return null;
  const { content } = loaded;
  if (content.kind === "text") return <TextBody {...props} loaded={loaded} lineEnd={content.lineEnd} text={content.text} onAgain={() => setRound(round + 1)} />;
  if (content.kind === "image" && loaded.end) return <ImageBody loaded={loaded} mime={content.mime} name={shownName(entry.name)} />;
  return <BytesBody loaded={loaded} image={content.kind === "image"} />;
}

function TextBody({ owner, entry, loaded, text, lineEnd, onSaved, onAgain }: PreviewProps & { readonly loaded: Loaded; readonly text: string; readonly lineEnd: "\n" | "\r\n"; readonly onAgain: () => void }) {
  const [draft, setDraft] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<IpcErrorInfo>();
  const faithful = useMemo(() => loaded.end && isFaithful(loaded.bytes, { kind: "text", text, lineEnd }), [loaded, text, lineEnd]);
  const name = shownName(entry.name);
  const link = entry.type === "symlink";
  const fixed = !loaded.end ? `The first ${size(loaded.bytes.length)} are shown. Text up to ${size(LARGEST_TEXT)} can be edited.` : !faithful ? "Its line ends are mixed, so it is shown to read only." : loaded.file.mount !== null ? "It is mounted by the runtime, so it is shown to read only." : undefined;
  const edited = draft !== undefined && draft !== text;
  async function save(version: string | undefined): Promise<void> {
    if (draft === undefined || busy) return;
    setBusy(true);
    setError(undefined);
    try {
      // Through a link: what it leads to is written, and the link stays.
      await client().files.writeText({ owner, path: loaded.file.path, text: withLineEnds(draft, lineEnd), ...(version === undefined ? {} : { version }) });
      onAgain();
      onSaved();
    } catch (thrown) {
      setError(toIpcErrorInfo(thrown));
    } finally {
      setBusy(false);
    }
  }
  return (
    <>
      {fixed !== undefined && <p className={css["previewNote"]}>{fixed}</p>}
      {error && (
        <div className={css["previewProblem"]}>
          <Problem
            title={`${name} was not saved.`}
            cause={error.message}
            raw={error.cause}
            actions={error.details["changed"] === true && <><Button size="small" onClick={() => { setDraft(undefined); setError(undefined); onAgain(); }}>Discard mine and read again</Button><Button size="small" onClick={() => void save(undefined)}>Save mine over it</Button></>}
          />
        </div>
      )}
      <TextEditor label={`Text of ${name}`} fileName={entry.name} text={draft ?? text} readOnly={fixed !== undefined} onChange={setDraft} onSave={() => { if (edited) void save(loaded.file.version); }} />
      {edited && (
        <footer className={css["previewFoot"]}>
          <span>{link ? `Changes go to ${shownName(loaded.file.path)}.` : "Not saved yet."}</span>
          <Button size="small" onClick={() => { setDraft(undefined); setError(undefined); }}>Discard</Button>
          <Button size="small" variant="primary" disabled={busy} onClick={() => void save(loaded.file.version)}>Save</Button>
        </footer>
      )}
    </>
  );
}

function ImageBody({ loaded, mime, name }: { readonly loaded: Loaded; readonly mime: string; readonly name: string }) {
  const [url, setUrl] = useState<string>();
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const next = URL.createObjectURL(new Blob([loaded.bytes], { type: mime }));
    setUrl(next);
    return () => URL.revokeObjectURL(next);
  }, [loaded, mime]);
  return url === undefined ? null : broken ? <p className={css["previewNote"]}>It begins like an image, and is damaged or cut off.</p> : <div className={css["image"]}><img src={url} alt={name} onError={() => setBroken(true)} /></div>;
}

function BytesBody({ loaded, image }: { readonly loaded: Loaded; readonly image: boolean }) {
  const shown = loaded.bytes.subarray(0, hexBytes);
  const text = useMemo(() => hexLines(shown, 0), [shown]);
  const all = loaded.end && shown.length === loaded.bytes.length;
  return (
    <>
      {(image || !all) && <p className={css["previewNote"]}>{image && `Images up to ${size(LARGEST_IMAGE)} are shown. `}{!all && `The first ${size(shown.length)} are shown; download it to see the rest.`}</p>}
      {shown.length === 0 ? <p className={css["previewNote"]}>It is empty.</p> : <pre className={`${css["hex"]} mono`} tabIndex={0} aria-label="Bytes in hexadecimal">{text}</pre>}
    </>
  );
}
