import { EngineError, isSystemError, toEngineError } from "../../../base/errors.ts";
import { ConfinedRoot } from "../../../sys/root.ts";
import type { WorkerTask } from "../../../sys/worker-protocol.ts";
import type { IgnoreRules, Selected, Selection } from "../files.ts";
import { DigestCache } from "./digest-cache.ts";
import { DirectoryView } from "./directory-view.ts";
import { drive } from "./drive.ts";
import { encodeEntries } from "./entry-codec.ts";
import type { SelectionHandle } from "./handle.ts";
import { IgnoringView } from "./ignoring-view.ts";
import { summarize } from "./picked-digest.ts";
import { pick } from "./select.ts";
import { TarView } from "./tar-view.ts";
import { resolveInView } from "./view.ts";
import type { TreeView } from "./view.ts";

/** Where a tree is. Plain data. */
export type TreeSource =
  | { readonly type: "directory"; readonly root: string; readonly cacheFile: string | undefined }
  | { readonly type: "tar"; readonly spool: string; /** Of encodeEntries. */ readonly index: Uint8Array };

export interface TreeTaskData {
  readonly tree: TreeSource;
  readonly keepOwners: boolean;
  readonly ignore: IgnoreRules | undefined;
  readonly job: { readonly type: "select"; readonly selection: Selection } | { readonly type: "read"; readonly path: string; readonly maxBytes: number };
}

/** What is asked of a tree, done in a worker. */
export const task: WorkerTask<TreeTaskData, Selected | Uint8Array | undefined> = async (data, { signal }) => {
  try {
    return await perform(data, signal);
  } catch (error) {
    throw toEngineError(error);
  }
};

async function perform(data: TreeTaskData, signal: AbortSignal): Promise<Selected | Uint8Array | undefined> {
  const { tree } = data;
  if (tree.type === "tar") {
    using view = new TarView(tree.spool, tree.index, data.keepOwners);
    return await answer(view, data, signal);
  }
  const cache = tree.cacheFile === undefined ? undefined : DigestCache.load(tree.cacheFile);
  using root = openRoot(tree.root);
  try {
    return await answer(new DirectoryView({ known: cache, keepOwners: data.keepOwners }), data, signal, (slice) => root.run(slice));
  } finally {
    // What was hashed is known, also when the work was stopped.
    cache?.save();
  }
}

async function answer(base: TreeView, data: TreeTaskData, signal: AbortSignal, inside?: <R>(slice: () => R) => R): Promise<Selected | Uint8Array | undefined> {
  const { job, tree, ignore, keepOwners } = data;
  if (job.type === "read") return drive(readSmall(base, job.path, job.maxBytes), signal, inside);
  const view = ignore === undefined ? base : new IgnoringView(base, ignore);
  const picked = await drive(pick(view, job.selection), signal, inside);
  const source = tree.type === "tar" ? { type: "tar" as const, spool: tree.spool } : { type: "directory" as const, root: tree.root };
  const handle: SelectionHandle = { source, matches: picked.matches, entries: encodeEntries(picked.entries) };
  const isDirectory = picked.matches.length === 1 && picked.matches[0]!.isDirectory;
  return { ...summarize(picked, keepOwners), matches: picked.matches.length, isDirectory, handle };
}

function* readSmall(view: TreeView, path: string, maxBytes: number): Generator<void, Uint8Array | undefined> {
  const entry = path.includes("\0") ? undefined : resolveInView(view, path);
  if (entry?.type !== "file") return undefined;
  if (entry.size > maxBytes) throw new EngineError("resourceExhausted", `${JSON.stringify(path)} has ${entry.size} bytes: at most ${maxBytes} are allowed`);
  yield;
  return view.read(entry);
}

function openRoot(root: string): ConfinedRoot {
  try {
    return new ConfinedRoot(root);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) throw new EngineError("notFound", `the directory ${JSON.stringify(root)} does not exist`, { cause: error });
    if (isSystemError(error, "ENOTDIR")) throw new EngineError("invalidArgument", `${JSON.stringify(root)} is not a directory`, { cause: error });
    throw error;
  }
}
