import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { MAGIC_LENGTH, detectCompression } from "../../../archive/compression.ts";
import { BLOCK, checksumMatches } from "../../../archive/tar-fields.ts";
import type { IoOptions } from "../../../base/abort.ts";
import { EngineError } from "../../../base/errors.ts";
import { parseGitAddress } from "../../../dockerfile/plan/git-remote.ts";
import { removeTree } from "../../../sys/files.ts";
import type { WorkerPool } from "../../../sys/workers.ts";
import type { ContextTree } from "../files.ts";
import { DirectoryTree } from "../tree/directory-tree.ts";
import { TarTree } from "../tree/tar-tree.ts";
import type { GitFetcher } from "./git.ts";
import type { UrlFetcher } from "./url.ts";

export interface RemoteContextOptions extends IoOptions {
  readonly urls: UrlFetcher;
  readonly git: GitFetcher;
  readonly pool: WorkerPool;
  /** Where checkouts lie while they are used, and kept tars. */
  readonly scratch: string;
  readonly spools: string;
  /** Of a Dockerfile, in bytes. */
  readonly maxDockerfile: number;
  readonly keepGitDirectory?: boolean | undefined;
  /** Socket of an ssh agent. */
  readonly agent?: string | undefined;
}

/** A context from elsewhere; with the address of a Dockerfile there is no context. */
export type RemoteContext = { readonly tree: ContextTree } | { readonly dockerfile: Uint8Array };

/**
 * Opens what `docker build ADDRESS` names: a git repository, or a file that is a tar (plain or compressed) or else a Dockerfile; its bytes tell.
 * @throws EngineError as UrlFetcher, GitFetcher and TarTree; `resourceExhausted` for a Dockerfile that is too long
 */
export async function openRemoteContext(address: string, options: RemoteContextOptions): Promise<RemoteContext> {
  const git = parseGitAddress(address);
  const directory = join(options.scratch, `remote-${randomUUID()}`);
  if (git !== undefined) {
    try {
      const { directory: root } = await options.git.fetch({ remote: git.remote, keepGitDirectory: git.keepGitDirectory ?? options.keepGitDirectory ?? false, checksum: git.checksum, agent: options.agent }, directory, options);
      return { tree: new DirectoryTree({ pool: options.pool, root, release: () => removeTree(directory) }) };
    } catch (error) {
      await removeTree(directory);
      throw error;
    }
  }
  try {
    const { name, size } = await options.urls.fetch({ url: address }, directory, options);
    const path = join(directory, name);
    if (await isArchive(path)) {
      return { tree: await TarTree.receive(createReadStream(path, { highWaterMark: 256 * 1024, signal: options.signal }), { pool: options.pool, directory: options.spools }, options) };
    }
    if (size > options.maxDockerfile) throw new EngineError("resourceExhausted", `${address} is neither a tar nor a Dockerfile: it has ${size} bytes of text, and a Dockerfile may have ${options.maxDockerfile}`);
    return { dockerfile: await readFile(path) };
  } finally {
    await removeTree(directory);
  }
}

async function isArchive(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(BLOCK), 0, BLOCK, 0);
  const head = buffer.subarray(0, bytesRead);
  if (head.length >= MAGIC_LENGTH && detectCompression(head) !== "none") return true;
  return head.length === BLOCK && checksumMatches(head);
}
