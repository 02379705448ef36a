import { cPath, checked, errno, native, systemError } from "./libc.ts";
import type { Path } from "./libc.ts";

const ENODATA = 61;
const ERANGE = 34;
const EOPNOTSUPP = 95;

const lsetxattr = native<[Uint8Array, string, Uint8Array, number, number]>("int lsetxattr(const void *path, const char *name, const void *value, size_t size, int flags)");
const lgetxattr = native<[Uint8Array, string, Uint8Array | null, number]>("long lgetxattr(const void *path, const char *name, void *value, size_t size)");
const llistxattr = native<[Uint8Array, Uint8Array | null, number]>("long llistxattr(const void *path, void *list, size_t size)");
const lremovexattr = native<[Uint8Array, string]>("int lremovexattr(const void *path, const char *name)");

/** Sets an extended attribute of the file itself, not of what a symlink names. @throws a system error */
export function setXattr(path: Path, name: string, value: Uint8Array): void {
  checked(lsetxattr(cPath(path), name, value, value.length, 0), "lsetxattr", String(path));
}

/** The value, or undefined when there is none or the file system has no attributes. @throws a system error */
export function getXattr(path: Path, name: string): Uint8Array | undefined {
  const bytes = cPath(path);
  return fill((buffer, size) => lgetxattr(bytes, name, buffer, size), "lgetxattr", path);
}

/** The names of all extended attributes; empty where the file system has none. @throws a system error */
export function listXattrs(path: Path): string[] {
  const bytes = cPath(path);
  const list = fill((buffer, size) => llistxattr(bytes, buffer, size), "llistxattr", path);
  return list === undefined ? [] : Buffer.from(list).toString("utf8").split("\0").filter((name) => name !== "");
}

/** Removes an attribute; fine when it is not there. @throws a system error */
export function removeXattr(path: Path, name: string): void {
  if (lremovexattr(cPath(path), name) === 0) return;
  const error = errno();
  if (error !== ENODATA) throw systemError(error, "lremovexattr", String(path));
}

let scratch: Uint8Array | undefined;

/** Calls `read` with a buffer that is large enough. */
function fill(read: (buffer: Uint8Array, size: number) => number, syscall: string, path: Path): Uint8Array | undefined {
  scratch ??= new Uint8Array(1024);
  for (let buffer = scratch; ; buffer = new Uint8Array(65536)) {
    const length = read(buffer, buffer.length);
    if (length >= 0) return buffer.slice(0, length);
    const error = errno();
    if (error === ENODATA || error === EOPNOTSUPP) return undefined;
    if (error !== ERANGE || buffer.length === 65536) throw systemError(error, syscall, String(path));
  }
}
