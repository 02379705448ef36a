import type { IoOptions } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import type { OpenTree, TreeMount } from "../files/files.ts";
import { checkWritable } from "./archive.ts";
import type { Container } from "./container.ts";
import type { Context } from "./context.ts";
import { snapshotKey } from "./create.ts";
import { bothSignals, layerChanged, openRoot, withImageView, withWritableRoot, type OpenRoot } from "./open-root.ts";
import { isAlive } from "./state.ts";

/** A container's tree with the signal of what is done with it. */
export interface ContainerTree extends OpenTree {
  /** Aborts when its container ends. */
  readonly signal: AbortSignal;
}

/** Opens a container's files for reading, whether it runs or not. */
export async function openFiles(context: Context, container: Container): Promise<ContainerTree> {
  return treeOf(context, container, await openRoot(context, container));
}

/**
 * Runs `work` on a container's files, open for writing.
 * @param paths that will be changed
 * @throws EngineError `forbidden` for a read-only mount or root file system
 */
export async function changeFiles<T>(context: Context, container: Container, paths: readonly string[], work: (tree: ContainerTree) => Promise<T>): Promise<T> {
  if (!isAlive(container.state)) for (const path of paths) checkWritable(container, path);
  return withWritableRoot(context, container, (root) => work(treeOf(context, container, root)));
}

/**
 * Gives a path the image's version back. The writable layer of a stopped container forgets the path; in a running one, whose layer the kernel does not let us touch, the image's version is
 * copied over it (decision 45).
 * @returns how: "dropped" or "copied"
 * @throws EngineError `conflict` in a mount, when nothing has changed, or below a directory that was replaced
 */
export async function revertFile(context: Context, container: Container, path: string, options: IoOptions): Promise<"dropped" | "copied"> {
  const mounted = container.record.mounts.find(({ destination }) => path === destination || path.startsWith(`${destination}/`));
  if (mounted !== undefined) throw new EngineError("conflict", `${path} is in the ${mounted.type} mounted at ${mounted.destination}: the image has no version of it`);
  const copy = async (root: OpenRoot): Promise<"copied"> => {
    const tree = treeOf(context, container, root);
    await withImageView(context, container, (image) => context.files.restore(tree, path, image, { signal: bothSignals(root, options.signal) }));
    return "copied";
  };
  if (isAlive(container.state)) return withWritableRoot(context, container, copy);
  checkWritable(container, path);
  return container.queue.run(async () => {
    await using root = await openRoot(context, container);
    if (root.live) return copy(root);
    try {
      await context.files.dropFromLayer(treeOf(context, container, root), path, options);
    } finally {
      layerChanged(container);
    }
    return "dropped";
  });
}

function treeOf(context: Context, container: Container, root: OpenRoot): ContainerTree {
  const key = snapshotKey(container.id);
  return {
    owner: { type: "container", name: container.id },
    root: root.path, ofProcess: root.live, signal: root.signal,
    upper: context.snapshots.upperDirectory(key), layers: context.snapshots.layerDirectories(key),
    mounts: mountsOf(container, root.live),
    [Symbol.asyncDispose]: () => root[Symbol.asyncDispose](),
  };
}

/** A stopped container has no tmpfs. */
function mountsOf(container: Container, live: boolean): TreeMount[] {
  return container.record.mounts.filter(({ type }) => live || type !== "tmpfs")
    .map(({ type, name, source, destination, readWrite }) => ({ path: destination, type, name: type === "volume" ? name : source, readWrite }));
}
