import { EngineError } from "../../base/errors.ts";
import type { Files, OpenTree } from "../../files/files.ts";
import { volumeTree } from "../../volumes/volume-tree.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Method, Route } from "../router.ts";
import { flag, integer, object, text } from "../shape.ts";
import type { FilesBackend } from "./backend.ts";
import { entryJson, layersJson, listingJson } from "./json.ts";

type LiveTree = OpenTree & { readonly signal: AbortSignal };

/** Where files are: a container or a volume. */
interface Owner {
  readonly open: (name: string) => Promise<LiveTree>;
  readonly change: <T>(name: string, paths: readonly string[], work: (tree: LiveTree) => Promise<T>) => Promise<T>;
}

/** More entries in one answer would keep the event loop. */
const MAX_LIMIT = 2000;
const DEFAULT_LIMIT = 1000;
const MAX_FOUND = 5000;
const NEVER = new AbortController().signal;

const renameBody = object({ From: text, To: text });
const attributesBody = object({ Path: text, Mode: integer, User: text, Group: text, Recursive: flag });

/**
 * `/slipway/containers/{name}/files` and `/slipway/volumes/{name}/files`: looking into both and changing what is there. `path` is absolute inside; as a JSON string (it then begins with a
 * quotation mark) it can name files whose names are not UTF-8, with a lone surrogate for each odd byte.
 */
export function fileRoutes(backend: FilesBackend): Route[] {
  const { containers, volumes, files } = backend;
  const treeOf = (name: string): LiveTree => ({ ...volumeTree(volumes, name), signal: NEVER });
  return [
    ...ownerRoutes("/slipway/containers/{name}/files", files, { open: (name) => containers.openFiles(name), change: (name, paths, work) => containers.changeFiles(name, paths, work) }),
    ...ownerRoutes("/slipway/volumes/{name}/files", files, { open: async (name) => treeOf(name), change: async (name, _, work) => work(treeOf(name)) }),
    { method: "GET", path: "/slipway/containers/{name}/files/layers", handler: (request, reply) => reply.json(layersJson(backend, request.param("name"))) },
    {
      method: "POST", path: "/slipway/containers/{name}/files/revert",
      handler: async (request, reply) => reply.json({ How: await containers.revertFile(request.param("name"), pathOf(request), { signal: request.signal }) }),
    },
  ];
}

function ownerRoutes(base: string, files: Files, owner: Owner): Route[] {
  const reading = (work: (request: ApiRequest, reply: ApiReply, tree: LiveTree, signal: AbortSignal) => Promise<void>) => async (request: ApiRequest, reply: ApiReply): Promise<void> => {
    await using tree = await owner.open(request.param("name"));
    await work(request, reply, tree, AbortSignal.any([request.signal, tree.signal]));
  };
  const changing = <T>(request: ApiRequest, paths: readonly string[], work: (tree: LiveTree, signal: AbortSignal) => Promise<T>): Promise<T> =>
    owner.change(request.param("name"), paths, (tree) => work(tree, AbortSignal.any([request.signal, tree.signal])));
  const route = (method: Method, path: string, handler: Route["handler"]): Route => ({ method, path: `${base}${path}`, handler });
  return [
    route("GET", "", reading(async (request, reply, tree, signal) => {
      const limit = bounded(request.integer("limit") ?? DEFAULT_LIMIT, "limit", 1, MAX_LIMIT);
      const offset = bounded(request.integer("offset") ?? 0, "offset", 0, Number.MAX_SAFE_INTEGER);
      reply.json(listingJson(await files.list(tree, pathOf(request), { offset, limit, changed: request.flag("changed") }, { signal })));
    })),
    route("GET", "/stat", reading(async (request, reply, tree, signal) => reply.json(entryJson(await files.stat(tree, pathOf(request), request.flag("follow"), { signal }))))),
    route("GET", "/content", reading((request, reply, tree, signal) => content(files, request, reply, tree, signal))),
    route("GET", "/archive", reading((request, reply, tree, signal) => reply.stream(files.pack(tree, pathOf(request), { signal }), "application/x-tar"))),
    route("GET", "/search", reading(async (request, reply, tree, signal) => {
      const name = request.text("name");
      if (name === undefined) throw new EngineError("invalidArgument", "name is required: a part of what the files are called");
      const limit = bounded(request.integer("limit") ?? DEFAULT_LIMIT, "limit", 1, MAX_FOUND);
      await reply.stream(files.search(tree, pathOf(request), { name, limit }, { signal }), "application/x-ndjson");
    })),
    route("PUT", "/content", async (request, reply) => {
      const path = pathOf(request);
      reply.json(entryJson(await changing(request, [path], (tree, signal) => files.write(tree, path, request.body, { version: request.text("version") }, { signal }))));
    }),
    route("POST", "/folder", async (request, reply) => {
      const path = pathOf(request);
      reply.json(entryJson(await changing(request, [path], (tree, signal) => files.makeDirectory(tree, path, { signal }))), 201);
    }),
    route("POST", "/rename", async (request, reply) => {
      const { From, To } = await request.json(renameBody);
      const from = checked(From, "From");
      const to = checked(To, "To");
      reply.json(entryJson(await changing(request, [from, to], (tree, signal) => files.rename(tree, from, to, { signal }))));
    }),
    route("POST", "/attributes", async (request, reply) => {
      const { Path, Mode, User, Group, Recursive } = await request.json(attributesBody);
      const path = checked(Path, "Path");
      if (Mode !== undefined) bounded(Mode, "Mode", 0, 0o7777);
      reply.json(entryJson(await changing(request, [path], (tree, signal) => files.setAttributes(tree, path, { mode: Mode, user: User || undefined, group: Group || undefined, recursive: Recursive ?? false }, { signal }))));
    }),
    route("DELETE", "", async (request, reply) => {
      const path = pathOf(request);
      await changing(request, [path], (tree, signal) => files.remove(tree, path, { signal }));
      reply.empty();
    }),
  ];
}

/** All of a file, or with `limit` a part of it: its version comes with that part, and whether it ends there. */
async function content(files: Files, request: ApiRequest, reply: ApiReply, tree: LiveTree, signal: AbortSignal): Promise<void> {
  const path = pathOf(request);
  const length = request.integer("limit");
  if (length === undefined) return reply.stream(files.download(tree, path, { signal }), "application/octet-stream");
  const offset = bounded(request.integer("offset") ?? 0, "offset", 0, Number.MAX_SAFE_INTEGER);
  const { file, bytes, end } = await files.read(tree, path, { offset, length: bounded(length, "limit", 0, Number.MAX_SAFE_INTEGER) }, { signal });
  // Names may have characters that a header cannot carry.
  reply.header("X-Slipway-File", Buffer.from(JSON.stringify({ ...entryJson(file), End: end })).toString("base64")).bytes(bytes, "application/octet-stream");
}

function pathOf(request: ApiRequest): string {
  const raw = request.text("path") ?? "/";
  if (!raw.startsWith('"')) return checked(raw, "path");
  try {
    return checked(JSON.parse(raw) as unknown, "path");
  } catch (error) {
    throw error instanceof EngineError ? error : new EngineError("invalidArgument", "path begins with a quotation mark, and is not a JSON string");
  }
}

function checked(path: unknown, field: string): string {
  if (typeof path !== "string" || !path.startsWith("/")) throw new EngineError("invalidArgument", `${field} must be an absolute path, not ${JSON.stringify(path)}`);
  return path;
}

function bounded(value: number, name: string, least: number, most: number): number {
  if (value < least || value > most) throw new EngineError("invalidArgument", `${name} must be between ${least} and ${most}, not ${value}`);
  return value;
}
