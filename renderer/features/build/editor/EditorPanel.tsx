import { CircleX, Redo2, Save, TriangleAlert, Undo2 } from "lucide-react";
import { lazy, Suspense, useRef, type KeyboardEvent } from "react";
import { useKept } from "../../../lib/useKept.ts";
import { plural } from "../../../lib/time.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Segments } from "../../../ui/field/Segments.tsx";
import { Cards } from "./Cards.tsx";
import type { CodeEditorHandle } from "./CodeEditor.tsx";
import { editDocument, isDirty, openDocument, redoDocument, reloadDocument, saveDocument, undoDocument, type OpenDocument } from "./documents.ts";
import type { Described } from "./useDescription.ts";
import css from "../Build.module.css";

/** CodeMirror is loaded when a Dockerfile is opened first. */
const CodeEditor = lazy(() => import("./CodeEditor.tsx").then((module) => ({ default: module.CodeEditor })));

const looks = [{ value: "text", label: "Text" }, { value: "cards", label: "Cards" }] as const;

export interface EditorPanelProps {
  readonly document: OpenDocument;
  readonly described: Described | undefined;
}

/** A Dockerfile with the builder's findings while it is typed, saved on request and never over someone else's change. */
export function EditorPanel({ document, described }: EditorPanelProps) {
  const editor = useRef<CodeEditorHandle>(null);
  const [look, setLook] = useKept<"text" | "cards">("build.editor", "text");
  const { path, phase, file, text, error } = document;
  if (phase === "failed" && error) return <Problem fill title="The Dockerfile could not be opened." cause={error.message} raw={error.cause} actions={<Button onClick={() => void openDocument(path)}>Try again</Button>} />;
  if (!file) return null;
  const dirty = isDirty(document);
  const diagnostics = described?.description.diagnostics ?? [];
  const save = () => void saveDocument(path);
  /** Text has the history of its editor, cards have the document's. */
  function onKeyDown(event: KeyboardEvent): void {
    if (look !== "cards" || !(event.ctrlKey || event.metaKey) || event.target instanceof HTMLTextAreaElement) return;
    const key = event.key.toLowerCase();
    if (key === "y" || (key === "z" && event.shiftKey)) redoDocument(path);
    else if (key === "z") undoDocument(path);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  return (
    <div className={css["editor"]} onKeyDown={onKeyDown}>
      <div className={css["editorBar"]} role="toolbar" aria-label="Dockerfile">
        <span className={`${css["editorWords"]} cut`} title={path} role="status">{words(document, dirty, diagnostics.length)}</span>
        {look === "cards" && (
          <>
            <IconButton label="Undo" tip="Undo" shortcut="Ctrl+Z" disabled={document.past.length === 0} onClick={() => undoDocument(path)}><Undo2 /></IconButton>
            <IconButton label="Redo" tip="Redo" shortcut="Ctrl+Shift+Z" disabled={document.future.length === 0} onClick={() => redoDocument(path)}><Redo2 /></IconButton>
          </>
        )}
        <Segments label="Show as" value={look} options={looks} onChange={setLook} />
        {dirty && file.version !== null && <Button size="small" variant="ghost" onClick={() => void reloadDocument(path)}>Undo changes</Button>}
        <Button size="small" icon={<Save />} disabled={!dirty || phase === "saving"} onClick={save}>Save</Button>
      </div>
      {error && (
        <div className={css["problem"]}>
          <Problem
            title={error.message}
            cause={error.code === "conflict" ? "What is typed here is kept. Take what is on the disk, or write over it." : undefined}
            raw={error.cause}
            actions={error.code === "conflict"
              ? <><Button size="small" onClick={() => void reloadDocument(path)}>Take the one on the disk</Button><Button size="small" onClick={() => void saveDocument(path, true)}>Write over it</Button></>
              : <Button size="small" onClick={save}>Try again</Button>}
          />
        </div>
      )}
      {look === "cards" ? (described ? <Cards key={path} described={described} text={text} onChange={(next) => editDocument(path, next, "card")} /> : <div className={css["editorFrame"]} />)
      : <Suspense fallback={<div className={css["editorFrame"]} />}>
        <CodeEditor
          key={path}
          handle={editor}
          text={text.replaceAll("\r\n", "\n")}
          diagnostics={diagnostics}
          diagnosed={described?.text ?? ""}
          stages={described?.description.stages.flatMap((stage) => stage.name ?? []) ?? []}
          onChange={(next) => editDocument(path, file.text.includes("\r\n") ? next.replaceAll("\n", "\r\n") : next, "typing")}
          onSave={save}
        />
      </Suspense>}
      {look === "text" && diagnostics.length > 0 && (
        <ul className={css["findings"]} aria-label="Findings">
          {diagnostics.map((each, index) => (
            <li key={index}>
              <button type="button" className={css["finding"]} data-severity={each.severity} onClick={() => editor.current?.goTo(each.range.start.offset)}>
                {each.severity === "error" ? <CircleX aria-label="Error" /> : <TriangleAlert aria-label="Warning" />}
                <span className={css["line"]}>Line {each.range.start.line}</span>
                <span>{each.message}</span>
                <span className={css["rule"]}>{each.rule === "ParseError" ? "" : each.rule}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function words({ phase, path, file }: OpenDocument, dirty: boolean, findings: number): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const found = findings === 0 ? "" : `, ${plural(findings, "finding")}`;
  if (phase === "saving") return `Saving ${name}`;
  if (file?.version === null) return dirty ? `${name}, new and not saved${found}` : `${name} is not there yet`;
  return `${name}${dirty ? ", changed" : ""}${found}`;
}
