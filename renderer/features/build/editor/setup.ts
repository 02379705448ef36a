/** CodeMirror as the Dockerfile editor needs it: language, completion, diagnostics, the window's colours. */
import { autocompletion, completionKeymap, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { StreamLanguage, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import { lintGutter, lintKeymap, type Diagnostic } from "@codemirror/lint";
import type { Extension } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import type { BuildDiagnostic } from "../../../../electron/ipc/contract/builds.ts";
import { codeColours, codeLooks } from "../../../ui/code/looks.ts";
import { instructions } from "./instructions.ts";

const flags: Readonly<Record<string, readonly string[]>> = {
  FROM: ["--platform="],
  COPY: ["--from=", "--chown=", "--chmod=", "--link", "--parents", "--exclude="],
  ADD: ["--chown=", "--chmod=", "--checksum=", "--link", "--keep-git-dir", "--exclude="],
  RUN: ["--mount=type=cache,target=", "--mount=type=bind,target=", "--mount=type=secret,id=", "--mount=type=tmpfs,target=", "--network=none", "--network=host"],
  HEALTHCHECK: ["--interval=", "--timeout=", "--start-period=", "--retries="],
};

/** Instructions at the beginning of a line, flags after them, stages where one is named. */
function complete(context: CompletionContext, stages: () => readonly string[]): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const word = /^\s*([A-Za-z]*)$/.exec(before);
  if (word) {
    if (word[1] === "" && !context.explicit) return null;
    const small = /^[a-z]+$/.test(word[1] ?? "");
    return { from: context.pos - (word[1]?.length ?? 0), options: Object.entries(instructions).map(([name, info]): Completion => ({ label: small ? name.toLowerCase() : name, apply: `${small ? name.toLowerCase() : name} `, detail: info, type: "keyword" })) };
  }
  const keyword = /^\s*([A-Za-z]+)\s/.exec(before)?.[1]?.toUpperCase() ?? "";
  const named = /(?:--from=|^\s*FROM\s+)([\w.-]*)$/i.exec(before);
  if (named) return { from: context.pos - (named[1]?.length ?? 0), options: stages().map((label): Completion => ({ label, detail: "stage", type: "variable" })) };
  const flag = /\s(--[\w-]*)$/.exec(before);
  const known = flags[keyword];
  if (flag && known) return { from: context.pos - (flag[1]?.length ?? 0), options: known.map((label): Completion => ({ label, type: "property" })) };
  return null;
}

export interface EditorOptions {
  readonly onChange: (text: string) => void;
  readonly onSave: () => void;
  /** Names of the file's stages, for completion. */
  readonly stages: () => readonly string[];
}

/** Everything of CodeMirror that the editor uses. Tab moves the focus, as everywhere in the window. */
export function editorExtensions({ onChange, onSave, stages }: EditorOptions): Extension[] {
  return [
    lineNumbers(), highlightActiveLine(), highlightActiveLineGutter(), drawSelection(), history(), bracketMatching(), lintGutter(),
    StreamLanguage.define(dockerFile),
    syntaxHighlighting(codeColours),
    autocompletion({ override: [(context) => complete(context, stages)], icons: false }),
    codeLooks,
    EditorView.contentAttributes.of({ "aria-label": "Dockerfile", spellcheck: "false" }),
    keymap.of([{ key: "Mod-s", preventDefault: true, run: () => (onSave(), true) }, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString());
    }),
  ];
}

/** The builder's findings as CodeMirror marks them; one without width gets the character beside it. */
export function toMarks(diagnostics: readonly BuildDiagnostic[], length: number): Diagnostic[] {
  return diagnostics.map(({ range, severity, message, rule, help }): Diagnostic => {
    const from = Math.min(range.start.offset, length);
    const to = Math.min(Math.max(range.end.offset, from + 1), length);
    return { from: Math.min(from, to), to, severity, message: help === undefined ? message : `${message}\n${help}`, source: rule };
  });
}
