import { EngineError, type ErrorCode } from "../../base/errors.ts";
import type { Handler, Method, Route } from "../router.ts";
import type { SystemBackend } from "./backend.ts";
import { diskUsage } from "./disk-usage.ts";
import { streamEvents } from "./events.ts";
import { infoJson } from "./info.ts";
import { versionJson } from "./version.ts";

const NO_SWARM = 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
/** Where Docker keeps its cluster; every path of them. */
const SWARM_FOLDERS = ["swarm", "nodes", "services", "tasks", "secrets", "configs"];

/** What concerns the engine as a whole. */
export function systemRoutes(backend: SystemBackend): Route[] {
  return [
    { method: "GET", path: "/_ping", handler: ping },
    { method: "HEAD", path: "/_ping", handler: ping },
    { method: "GET", path: "/version", handler: (_, reply) => reply.json(versionJson(backend)) },
    { method: "GET", path: "/info", handler: (_, reply) => reply.json(infoJson(backend)) },
    { method: "GET", path: "/events", handler: (request, reply) => streamEvents(backend, request, reply) },
    { method: "GET", path: "/system/df", handler: (request, reply) => diskUsage(backend, request, reply) },
    { method: "GET", path: "/plugins", handler: (_, reply) => reply.json([]) },
    ...refusals(),
  ];
}

const ping: Handler = (request, reply) => {
  reply.header("Builder-Version", "1").header("Swarm", "inactive").header("Cache-Control", "no-cache, no-store, must-revalidate").header("Pragma", "no-cache");
  const body = Buffer.from(request.method === "HEAD" ? "" : "OK");
  reply.bytes(body, "text/plain; charset=utf-8");
};

/** What Docker's clients ask for and this engine does not offer, each with its reason. */
function refusals(): Route[] {
  const refuse = (method: Method, path: string, code: ErrorCode, sentence: string): Route => ({ method, path, handler: () => Promise.reject(new EngineError(code, sentence)) });
  return [
    refuse("POST", "/build", "notImplemented", "building images is not implemented yet: build elsewhere, then pull or load the image"),
    { method: "POST", path: "/build/prune", handler: (_, reply) => reply.json({ CachesDeleted: null, SpaceReclaimed: 0 }) },
    ...["init", "join"].map((verb) => refuse("POST", `/swarm/${verb}`, "notImplemented", `docker swarm ${verb} is not offered: Slipway runs containers on this machine alone`)),
    refuse("POST", "/swarm/leave", "unavailable", "This node is not part of a swarm"),
    ...(["GET", "POST", "DELETE"] as const).flatMap((method) => SWARM_FOLDERS.flatMap((folder) => [
      refuse(method, `/${folder}`, "unavailable", NO_SWARM),
      refuse(method, `/${folder}/{rest...}`, "unavailable", NO_SWARM),
    ])),
  ];
}
