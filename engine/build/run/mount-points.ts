import { chmodSync, chownSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { EngineError, isSystemError } from "../../base/errors.ts";
import { setTimes } from "../../sys/nodes.ts";
import { resolveInRoot } from "../../sys/rooted-path.ts";
import { statOf } from "../../sys/walk.ts";
import { getXattr, listXattrs, setXattr } from "../../sys/xattrs.ts";

/** A place in a root file system that something is mounted on: a directory on a directory, a file on a file. */
export interface MountTarget {
  readonly path: string;
  readonly kind: "directory" | "file";
}

export interface MountPoints {
  /** Where the targets really are, by their order: absolute inside the root, with the root's symlinks followed. */
  readonly paths: readonly string[];
  /** What the root lacks to mount them, outer ones first. */
  readonly missing: readonly MountTarget[];
}

/**
 * Finds the mount points of `targets` in a root file system that nobody changes meanwhile. What lies inside another target is the runtime's to find: the
 * root does not know what will be there.
 * @throws EngineError `invalidArgument` for a target that is not absolute, is the root itself, or is of the other kind
 */
export function findMountPoints(root: string, targets: readonly MountTarget[]): MountPoints {
  const paths: string[] = [];
  const missing = new Map<string, MountTarget>();
  const mounted = new Set<string>();
  const order = targets.map((_, index) => index).sort((a, b) => depth(targets[a]!.path) - depth(targets[b]!.path));
  for (const index of order) {
    const { path: target, kind } = targets[index]!;
    if (!target.startsWith("/")) throw new EngineError("invalidArgument", `invalid mount target ${JSON.stringify(target)}: expected an absolute path`);
    const { path, hidden } = locate(root, target, mounted);
    if (path === "/") throw new EngineError("invalidArgument", `invalid mount target ${JSON.stringify(target)}: nothing can be mounted on the root directory`);
    paths[index] = path;
    if (hidden) continue;
    if (!mounted.has(path)) for (const point of missingOf(root, { path, kind })) missing.set(point.path, point);
    mounted.add(path);
  }
  return { paths, missing: [...missing.values()].sort((a, b) => depth(a.path) - depth(b.path)) };
}

function depth(path: string): number {
  return path.split("/").filter((part) => part !== "" && part !== ".").length;
}

/** Follows a target's components until the end, or until one is a mount point, behind which the root's own files are hidden. */
function locate(root: string, target: string, mounted: ReadonlySet<string>): { readonly path: string; readonly hidden: boolean } {
  let path = "/";
  const parts = normalize(target).split("/").filter((part) => part !== "");
  for (const [index, part] of parts.entries()) {
    if (mounted.has(path)) return { path: join(path, ...parts.slice(index)), hidden: true };
    path = resolveInRoot(root, join(path, part)).slice(root.length) || "/";
  }
  return { path, hidden: false };
}

function missingOf(root: string, { path, kind }: MountTarget): MountTarget[] {
  const found = statOf(`${root}${path}`);
  if (found !== undefined) {
    if (found.isDirectory() === (kind === "directory")) return [];
    throw new EngineError("invalidArgument", `cannot mount a ${kind} on ${JSON.stringify(path)}: it is ${found.isDirectory() ? "a directory" : "not a directory"} in the image`);
  }
  const points: MountTarget[] = [{ path, kind }];
  for (let above = dirname(path); above !== "/"; above = dirname(above)) {
    const stats = statOf(`${root}${above}`);
    if (stats?.isDirectory() === true) break;
    if (stats !== undefined) throw new EngineError("invalidArgument", `cannot mount on ${JSON.stringify(path)}: ${JSON.stringify(above)} is not a directory in the image`);
    points.push({ path: above, kind: "directory" });
  }
  return points;
}

/**
 * Makes missing mount points in `directory`, which is to lie between a snapshot's writable layer and its parent. Directories of the root that they lie in
 * are repeated as they are, so that the root looks the same with them.
 */
export function makeMountPoints(root: string, missing: readonly MountTarget[], directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const repeated: string[] = [];
  for (const { path, kind } of missing) {
    const inside: string[] = [];
    for (let above = dirname(path); above !== "/" && statOf(`${directory}${above}`) === undefined; above = dirname(above)) inside.unshift(above);
    for (const above of inside) repeatDirectory(`${root}${above}`, `${directory}${above}`);
    repeated.unshift(...inside.reverse());
    if (kind === "directory") mkdirSync(`${directory}${path}`);
    else writeFileSync(`${directory}${path}`, "");
    chmodSync(`${directory}${path}`, kind === "directory" ? 0o755 : 0o644);
  }
  // Inner ones first, when nothing is made in them any more.
  for (const path of repeated) {
    const { atimeNs, mtimeNs } = lstatSync(`${root}${path}`, { bigint: true });
    setTimes(`${directory}${path}`, atimeNs, mtimeNs);
  }
}

function repeatDirectory(from: string, to: string): void {
  const { uid, gid, mode } = lstatSync(from);
  mkdirSync(to);
  chownSync(to, uid, gid);
  chmodSync(to, mode & 0o7777);
  for (const name of listXattrs(from)) {
    const value = getXattr(from, name);
    if (value === undefined || /^(trusted|user)\.overlay\./.test(name)) continue;
    try {
      setXattr(to, name, value);
    } catch (error) {
      // Security labels are the host's to give.
      if (!isSystemError(error, "EPERM", "EOPNOTSUPP")) throw error;
    }
  }
}
