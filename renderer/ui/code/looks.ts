/** How CodeMirror looks in this window. */
import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Colours of words. */
export const codeColours = HighlightStyle.define([
  { tag: [tags.keyword, tags.standard(tags.name)], color: "var(--accent-text)", fontWeight: "600" },
  { tag: tags.comment, color: "var(--text-3)" },
  { tag: tags.string, color: "var(--ansi-green)" },
  { tag: [tags.number, tags.atom], color: "var(--ansi-magenta)" },
  { tag: [tags.variableName, tags.propertyName, tags.attributeName], color: "var(--ansi-blue)" },
  { tag: tags.invalid, color: "var(--danger-text)" },
]);

/** The window's colours and sizes for CodeMirror. */
export const codeLooks = EditorView.theme({
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
