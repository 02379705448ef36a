import { EngineError } from "../../base/errors.ts";
import type { DockerfileTree } from "../dockerfile.ts";
import { parseDockerfile, printDockerfile } from "./parse.ts";

/**
 * Changes of a tree, by whole nodes. Each gives a new tree; every character outside the node stays. A text is given a line end when it lacks one and
 * something follows. It may hold several nodes.
 *
 * @throws EngineError `invalidArgument` if `index` is no node, if the text does not parse, or if it would take in what follows (an open heredoc or
 * continuation)
 */
export function replaceNode(tree: DockerfileTree, index: number, text: string): DockerfileTree {
  checkIndex(tree, index, tree.nodes.length);
  return splice(tree, index, 1, text);
}

/** Puts `text` before the node `index`, or at the end. @throws as {@link replaceNode} */
export function insertNode(tree: DockerfileTree, index: number, text: string): DockerfileTree {
  checkIndex(tree, index, tree.nodes.length + 1);
  return splice(tree, index, 0, text);
}

/** @throws as {@link replaceNode} */
export function removeNode(tree: DockerfileTree, index: number): DockerfileTree {
  checkIndex(tree, index, tree.nodes.length);
  return splice(tree, index, 1, "");
}

function checkIndex(tree: DockerfileTree, index: number, end: number): void {
  if (Number.isInteger(index) && index >= 0 && index < end) return;
  throw new EngineError("invalidArgument", `there is no node ${String(index)}: the Dockerfile has ${String(tree.nodes.length)}`);
}

const BYTE_ORDER_MARK = "\ufeff";

function splice(tree: DockerfileTree, index: number, removed: number, replacement: string): DockerfileTree {
  const whole = printDockerfile(tree);
  const from = index < tree.nodes.length ? tree.nodes[index]!.range.start.offset : whole.length;
  // A byte-order mark belongs to the file, whatever its first node is.
  const mark = from === 0 && whole.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const text = mark === 1 && replacement.startsWith(BYTE_ORDER_MARK) ? replacement.slice(1) : replacement;
  const before = whole.slice(0, from + mark);
  const after = whole.slice(removed === 0 ? from + mark : tree.nodes[index]!.range.end.offset);
  const lineEnd = whole.includes("\r\n") ? "\r\n" : "\n";
  const head = text !== "" && before.length > mark && !before.endsWith("\n") ? lineEnd : "";
  const tail = text !== "" && after !== "" && !text.endsWith("\n") ? lineEnd : "";
  const result = parseDockerfile(before + head + text + tail + after, tree.file);
  const start = before.length + head.length - mark;
  const end = start + mark + text.length + tail.length;
  const boundaries = new Set(result.nodes.map((node) => node.range.start.offset));
  if ((text !== "" && !boundaries.has(start)) || (after !== "" && end > mark && !boundaries.has(end))) {
    throw new EngineError("invalidArgument", "the text does not stand by itself: it ends inside a continuation or a heredoc, and would take in the lines that follow");
  }
  return result;
}
