/** What was dropped on a folder: files, and folders with everything in them. */
import { join } from "./paths.ts";
import type { UploadItem } from "./uploads.ts";

export interface Dropped {
  /** To be made first, parents before what is in them. */
  readonly folders: readonly string[];
  readonly items: readonly UploadItem[];
}

/** Files of one drop; a folder of a million would not be meant. */
const most = 10_000;

/** @param into the folder that it was dropped on. Must be called during the event: a browser forgets the data after it. */
export function readDrop(data: DataTransfer, into: string): Promise<Dropped> {
  const entries = [...data.items].flatMap((item) => (item.kind === "file" ? item.webkitGetAsEntry() ?? [] : []));
  const folders: string[] = [];
  // What does not lie on a disk, such as an image dragged from another page, is a file without an entry.
  const items: UploadItem[] = entries.length > 0 ? [] : [...data.files].map((file) => ({ folder: into, file }));
  async function take(entry: FileSystemEntry, folder: string): Promise<void> {
    if (items.length + folders.length >= most) throw new Error(`More than ${most.toLocaleString("en")} files were dropped: pack them as an archive first.`);
    if (entry.isFile) {
      items.push({ folder, file: await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)) });
      return;
    }
    const path = join(folder, entry.name);
    folders.push(path);
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // A reader gives some of the entries at each call, and none at the end.
    for (let part = await readSome(reader); part.length > 0; part = await readSome(reader)) for (const child of part) await take(child, path);
  }
  return (async () => {
    for (const entry of entries) await take(entry, into);
    return { folders, items };
  })();
}

function readSome(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}
