/** CodeMirror as the Dockerfile editor needs it: language, completion, diagnostics, the window's colours. */
import { autocompletion, completionKeymap, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import { lintGutter, lintKeymap, type Diagnostic } from "@codemirror/lint";
import type { Extension } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { BuildDiagnostic } from "../../../../electron/ipc/contract/builds.ts";
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

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.standard(tags.name)], color: "var(--accent-text)", fontWeight: "600" },
  { tag: tags.comment, color: "var(--text-3)" },
  { tag: tags.string, color: "var(--ansi-green)" },
  { tag: [tags.number, tags.atom], color: "var(--ansi-magenta)" },
  { tag: [tags.variableName, tags.propertyName, tags.attributeName], color: "var(--ansi-blue)" },
  { tag: tags.invalid, color: "var(--danger-text)" },
]);

const looks = EditorView.theme({
  "&": { backgroundColor: "var(--term-bg)", color: "var(--term-fg)", fontSize: "12.5px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px" },
  ".cm-content": { padding: "10px 0", caretColor: "var(--accent-text)" },
  ".cm-gutters": { backgroundColor: "var(--term-bg)", color: "var(--text-3)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--hover) 60%, transparent)" },
  ".cm-activeLineGutter": { color: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--accent-text)" },
  "&.cm-focused": { outline: "none" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "light-dark(#bfe0ec, #1f5468)" },
  ".cm-tooltip": { border: "1px solid var(--line-strong)", borderRadius: "6px", backgroundColor: "var(--raised)", color: "var(--text)", boxShadow: "var(--shadow-pop)", overflow: "hidden" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12px", maxHeight: "220px" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 10px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--pressed)", color: "var(--text)" },
  ".cm-completionDetail": { color: "var(--text-2)", fontStyle: "normal", fontFamily: "var(--font)", marginLeft: "12px" },
  ".cm-completionIcon": { display: "none" },
  ".cm-diagnostic": { padding: "6px 10px", fontFamily: "var(--font)", fontSize: "12px", borderLeft: "3px solid var(--warning-solid)", maxWidth: "480px" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--danger-solid)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--danger-solid) 1px", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warning-solid) 1px", textUnderlineOffset: "3px" },
});

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
    syntaxHighlighting(colours),
    autocompletion({ override: [(context) => complete(context, stages)], icons: false }),
    looks,
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
