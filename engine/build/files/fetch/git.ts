import { createHash, randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "../../../base/abort.ts";
import type { IoOptions } from "../../../base/abort.ts";
import { EngineError, isSystemError } from "../../../base/errors.ts";
import type { GitRemote } from "../../../dockerfile/plan/steps.ts";
import { removeTree } from "../../../sys/files.ts";
import { resolveInRoot } from "../../../sys/rooted-path.ts";
import { checkRef, checkRemote, gitFailure, keptRemote, shownRemote } from "./git-address.ts";
import { relayLoopback } from "./loopback-relay.ts";
import { runGit } from "./git-process.ts";
import type { GitResult } from "./git-process.ts";

export interface GitFetcherOptions {
  /** Where repositories are kept from build to build; made when missing. */
  readonly cacheDirectory: string;
  /** Also takes repositories of this machine's file system: for tests. */
  readonly allowFiles?: boolean | undefined;
  /** Socket of the forwarder through which servers on the machine's loopback are reached; see registry/loopback.ts. */
  readonly forwarder?: string | undefined;
  /** Of each call of git, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

export interface GitRequest {
  readonly remote: GitRemote;
  /** Keeps `.git`, with the one commit, unless a subdirectory is asked for. */
  readonly keepGitDirectory: boolean;
  /** A commit, or its first digits, that must be the one that was found. */
  readonly checksum: string | undefined;
  /** Socket of an ssh agent. */
  readonly agent?: string | undefined;
}

export interface Checkout {
  /** The directory of the files: the one that was asked for, or the subdirectory in it. */
  readonly directory: string;
  /** Its whole hexadecimal name. */
  readonly commit: string;
}

const TIMEOUT_MS = 10 * 60_000;
/** Repositories kept; those used longest ago go. */
const MAX_KEPT = 20;
/** In one of them, three to a fetch; with more it is fetched anew. */
const MAX_PACK_FILES = 100;
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const KEPT_REF = "refs/slipway/wanted";

/** What a ref is at the remote. */
interface Found {
  /** `refs/heads/main`; undefined for a commit. */
  readonly name: string | undefined;
  readonly commit: string;
}

/** Fetches git repositories with the git program, one commit deep, and keeps them bare for the next time. */
export class GitFetcher {
  readonly #cacheDirectory: string;
  readonly #protocols: readonly string[];
  readonly #timeoutMs: number;
  readonly #forwarder: string | undefined;
  /** One at a time for a repository. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: GitFetcherOptions) {
    this.#cacheDirectory = options.cacheDirectory;
    this.#protocols = ["https", "http", "ssh", "git", ...(options.allowFiles === true ? ["file"] : [])];
    this.#forwarder = options.forwarder;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  }

  /**
   * Checks a ref out into `directory`, which must not exist or be empty, with its submodules.
   * @throws EngineError `invalidArgument` (address, ref), `notFound` (repository, ref, subdirectory), `unauthorized`, `unavailable`, `deadlineExceeded`, `dataLoss` (another
   * commit than `checksum`), `notImplemented` (no git), `cancelled`; the directory is then to be removed
   */
  async fetch(request: GitRequest, directory: string, options: IoOptions = {}): Promise<Checkout> {
    throwIfAborted(options.signal);
    const { remote, ref } = request.remote;
    checkRemote(remote, this.#protocols);
    if (ref !== undefined) checkRef(ref);
    const repository = join(this.#cacheDirectory, `${createHash("sha256").update(remote).digest("hex").slice(0, 32)}.git`);
    const turn = (this.#turns.get(repository) ?? Promise.resolve()).then(() => this.#fetch(repository, request, directory, options.signal));
    const settled = turn.catch(() => undefined);
    this.#turns.set(repository, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(repository) === settled) this.#turns.delete(repository);
    }
  }

  /** Removes what a crash left. Called once at start-up. */
  async recover(): Promise<void> {
    for (const name of await namesIn(this.#cacheDirectory)) if (!/^[0-9a-f]{32}\.git$/.test(name) && name !== "known_hosts") await removeTree(join(this.#cacheDirectory, name));
  }

  async #fetch(repository: string, request: GitRequest, directory: string, signal: AbortSignal | undefined): Promise<Checkout> {
    await using relay = await relayLoopback(request.remote.remote, this.#forwarder);
    const settings = relay === undefined ? [] : [relay.setting];
    const git = (cwd: string, args: readonly string[], env?: Readonly<Record<string, string>>, protocols = this.#protocols): Promise<GitResult> =>
      runGit(args, { cwd, protocols, settings, agent: request.agent, knownHosts: join(this.#cacheDirectory, "known_hosts"), env, timeoutMs: this.#timeoutMs, signal });
    await this.#open(repository, git);
    const found = await this.#resolve(repository, request.remote, git);
    const commit = await this.#bring(repository, request.remote, found, git);
    const { checksum } = request;
    if (checksum !== undefined && (checksum.length < 7 || !commit.startsWith(checksum.toLowerCase()))) {
      throw new EngineError("dataLoss", `expected checksum to match ${checksum}, got ${commit}: ${shownRemote(request.remote.remote)} has changed; check it before you change the checksum`);
    }
    await this.#checkOut(repository, request, { ...found, commit }, directory, git);
    const now = new Date();
    await utimes(repository, now, now);
    await this.#shrink();
    return { directory: await subdirectoryOf(directory, request.remote), commit };
  }

  /** A bare repository that outlives the build. */
  async #open(repository: string, git: Git): Promise<void> {
    // Every fetch adds a pack, and nothing is ever collected.
    const packs = await namesIn(join(repository, "objects/pack"));
    if (packs.length <= MAX_PACK_FILES && (await exists(join(repository, "HEAD")))) return;
    await mkdir(this.#cacheDirectory, { recursive: true, mode: 0o700 });
    await removeTree(repository);
    const { code, stderr } = await git(this.#cacheDirectory, ["init", "--quiet", "--bare", "--template=", repository]);
    if (code !== 0) throw new EngineError("internal", `cannot make a git repository in ${this.#cacheDirectory}: ${stderr.trim().slice(0, 300)}`);
  }

  async #resolve(repository: string, { remote, ref = "HEAD" }: GitRemote, git: Git): Promise<Found> {
    if (COMMIT.test(ref)) return { name: undefined, commit: ref };
    const listed = await git(repository, ["ls-remote", "--symref", "--", remote, ref, `${ref}^{}`, `refs/tags/${ref}^{}`]);
    if (listed.code !== 0) throw gitFailure(remote, "fetch the git repository", listed.stderr);
    const commits = new Map<string, string>();
    let head: string | undefined;
    for (const line of listed.stdout.split("\n")) {
      const [value, name] = line.split("\t");
      if (value === undefined || name === undefined) continue;
      if (value.startsWith("ref: ") && name === "HEAD") head = value.slice(5);
      else if (COMMIT.test(value)) commits.set(name, value);
    }
    // The order in which git itself looks a short name up.
    for (const name of [ref, `refs/${ref}`, `refs/tags/${ref}`, `refs/heads/${ref}`]) {
      const commit = commits.get(`${name}^{}`) ?? commits.get(name);
      if (commit !== undefined) return { name: name === "HEAD" ? (head ?? name) : name, commit };
    }
    // The beginning of a commit's name shows only when all is here.
    if (/^[0-9a-f]{7,63}$/.test(ref)) return { name: undefined, commit: ref };
    throw new EngineError("notFound", `the git repository ${shownRemote(remote)} has no branch, tag or commit ${JSON.stringify(ref)}`);
  }

  /** Makes sure that the commit is in the repository. Returns its whole name. */
  async #bring(repository: string, { remote }: GitRemote, { name, commit }: Found, git: Git): Promise<string> {
    const known = async (): Promise<string | undefined> => {
      const { code, stdout } = await git(repository, ["rev-parse", "--verify", "--quiet", `${commit}^{commit}`]);
      return code === 0 ? stdout.trim() : undefined;
    };
    const before = await known();
    if (before !== undefined) return before;
    const fetch = (...args: string[]): Promise<GitResult> => git(repository, ["fetch", "--quiet", "--no-tags", "--force", "--no-write-fetch-head", "--no-recurse-submodules", ...args]);
    const wanted = `${name ?? commit}:${KEPT_REF}`;
    let result: GitResult | undefined;
    if (name !== undefined || COMMIT.test(commit)) {
      result = await fetch("--depth=1", "--", remote, wanted);
      // Servers that only hand out files know no depth.
      if (result.code !== 0 && /shallow|depth/i.test(result.stderr)) result = await fetch("--", remote, wanted);
    }
    // Not every server gives a commit by its name: then all branches and tags are looked through.
    if (name === undefined && result?.code !== 0) {
      const shallow = await exists(join(repository, "shallow"));
      result = await fetch(...(shallow ? ["--unshallow"] : []), "--", remote, "+refs/heads/*:refs/slipway/heads/*", "+refs/tags/*:refs/slipway/tags/*");
    }
    if (result?.code !== 0) throw gitFailure(remote, "fetch the git repository", result?.stderr ?? "");
    const after = await known();
    if (after === undefined) throw new EngineError("notFound", `the git repository ${shownRemote(remote)} has no commit ${commit}`);
    return after;
  }

  async #checkOut(repository: string, { remote: { remote, submodules, subdirectory }, keepGitDirectory }: GitRequest, { name, commit }: Found, directory: string, git: Git): Promise<void> {
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o755);
    const isTag = name?.startsWith("refs/tags/") === true;
    const local = `refs/slipway/${randomBytes(6).toString("hex")}`;
    const step = async (cwd: string, args: readonly string[], protocols?: readonly string[]): Promise<void> => {
      const { code, stderr } = await git(cwd, args, undefined, protocols);
      if (code !== 0) throw gitFailure(remote, "check out the git repository", stderr);
    };
    await step(repository, ["update-ref", local, commit]);
    try {
      await step(directory, ["init", "--quiet", "--template=", "."]);
      await step(directory, ["config", "remote.origin.url", remote]);
      const target = name === undefined || name === "HEAD" ? "" : `:${isTag || name.startsWith("refs/heads/") ? name : `refs/heads/${name.replace(/^refs\//, "")}`}`;
      // Of our own: the file protocol copies, where a plain path would link into the kept repository.
      await step(directory, ["fetch", "--quiet", "--update-head-ok", "--no-tags", "--depth=1", "--", `file://${repository}`, `${local}${target}`], ["file"]);
      await step(directory, ["checkout", "--quiet", "--force", "--detach", commit]);
    } finally {
      await git(repository, ["update-ref", "-d", local]).catch(() => undefined);
    }
    const hasSubmodules = submodules && (await exists(join(directory, ".gitmodules")));
    if (hasSubmodules) {
      const { code, stderr } = await git(directory, ["submodule", "--quiet", "update", "--init", "--recursive", "--depth=1"]);
      if (code !== 0) throw gitFailure(remote, "fetch the submodules of", stderr);
    }
    if (keepGitDirectory && subdirectory === "") {
      await step(directory, ["config", "remote.origin.url", keptRemote(remote)]);
      await rm(join(directory, ".git/FETCH_HEAD"), { force: true });
      return;
    }
    await removeTree(join(directory, ".git"));
    if (hasSubmodules) await removeGitFiles(directory);
  }

  async #shrink(): Promise<void> {
    const kept: { readonly path: string; readonly usedAt: number }[] = [];
    for (const name of await namesIn(this.#cacheDirectory)) {
      const path = join(this.#cacheDirectory, name);
      const info = name.endsWith(".git") ? await stat(path).catch(() => undefined) : undefined;
      if (info !== undefined) kept.push({ path, usedAt: info.mtimeMs });
    }
    for (const { path } of kept.sort((a, b) => b.usedAt - a.usedAt).slice(MAX_KEPT)) if (!this.#turns.has(path)) await removeTree(path);
  }
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: unknown) => {
    if (isSystemError(error, "ENOENT")) return [];
    throw error;
  });
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(() => true, () => false);
}

type Git = (cwd: string, args: readonly string[], env?: Readonly<Record<string, string>>, protocols?: readonly string[]) => Promise<GitResult>;

/** Submodules leave files named `.git`, a name that no tracked file can have. */
async function removeGitFiles(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.name === ".git") await removeTree(path);
    else if (entry.isDirectory()) await removeGitFiles(path);
  }
}

/** Links in a repository lead nowhere but into it. */
async function subdirectoryOf(directory: string, { remote, subdirectory }: GitRemote): Promise<string> {
  if (subdirectory === "") return directory;
  const path = resolveInRoot(directory, subdirectory);
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory() !== true) throw new EngineError("notFound", `the git repository ${shownRemote(remote)} has no directory ${JSON.stringify(subdirectory)}`);
  return path;
}
