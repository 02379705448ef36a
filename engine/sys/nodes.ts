import type { StatsBase } from "node:fs";
import { cPath, checked, native } from "./libc.ts";
import type { Path } from "./libc.ts";

/** File type bits of `st_mode`. */
export const S_IFMT = 0o170000;
export const S_IFIFO = 0o010000;
export const S_IFCHR = 0o020000;
export const S_IFBLK = 0o060000;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;

const mknodC = native<[Uint8Array, number, number]>("int mknod(const void *path, unsigned int mode, unsigned long dev)");
const utimensatC = native<[number, Uint8Array, BigInt64Array, number]>("int utimensat(int dirfd, const void *path, const void *times, int flags)");
const futimensC = native<[number, BigInt64Array]>("int futimens(int fd, const void *times)");

/**
 * Makes a device node, fifo or empty regular file.
 * @param mode type bits ({@link S_IFCHR}, ...) and permissions; the umask applies
 * @param device of {@link makeDevice}
 * @throws a system error (`EPERM` for devices in a user namespace)
 */
export function mknod(path: Path, mode: number, device = 0): void {
  checked(mknodC(cPath(path), mode, device), "mknod", String(path));
}

/** A device number for {@link mknod} as Linux encodes it: 12 bits of major, 20 of minor. */
export function makeDevice(major: number, minor: number): number {
  return (minor & 0xff) + ((major & 0xfff) * 0x100) + Math.floor((minor & 0xfff00) / 0x100) * 0x100000;
}

/** The halves of a device number as `stat` reports it. */
export function splitDevice(device: number): { readonly major: number; readonly minor: number } {
  return { major: Math.floor(device / 0x100) & 0xfff, minor: (device & 0xff) + Math.floor(device / 0x100000) * 0x100 };
}

/** What a file can be. */
export type FileType = "file" | "directory" | "symlink" | "character" | "block" | "fifo" | "socket";

/** What `lstat` says that a file is. */
export function fileType(stats: StatsBase<number> | StatsBase<bigint>): FileType {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  if (stats.isCharacterDevice()) return "character";
  if (stats.isBlockDevice()) return "block";
  return stats.isFIFO() ? "fifo" : "socket";
}

/** Whether this file of an overlayfs layer hides what lower layers have under its name: it is the character device 0/0. */
export function isWhiteout(stats: StatsBase<number>): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0;
}

const times = new BigInt64Array(4);

function timesOf(atimeNs: bigint, mtimeNs: bigint): BigInt64Array {
  times[0] = floorSeconds(atimeNs);
  times[1] = atimeNs - times[0] * 1_000_000_000n;
  times[2] = floorSeconds(mtimeNs);
  times[3] = mtimeNs - times[2] * 1_000_000_000n;
  return times;
}

/** Before 1970 the seconds round down, so that the nanoseconds stay positive. */
function floorSeconds(ns: bigint): bigint {
  const seconds = ns / 1_000_000_000n;
  return seconds * 1_000_000_000n > ns ? seconds - 1n : seconds;
}

/** Sets both times, in nanoseconds since the epoch, of the file itself, not of what a symlink names. @throws a system error */
export function setTimes(path: Path, atimeNs: bigint, mtimeNs: bigint): void {
  checked(utimensatC(AT_FDCWD, cPath(path), timesOf(atimeNs, mtimeNs), AT_SYMLINK_NOFOLLOW), "utimensat", String(path));
}

/** As {@link setTimes}, of an open file. @throws a system error */
export function setTimesOfFile(fd: number, atimeNs: bigint, mtimeNs: bigint): void {
  checked(futimensC(fd, timesOf(atimeNs, mtimeNs)), "futimens");
}
