import { closeSync, constants, fchmodSync, fchownSync, fstatSync, lstatSync, openSync, readSync, writeSync } from "node:fs";
import { isSystemError } from "../base/errors.ts";
import { fsPath } from "../sys/names.ts";
import { setTimesOfFile } from "../sys/nodes.ts";
import { ConfinedRoot } from "../sys/root.ts";
import { getXattr, listXattrs, setXattr } from "../sys/xattrs.ts";

/** A regular file of a lower layer, open, with what is not in its inode. */
export interface LowerFile extends Disposable {
  readonly fd: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/**
 * Opens `name` as the layers below, top first, show it; undefined when they show no regular file there.
 * Each lookup is confined to its layer.
 */
export function openLowerFile(directories: readonly string[], name: string): LowerFile | undefined {
  const path = fsPath(`/${name}`);
  for (const directory of directories) {
    using root = new ConfinedRoot(directory);
    const found = root.run(() => {
      const stats = lstatOf(path);
      if (stats === undefined) return undefined;
      if (!stats.isFile()) return null;
      const xattrs = new Map<string, Uint8Array>();
      for (const attribute of listXattrs(path)) {
        const value = /^(trusted|user)\.overlay\./.test(attribute) ? undefined : getXattr(path, attribute);
        if (value !== undefined) xattrs.set(attribute, value);
      }
      return { fd: openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW), xattrs };
    });
    // A whiteout or another kind of file: what lies deeper does not count.
    if (found === null) return undefined;
    if (found !== undefined) return { ...found, [Symbol.dispose]: () => closeSync(found.fd) };
  }
  return undefined;
}

function lstatOf(path: string | Buffer): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** Copies an open file to the new file `path` with owner, mode, attributes and times, as overlayfs copies up. Returns its bytes. */
export function copyOpenFile(source: LowerFile, path: string | Buffer): number {
  const stats = fstatSync(source.fd, { bigint: true });
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    const buffer = Buffer.allocUnsafe(256 * 1024);
    for (let read = readSync(source.fd, buffer, 0, buffer.length, 0), position = 0; read > 0; read = readSync(source.fd, buffer, 0, buffer.length, position)) {
      for (let done = 0; done < read; ) done += writeSync(fd, buffer, done, read - done);
      position += read;
    }
    fchownSync(fd, Number(stats.uid), Number(stats.gid));
    fchmodSync(fd, Number(stats.mode) & 0o7777);
    for (const [name, value] of source.xattrs) setXattr(path, name, value);
    setTimesOfFile(fd, stats.atimeNs, stats.mtimeNs);
  } finally {
    closeSync(fd);
  }
  return Number(stats.size);
}
