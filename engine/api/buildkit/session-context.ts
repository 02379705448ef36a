import type { IoOptions } from "../../base/abort.ts";
import { EngineError } from "../../base/errors.ts";
import type { BuildRequest, ContextRequest } from "../../build/build.ts";
import type { TreeOpener } from "../../build/open-context.ts";
import { readIgnoreFile } from "../../dockerfile/patterns/ignore-file.ts";
import { MAX_DOCKERFILE_LENGTH, decodeDockerfile } from "../../dockerfile/syntax/text.ts";
import { bytesMessage } from "./messages.ts";
import { receiveFiles } from "./receive-files.ts";
import type { FileSelection } from "./receive-files.ts";
import type { ClientSession } from "./session.ts";

/** What the client's trees are called. */
export interface LocalNames {
  readonly context: string;
  readonly dockerfile: string;
}

/** What happens before a build's own steps, for its progress. */
export type Preparation = "definition" | "ignore";

export interface PrepareOptions extends IoOptions {
  /** Told at the beginning and at the end. */
  readonly told: (what: Preparation, done: boolean) => void;
}

/** A Dockerfile and an ignore file with their symlinks. */
const MAX_SMALL = MAX_DOCKERFILE_LENGTH + (8 << 20);
const MAX_IGNORE_FILE = 4 << 20;
const DEFAULT_NAME = "Dockerfile";

/**
 * The Dockerfile of a client's build, and its context less what the ignore file leaves out: the client does not send that. The context comes when it is read.
 * @throws EngineError `notFound` when there is no such Dockerfile, `cancelled`
 */
export async function sessionContext(session: ClientSession, trees: Pick<TreeOpener, "tar">, wanted: { readonly names: LocalNames; readonly filename: string | undefined }, options: PrepareOptions): Promise<Pick<BuildRequest, "context" | "dockerfile">> {
  const { names } = wanted;
  options.told("definition", false);
  const { dockerfile, ignoreFile } = await sessionDockerfile(session, trees, names.dockerfile, wanted.filename, options);
  options.told("definition", true);
  options.told("ignore", false);
  const bytes = ignoreFile ?? (await smallFiles(session, trees, { name: names.context, follow: [".dockerignore"] }, options, (read) => read(".dockerignore", MAX_IGNORE_FILE)));
  const exclude = bytes === undefined ? [] : readIgnoreFile(new TextDecoder().decode(bytes));
  options.told("ignore", true);
  const context: ContextRequest = { type: "tar", ignore: exclude, stream: receiveFiles(session, { name: names.context, exclude }, options) };
  return { context, dockerfile };
}

/** @throws EngineError `notFound` */
export async function sessionDockerfile(session: ClientSession, trees: Pick<TreeOpener, "tar">, tree: string, filename: string | undefined, options: IoOptions): Promise<{ readonly dockerfile: { readonly text: string; readonly name: string }; readonly ignoreFile: Uint8Array | undefined }> {
  const path = cleanName(filename ?? DEFAULT_NAME);
  const lower = path === DEFAULT_NAME ? ["dockerfile"] : [];
  return smallFiles(session, trees, { name: tree, follow: [path, `${path}.dockerignore`, ...lower] }, options, async (read) => {
    for (const name of [path, ...lower]) {
      const bytes = await read(name, MAX_DOCKERFILE_LENGTH);
      if (bytes !== undefined) return { dockerfile: { text: decodeDockerfile(bytes), name }, ignoreFile: await read(`${name}.dockerignore`, MAX_IGNORE_FILE) };
    }
    throw new EngineError("notFound", `failed to read dockerfile: open ${path}: no such file or directory`);
  });
}

/** A tar that the client read from its standard input. */
export async function* sessionUpload(session: ClientSession, path: string, options: IoOptions): AsyncGenerator<Uint8Array> {
  const stream = session.open("/moby.upload.v1.Upload/Pull", { urlpath: [path], urlhost: ["buildkit-session"] }, options);
  try {
    for await (const message of stream.messages) yield bytesMessage.decode(message).data;
  } finally {
    stream.cancel();
  }
}

type ReadFile = (path: string, maxBytes: number) => Promise<Uint8Array | undefined>;

async function smallFiles<T>(session: ClientSession, trees: Pick<TreeOpener, "tar">, selection: FileSelection, options: IoOptions, work: (read: ReadFile) => Promise<T>): Promise<T> {
  const io = options.signal === undefined ? {} : { signal: options.signal };
  await using tree = await trees.tar(bounded(receiveFiles(session, selection, io), selection.name), io);
  return await work((path, maxBytes) => tree.read(path, maxBytes, io));
}

async function* bounded(source: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > MAX_SMALL) throw new EngineError("resourceExhausted", `the client sent more of ${name} than was asked for`);
    yield chunk;
  }
}

/** Relative to the tree; above it nothing is found. */
function cleanName(name: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length === 0 || parts.includes("..")) throw new EngineError("invalidArgument", `the Dockerfile ${JSON.stringify(name)} is not in the tree that the client offers`);
  return parts.join("/");
}
