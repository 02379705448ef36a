import { EngineError } from "../../base/errors.ts";
import { labelsMatch, type Filters } from "../filters.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";
import { parseMoment } from "../time.ts";
import { archiveRoutes } from "./archive.ts";
import type { ContainerBackend } from "./backend.ts";
import { createBody, updateBody } from "./create-body.ts";
import { inspectJson } from "./inspect.ts";
import { lifecycleRoutes } from "./lifecycle.ts";
import { LIST_FILTERS, rowsBytes, select } from "./list.ts";
import { reconfigureRoutes } from "./reconfigure.ts";
import { startsRoute } from "./starts.ts";
import { statsRoute } from "./stats.ts";
import { streamRoutes } from "./streams.ts";
import { watchStatsRoute } from "./watch-stats.ts";

/** All of `/containers`, and the counters of many at once. */
export function containerRoutes(backend: ContainerBackend): Route[] {
  const { containers } = backend;
  return [
    { method: "GET", path: "/containers/json", handler: (request, reply) => list(backend, request, reply) },
    { method: "POST", path: "/containers/create", handler: (request, reply) => create(backend, request, reply) },
    { method: "POST", path: "/containers/prune", handler: (request, reply) => prune(backend, request, reply) },
    { method: "GET", path: "/containers/{name}/json", handler: (request, reply) => inspect(backend, request, reply) },
    { method: "POST", path: "/containers/{name}/update", handler: async (request, reply) => reply.json({ Warnings: warningsJson(await containers.update(request.param("name"), await request.json(updateBody))) }) },
    { method: "GET", path: "/containers/{name}/top", handler: (request, reply) => top(backend, request, reply) },
    { method: "GET", path: "/containers/{name}/changes", handler: (request, reply) => changes(backend, request, reply) },
    { method: "GET", path: "/slipway/containers/{name}/changes", handler: (request, reply) => measuredChanges(backend, request, reply) },
    { method: "GET", path: "/containers/{name}/export", handler: (request, reply) => reply.stream(containers.exportTar(request.param("name"), { signal: request.signal }), "application/octet-stream") },
    ...lifecycleRoutes(containers),
    ...streamRoutes(containers),
    ...archiveRoutes(containers),
    statsRoute(backend),
    ...reconfigureRoutes(containers),
    startsRoute(containers),
    watchStatsRoute(containers),
  ];
}

async function list({ containers, facts }: ContainerBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const limit = request.integer("limit") ?? 0;
  // Hundreds of containers share a few images and networks.
  const listFacts = { ...facts, imageIdOf: remembering(facts.imageIdOf), networkIdOf: remembering(facts.networkIdOf), sizeOf: request.flag("size") ? (id: string) => containers.size(id, { signal: request.signal }) : null };
  const query = { all: request.flag("all"), limit: Math.max(0, limit), filters: request.filters(LIST_FILTERS) };
  const now = Date.now();
  reply.bytes(await rowsBytes(select(containers.list(), query, listFacts), listFacts, now), "application/json");
}

/** `lookup`, asked once for each key. */
function remembering<T>(lookup: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    if (!known.has(key)) known.set(key, lookup(key));
    return known.get(key) as T;
  };
}

async function create({ containers }: ContainerBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const body = await request.json(createBody);
  const { id, warnings } = await containers.create(body, { name: request.text("name"), platform: request.text("platform"), signal: request.signal });
  reply.json({ Id: id, Warnings: warnings }, 201);
}

function warningsJson(warnings: readonly string[]): readonly string[] | null {
  return warnings.length === 0 ? null : warnings;
}

async function inspect({ containers, facts }: ContainerBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const view = containers.get(request.param("name"));
  const { id, hostConfig } = view.record;
  reply.json(inspectJson(view, {
    root: facts.root,
    runtime: facts.runtime,
    logPath: facts.logPathOf(id, hostConfig.LogConfig?.Type ?? "json-file"),
    graph: facts.graphOf(id),
    sandboxPath: view.endpoints.length > 0 ? facts.sandboxPathOf(id) : "",
    networkIdOf: facts.networkIdOf,
    size: request.flag("size") ? await containers.size(id, { signal: request.signal }) : null,
  }));
}

async function top({ containers }: ContainerBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const { titles, processes } = await containers.top(request.param("name"), request.query.get("ps_args") ?? "");
  reply.json({ Processes: processes, Titles: titles });
}

const CHANGE_KINDS = { modified: 0, added: 1, deleted: 2 } as const;

async function changes({ containers }: ContainerBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const found = await containers.changes(request.param("name"), { signal: request.signal });
  reply.json(found.length === 0 ? null : found.map((change) => ({ Path: change.path, Kind: CHANGE_KINDS[change.kind] })));
}

/** `GET /slipway/containers/{name}/changes`: as Docker's, and with the length of each file; an empty list where Docker says null. */
async function measuredChanges({ containers }: ContainerBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const found = await containers.changes(request.param("name"), { signal: request.signal });
  reply.json(found.map(({ path, kind, bytes }) => ({ Path: path, Kind: CHANGE_KINDS[kind], ...(bytes !== undefined && { Bytes: bytes }) })));
}

async function prune({ containers }: ContainerBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const filters = request.filters(["until", "label", "label!"]);
  const until = untilOf(filters);
  const { removed, freedBytes } = await containers.prune(({ record }) => {
    if (until !== null && record.createdAt.getTime() >= until) return true;
    if (!labelsMatch(filters.get("label"), record.config.Labels)) return true;
    return (filters.get("label!") ?? []).some((label) => labelsMatch([label], record.config.Labels));
  }, { signal: request.signal });
  reply.json({ ContainersDeleted: removed.length === 0 ? null : removed, SpaceReclaimed: freedBytes });
}

/** Milliseconds since the epoch, or null. */
export function untilOf(filters: Filters): number | null {
  const values = filters.get("until") ?? [];
  if (values.length > 1) throw new EngineError("invalidArgument", "more than one until filter specified");
  return values[0] === undefined ? null : Number(parseMoment(values[0], Date.now()) / 1_000_000n);
}
