import { EngineError, isEngineError } from "../../base/errors.ts";
import type { Bin } from "../../bin/bin.ts";
import type { VolumeRecord, VolumeUsers, Volumes } from "../../volumes/volumes.ts";
import { booleanFilter, labelsMatch } from "../filters.ts";
import type { Filters } from "../filters.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";
import { object, record, text } from "../shape.ts";

export interface VolumeBackend {
  readonly volumes: Volumes;
  readonly users: VolumeUsers;
  readonly bin: Pick<Bin, "empty">;
}

const createBody = object({ Name: text, Driver: text, DriverOpts: record(text), Labels: record(text) });

/** All of `/volumes`. */
export function volumeRoutes(backend: VolumeBackend): Route[] {
  const { volumes } = backend;
  return [
    { method: "GET", path: "/volumes", handler: (request, reply) => list(backend, request, reply) },
    { method: "GET", path: "/volumes/{name}", handler: (request, reply) => reply.json(volumeJson(volumes.get(request.param("name")))) },
    { method: "POST", path: "/volumes/create", handler: (request, reply) => create(volumes, request, reply) },
    { method: "POST", path: "/volumes/prune", handler: (request, reply) => prune(backend, request, reply) },
    {
      method: "DELETE",
      path: "/volumes/{name}",
      handler: async (request, reply) => {
        await volumes.remove(request.param("name"), { force: request.flag("force") });
        reply.empty();
      },
    },
  ];
}

/** A volume as Docker shows it. */
export function volumeJson({ name, driver, mountpoint, createdAt, labels, options }: VolumeRecord): object {
  return {
    CreatedAt: `${createdAt.toISOString().slice(0, 19)}Z`,
    Driver: driver,
    Labels: Object.keys(labels).length === 0 ? null : labels,
    Mountpoint: mountpoint,
    Name: name,
    Options: Object.keys(options).length === 0 ? null : options,
    Scope: "local",
  };
}

function list({ volumes, users }: VolumeBackend, request: ApiRequest, reply: ApiReply): void {
  const filters = request.filters(["dangling", "driver", "label", "name"]);
  const dangling = filters.has("dangling") ? booleanFilter(filters, "dangling", true) : undefined;
  const wanted = (volume: VolumeRecord): boolean =>
    anyOf(filters, "name", (value) => volume.name.includes(value)) &&
    anyOf(filters, "driver", (value) => volume.driver === value) &&
    labelsMatch(filters.get("label"), volume.labels) &&
    (dangling === undefined || (users(volume.name).length === 0) === dangling);
  reply.json({ Volumes: volumes.list().filter(wanted).map(volumeJson), Warnings: null });
}

function anyOf(filters: Filters, name: string, matches: (value: string) => boolean): boolean {
  return filters.get(name)?.some(matches) ?? true;
}

async function create(volumes: Volumes, request: ApiRequest, reply: ApiReply): Promise<void> {
  const body = await request.json(createBody);
  const volume = await volumes.create({ name: body.Name, driver: body.Driver, options: body.DriverOpts, labels: body.Labels });
  reply.json(volumeJson(volume), 201);
}

/** Since API 1.42 only anonymous volumes go, unless `all` is asked for. */
async function prune({ volumes, users, bin }: VolumeBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const filters = request.filters(["label", "label!", "all"]);
  const all = booleanFilter(filters, "all", request.minor < 42);
  if (filters.has("all") && request.minor < 42) throw new EngineError("invalidArgument", "invalid filter 'all': it needs API 1.42");
  const removed: string[] = [];
  let freed = 0;
  for (const volume of volumes.list()) {
    if (!all && !volume.anonymous) continue;
    if (!labelsMatch(filters.get("label"), volume.labels) || filters.get("label!")?.some((entry) => labelsMatch([entry], volume.labels)) === true) continue;
    if (users(volume.name).length > 0) continue;
    try {
      const bytes = await volumes.usage(volume.name, { signal: request.signal });
      await volumes.remove(volume.name);
      removed.push(volume.name);
      freed += bytes;
    } catch (error) {
      // Taken or removed by someone else meanwhile.
      if (!isEngineError(error, "conflict", "notFound")) throw error;
    }
  }
  // Whoever wants all unused volumes gone wants the room of those that were set aside, too.
  if (all && !filters.has("label") && !filters.has("label!")) freed += await bin.empty(["volume"]);
  reply.json({ VolumesDeleted: removed, SpaceReclaimed: freed });
}
