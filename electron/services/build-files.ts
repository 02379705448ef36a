/** Folders and Dockerfiles of the host's machine, where that is the engine's machine too. */
import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, normalize } from "node:path";
import type { FolderListing, HostFile } from "../ipc/contract/builds.ts";
import type { Endpoint } from "./endpoint.ts";
import { ipcError, isIpcError } from "./ipc-error.ts";

/** A Dockerfile is text that someone wrote. */
const LARGEST_FILE = 1024 * 1024;
const MOST_ENTRIES = 500;

export interface BuildFiles {
  /** @throws IpcError `notFound`, `forbidden`, `invalidArgument`; `notImplemented` for an engine on another machine */
  list(path: string): Promise<FolderListing>;
  read(path: string): Promise<HostFile>;
  /** @throws IpcError `conflict` when the file is not the version that was read, and as {@link list} */
  save(path: string, text: string, version: string | null): Promise<HostFile>;
}

/** @param keeper says whether the engine is ours: it reads folders on its own machine, while any other is sent what lies on this one */
export function createBuildFiles(endpoint: Endpoint, keeper: () => Promise<"engine" | "host">): BuildFiles {
  const here = <T>(path: string, work: () => Promise<T>): Promise<T> => onThisMachine(endpoint, keeper, path, work);
  return {
    list: (path) => here(path, () => list(path)),
    read: (path) => here(path, () => read(path)),
    save: (path, text, version) => here(path, () => save(path, text, version)),
  };
}

async function onThisMachine<T>(endpoint: Endpoint, keeper: () => Promise<"engine" | "host">, path: string, work: () => Promise<T>): Promise<T> {
  if (endpoint.type !== "unix" && (await keeper()) === "engine") throw ipcError("notImplemented", `The engine at ${endpoint.url} runs on another machine, whose files cannot be seen from here.`);
  try {
    return await work();
  } catch (error) {
    throw isIpcError(error) ? error : toFileError(error, path);
  }
}

/** An error of the file system as a sentence about `path`. */
export function toFileError(error: unknown, path: string): Error {
  const cause = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return ipcError("notFound", `${path} does not exist.`, { cause });
    case "EACCES":
    case "EPERM":
      return ipcError("forbidden", `This user may not use ${path}.`, { cause });
    case "EROFS":
      return ipcError("forbidden", `${path} is on a file system that cannot be written.`, { cause });
    case "ENOTDIR":
      return ipcError("invalidArgument", `${path} is not a folder.`, { cause });
    case "ENOSPC":
    case "EDQUOT":
      return ipcError("resourceExhausted", `There is no space left for ${path}.`, { cause });
    default:
      return ipcError("internal", `${path} could not be used.`, { cause });
  }
}

async function list(asked: string): Promise<FolderListing> {
  const path = normalize(asked === "~" || asked.startsWith("~/") ? join(homedir(), asked.slice(1)) : asked);
  const found = await readdir(path, { withFileTypes: true });
  const entries = await Promise.all(
    found.map(async (entry) => ({ name: entry.name, directory: entry.isDirectory() || (entry.isSymbolicLink() && (await stat(join(path, entry.name)).then((info) => info.isDirectory(), () => false))) })),
  );
  entries.sort((a, b) => Number(b.directory) - Number(a.directory) || (a.name < b.name ? -1 : 1));
  return { path, entries: entries.slice(0, MOST_ENTRIES), truncated: entries.length > MOST_ENTRIES };
}

async function read(path: string): Promise<HostFile> {
  // A pipe would wait for its other end.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return { text: "", version: null };
  try {
    const info = await file.stat();
    if (!info.isFile()) throw ipcError("invalidArgument", `${path} is not a file.`);
    if (info.size > LARGEST_FILE) throw ipcError("resourceExhausted", `${path} is larger than ${LARGEST_FILE / 1024 / 1024} MiB: too large for a Dockerfile.`);
    const bytes = await file.readFile();
    return { text: textOf(bytes, path), version: versionOf(bytes) };
  } finally {
    await file.close();
  }
}

async function save(path: string, text: string, version: string | null): Promise<HostFile> {
  const before = await read(path);
  if (before.version !== version) throw ipcError("conflict", version === null ? `${path} was created meanwhile by something else.` : before.version === null ? `${path} was removed meanwhile.` : `${path} was changed meanwhile by something else.`);
  // Through a symbolic link, so that the link stays one.
  const target = version === null ? path : await realpath(path);
  const mode = version === null ? 0o666 : (await stat(target)).mode & 0o777;
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
  const bytes = Buffer.from(text, "utf8");
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
      if (version !== null) await file.chmod(mode);
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return { text, version: versionOf(bytes) };
}

/** Only what comes back byte for byte may be edited. */
function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw ipcError("invalidArgument", `${path} is not text in UTF-8.`);
  }
}

function versionOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
