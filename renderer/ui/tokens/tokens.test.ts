import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contrast, readColorTokens } from "./contrast.ts";

const tokens = readColorTokens(readFileSync(new URL("./tokens.css", import.meta.url), "utf8"));
const backgrounds = ["page", "window", "raised", "hover", "pressed"];
const meanings = ["accent", "success", "warning", "danger", "info"];
const ansi = [...tokens.keys()].filter((name) => name.startsWith("ansi-"));

const text: [string, string][] = [
  ...["text", "text-2", "text-3"].flatMap((name) => backgrounds.map((back): [string, string] => [name, back])),
  ...["text", "text-2"].map((name): [string, string] => [name, "selected"]),
  ...meanings.flatMap((name): [string, string][] => [[`${name}-text`, "page"], [`${name}-text`, "raised"], [`${name}-text`, "hover"], [`${name}-text`, `${name}-surface`]]),
  ...meanings.map((name): [string, string] => ["text", `${name}-surface`]),
  ["accent-on", "accent-solid"], ["accent-on", "accent-solid-hover"], ["danger-on", "danger-solid"], ["danger-on", "danger-solid-hover"],
  ["term-fg", "term-bg"], ["term-fg", "mark"],
  ...ansi.map((name): [string, string] => [name, "term-bg"]),
];
const parts: [string, string][] = [
  ...meanings.map((name): [string, string] => [`${name}-solid`, "page"]),
  ["control-line", "page"], ["control-line", "raised"], ["focus", "page"], ["focus", "window"],
];

describe.each(["light", "dark"] as const)("contrast in the %s theme", (theme) => {
  it.each(text)("text %s on %s is at least 4.5:1", (front, back) => {
    expect(ratio(front, back, theme)).toBeGreaterThanOrEqual(4.5);
  });
  it.each(parts)("control part %s on %s is at least 3:1", (front, back) => {
    expect(ratio(front, back, theme)).toBeGreaterThanOrEqual(3);
  });
});

function ratio(front: string, back: string, theme: "light" | "dark"): number {
  const a = tokens.get(front);
  const b = tokens.get(back);
  if (!a || !b) throw new Error(`No colour token named ${a ? back : front} in tokens.css.`);
  return contrast(a[theme], b[theme]);
}
