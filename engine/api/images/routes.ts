import { EngineError } from "../../base/errors.ts";
import type { RemovedImage } from "../../images/images.ts";
import { booleanFilter } from "../filters.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";
import { credentialsOf } from "./auth.ts";
import type { ImageBackend } from "./backend.ts";
import { contentRoutes } from "./contents.ts";
import { historyJson, inspectJson } from "./inspect.ts";
import { imageFilter, LIST_FILTERS, rowJson, selectImages } from "./list.ts";
import { push } from "./push.ts";
import { create, load, save } from "./transfer.ts";

/** All of `/images`, and `/distribution`. */
export function imageRoutes(backend: ImageBackend): Route[] {
  const { images } = backend;
  return [
    { method: "GET", path: "/images/json", handler: (request, reply) => list(backend, request, reply) },
    { method: "POST", path: "/images/create", handler: (request, reply) => create(backend, request, reply) },
    { method: "POST", path: "/images/load", handler: (request, reply) => load(backend, request, reply) },
    { method: "POST", path: "/images/prune", handler: (request, reply) => prune(backend, request, reply) },
    { method: "GET", path: "/images/get", handler: (request, reply) => save(backend, request.query.getAll("names").flatMap((names) => names.split(",")), request, reply) },
    { method: "GET", path: "/images/{name...}/get", handler: (request, reply) => save(backend, [request.param("name")], request, reply) },
    { method: "GET", path: "/images/{name...}/json", handler: (request, reply) => reply.json(inspectJson(images.get(request.param("name")), request.minor)) },
    { method: "GET", path: "/images/{name...}/history", handler: (request, reply) => reply.json(images.history(request.param("name")).map(historyJson)) },
    { method: "POST", path: "/images/{name...}/tag", handler: (request, reply) => tag(backend, request, reply) },
    { method: "POST", path: "/images/{name...}/push", handler: (request, reply) => push(backend, request, reply) },
    { method: "DELETE", path: "/images/{name...}", handler: (request, reply) => remove(backend, request, reply) },
    ...contentRoutes(backend),
    { method: "GET", path: "/distribution/{name...}/json", handler: (request, reply) => inspectRemote(backend, request, reply) },
  ];
}

async function list(backend: ImageBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const rows = selectImages(backend, request.filters(LIST_FILTERS), request.flag("all"));
  const shared = request.flag("shared-size") ? await backend.images.sharedSizes({ signal: request.signal }) : undefined;
  const options = { minor: request.minor, shared };
  reply.json(rows.map((image) => rowJson(image, backend, options)));
}

function tag({ images }: ImageBackend, request: ApiRequest, reply: ApiReply): void {
  const repository = request.text("repo");
  const name = request.text("tag");
  if (repository === undefined) throw new EngineError("invalidArgument", "bad parameter: repo is required");
  images.tag(request.param("name"), name === undefined ? repository : `${repository}:${name}`);
  reply.empty(201);
}

async function remove({ images }: ImageBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const removed = await images.remove(request.param("name"), { force: request.flag("force"), prune: !request.flag("noprune") });
  reply.json(removed.map(removedJson));
}

async function prune({ images, bin }: ImageBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const filters = request.filters(["dangling", "label", "label!", "until"]);
  const matches = imageFilter(filters, (name) => images.get(name));
  const dangling = booleanFilter(filters, "dangling", true);
  // Whoever wants all unused images gone wants the room of those that were set aside, too.
  const emptied = !dangling && filters.size === 1 ? await bin.empty(["container", "image"]) : 0;
  const { removed, freedBytes } = await images.prune({ dangling, keep: (image) => !matches(image) }, { signal: request.signal });
  reply.json({ ImagesDeleted: removed.length === 0 ? null : removed.map(removedJson), SpaceReclaimed: freedBytes + emptied });
}

function removedJson({ untagged, deleted }: RemovedImage): object {
  return untagged === undefined ? { Deleted: deleted } : { Untagged: untagged };
}

async function inspectRemote({ images }: ImageBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const { descriptor, platforms } = await images.inspectRemote(request.param("name"), { credentials: credentialsOf(request) }, { signal: request.signal });
  reply.json({ Descriptor: descriptor, Platforms: platforms });
}
