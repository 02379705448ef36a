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

function splice(tree: DockerfileTree, index: number, removed: number, text: string): DockerfileTree {
  const before = tree.nodes.slice(0, index).map((node) => node.text).join("");
  const after = tree.nodes.slice(index + removed).map((node) => node.text).join("");
  const lineEnd = printDockerfile(tree).includes("\r\n") ? "\r\n" : "\n";
  const head = before !== "" && text !== "" && !before.endsWith("\n") ? lineEnd : "";
  const tail = text !== "" && after !== "" && !text.endsWith("\n") ? lineEnd : "";
  const result = parseDockerfile(before + head + text + tail + after, tree.file);
  const start = before.length + head.length;
  const end = start + text.length + tail.length;
  const boundaries = new Set(result.nodes.map((node) => node.range.start.offset));
  if ((start > 0 && text !== "" && !boundaries.has(start)) || (after !== "" && !boundaries.has(end))) {
    throw new EngineError("invalidArgument", "the text does not stand by itself: it ends inside a continuation or a heredoc, and would take in the lines that follow");
  }
  return result;
}
