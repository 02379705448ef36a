import { basename, dirname, isAbsolute, join } from "node:path";
import { stat } from "node:fs/promises";
import type { IoOptions } from "../base/abort.ts";
import { EngineError, isSystemError } from "../base/errors.ts";
import { ignoreFileCandidates, readIgnoreFile } from "../dockerfile/patterns/ignore-file.ts";
import type { CopySource } from "../dockerfile/plan/steps.ts";
import { MAX_DOCKERFILE_LENGTH, decodeDockerfile } from "../dockerfile/syntax/text.ts";
import type { BuildRequest } from "./build.ts";
import type { ContextTree, FileTree } from "./files/files.ts";

export interface UploadOptions extends IoOptions {
  /** Told how much has come, in bytes and files. */
  readonly progress?: (bytes: number, files: number) => void;
}

export interface FetchOptions extends IoOptions {
  /** Socket of an ssh agent, for git. */
  readonly agent?: string | undefined;
}

/** Opens trees; what the composition root offers. */
export interface TreeOpener {
  /** @param options.remembered keep digests from build to build: for a directory that people work in */
  directory(path: string, options: { readonly remembered: boolean; readonly keepOwners: boolean }): ContextTree;
  tar(stream: AsyncIterable<Uint8Array>, options: UploadOptions): Promise<ContextTree>;
  /** A git repository, a tar, or a Dockerfile, by what is at the address. */
  remote(url: string, options: FetchOptions): Promise<{ readonly tree: ContextTree } | { readonly dockerfile: Uint8Array }>;
  /** Fetches the file of ADD's address into `directory`. */
  url(source: CopySource & { type: "url" }, directory: string, options: IoOptions): Promise<{ readonly tree: FileTree; readonly name: string }>;
  /** Fetches the repository of ADD's git address into `directory`. */
  git(source: CopySource & { type: "git" }, directory: string, options: FetchOptions): Promise<FileTree>;
  /** A tree with nothing in it. */
  empty(): ContextTree;
}

/** A context that was opened, with the Dockerfile and the ignore rules applied. */
export interface OpenContext extends AsyncDisposable {
  readonly tree: FileTree;
  readonly dockerfile: { readonly text: string; readonly name: string };
  /** Whether the ignore rules hide a path: for a warning. */
  readonly ignored: readonly string[];
  /** The same context with another Dockerfile. */
  readonly source: ContextTree;
}

const MAX_IGNORE_FILE = 4 << 20;
const DEFAULT_NAME = "Dockerfile";

/**
 * Opens a build's context, reads its Dockerfile and the ignore file that belongs to it.
 * @throws EngineError `notFound` for a missing context or Dockerfile, `invalidArgument` for an empty Dockerfile
 */
export async function openContext(opener: TreeOpener, { context, dockerfile, ssh }: Pick<BuildRequest, "context" | "dockerfile" | "ssh">, options: UploadOptions): Promise<OpenContext> {
  await using stack = new AsyncDisposableStack();
  let text: string | undefined = "text" in dockerfile ? dockerfile.text : undefined;
  let source: ContextTree;
  switch (context.type) {
    case "empty":
      source = opener.empty();
      break;
    case "directory":
      await assertDirectory(context.path);
      source = opener.directory(context.path, { remembered: true, keepOwners: false });
      break;
    case "tar":
      source = await opener.tar(context.stream, options);
      break;
    case "open":
      source = context.tree;
      break;
    case "remote": {
      const opened = await opener.remote(context.url, { ...options, agent: await ssh.get("default") });
      if ("dockerfile" in opened) text ??= decodeDockerfile(opened.dockerfile);
      source = "dockerfile" in opened ? opener.empty() : opened.tree;
    }
  }
  stack.use(source);
  const path = "text" in dockerfile ? dockerfile.name : (dockerfile.path ?? DEFAULT_NAME);
  const found = text !== undefined ? { text, tree: source, name: path ?? DEFAULT_NAME } : await readDockerfile(opener, source, context, path ?? DEFAULT_NAME, options);
  if (found.text.trim() === "") throw new EngineError("invalidArgument", `the Dockerfile (${found.name}) cannot be empty`);
  const given = context.type === "tar" ? context.ignore : undefined;
  const patterns = given ?? (await readIgnorePatterns(source, found.tree, text === undefined ? found.name : undefined, options));
  // A client has filtered a tar already: as in Docker only these two are hidden by it.
  const only = context.type === "tar" && given === undefined ? [".dockerignore", found.name] : undefined;
  const tree = patterns.length === 0 ? source : source.ignoring({ patterns, only });
  const owned = stack.move();
  return { tree, source, dockerfile: { text: found.text, name: found.name }, ignored: only === undefined ? patterns : [], [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function assertDirectory(path: string): Promise<void> {
  const info = await stat(path).catch((error: unknown) => {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) throw new EngineError("notFound", `the context ${JSON.stringify(path)} does not exist`);
    if (isSystemError(error, "EACCES")) throw new EngineError("forbidden", `the context ${JSON.stringify(path)} cannot be read: permission denied`);
    throw error;
  });
  if (!info.isDirectory()) throw new EngineError("invalidArgument", `the context ${JSON.stringify(path)} is not a directory`);
}

interface FoundDockerfile {
  readonly text: string;
  /** Where its own ignore file is looked for. */
  readonly tree: FileTree;
  readonly name: string;
}

async function readDockerfile(opener: TreeOpener, source: ContextTree, context: BuildRequest["context"], path: string, options: IoOptions): Promise<FoundDockerfile> {
  const outside = context.type === "directory" && isAbsolute(path);
  const tree = outside ? opener.directory(dirname(path), { remembered: false, keepOwners: false }) : source;
  const name = outside ? basename(path) : path;
  const bytes = await tree.read(name, MAX_DOCKERFILE_LENGTH, options);
  // Docker takes the lower-case name when there is no other.
  const other = bytes === undefined && path === DEFAULT_NAME ? await tree.read("dockerfile", MAX_DOCKERFILE_LENGTH, options) : undefined;
  const found = bytes ?? other;
  if (found === undefined) throw new EngineError("notFound", `Cannot locate specified Dockerfile: ${path}`);
  return { text: decodeDockerfile(found), tree, name: bytes === undefined ? "dockerfile" : name };
}

async function readIgnorePatterns(source: FileTree, tree: FileTree, name: string | undefined, options: IoOptions): Promise<string[]> {
  for (const candidate of ignoreFileCandidates(name)) {
    const bytes = await (candidate.tree === "context" ? source : tree).read(candidate.path, MAX_IGNORE_FILE, options);
    if (bytes !== undefined) return readIgnoreFile(new TextDecoder().decode(bytes));
  }
  return [];
}

/** A name for the context's place among builds that may be compared. */
export function contextName(context: BuildRequest["context"]): string {
  return context.type === "directory" ? join(context.path, "/") : context.type === "remote" ? context.url : context.type;
}
