import { EngineError } from "../../base/errors.ts";
import type { FileQuery } from "../../images/contents/contents.ts";
import { booleanFilter } from "../filters.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";
import { flag, list, object, text } from "../shape.ts";
import type { ImageBackend } from "./backend.ts";
import { imageFilter } from "./list.ts";

/** `/slipway/images`: layers and files of images, comparison, and removals that are only looked at. */
export function contentRoutes(backend: ImageBackend): Route[] {
  const { contents } = backend.images;
  return [
    { method: "GET", path: "/slipway/images/compare", handler: (request, reply) => compare(backend, request, reply) },
    { method: "GET", path: "/slipway/images/{name...}/layers", handler: (request, reply) => reply.json(contents.structure(request.param("name"))) },
    // An image's name may end in /layers/N: this one wins.
    { method: "GET", path: "/slipway/images/{name...}/layers/{layer}/files", handler: (request, reply) => files(backend, request, layerOf(request), reply) },
    { method: "GET", path: "/slipway/images/{name...}/files", handler: (request, reply) => files(backend, request, undefined, reply) },
    { method: "POST", path: "/slipway/images/prune", handler: (request, reply) => previewPrune(backend, request, reply) },
    { method: "POST", path: "/slipway/images/remove", handler: (request, reply) => previewRemoval(backend, request, reply) },
  ];
}

function layerOf(request: ApiRequest): number {
  const layer = request.param("layer");
  if (!/^\d{1,6}$/.test(layer)) throw new EngineError("invalidArgument", `bad layer ${JSON.stringify(layer)}: expected its number, from 0 at the bottom`);
  return Number(layer);
}

async function files({ images }: ImageBackend, request: ApiRequest, layer: number | undefined, reply: ApiReply): Promise<void> {
  const query: FileQuery = { layer, show: showOf(request), search: request.text("search"), offset: positive(request, "offset"), limit: positive(request, "limit") };
  reply.json(await images.contents.files(request.param("name"), query, { signal: request.signal }));
}

function showOf(request: ApiRequest): FileQuery["show"] {
  const show = request.text("show");
  if (show === undefined || show === "all" || show === "present" || show === "wasted") return show;
  throw new EngineError("invalidArgument", `bad value ${JSON.stringify(show)} of show: expected all, present or wasted`);
}

function positive(request: ApiRequest, name: string): number | undefined {
  const value = request.integer(name);
  if (value !== undefined && value < 0) throw new EngineError("invalidArgument", `bad value ${value} of ${name}: expected 0 or more`);
  return value;
}

async function compare({ images }: ImageBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const [before, after] = [request.text("before"), request.text("after")];
  if (before === undefined || after === undefined) throw new EngineError("invalidArgument", "before and after are required: the two images to compare");
  reply.json(await images.contents.compare(before, after, { signal: request.signal }));
}

async function previewPrune({ images }: ImageBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  assertDryRun(request, "/images/prune");
  const filters = request.filters(["dangling", "label", "label!", "until"]);
  const matches = imageFilter(filters, (name) => images.get(name));
  reply.json(await images.previewPrune({ dangling: booleanFilter(filters, "dangling", true), keep: (image) => !matches(image) }, { signal: request.signal }));
}

const removalShape = object({ Names: list(text), Force: flag });

async function previewRemoval({ images }: ImageBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  assertDryRun(request, "/images/{name}");
  const { Names = [], Force = false } = await request.json(removalShape);
  reply.json(await images.previewRemoval(Names, { force: Force }, { signal: request.signal }));
}

function assertDryRun(request: ApiRequest, real: string): void {
  if (!request.flag("dry-run")) throw new EngineError("invalidArgument", `only dry-run=1 is offered here: ${real} removes`);
}
