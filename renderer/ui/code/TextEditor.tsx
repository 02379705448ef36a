import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { StreamLanguage, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { Annotation, EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { languageOf } from "./languages.ts";
import { codeColours, codeLooks } from "./looks.ts";
import css from "./Code.module.css";

export interface TextEditorProps {
  /** For screen readers: "Text of nginx.conf". */
  readonly label: string;
  /** Chooses the highlighting. */
  readonly fileName: string;
  /** Another text replaces what is shown. */
  readonly text: string;
  readonly readOnly: boolean;
  readonly onChange: (text: string) => void;
  readonly onSave: () => void;
}

/** Marks a text that came from outside: nobody typed it. */
const fromOutside = Annotation.define<boolean>();

/** Any text, to read or to edit. CodeMirror keeps line ends as \n; the caller puts those of the file back. Tab moves the focus, as everywhere in the window. */
export function TextEditor(props: TextEditorProps) {
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  const { label, fileName, readOnly } = props;

  useEffect(() => {
    if (!frame.current) return;
    const { text } = latest.current;
    const language = languageOf(fileName, text.slice(0, 200).split("\n", 1)[0] ?? "");
    const editor = new EditorView({
      parent: frame.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(), drawSelection(), history(), bracketMatching(), codeLooks, syntaxHighlighting(codeColours),
          ...(language === undefined ? [] : [StreamLanguage.define(language)]),
          ...(readOnly ? [EditorState.readOnly.of(true)] : [highlightActiveLine(), highlightActiveLineGutter()]),
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
          keymap.of([{ key: "Mod-s", preventDefault: true, run: () => (latest.current.onSave(), true) }, ...historyKeymap, ...defaultKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((change) => change.annotation(fromOutside) === true)) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label, fileName, readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === props.text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.text }, annotations: fromOutside.of(true) });
  }, [props.text]);

  return <div ref={frame} className={css["frame"]} />;
}
