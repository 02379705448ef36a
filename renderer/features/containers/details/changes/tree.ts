import type { ContainerChange } from "../../../../../electron/ipc/contract/containers.ts";

export type ChangeKind = ContainerChange["kind"];

export interface ChangeCounts {
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
}

/** A file or folder of the tree of changes. */
export interface ChangeNode {
  readonly name: string;
  readonly path: string;
  /** What happened to it itself; undefined for a folder that only leads to changes. */
  kind: ChangeKind | undefined;
  readonly children: ChangeNode[];
  /** What happened to it and below it. A folder that is changed only because something below is does not count. */
  counts: ChangeCounts;
  /** Length of all files in it that were added or changed, as far as the engine says it. */
  bytes: number;
}

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export type ChangeOrder = "name" | "size";

/** The tree of a list of changes: folders first, then by name; or the greatest first. Pure. */
export function changeTree(changes: readonly ContainerChange[], order: ChangeOrder = "name"): ChangeNode {
  const root: ChangeNode = { name: "/", path: "/", kind: undefined, children: [], counts: none, bytes: 0 };
  const byPath = new Map<string, ChangeNode>([["/", root]]);
  for (const { path, kind, bytes = 0 } of changes) Object.assign(nodeOf(path, byPath), { kind, bytes });
  count(root, order);
  return root;
}

const none: ChangeCounts = { added: 0, modified: 0, deleted: 0 };

function nodeOf(path: string, byPath: Map<string, ChangeNode>): ChangeNode {
  const known = byPath.get(path);
  if (known) return known;
  const slash = path.lastIndexOf("/");
  const node: ChangeNode = { name: path.slice(slash + 1), path, kind: undefined, children: [], counts: none, bytes: 0 };
  byPath.set(path, node);
  nodeOf(slash <= 0 ? "/" : path.slice(0, slash), byPath).children.push(node);
  return node;
}

function count(node: ChangeNode, order: ChangeOrder): void {
  let { added, modified, deleted } = none;
  for (const child of node.children) {
    count(child, order);
    node.bytes += child.bytes;
    added += child.counts.added;
    modified += child.counts.modified;
    deleted += child.counts.deleted;
  }
  if (node.kind === "added") added++;
  if (node.kind === "deleted") deleted++;
  if (node.kind === "modified" && node.children.length === 0) modified++;
  node.counts = { added, modified, deleted };
  node.children.sort((a, b) => (order === "size" ? b.bytes - a.bytes : 0) || Number(b.children.length > 0) - Number(a.children.length > 0) || names.compare(a.name, b.name));
}

export interface ShownChange {
  readonly node: ChangeNode;
  readonly depth: number;
  readonly open: boolean;
}

/**
 * What of the tree is shown, from above.
 * @param closed paths of folders that are closed; while something is typed all are open
 * @param query words that must all be in the path
 * @param kinds what is shown; a folder is shown for what is below it
 */
export function shownChanges(root: ChangeNode, closed: ReadonlySet<string>, query: string, kinds: ReadonlySet<ChangeKind>): ShownChange[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const shown: ShownChange[] = [];
  visit(root, 0);
  return shown;

  /** @returns whether anything of it is shown */
  function visit(node: ChangeNode, depth: number): boolean {
    let any = false;
    for (const child of node.children) {
      const at = shown.length;
      const open = child.children.length > 0 && (words.length > 0 || !closed.has(child.path));
      shown.push({ node: child, depth, open });
      const below = visit(child, depth + 1);
      const path = child.path.toLowerCase();
      const itself = child.kind !== undefined && kinds.has(child.kind) && (child.children.length === 0 || child.kind !== "modified") && words.every((word) => path.includes(word));
      if (!open && below) shown.length = at + 1;
      if (!itself && !below) shown.length = at;
      else any = true;
    }
    return any;
  }
}
