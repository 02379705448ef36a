import { EngineError } from "../../base/errors.ts";
import { cleanPath } from "../patterns/path.ts";
import { parseGoBoolean } from "../syntax/go-values.ts";
import type { GitRemote } from "./steps.ts";

/** A git address with what its query asks for. */
export interface GitAddress {
  readonly remote: GitRemote;
  /** A commit that the ref has to be. */
  readonly checksum: string | undefined;
  /** Undefined when the address does not say. */
  readonly keepGitDirectory: boolean | undefined;
  /** `github.com/me/repo` could be a path as well: only a build context is read as an address. */
  readonly looksLocal: boolean;
}

const SCHEME = /^([a-zA-Z0-9]+):\/\//;
/** `user@host:path`, as scp takes it. */
const SCP = /^[a-zA-Z0-9_-]+@[a-zA-Z0-9.-]+:/;

/**
 * Reads a git address as BuildKit does: `git@host:path`, `ssh://`, `git://`, and `http(s)://` whose path ends in `.git`; then `?query` and
 * `#ref:subdirectory`.
 * @returns undefined for what is no git address
 * @throws EngineError `invalidArgument` for a git address with a wrong query
 */
export function parseGitAddress(text: string): GitAddress | undefined {
  const { address, query, fragment } = splitAddress(text);
  const looksLocal = address.startsWith("github.com/");
  if (!looksLocal && !isGit(address)) return undefined;
  const decoded = decode(fragment);
  if (decoded === undefined) return undefined;
  const colon = decoded.indexOf(":");
  const [ref, subdirectory] = colon < 0 ? [decoded, ""] : [decoded.slice(0, colon), decoded.slice(colon + 1)];
  const asked = readQuery(query, ref, subdirectory, text);
  return {
    remote: {
      remote: looksLocal ? `https://${address}` : address,
      ref: asked.ref === "" ? undefined : asked.ref,
      subdirectory: cleanPath(`/${asked.subdirectory}`).slice(1),
      submodules: asked.submodules ?? true,
    },
    checksum: asked.checksum,
    keepGitDirectory: asked.keepGitDirectory,
    looksLocal,
  };
}

function splitAddress(text: string): { address: string; query: string; fragment: string } {
  const hash = text.indexOf("#");
  const [rest, fragment] = hash < 0 ? [text, ""] : [text.slice(0, hash), text.slice(hash + 1)];
  const mark = rest.indexOf("?");
  return mark < 0 ? { address: rest, query: "", fragment } : { address: rest.slice(0, mark), query: rest.slice(mark + 1), fragment };
}

function isGit(address: string): boolean {
  if (/[\s\p{Cc}]/u.test(address) || address.includes("://-")) return false;
  const scheme = SCHEME.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined) return SCP.test(address) && !address.startsWith("./");
  if (scheme === "git" || scheme === "ssh") return true;
  return (scheme === "http" || scheme === "https") && /^[^/]*\/\/[^/]+\/(?:.*)\.git$/.test(address);
}

interface Asked {
  readonly ref: string;
  readonly subdirectory: string;
  readonly checksum: string | undefined;
  readonly keepGitDirectory: boolean | undefined;
  readonly submodules: boolean | undefined;
}

function readQuery(query: string, fragmentRef: string, fragmentDirectory: string, address: string): Asked {
  const invalid = (why: string): EngineError => new EngineError("invalidArgument", `invalid git address ${JSON.stringify(address.slice(0, 200))}: ${why}`);
  const values = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(query)) {
    if (values.has(key)) throw invalid(`its query has ${key} more than once`);
    if (value === "" && key !== "submodules" && key !== "keep-git-dir") throw invalid(`its query gives ${key} no value`);
    values.set(key, value);
  }
  const take = (...keys: string[]): string | undefined => {
    const found = keys.filter((key) => values.has(key));
    const value = found.length === 0 ? undefined : values.get(found.at(-1)!);
    for (const key of found) values.delete(key);
    return value;
  };
  const agree = (what: string, first: string, second: string | undefined): string => {
    if (first !== "" && second !== undefined && first !== second) throw invalid(`it has two values of ${what}: ${first} and ${second}`);
    return second ?? first;
  };
  const prefixed = (value: string | undefined, prefix: string): string | undefined => (value === undefined || value.startsWith(prefix) ? value : prefix + value);
  const flag = (key: string): boolean | undefined => {
    const text = take(key);
    const value = text === undefined || text === "" ? text === "" || undefined : parseGoBoolean(text);
    if (text !== undefined && value === undefined) throw invalid(`${key} is true or false, not ${text}`);
    return value;
  };
  const subdirectory = agree("subdir", fragmentDirectory, take("subdir"));
  let ref = agree("ref", fragmentRef, take("ref"));
  const tag = prefixed(take("tag"), "refs/tags/");
  const branch = prefixed(take("branch"), "refs/heads/");
  if (tag !== undefined && branch !== undefined) throw invalid("a tag and a branch exclude each other");
  ref = agree("ref", ref, tag ?? branch);
  const checksum = take("checksum", "commit");
  const keepGitDirectory = flag("keep-git-dir");
  const submodules = flag("submodules");
  // Programs would take it for an option.
  if (ref.startsWith("-")) throw invalid(`a ref does not begin with a dash: ${ref}`);
  const [unknown] = values.keys();
  if (unknown !== undefined) throw invalid(`its query has ${unknown}: ref, tag, branch, subdir, checksum, commit, keep-git-dir and submodules are known`);
  return { ref: ref === "" ? checksum ?? "" : ref, subdirectory, checksum, keepGitDirectory, submodules };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
