import { randomUUID } from "node:crypto";
import { chmod, chown, mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes a whole file or nothing: under a temporary name beside it, synced, renamed. A symbolic link is followed; mode and owner stay, a new file is
 * for its owner alone.
 *
 * @throws Error of the file system
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const target = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return path;
    throw error;
  });
  const temporary = `${target}.${randomUUID().slice(0, 8)}.tmp`;
  const before = await stat(target).catch(() => undefined);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (before !== undefined) {
      await chmod(temporary, before.mode & 0o7777);
      // Another user's file can be replaced in a folder that is ours, but not be given away.
      await chown(temporary, before.uid, before.gid).catch(() => undefined);
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
