/** Changes of a Dockerfile by whole nodes: every character outside the node stays. Pure. */
import type { DockerfileNode } from "../../../../electron/ipc/contract/builds.ts";

type Span = Pick<DockerfileNode, "start" | "end">;

export interface Edit {
  readonly text: string;
  /** Where what was put in begins and ends, in the new text. */
  readonly start: number;
  readonly end: number;
}

function lineEndOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** The line end that a node ends with, which the last one may lack. */
function ending(text: string): string {
  return /\r?\n$/.exec(text)?.[0] ?? "";
}

/** Line ends as the file has them, and exactly one at the end. */
function lines(text: string, lineEnd: string): string {
  return text.replace(/\r\n/g, "\n").replace(/\n+$/, "").replace(/\n/g, lineEnd);
}

/** Puts another text in the place of a node; the node's own line end stays. */
export function replaceNode(text: string, node: Span, replacement: string): Edit {
  const kept = ending(text.slice(node.start, node.end));
  const put = lines(replacement, lineEndOf(text)) + kept;
  return { text: text.slice(0, node.start) + put + text.slice(node.end), start: node.start, end: node.start + put.length };
}

/** Disables an instruction or enables it: its own characters become what the builder says. */
export function toggleNode(text: string, { start, end, toggled }: Span & { readonly toggled: string }): Edit {
  return { text: text.slice(0, start) + toggled + text.slice(end), start, end: start + toggled.length };
}

/** Puts a text behind a node, or at the beginning without one. */
export function insertAfter(text: string, node: Span | undefined, insertion: string): Edit {
  const lineEnd = lineEndOf(text);
  const at = node?.end ?? 0;
  const head = at > 0 && !text.slice(0, at).endsWith("\n") ? lineEnd : "";
  const put = lines(insertion, lineEnd) + (head === "" || at < text.length ? lineEnd : "");
  const start = at + head.length;
  return { text: text.slice(0, at) + head + put + text.slice(at), start, end: start + put.length };
}

export function removeNode(text: string, node: Span): string {
  return text.slice(0, node.start) + text.slice(node.end);
}

/** Lets two nodes change places; what lies between them, and the line ends, stay where they are. */
export function swapNodes(text: string, first: Span, second: Span): string {
  const [a, b] = first.start < second.start ? [first, second] : [second, first];
  const [upper, lower] = [text.slice(a.start, a.end), text.slice(b.start, b.end)];
  const bare = (part: string): string => part.slice(0, part.length - ending(part).length);
  return text.slice(0, a.start) + bare(lower) + ending(upper) + text.slice(a.end, b.start) + bare(upper) + ending(lower) + text.slice(b.end);
}
