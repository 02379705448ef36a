import { readSync, writeSync } from "node:fs";
import { checked, errno, native, systemError } from "./libc.ts";

const FICLONE = 0x40049409;
const SEEK_SET = 0;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const ENXIO = 6;
/** What the kernel answers when a pair of files does not take part: EPERM, EIO, EXDEV, EINVAL, ENOTTY, ETXTBSY, ENOSYS, EOPNOTSUPP. */
const UNSUITABLE: ReadonlySet<number> = new Set([1, 5, 18, 22, 25, 26, 38, 95]);

const ioctlC = native<[number, number, number]>("int ioctl(int fd, unsigned long request, int argument)");
const lseekC = native<[number, number, number]>("int64_t lseek(int fd, int64_t offset, int whence)");
const copyFileRangeC = native<[number, null, number, null, number, number]>("int64_t copy_file_range(int source, void *from, int target, void *to, size_t length, unsigned int flags)");

/** Makes `target`, an empty file, share all blocks of `source`, holes included. Returns false where the file system cannot. @throws a system error */
export function cloneFileBlocks(source: number, target: number): boolean {
  if (ioctlC(target, FICLONE, source) === 0) return true;
  const error = errno();
  if (UNSUITABLE.has(error)) return false;
  throw systemError(error, "ioctl");
}

/** The next part of a file that is no hole, from `position` on; undefined when only holes follow. Positions of the file are moved. @throws a system error */
export function nextData(fd: number, position: number): { readonly offset: number; readonly length: number } | undefined {
  const offset = lseekC(fd, position, SEEK_DATA);
  if (offset < 0) {
    const error = errno();
    if (error === ENXIO) return undefined;
    throw systemError(error, "lseek");
  }
  return { offset, length: checked(lseekC(fd, offset, SEEK_HOLE), "lseek") - offset };
}

/**
 * Copies up to `length` bytes inside the kernel where it can. Positions of both files are moved.
 * @returns bytes copied; 0 at the end of the source
 * @throws a system error (`ENOSPC`)
 */
export function copyRange(source: number, from: number, target: number, to: number, length: number): number {
  checked(lseekC(source, from, SEEK_SET), "lseek");
  checked(lseekC(target, to, SEEK_SET), "lseek");
  const copied = copyFileRangeC(source, null, target, null, length, 0);
  if (copied >= 0) return copied;
  const error = errno();
  if (!UNSUITABLE.has(error)) throw systemError(error, "copy_file_range");
  const buffer = Buffer.allocUnsafe(Math.min(length, 1 << 20));
  const read = readSync(source, buffer, 0, buffer.length, from);
  for (let done = 0; done < read; ) done += writeSync(target, buffer, done, read - done, to + done);
  return read;
}
