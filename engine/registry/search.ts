import type { IoOptions } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import { Reader } from "../oci/validate.ts";
import { statusFailure } from "./failures.ts";
import type { SearchResult } from "./registry.ts";
import { readBounded } from "./transport.ts";
import type { HttpTransport } from "./transport.ts";

const MAX_BYTES = 4 << 20;
const MAX_RESULTS = 100;

export interface SearchRequest extends IoOptions {
  readonly transport: HttpTransport;
  /** `https://index.docker.io` or another index of version 1. */
  readonly index: URL;
  readonly registry: string;
  readonly insecure: boolean;
  readonly term: string;
  readonly limit: number;
}

/**
 * Searches by the first registry protocol's `/v1/search`, which is what Docker Hub still answers `docker search` by.
 * @throws EngineError `notImplemented` where the registry has no search
 */
export async function searchIndex({ transport, index, registry, insecure, term, limit, signal }: SearchRequest): Promise<readonly SearchResult[]> {
  const url = new URL("/v1/search", index);
  url.searchParams.set("q", term);
  url.searchParams.set("n", String(Math.min(Math.max(1, limit), MAX_RESULTS)));
  const response = await transport.send({ url, headers: { accept: "application/json" }, insecure, registry, signal });
  if (response.status !== 200) {
    response.discard();
    if (response.status === 404) throw new EngineError("notImplemented", `the registry ${registry} cannot be searched: list its repositories instead`);
    throw statusFailure(response.status, "", { registry, repository: registry, subject: `the search for ${term}` }, { authenticated: false });
  }
  const read = new Reader("the answer of the search");
  const json = read.parse(await readBounded(response, MAX_BYTES, "the answer of the search"), MAX_BYTES);
  return read.array(json["results"] ?? [], "results", MAX_RESULTS).map((item, i) => {
    const result = read.object(item, `results[${i}]`);
    const text = (key: string): string => (typeof result[key] === "string" ? result[key].replace(/[\u0000-\u001f\u007f]+/g, " ") : "");
    return { name: read.string(result["name"], `results[${i}].name`, 1024), description: text("description").slice(0, 1000), stars: Number(result["star_count"]) || 0, isOfficial: result["is_official"] === true, isAutomated: result["is_automated"] === true };
  });
}
