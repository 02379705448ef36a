/** A file that appears under its name once it is whole. */
import { randomBytes } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, normalize } from "node:path";
import { ipcError, isIpcError } from "./ipc-error.ts";

export interface DraftFile {
  /** Absolute; `~` is the user's home. */
  readonly path: string;
  write(text: string): Promise<void>;
  /** Gives the file its name. */
  keep(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

/**
 * @param asked absolute, or beginning with `~/`
 * @throws IpcError `alreadyExists` unless `overwrite`, `notFound` for a folder that is not there, `forbidden`, `resourceExhausted`, `invalidArgument` for a folder
 */
export async function draftFile(asked: string, overwrite: boolean): Promise<DraftFile> {
  const path = normalize(asked.startsWith("~/") ? join(homedir(), asked.slice(1)) : asked);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  const file = await guarded(path, async (): Promise<FileHandle> => {
    const there = await stat(path).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    });
    if (there !== undefined && !there.isFile()) throw ipcError("invalidArgument", `${path} is not a file. Give the file a name in a folder.`);
    if (there !== undefined && !overwrite) throw ipcError("alreadyExists", `${path} exists already.`);
    return open(temporary, "wx");
  });
  return {
    path,
    write: (text) => guarded(path, async () => { await file.appendFile(text, "utf8"); }),
    keep: () => guarded(path, async () => {
      await file.close();
      await rename(temporary, path);
    }),
    discard: async () => {
      await file.close().catch(() => undefined);
      await rm(temporary, { force: true });
    },
  };
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isIpcError(error) ? error : toFileError(error, path);
  }
}

function toFileError(error: unknown, path: string): Error {
  const cause = error instanceof Error ? error.message : String(error);
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "ENOENT":
    case "ENOTDIR":
      return ipcError("notFound", `The folder ${dirname(path)} does not exist.`, { cause });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return ipcError("forbidden", `This user may not write to ${dirname(path)}.`, { cause });
    case "ENOSPC":
    case "EDQUOT":
      return ipcError("resourceExhausted", `There is no space left for ${path}.`, { cause });
    case "ENAMETOOLONG":
      return ipcError("invalidArgument", `The name of ${path} is too long.`, { cause });
    default:
      return ipcError("internal", `${path} could not be written.`, { cause });
  }
}
