import { readFileSync } from "node:fs";
import { checked, errno, native, systemError } from "./libc.ts";

/** Flags of mount(2). */
export const MS = {
  RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8, REMOUNT: 32, NOATIME: 1024, BIND: 4096, REC: 16384, SILENT: 32768,
  UNBINDABLE: 1 << 17, PRIVATE: 1 << 18, SLAVE: 1 << 19, SHARED: 1 << 20, RELATIME: 1 << 21,
} as const;

const EINVAL = 22;
const ENOENT = 2;
const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;

const mount2 = native<[string | null, string, string | null, number, string | null]>(
  "int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)",
);
const statfs = native<[string, Uint8Array]>("int statfs(const char *path, void *buffer)");
const umount2 = native<[string, number]>("int umount2(const char *target, int flags)");

/**
 * mount(2).
 * @param flags of {@link MS}
 * @param data file system options, comma-separated; at most 4095 bytes
 * @throws a system error
 */
export function mount(source: string | null, target: string, type: string | null, flags = 0, data: string | null = null): void {
  checked(mount2(source, target, type, flags, data), "mount", source ?? "none", target);
}

/**
 * umount2(2); never follows a symlink at `target`.
 * @param options.detach also when busy: it disappears now, and is freed when the last user goes
 * @returns false when nothing is mounted there, or `target` does not exist
 * @throws a system error (`EBUSY` without `detach`)
 */
export function unmount(target: string, options: { readonly detach?: boolean } = {}): boolean {
  if (umount2(target, UMOUNT_NOFOLLOW | (options.detach === true ? MNT_DETACH : 0)) === 0) return true;
  const error = errno();
  if (error === EINVAL || error === ENOENT) return false;
  throw systemError(error, "umount2", target);
}

/** Where 64-bit kernels have `f_flags` in struct statfs, which is less than this long. */
const STATFS_FLAGS = 80;
const STATFS_SIZE = 256;

/**
 * Makes the bind mount at `target` read-only. What it forbids already stays so: in a user namespace, nobody may allow programs, devices or set-user-id again
 * on what was mounted by the host.
 * @throws a system error
 */
export function remountReadOnly(target: string): void {
  const buffer = Buffer.alloc(STATFS_SIZE);
  checked(statfs(target, buffer), "statfs", target);
  const kept = buffer.readUInt32LE(STATFS_FLAGS) & (MS.NOSUID | MS.NODEV | MS.NOEXEC);
  mount(null, target, null, MS.BIND | MS.REMOUNT | MS.RDONLY | kept);
}

/** A line of /proc/self/mountinfo; see proc_pid_mountinfo(5). */
export interface MountPoint {
  readonly id: number;
  readonly target: string;
  /** The directory of the file system that is visible there. */
  readonly root: string;
  readonly type: string;
  readonly source: string;
  /** The file system's own options, as for an overlay `upperdir=...`. */
  readonly options: string;
}

/** All mounts of this mount namespace in the order they were made. */
export function listMounts(): MountPoint[] {
  return parseMountInfo(readFileSync("/proc/self/mountinfo", "utf8"));
}

/** The mounts at or below `directory` (a real path), the innermost and latest first: the order to unmount them in. */
export function mountsBelow(directory: string): MountPoint[] {
  const prefix = directory.endsWith("/") ? directory : `${directory}/`;
  return listMounts().filter(({ target }) => target === directory || target.startsWith(prefix)).reverse();
}

/** Parses the text of a mountinfo file. */
export function parseMountInfo(text: string): MountPoint[] {
  const mounts: MountPoint[] = [];
  for (const line of text.split("\n")) {
    const [before, after] = line.split(" - ", 2);
    const fields = before?.split(" ") ?? [];
    const tail = after?.split(" ") ?? [];
    if (fields.length < 5 || tail.length < 2) continue;
    mounts.push({ id: Number(fields[0]), root: unescape(fields[3]!), target: unescape(fields[4]!), type: tail[0]!, source: unescape(tail[1]!), options: unescape(tail[2] ?? "") });
  }
  return mounts;
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
