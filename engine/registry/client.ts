import { createHash } from "node:crypto";
import type { IoOptions } from "../base/abort.ts";
import type { Reference } from "../oci/reference.ts";
import { Authorizer } from "./auth.ts";
import { readCatalog } from "./catalog.ts";
import { Endpoint } from "./endpoint.ts";
import type { Scheme } from "./endpoint.ts";
import { readHubTags } from "./hub.ts";
import type { HubTagsPage } from "./hub.ts";
import { isListedInsecure, isLoopback } from "./insecure.ts";
import { login } from "./login.ts";
import { MirroredRepository, parseMirror } from "./mirrors.ts";
import type { Mirror } from "./mirrors.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { CatalogOptions, CatalogPage, Login, Registry, RegistryCredentials, RegistryOptions, RegistryRepository, SearchResult } from "./registry.ts";
import { DistributionRepository } from "./repository.ts";
import { searchIndex } from "./search.ts";
import { HttpTransport } from "./transport.ts";

const HUB_HOST = "registry-1.docker.io";
const HUB_DOMAIN = "docker.io";
const HUB_WEB = "https://hub.docker.com";
const HUB_INDEX = "https://index.docker.io";
const DEFAULT_ATTEMPTS = 5;
const DEFAULT_RESULTS = 25;
/** A mirror that does not answer is no reason to wait. */
const MIRROR_ATTEMPTS = 2;
/** Logins whose tokens are kept; the least recently used go first. */
const MAX_AUTHORIZERS = 100;

/** The client of registries over HTTP (OCI distribution specification 1.1). */
export class DistributionRegistry implements Registry {
  readonly #options: RegistryOptions;
  readonly #mirrors: readonly Mirror[];
  readonly #transport: HttpTransport;
  readonly #schemes = new Map<string, Scheme>();
  readonly #authorizers = new Map<string, Authorizer>();
  readonly #limits = new Map<string, RateLimit>();

  /** @throws EngineError `invalidArgument` for a mirror that is no address */
  constructor(options: RegistryOptions = {}) {
    this.#options = options;
    this.#mirrors = (options.mirrors ?? []).map(parseMirror);
    this.#transport = new HttpTransport(options);
  }

  repository(reference: Reference, credentials?: RegistryCredentials): RegistryRepository {
    const origin = new DistributionRepository(reference, this.#endpoint(reference.domain, credentials));
    if (reference.domain !== HUB_DOMAIN || this.#mirrors.length === 0) return origin;
    return new MirroredRepository(this.#mirrors.map((mirror) => new DistributionRepository({ ...reference, domain: mirror.host }, this.#mirror(mirror))), origin);
  }

  login(domain: string, credentials: RegistryCredentials, options: IoOptions = {}): Promise<Login> {
    // A login proves these credentials now: no token of an earlier one may answer for them.
    return login(this.#endpoint(domain, credentials, new Authorizer(credentials)), domain, options);
  }

  catalog(domain: string, credentials: RegistryCredentials | undefined, options: CatalogOptions = {}): Promise<CatalogPage> {
    return readCatalog(this.#endpoint(domain, credentials), domain, options);
  }

  search(domain: string, term: string, options: IoOptions & { readonly limit?: number | undefined } = {}): Promise<readonly SearchResult[]> {
    const insecure = this.#isInsecure(domain);
    const index = new URL(domain === HUB_DOMAIN ? HUB_INDEX : `${isLoopback(domain) ? "http" : "https"}://${domain}`);
    return searchIndex({ transport: this.#transport, index, registry: domain, insecure, term, limit: options.limit ?? DEFAULT_RESULTS, signal: options.signal });
  }

  hubTags(path: string, page: number, limit: number, { signal }: IoOptions = {}): Promise<HubTagsPage | undefined> {
    return readHubTags({ transport: this.#transport, hub: new URL(this.#options.hub ?? HUB_WEB), path, page, limit, signal });
  }

  rateLimits(): readonly RateLimit[] {
    return [...this.#limits.values()];
  }

  async close(): Promise<void> {
    this.#transport.close();
  }

  #endpoint(domain: string, credentials: RegistryCredentials | undefined, authorizer?: Authorizer): Endpoint {
    const host = domain === HUB_DOMAIN ? HUB_HOST : domain;
    return new Endpoint({
      host,
      insecure: this.#isInsecure(domain),
      transport: this.#transport,
      schemes: this.#schemes,
      maxAttempts: this.#options.maxAttempts ?? DEFAULT_ATTEMPTS,
      authorizer: authorizer ?? this.#authorizer(host, credentials),
      onRateLimit: (limit) => void this.#limits.set(limit.host, limit),
    });
  }

  #isInsecure(domain: string): boolean {
    return isLoopback(domain) || isListedInsecure(domain, this.#options.insecureRegistries ?? []);
  }

  #mirror({ host, secure }: Mirror): Endpoint {
    this.#schemes.set(host, secure ? "https" : "http");
    return new Endpoint({
      host,
      insecure: !secure || this.#isInsecure(host),
      transport: this.#transport,
      schemes: this.#schemes,
      maxAttempts: Math.min(this.#options.maxAttempts ?? DEFAULT_ATTEMPTS, MIRROR_ATTEMPTS),
      authorizer: this.#authorizer(host, undefined),
    });
  }

  /** One for each registry and login, so that requests share tokens, and no login uses another's. */
  #authorizer(host: string, credentials: RegistryCredentials = {}): Authorizer {
    const { username, password, identityToken, registryToken } = credentials;
    const key = createHash("sha256").update(JSON.stringify([host, username, password, identityToken, registryToken])).digest("hex");
    const authorizer = this.#authorizers.get(key) ?? new Authorizer(credentials);
    this.#authorizers.delete(key);
    this.#authorizers.set(key, authorizer);
    if (this.#authorizers.size > MAX_AUTHORIZERS) this.#authorizers.delete(this.#authorizers.keys().next().value!);
    return authorizer;
  }
}
