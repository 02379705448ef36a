import { EngineError } from "../base/errors.ts";
import { isDigest } from "../base/digest.ts";
import type { Digest } from "../base/ids.ts";

/**
 * An image reference, fully qualified: the grammar of the distribution project's reference package, with Docker Hub's
 * defaults (`busybox` is `docker.io/library/busybox`).
 */
export interface Reference {
  /** Host, with port when written: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly domain: string;
  /** Repository path below the domain: `library/busybox`. */
  readonly path: string;
  readonly tag?: string | undefined;
  readonly digest?: Digest | undefined;
}

const DEFAULT_DOMAIN = "docker.io";
const LEGACY_DEFAULT_DOMAIN = "index.docker.io";
const OFFICIAL_PREFIX = "library/";
export const DEFAULT_TAG = "latest";

/** Longest repository path the distribution project accepts. */
const MAX_PATH_LENGTH = 255;
/** No reference is longer: 255 of path, a DNS name with port, a tag, a digest. */
const MAX_LENGTH = 1024;

const DOMAIN_COMPONENT = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = new RegExp(`^(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const PATH_COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const PATH = new RegExp(`^${PATH_COMPONENT}(?:/${PATH_COMPONENT})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const ANY_DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/**
 * Reads what a person types: `busybox`, `me/app:1`, `localhost:5000/app@sha256:...`. Adds no tag: see {@link withDefaultTag}.
 * @throws EngineError `invalidArgument` with Docker's sentence
 */
export function parseReference(text: string): Reference {
  if (text === "") throw invalid("repository name must have at least one component");
  if (text.length > MAX_LENGTH) throw invalid(`it has ${text.length} characters, at most ${MAX_LENGTH} are allowed`);
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw new EngineError("invalidArgument", `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const [beforeDigest, digest] = splitDigest(text);
  const { domain, rest } = splitDomain(beforeDigest);
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (path !== path.toLowerCase()) throw invalid(`repository name (${path}) must be lowercase`);
  if (!DOMAIN.test(domain) || !PATH.test(path)) throw invalid();
  if (tag !== undefined && !TAG.test(tag)) throw invalid();
  if (path.length > MAX_PATH_LENGTH) {
    throw new EngineError("invalidArgument", `repository name must not be more than ${MAX_PATH_LENGTH} characters`);
  }
  return { domain, path, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

function splitDigest(text: string): readonly [string, Digest | undefined] {
  const at = text.indexOf("@");
  if (at < 0) return [text, undefined];
  const digest = text.slice(at + 1);
  if (isDigest(digest)) return [text.slice(0, at), digest];
  if (!ANY_DIGEST.test(digest)) throw invalid();
  if (digest.startsWith("sha256:")) throw new EngineError("invalidArgument", "invalid checksum digest length");
  throw new EngineError("invalidArgument", "unsupported digest algorithm: only sha256 digests are supported");
}

/** The part before the first slash is a host only if it looks like one: otherwise it is an account on Docker Hub. */
function splitDomain(name: string): { domain: string; rest: string } {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const isHost = slash >= 0 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  const domain = isHost ? first : DEFAULT_DOMAIN;
  const rest = isHost ? name.slice(slash + 1) : name;
  if (domain !== DEFAULT_DOMAIN && domain !== LEGACY_DEFAULT_DOMAIN) return { domain, rest };
  return { domain: DEFAULT_DOMAIN, rest: rest.includes("/") ? rest : OFFICIAL_PREFIX + rest };
}

function invalid(why?: string): EngineError {
  return new EngineError("invalidArgument", why === undefined ? "invalid reference format" : `invalid reference format: ${why}`);
}

/** Checks a tag alone. @throws EngineError `invalidArgument` */
export function parseTag(text: string): string {
  if (!TAG.test(text)) throw new EngineError("invalidArgument", `invalid tag format: ${JSON.stringify(text.slice(0, 200))}`);
  return text;
}

/** The same reference with tag `latest` when it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: DEFAULT_TAG } : reference;
}

/** The repository alone. */
export function repositoryOf(reference: Reference): Reference {
  return { domain: reference.domain, path: reference.path };
}

/** The repository as people write it: `busybox`, `me/app`, `localhost:5000/app`. */
export function familiarName(reference: Reference): string {
  if (reference.domain !== DEFAULT_DOMAIN) return `${reference.domain}/${reference.path}`;
  const isOfficial = reference.path.startsWith(OFFICIAL_PREFIX) && !reference.path.slice(OFFICIAL_PREFIX.length).includes("/");
  if (isOfficial) return reference.path.slice(OFFICIAL_PREFIX.length);
  // An account called like a host (`a.b/c`) would be read as that host.
  return splitDomain(reference.path).domain === DEFAULT_DOMAIN ? reference.path : `${reference.domain}/${reference.path}`;
}

/** The whole reference as people write it: `busybox:1`, `me/app@sha256:...`. */
export function familiarString(reference: Reference): string {
  return familiarName(reference) + suffix(reference);
}

/** The fully qualified reference: `docker.io/library/busybox:1`. */
export function canonicalString(reference: Reference): string {
  return `${reference.domain}/${reference.path}${suffix(reference)}`;
}

function suffix({ tag, digest }: Reference): string {
  return (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}
