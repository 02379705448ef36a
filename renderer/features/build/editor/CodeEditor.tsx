import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";
import type { BuildDiagnostic } from "../../../../electron/ipc/contract/builds.ts";
import { editorExtensions, toMarks } from "./setup.ts";
import css from "../Build.module.css";

export interface CodeEditorHandle {
  /** Puts the cursor at the beginning of a range and the focus into the text. */
  goTo(offset: number): void;
}

export interface CodeEditorProps {
  readonly text: string;
  readonly diagnostics: readonly BuildDiagnostic[];
  /** What the diagnostics are about: they are marked only while it is what is shown. */
  readonly diagnosed: string;
  readonly stages: readonly string[];
  readonly onChange: (text: string) => void;
  readonly onSave: () => void;
  readonly handle: Ref<CodeEditorHandle>;
}

/** A Dockerfile as text. CodeMirror keeps line ends as \n; those of the file come back when it is saved. */
export function CodeEditor(props: CodeEditorProps) {
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    if (!frame.current) return;
    const editor = new EditorView({
      parent: frame.current,
      state: EditorState.create({
        doc: latest.current.text,
        extensions: editorExtensions({ onChange: (text) => latest.current.onChange(text), onSave: () => latest.current.onSave(), stages: () => latest.current.stages }),
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === props.text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.text } });
  }, [props.text]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() !== props.diagnosed) return;
    editor.dispatch(setDiagnostics(editor.state, toMarks(props.diagnostics, editor.state.doc.length)));
  }, [props.diagnostics, props.diagnosed]);

  useImperativeHandle(props.handle, () => ({
    goTo(offset) {
      const editor = view.current;
      if (!editor) return;
      const anchor = Math.min(offset, editor.state.doc.length);
      editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      editor.focus();
    },
  }));

  return <div ref={frame} className={css["editorFrame"]} />;
}
