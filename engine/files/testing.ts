import type { OpenTree } from "./files.ts";

/** A plain directory as a tree, for tests. */
export function treeAt(root: string, more: Partial<OpenTree> = {}): OpenTree {
  return { owner: { type: "volume", name: "test" }, root, ofProcess: false, upper: null, layers: [], mounts: [], [Symbol.asyncDispose]: () => Promise.resolve(), ...more };
}
