/** Looking into registries through the engine: tests, repositories, tags, what is behind, search. */
import type { FoundRepository, Freshness, RegistryInfo, RegistryTest, RemoteTag, TestStep } from "../ipc/contract/registries.ts";
import type { EngineConnection } from "./connection.ts";
import { canonicalHost, registryOf } from "./credentials/addresses.ts";
import type { RegistryAuth } from "./credentials/registry-auth.ts";
import { dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import { inParallel } from "./in-parallel.ts";
import { errorInfo, isIpcError } from "./ipc-error.ts";
import type { RegistryRequests } from "./registry-requests.ts";

const HEADS_AT_ONCE = 8;
/** The list of registries does not wait for an engine that is slow to tell of limits. */
const LIMITS_TIMEOUT_MS = 2000;

export interface Page {
  after?: string | undefined;
  limit?: number | undefined;
}

export interface RegistryBrowser {
  test(host: string, signal?: AbortSignal): Promise<RegistryTest>;
  catalog(host: string, page: Page, signal?: AbortSignal): Promise<{ repositories: string[]; isLast: boolean }>;
  tags(repository: string, page: Page, signal?: AbortSignal): Promise<{ tags: RemoteTag[]; total: number | null; isLast: boolean }>;
  behind(references: readonly string[], signal?: AbortSignal): Promise<Record<string, Freshness | null>>;
  search(term: string, limit: number, signal?: AbortSignal): Promise<FoundRepository[]>;
  /** What registries said of their limits, by host; nothing where that cannot be found out. */
  limits(signal?: AbortSignal): Promise<ReadonlyMap<string, NonNullable<RegistryInfo["limit"]>>>;
}

interface RawTag {
  Name: string;
  Digest: string;
  Platforms: string[];
  Size: number;
  CreatedAt: string | null;
  ArtifactType: string;
  Error: string;
}

interface RawLimit {
  Host: string;
  Limit: number | null;
  Remaining: number;
  WindowSeconds: number | null;
  At: string;
}

export function createRegistryBrowser(connection: EngineConnection, auth: RegistryAuth, requests: RegistryRequests): RegistryBrowser {
  return {
    async test(host, signal) {
      const before = performance.now();
      const answer = async (): Promise<Omit<RegistryTest, "milliseconds">> => {
        try {
          const { Ok, Step, Message } = await requests.get<{ Ok: boolean; Step: TestStep; Message: string }>("test", { registry: host }, host, signal);
          return { ok: Ok, step: Step, message: Message };
        } catch (error) {
          // A login that could not be made is a result of the test.
          if (isIpcError(error, "unauthorized", "forbidden")) return { ok: false, step: "login", message: errorInfo(error).message };
          throw error;
        }
      };
      return { ...(await answer()), milliseconds: Math.round(performance.now() - before) };
    },
    async catalog(host, { after, limit }, signal) {
      const { Repositories, IsLast } = await requests.get<{ Repositories: string[]; IsLast: boolean }>("catalog", { registry: host, n: limit, last: after }, host, signal);
      return { repositories: Repositories, isLast: IsLast };
    },
    async tags(repository, { after, limit }, signal) {
      const [page, here] = await Promise.all([
        requests.get<{ Tags: RawTag[]; Total: number | null; IsLast: boolean }>("tags", { repository, n: limit, last: after }, registryOf(repository), signal),
        digestsHere(connection, repository, signal),
      ]);
      return { tags: page.Tags.map((tag) => toRemoteTag(tag, here)), total: page.Total ?? null, isLast: page.IsLast };
    },
    async behind(references, signal) {
      const found = await inParallel([...new Set(references)], HEADS_AT_ONCE, async (reference) => {
        try {
          return [reference, (await requests.get<{ State: Freshness }>("behind", { reference }, registryOf(reference), signal)).State] as const;
        } catch (error) {
          if (isIpcError(error, "notImplemented") || signal?.aborted === true) throw error;
          return [reference, null] as const;
        }
      });
      return Object.fromEntries(found);
    },
    async search(term, limit, signal) {
      const { headers, explain } = await auth.forReference(term, signal);
      try {
        const found = await dial<{ name: string; description?: string; star_count?: number; is_official?: boolean }[]>(connection.docker, { path: "/images/search?", method: "GET", query: { term, limit }, okStatuses: [200], headers, signal });
        return found.map(({ name, description = "", star_count: stars = 0, is_official: official = false }) => ({ name, description, stars, official }));
      } catch (error) {
        throw explain(toIpcError(error, connection.endpoint));
      }
    },
    async limits(signal) {
      const limit = AbortSignal.timeout(LIMITS_TIMEOUT_MS);
      const raw = await dial<RawLimit[]>(connection.docker, { path: "/slipway/registry/limits", method: "GET", okStatuses: [200], signal: signal === undefined ? limit : AbortSignal.any([signal, limit]) }).catch(() => []);
      return new Map(raw.map(({ Host, Limit, Remaining, WindowSeconds, At }) => [canonicalHost(Host), { remaining: Remaining, at: Date.parse(At), ...(Limit === null ? {} : { limit: Limit }), ...(WindowSeconds === null ? {} : { windowSeconds: WindowSeconds }) }]));
    },
  };
}

/** Digests that this machine knows for each tag of a repository. */
async function digestsHere(connection: EngineConnection, repository: string, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, readonly string[]>> {
  const name = familiarName(repository);
  const images = await dial<{ RepoTags?: string[] | null; RepoDigests?: string[] | null }[]>(connection.docker, { path: "/images/json?", method: "GET", query: { filters: { reference: [name] } }, okStatuses: [200], signal });
  const tags = new Map<string, string[]>();
  for (const { RepoTags, RepoDigests } of images) {
    const digests = (RepoDigests ?? []).flatMap((each) => (each.startsWith(`${name}@`) ? [each.slice(name.length + 1)] : []));
    for (const tag of RepoTags ?? []) if (tag.startsWith(`${name}:`)) tags.set(tag.slice(name.length + 1), digests);
  }
  return tags;
}

function toRemoteTag({ Name, Digest, Platforms, Size, CreatedAt, ArtifactType, Error: error }: RawTag, here: ReadonlyMap<string, readonly string[]>): RemoteTag {
  const known = here.get(Name);
  return {
    name: Name, digest: Digest, platforms: Platforms, size: Size, created: CreatedAt === null ? null : Date.parse(CreatedAt), artifactType: ArtifactType, error,
    local: known === undefined ? "absent" : Digest === "" || known.includes(Digest) ? "current" : "behind",
  };
}

/** As lists of images call it: `nginx`, not `docker.io/library/nginx`. */
export function familiarName(repository: string): string {
  const slash = repository.indexOf("/");
  const path = slash >= 0 && registryOf(repository) === "docker.io" && /[.:]/.test(repository.slice(0, slash)) ? repository.slice(slash + 1) : repository;
  return /^library\/[^/]+$/.test(path) ? path.slice("library/".length) : path;
}
