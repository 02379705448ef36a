import { basename } from "node:path";
import type { IoOptions } from "../base/abort.ts";
import { EngineError, isEngineError } from "../base/errors.ts";
import { packTree } from "../archive/pack.ts";
import { userInRoot } from "../runtime/accounts.ts";
import { extractInRoot, statInRoot, type FoundPath } from "./archive-task.ts";
import { announce, rootfsPath, type Context } from "./context.ts";
import type { Container } from "./container.ts";
import type { PathStat } from "./containers.ts";
import { bothSignals, openRoot, withWritableRoot, type OpenRoot } from "./open-root.ts";
import { mountRootfs } from "./rootfs.ts";
import { isAlive } from "./state.ts";

/** What a path in a container is. @throws EngineError `notFound` */
export async function statPath(context: Context, container: Container, path: string): Promise<PathStat> {
  await using root = await openRoot(context, container);
  return (await findNamed(context, container, root.path, path, {})).stat;
}

/** As {@link find}; a path that ends with a slash names a directory. */
async function findNamed(context: Context, container: Container, root: string, path: string, options: IoOptions): Promise<FoundPath> {
  const found = await find(context, container, root, path, options);
  if (/\/\.?$/.test(path) && !found.isDirectory) throw new EngineError("notFound", `Could not find the directory ${path} in container ${container.record.name}: it is a file`);
  return found;
}

async function find(context: Context, container: Container, root: string, path: string, options: IoOptions): Promise<FoundPath> {
  try {
    return await statInRoot(context.workers, root, path, options);
  } catch (error) {
    if (isEngineError(error, "notFound")) throw new EngineError("notFound", `Could not find the file ${path} in container ${container.record.name}`, { cause: error });
    throw error;
  }
}

/** A path of a container as a tar whose top entry has the path's last name. @throws EngineError `notFound` */
export async function readArchive(context: Context, container: Container, path: string, options: IoOptions): Promise<{ stat: PathStat; tar: AsyncIterable<Uint8Array> }> {
  const root = await openRoot(context, container);
  try {
    const found = await findNamed(context, container, root.path, path, options);
    announce(context, container, "archive-path");
    return { stat: found.stat, tar: streamThenClose(packTree(context.workers, { root: root.path, path: found.realPath, name: entryName(path) }, { signal: bothSignals(root, options.signal) }), root) };
  } catch (error) {
    await root[Symbol.asyncDispose]();
    throw error;
  }
}

/** `/dir` is packed as `dir`, `/dir/.` as `.`: Docker's clients rename by it. */
function entryName(path: string): string {
  return /(^|\/)\.$/.test(path) ? "." : basename(path) || "/";
}

async function* streamThenClose(stream: ReadableStream<Uint8Array>, root: OpenRoot): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } finally {
    await root[Symbol.asyncDispose]();
  }
}

/** Unpacks a tar below an existing directory of a container. @throws EngineError `notFound`, `invalidArgument`, `forbidden` */
export async function writeArchive(context: Context, container: Container, path: string, tar: AsyncIterable<Uint8Array>, options: IoOptions & { readonly keepDirectories: boolean; readonly copyOwner: boolean }): Promise<void> {
  await withWritableRoot(context, container, async (root) => {
    const signal = bothSignals(root, options.signal);
    // The directory itself may be named by a link.
    const found = await find(context, container, root.path, path.endsWith("/") ? path : `${path}/`, { signal });
    if (!found.isDirectory) throw new EngineError("invalidArgument", "extraction point is not a directory");
    checkWritable(container, found.realPath);
    const user = options.copyOwner && container.record.config.User !== "" ? userInRoot(root.path, container.record.config.User) : null;
    await extractInRoot(context.workers, root.path, found.realPath, tar, { signal, keepDirectories: options.keepDirectories, owner: user === null ? null : { uid: user.uid, gid: user.gid } });
  });
  announce(context, container, "extract-to-dir");
}

/** @throws EngineError `forbidden`, in docker's words */
export function checkWritable(container: Container, path: string): void {
  const mounted = container.record.mounts.filter(({ destination }) => path === destination || path.startsWith(`${destination}/`)).sort((a, b) => b.destination.length - a.destination.length)[0];
  if (mounted !== undefined && !mounted.readWrite) throw new EngineError("forbidden", "mounted volume is marked read-only");
  if (mounted === undefined && container.record.hostConfig.ReadonlyRootfs === true) throw new EngineError("forbidden", "container rootfs is marked read-only");
}

/** The container's own file system, without volumes, as a tar. */
export async function* exportRoot(context: Context, container: Container, options: IoOptions): AsyncGenerator<Uint8Array> {
  const live = isAlive(container.state);
  const target = live ? rootfsPath(context, container.id) : `${rootfsPath(context, container.id)}.export`;
  // A stopped container may start meanwhile.
  await mountRootfs(context, container.id, target, { ...options, readOnly: !live });
  announce(context, container, "export");
  try {
    yield* packTree(context.workers, { root: target }, options);
  } finally {
    if (!isAlive(container.state) || target !== rootfsPath(context, container.id)) await context.snapshots.unmount(target);
  }
}
