import { lstatSync, readlinkSync, realpathSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { throwIfAborted, type IoOptions } from "../base/abort.ts";
import { EngineError, isSystemError } from "../base/errors.ts";
import { TarExtractor } from "../archive/extract.ts";
import { decompress } from "../archive/compression.ts";
import { inUserNamespace } from "../sys/identity.ts";
import { ConfinedRoot } from "../sys/root.ts";
import type { WorkerTask } from "../sys/worker-protocol.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { PathStat } from "./containers.ts";

const SELF = new URL(import.meta.url);

type ArchiveJob =
  | { readonly type: "stat"; readonly root: string; readonly path: string }
  | { readonly type: "extract"; readonly root: string; readonly path: string; readonly keepDirectories: boolean; readonly owner: { readonly uid: number; readonly gid: number } | null };

/** A path of a container, confined to its root: what it is, and where it really lies (its own symlink not followed). */
export interface FoundPath {
  readonly stat: PathStat;
  readonly realPath: string;
  readonly isDirectory: boolean;
}

/** Looks at a path. @throws EngineError `notFound` */
export function statInRoot(pool: WorkerPool, root: string, path: string, options: IoOptions): Promise<FoundPath> {
  return pool.run<FoundPath>(SELF, { type: "stat", root, path } satisfies ArchiveJob, options);
}

/** Unpacks a tar, plain or compressed, below a directory. @throws EngineError `notFound`, `invalidArgument`, `resourceExhausted` */
export function extractInRoot(pool: WorkerPool, root: string, path: string, input: AsyncIterable<Uint8Array>, options: IoOptions & { readonly keepDirectories: boolean; readonly owner: { readonly uid: number; readonly gid: number } | null }): Promise<void> {
  const { keepDirectories, owner, signal } = options;
  return pool.run<void>(SELF, { type: "extract", root, path, keepDirectories, owner } satisfies ArchiveJob, { signal, input });
}

export const task: WorkerTask<ArchiveJob, FoundPath | void> = async (job, { signal, input }) => {
  if (job.type === "stat") {
    using root = new ConfinedRoot(job.root);
    return root.run(() => look(job.path));
  }
  using extractor = new TarExtractor({
    root: job.root, into: job.path, whiteouts: "plain", userNamespace: inUserNamespace(), maxBytes: Infinity, maxEntries: Infinity, keepDirectories: job.keepDirectories,
    ...(job.owner === null ? {} : { owner: job.owner }),
  });
  for await (const chunk of decompress(input, { signal })) {
    throwIfAborted(signal);
    extractor.push(chunk);
  }
  extractor.finish();
};

/** Runs confined: `/` is the container's. A trailing slash follows a symlink, as everywhere. */
function look(path: string): FoundPath {
  const absolute = join("/", path);
  const follow = /\/\.?$/.test(path);
  try {
    const own = absolute.replace(/\/+\.?$/, "") || "/";
    const parent = realpathSync(dirname(own));
    const realPath = own === "/" ? "/" : follow ? realpathSync(own) : join(parent, basename(own));
    const info = lstatSync(realPath);
    return { stat: { name: basename(own) || "/", size: info.size, mode: goMode(info), mtime: new Date(info.mtimeMs).toISOString(), linkTarget: info.isSymbolicLink() ? linkTarget(realPath) : "" }, realPath, isDirectory: info.isDirectory() };
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR", "ELOOP")) throw new EngineError("notFound", `Could not find the file ${path}`, { cause: error });
    throw error;
  }
}

/** Where a link leads in the end, also when nothing is there. */
function linkTarget(path: string): string {
  try {
    statSync(path);
    return realpathSync(path);
  } catch {
    return join(dirname(path), readlinkSync(path));
  }
}

/** Go's os.FileMode, which Docker's clients decode. */
function goMode(info: Stats): number {
  let mode = info.mode & 0o777;
  const set = (condition: boolean, bit: number): void => {
    if (condition) mode += 2 ** bit;
  };
  set(info.isDirectory(), 31);
  set(info.isSymbolicLink(), 27);
  set(info.isBlockDevice() || info.isCharacterDevice(), 26);
  set(info.isFIFO(), 25);
  set(info.isSocket(), 24);
  set((info.mode & 0o4000) !== 0, 23);
  set((info.mode & 0o2000) !== 0, 22);
  set(info.isCharacterDevice(), 21);
  set((info.mode & 0o1000) !== 0, 20);
  return mode;
}
