/** Highlighting by a file's name, for the files that people look at in containers. */
import type { StreamParser } from "@codemirror/language";
import { css } from "@codemirror/legacy-modes/mode/css";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import { javascript, json, typescript } from "@codemirror/legacy-modes/mode/javascript";
import { nginx } from "@codemirror/legacy-modes/mode/nginx";
import { properties } from "@codemirror/legacy-modes/mode/properties";
import { python } from "@codemirror/legacy-modes/mode/python";
import { ruby } from "@codemirror/legacy-modes/mode/ruby";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { html, xml } from "@codemirror/legacy-modes/mode/xml";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";

const byEnding: Readonly<Record<string, StreamParser<unknown>>> = {
  css, js: javascript, mjs: javascript, cjs: javascript, jsx: javascript, ts: typescript, tsx: typescript, json, py: python, rb: ruby, sh: shell, bash: shell, profile: shell, toml, html, htm: html, xml, svg: xml,
  yaml, yml: yaml, ini: properties, cfg: properties, conf: properties, env: properties, properties, cnf: properties, service: properties,
};

/** Undefined where none fits: plain text. */
export function languageOf(name: string, firstLine: string): StreamParser<unknown> | undefined {
  const lower = name.toLowerCase();
  if (/^(dockerfile|containerfile)(\.|$)/.test(lower)) return dockerFile;
  if (/nginx.*\.conf$/.test(lower)) return nginx;
  const ending = byEnding[lower.slice(lower.lastIndexOf(".") + 1)];
  if (ending !== undefined) return ending;
  if (/^#!.*\b(ba|a|da|z|k)?sh\b/.test(firstLine)) return shell;
  if (/^#!.*\bpython/.test(firstLine)) return python;
  return /^#!.*\bnode\b/.test(firstLine) ? javascript : undefined;
}
