/** A folder as the tar that `POST /build` takes: read while it is sent, without what its ignore file leaves out. */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, readFile, readdir, readlink, stat } from "node:fs/promises";
import { basename, isAbsolute, join, normalize, relative } from "node:path";
import type { TarHeader } from "../../../engine/archive/archive.ts";
import { encodeHeader, END_OF_ARCHIVE, paddingOf } from "../../../engine/archive/tar-writer.ts";
import { isEngineError } from "../../../engine/base/errors.ts";
import { ignoreFileCandidates, readIgnoreFile } from "../../../engine/dockerfile/patterns/ignore-file.ts";
import { compileIgnorePatterns, type IgnoreMatcher } from "../../../engine/dockerfile/patterns/matcher.ts";
import { decodeName, fsPath } from "../../../engine/sys/names.ts";
import { toFileError } from "../build-files.ts";
import { ipcError, isIpcError } from "../ipc-error.ts";

/** Parts of files on their way; small entries travel together. */
const CHUNK_BYTES = 256 * 1024;
const IGNORE_FILE = ".dockerignore";
/** A Dockerfile is text that someone wrote. */
const LARGEST_TEXT = 1024 * 1024;

export interface BuildContext {
  readonly folder: string;
  /** Name of the Dockerfile in the tar. */
  readonly dockerfile: string;
  readonly dockerfileText: string;
  readonly ignored: IgnoreMatcher;
  /** Files that are not the folder's own, or not as they lie there. */
  readonly added: ReadonlyMap<string, string>;
}

/**
 * Looks at a folder and its Dockerfile, which may lie elsewhere: it then goes along under a name that nothing in the folder has, and that the engine
 * hides from COPY, as Docker's own client does it.
 * @param dockerfile path in the folder, or a whole one
 * @throws IpcError `notFound`, `forbidden`, `invalidArgument`
 */
export async function openContext(folder: string, dockerfile = "Dockerfile"): Promise<BuildContext> {
  const info = await stat(folder).catch((error: unknown) => {
    throw toFileError(error, folder);
  });
  if (!info.isDirectory()) throw ipcError("invalidArgument", `${folder} is not a folder.`);
  const path = isAbsolute(dockerfile) ? normalize(dockerfile) : join(folder, dockerfile);
  const inside = relative(folder, path);
  const outside = inside.startsWith("../") || inside === "..";
  const dockerfileText = await readText(path);
  if (dockerfileText === undefined) throw ipcError("notFound", `There is no Dockerfile at ${path}.`);
  const ignore = await findIgnoreFile(folder, outside ? path : inside);
  const name = outside ? `.dockerfile.${randomBytes(10).toString("hex")}` : inside;
  const patterns = ignore?.patterns ?? [];
  const added = new Map<string, string>();
  if (outside) {
    added.set(name, dockerfileText);
    added.set(IGNORE_FILE, `${(await readText(join(folder, IGNORE_FILE))) ?? IGNORE_FILE}\n${name}\n`);
  }
  // The engine needs both, and takes them away itself where they are ignored.
  return { folder, dockerfile: name, dockerfileText, added, ignored: compile(ignore?.path ?? "", patterns.length === 0 ? [] : [...patterns, `!${name}`, `!${IGNORE_FILE}`]) };
}

function compile(path: string, patterns: readonly string[]): IgnoreMatcher {
  try {
    return compileIgnorePatterns(patterns);
  } catch (error) {
    throw isEngineError(error) ? ipcError("invalidArgument", `${path} cannot be followed: ${error.message}.`) : error;
  }
}

/** The first that exists counts alone. */
async function findIgnoreFile(folder: string, dockerfile: string): Promise<{ path: string; patterns: string[] } | undefined> {
  for (const candidate of ignoreFileCandidates(dockerfile)) {
    const path = isAbsolute(candidate.path) ? candidate.path : join(folder, candidate.path);
    const text = await readText(path);
    if (text !== undefined) return { path, patterns: readIgnoreFile(text) };
  }
  return undefined;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const info = await stat(path);
    if (!info.isFile()) throw ipcError("invalidArgument", `${path} is not a file.`);
    if (info.size > LARGEST_TEXT) throw ipcError("resourceExhausted", `${path} is larger than ${LARGEST_TEXT / 1024 / 1024} MiB: too large for what it is.`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw isIpcError(error) ? error : toFileError(error, path);
  }
}

/** How much has been read. */
export interface ContextProgress {
  readonly bytes: number;
  readonly files: number;
}

/**
 * The tar, in parts. Memory does not grow with the folder. Owners are root's, times and modes the files' own, as Docker's client sends them; sockets are left out.
 * @param onProgress after each file
 * @throws IpcError for what cannot be read, or changes while it is
 */
export async function* packContext(context: BuildContext, onProgress: (progress: ContextProgress) => void): AsyncGenerator<Buffer, void, void> {
  let parts: Buffer[] = [];
  let waiting = 0;
  let bytes = 0;
  let files = 0;
  for await (const part of entries(context, (size) => onProgress({ bytes: (bytes += size), files: ++files }))) {
    parts.push(part);
    waiting += part.length;
    if (waiting < CHUNK_BYTES) continue;
    yield Buffer.concat(parts);
    parts = [];
    waiting = 0;
  }
  yield Buffer.concat([...parts, END_OF_ARCHIVE]);
}

async function* entries({ folder, ignored, added }: BuildContext, onFile: (size: number) => void): AsyncGenerator<Buffer, void, void> {
  for (const [name, text] of added) {
    const data = Buffer.from(text, "utf8");
    yield encodeHeader({ name, type: "file", mode: 0o600, uid: 0, gid: 0, size: data.length, mtimeNs: 0n });
    yield data;
    yield Buffer.alloc(paddingOf(data.length));
  }
  const walk = async function* (directory: string): AsyncGenerator<Buffer, void, void> {
    const names = await trouble(join(folder, directory), readdir(fsPath(join(folder, directory)), { encoding: "buffer" }));
    for (const name of names.map(decodeName).toSorted()) {
      const path = directory === "" ? name : `${directory}/${name}`;
      if (added.has(path)) continue;
      const place = join(folder, path);
      const info = await trouble(place, lstat(fsPath(place), { bigint: true }));
      const left = ignored.matches(path);
      const entry = { name: path, mode: Number(info.mode & 0o7777n), uid: 0, gid: 0, size: 0, mtimeNs: info.mtimeNs };
      if (info.isDirectory()) {
        if (left && ignored.canSkipDirectory(path)) continue;
        if (!left) yield encodeHeader({ ...entry, type: "directory" });
        yield* walk(path);
      } else if (left) continue;
      else if (info.isSymbolicLink()) yield encodeHeader({ ...entry, type: "symlink", linkname: decodeName(await trouble(place, readlink(fsPath(place), { encoding: "buffer" }))) });
      else if (info.isFIFO()) yield encodeHeader({ ...entry, type: "fifo" });
      else if (info.isFile()) {
        yield* fileEntry(place, entry);
        onFile(Number(info.size));
      }
    }
  };
  yield* walk("");
}

/** The size in the header is the size that is sent, whatever becomes of the file meanwhile. */
async function* fileEntry(path: string, entry: Omit<TarHeader, "type">): AsyncGenerator<Buffer, void, void> {
  const file = await trouble(path, open(fsPath(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK));
  try {
    const { size } = await file.stat();
    yield encodeHeader({ ...entry, type: "file", size });
    for (let at = 0; at < size; ) {
      const part = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - at));
      const { bytesRead } = await trouble(path, file.read(part, 0, part.length, at));
      if (bytesRead === 0) throw ipcError("conflict", `${path} became shorter while it was sent: ${basename(path)} is being written by something else.`);
      at += bytesRead;
      yield part.subarray(0, bytesRead);
    }
    if (paddingOf(size) > 0) yield Buffer.alloc(paddingOf(size));
  } finally {
    await file.close();
  }
}

async function trouble<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw toFileError(error, path);
  });
}
