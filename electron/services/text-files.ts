/** Texts that a window writes to a file piece by piece. */
import { randomUUID } from "node:crypto";
import { draftFile, type DraftFile } from "./draft-file.ts";
import { ipcError } from "./ipc-error.ts";

/** A window that went away leaves its file unfinished: it is given up after this time without a piece. */
const GIVE_UP_MS = 60_000;
const MOST_OPEN = 16;

interface OpenFile {
  readonly draft: DraftFile;
  timer: NodeJS.Timeout;
}

export interface TextFiles {
  /** @throws IpcError as {@link draftFile}, `resourceExhausted` with too many open */
  begin(path: string, overwrite: boolean): Promise<{ fileId: string }>;
  /** @throws IpcError `notFound` for one that was given up */
  write(fileId: string, text: string): Promise<void>;
  end(fileId: string, keep: boolean): Promise<{ path: string }>;
}

export function createTextFiles(giveUpMs = GIVE_UP_MS): TextFiles {
  const files = new Map<string, OpenFile>();
  const later = (fileId: string): NodeJS.Timeout => setTimeout(() => void take(fileId)?.draft.discard(), giveUpMs).unref();
  function take(fileId: string): OpenFile | undefined {
    const file = files.get(fileId);
    files.delete(fileId);
    clearTimeout(file?.timer);
    return file;
  }
  function gone(): Error {
    return ipcError("notFound", "The file was given up, because nothing was written to it for a minute.");
  }
  return {
    async begin(path, overwrite) {
      if (files.size >= MOST_OPEN) throw ipcError("resourceExhausted", `${MOST_OPEN} files are being written; wait for one of them.`);
      const draft = await draftFile(path, overwrite);
      const fileId = randomUUID();
      files.set(fileId, { draft, timer: later(fileId) });
      return { fileId };
    },
    async write(fileId, text) {
      const file = files.get(fileId);
      if (file === undefined) throw gone();
      clearTimeout(file.timer);
      file.timer = later(fileId);
      await file.draft.write(text);
    },
    async end(fileId, keep) {
      const { draft } = take(fileId) ?? {};
      if (draft === undefined) throw gone();
      if (keep) await draft.keep();
      else await draft.discard();
      return { path: draft.path };
    },
  };
}
