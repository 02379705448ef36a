import { EngineError } from "../../base/errors.ts";
import type { CachePruneRequest } from "../../build/build.ts";
import type { ApiRequest } from "../request.ts";
import { parseMoment } from "../time.ts";

/** `POST /build/prune`: `all`, `keep-storage` (or `reserved-space`) in bytes, filters `until` or `unused-for` and `id`. @throws EngineError `invalidArgument` */
export function pruneRequest(request: ApiRequest): CachePruneRequest {
  const filters = request.filters(["until", "unused-for", "id", "parent", "type", "description", "inuse", "shared", "private"]);
  const moments = [...(filters.get("until") ?? []), ...(filters.get("unused-for") ?? [])];
  if (moments.length > 1) throw new EngineError("invalidArgument", "more than one until filter specified");
  for (const name of ["parent", "type", "description", "inuse", "shared", "private"]) {
    if (filters.has(name)) throw new EngineError("notImplemented", `the filter ${name} is not offered here: use until or id`);
  }
  return {
    all: request.flag("all"),
    keepBytes: request.integer("reserved-space") ?? request.integer("keep-storage"),
    unusedSince: moments[0] === undefined ? undefined : Number(parseMoment(moments[0], Date.now()) / 1_000_000n),
    ids: filters.get("id"),
  };
}
