import { EngineError } from "../base/errors.ts";
import { MAX_MANIFEST_BYTES } from "../oci/manifest.ts";
import { Reader } from "../oci/validate.ts";
import type { Endpoint } from "./endpoint.ts";
import type { CatalogOptions, CatalogPage } from "./registry.ts";
import { readBounded } from "./transport.ts";

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

/**
 * One page of a registry's repositories (`/v2/_catalog` of the distribution project; the OCI specification leaves it open).
 * @throws EngineError `notImplemented` where the registry has no such list, `forbidden` where this login may not see it
 */
export async function readCatalog(endpoint: Endpoint, domain: string, { limit = DEFAULT_PAGE, after, signal }: CatalogOptions): Promise<CatalogPage> {
  const count = Math.min(Math.max(1, limit), MAX_PAGE);
  const query = new URLSearchParams({ n: String(count), ...(after === undefined ? {} : { last: after }) });
  const target = { registry: domain, repository: domain, subject: `the catalog of ${domain}` };
  const response = await endpoint.request({ method: "GET", path: `_catalog?${query}`, scopes: ["registry:catalog:*"], target, accept: [401, 403, 404, 405], signal });
  if (response.status !== 200) {
    response.discard();
    if (response.status === 404 || response.status === 405) throw new EngineError("notImplemented", `the registry ${domain} does not list its repositories: type a repository's name to see its tags`, { details: { registry: domain } });
    throw new EngineError("forbidden", `the registry ${domain} does not let this login list its repositories: type a repository's name to see its tags`, { details: { registry: domain } });
  }
  const read = new Reader("the list of repositories");
  const json = read.parse(await readBounded(response, MAX_MANIFEST_BYTES, `the list of repositories of ${domain}`), MAX_MANIFEST_BYTES);
  const repositories = read.optional(json["repositories"], (names) => read.strings(names, "repositories")) ?? [];
  return { repositories: repositories.slice(0, count), isLast: response.headers.link === undefined || repositories.length === 0 };
}
