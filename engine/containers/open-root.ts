import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { mkdir, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { abortError } from "../base/abort.ts";
import { EngineError, isEngineError } from "../base/errors.ts";
import { resolveInLayers } from "../snapshots/merged-view.ts";
import { fsPath } from "../sys/names.ts";
import { MS, mount, mountsBelow, remountReadOnly, unmount } from "../sys/mount.ts";
import { resolveInRoot } from "../sys/rooted-path.ts";
import { rootfsPath, type Context } from "./context.ts";
import type { Container } from "./container.ts";
import { snapshotKey } from "./create.ts";
import { mountRootfs } from "./rootfs.ts";
import { isAlive } from "./state.ts";

/** A container's whole tree as its processes see it, with volumes; held until disposed. */
export interface OpenRoot extends AsyncDisposable {
  readonly path: string;
  /** It is the root of a process that runs. */
  readonly live: boolean;
  /** Aborts when the tree must be let go: its container has ended. */
  readonly signal: AbortSignal;
}

const NEVER = new AbortController().signal;
let counter = 0;

/** Readers of a stopped container's tree; the last one unmounts it. */
interface SharedView {
  users: number;
  readonly ready: Promise<MountedTree>;
}
const views = new WeakMap<Container, SharedView>();

/** Opens a container's tree for reading. A stopped one is mounted read-only: nothing is made in its layer, and it may start meanwhile. */
export async function openRoot(context: Context, container: Container): Promise<OpenRoot> {
  if (isAlive(container.state)) return liveRoot(container);
  const view = views.get(container) ?? { users: 0, ready: assemble(context, container, false) };
  views.set(container, view);
  view.users++;
  const release = async (): Promise<void> => {
    if (--view.users > 0) return;
    forgetView(container, view);
    const tree = await view.ready.catch(() => null);
    if (tree !== null) await dismantle(context, tree);
  };
  try {
    const { path } = await view.ready;
    return { path, live: false, signal: NEVER, [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * Runs `work` on a container's tree, open for writing. A stopped container is mounted for it and keeps its place in the queue meanwhile: a start waits for the end of the work, because
 * its layer can be mounted for writing only once.
 */
export async function withWritableRoot<T>(context: Context, container: Container, work: (root: OpenRoot) => Promise<T>): Promise<T> {
  if (isAlive(container.state)) return onLiveRoot(container, work);
  return container.queue.run(async () => {
    if (context.directory.byId(container.id) !== container) throw new EngineError("notFound", `No such container: ${container.record.name}`);
    if (isAlive(container.state)) return onLiveRoot(container, work);
    const tree = await assemble(context, container, true);
    try {
      return await work({ path: tree.path, live: false, signal: NEVER, [Symbol.asyncDispose]: () => Promise.resolve() });
    } finally {
      await dismantle(context, tree);
      layerChanged(container);
    }
  });
}

/** Readers from now on get a view of their own: the kernel may show the one that is open as it was. */
export function layerChanged(container: Container): void {
  views.delete(container);
}

function forgetView(container: Container, view: SharedView): void {
  if (views.get(container) === view) views.delete(container);
}

async function onLiveRoot<T>(container: Container, work: (root: OpenRoot) => Promise<T>): Promise<T> {
  await using root = liveRoot(container);
  try {
    return await work(root);
  } catch (error) {
    throw root.signal.aborted && isEngineError(error, "cancelled") ? hasEnded(container, error) : error;
  }
}

/** Who still holds the tree of a container that has ended would keep its layer mounted, which its next start mounts again. */
function liveRoot(container: Container): OpenRoot {
  const ended = new AbortController();
  const subscription = container.milestones.event((milestone) => {
    if (milestone === "exited") ended.abort(new EngineError("conflict", `container ${container.record.name} has ended`));
  });
  return {
    path: `/proc/${container.state.pid}/root`, live: true, signal: ended.signal,
    [Symbol.asyncDispose]: () => Promise.resolve(subscription[Symbol.dispose]()),
  };
}

export function hasEnded(container: Container, cause: unknown): EngineError {
  return new EngineError("conflict", `container ${container.record.name} ended meanwhile: try again`, { cause });
}

/** The signal of a piece of work on a tree. */
export function bothSignals(root: OpenRoot, signal: AbortSignal | undefined): AbortSignal {
  if (root.signal.aborted) throw abortError(root.signal);
  return signal === undefined ? root.signal : AbortSignal.any([root.signal, signal]);
}

interface MountedTree {
  readonly path: string;
  /** Mount points that were made for it; null when all were there. */
  readonly points: string | null;
  /** What is mounted in it, in order. */
  readonly inside: readonly string[];
}

/** Mounts a stopped container's snapshot and binds its volumes into it. */
async function assemble(context: Context, container: Container, writable: boolean): Promise<MountedTree> {
  await container.teardown;
  const path = `${rootfsPath(context, container.id)}.open-${++counter}`;
  const points = writable ? null : makeMountPoints(context, container, `${path}-points`);
  await mountRootfs(context, container.id, path, writable ? {} : { readOnly: true, below: points === null ? [] : [points] });
  const inside: string[] = [];
  try {
    for (const { source, subpath, destination, readWrite } of bound(container)) {
      const from = subpath === "" ? source : join(source, subpath);
      // A file over a file is left as the image has it.
      if (!statSync(from, { throwIfNoEntry: false })?.isDirectory()) continue;
      const target = resolveInRoot(path, destination);
      // The mount point is made in the container's own layer, as its start does it.
      if (writable) await mkdir(target, { recursive: true });
      if (!statSync(target, { throwIfNoEntry: false })?.isDirectory()) continue;
      mount(from, target, null, MS.BIND | MS.REC);
      inside.push(target);
      // Taking it down must not take down what is mounted in the source.
      mount(null, target, null, MS.PRIVATE | MS.REC);
      if (!readWrite) remountReadOnly(target);
    }
  } catch (error) {
    await dismantle(context, { path, points, inside });
    throw error;
  }
  return { path, points, inside };
}

async function dismantle(context: Context, { path, points, inside }: MountedTree): Promise<void> {
  for (const target of [...inside].reverse()) unmount(target, { detach: true });
  await context.snapshots.unmount(path);
  await rmdir(path).catch(() => undefined);
  if (points !== null) await rm(points, { recursive: true, force: true });
}

function bound(container: Container): Container["record"]["mounts"] {
  return container.record.mounts.filter(({ type }) => type !== "tmpfs");
}

/** Directories to mount on that no layer has, in a directory that goes below the layers. */
function makeMountPoints(context: Context, container: Container, directory: string): string | null {
  const key = snapshotKey(container.id);
  const layers = [context.snapshots.upperDirectory(key), ...context.snapshots.layerDirectories(key)];
  const lacking = bound(container).map(({ destination }) => resolveInLayers(layers, destination)).filter(({ entry }) => entry === undefined);
  if (lacking.length === 0) return null;
  mkdirSync(directory, { recursive: true });
  for (const { name } of lacking) mkdirSync(fsPath(`${directory}/${name}`), { recursive: true });
  return directory;
}

/** Takes down the trees that an engine which was killed had open. */
export async function closeLeftRoots(context: Context): Promise<void> {
  const directory = dirname(rootfsPath(context, "x"));
  if (!existsSync(directory)) return;
  const isLeft = (name: string): boolean => /^[0-9a-f]+\.(open|image|export|stopped)\b/.test(name);
  for (const { target } of mountsBelow(directory)) if (isLeft(target.slice(directory.length + 1).split("/")[0]!)) unmount(target, { detach: true });
  for (const name of readdirSync(directory)) {
    // What is still mounted is not empty, and stays.
    if (isLeft(name)) await (name.endsWith("-points") ? rm(join(directory, name), { recursive: true, force: true }) : rmdir(join(directory, name)).catch(() => undefined));
  }
}

/** Mounts the image's layers alone for `work`; null for an image without any. */
export async function withImageView<T>(context: Context, container: Container, work: (image: string | null) => Promise<T>): Promise<T> {
  const { parent } = context.snapshots.info(snapshotKey(container.id));
  if (parent === null) return work(null);
  const path = `${rootfsPath(context, container.id)}.image-${++counter}`;
  await context.snapshots.mount(parent, path);
  try {
    return await work(path);
  } finally {
    await context.snapshots.unmount(path);
    await rmdir(path).catch(() => undefined);
  }
}
