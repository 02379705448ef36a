import { readdirSync } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError } from "../base/errors.ts";

/** The segment conmon writes. */
export const CURRENT = "current";

/** Closed segments in a log directory, oldest first; their names are rising numbers. */
export function closedSegments(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => /^\d{8}$/.test(name)).sort();
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return [];
    throw error;
  }
}

/** An open segment: reading goes on although it was renamed or removed since. */
export interface Segment {
  readonly file: FileHandle;
  readonly inode: number;
}

/** Opens a segment; undefined when it is not there (any more). */
export async function openSegment(path: string): Promise<Segment | undefined> {
  try {
    const file = await open(path, "r");
    return { file, inode: (await file.stat()).ino };
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Opens all segments of a log, oldest first. A rotation under way may show one twice: the inode tells. */
export async function openSegments(directory: string): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const name of [...closedSegments(directory), CURRENT]) {
    const segment = await openSegment(join(directory, name));
    if (segment === undefined) continue;
    if (segments.some(({ inode }) => inode === segment.inode)) await segment.file.close();
    else segments.push(segment);
  }
  return segments;
}
