import { EngineError } from "../../base/errors.ts";
import type { Containers, PathStat } from "../../containers/containers.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";

type Archive = Pick<Containers, "pathStat" | "readArchive" | "writeArchive">;

const STAT_HEADER = "X-Docker-Container-Path-Stat";

/** `docker cp`: HEAD tells what a path is, GET reads it as a tar, PUT unpacks a tar below it. */
export function archiveRoutes(containers: Archive): Route[] {
  return [
    {
      method: "HEAD",
      path: "/containers/{name}/archive",
      handler: async (request, reply) => {
        reply.header(STAT_HEADER, statHeader(await containers.pathStat(request.param("name"), pathOf(request)))).empty(200);
      },
    },
    {
      method: "GET",
      path: "/containers/{name}/archive",
      handler: async (request, reply) => {
        const { stat, tar } = await containers.readArchive(request.param("name"), pathOf(request), { signal: request.signal });
        await reply.header(STAT_HEADER, statHeader(stat)).stream(tar, "application/x-tar");
      },
    },
    {
      method: "PUT",
      path: "/containers/{name}/archive",
      handler: async (request, reply) => {
        await containers.writeArchive(request.param("name"), pathOf(request), request.body, {
          keepDirectories: request.flag("noOverwriteDirNonDir"), copyOwner: request.flag("copyUIDGID"), signal: request.signal,
        });
        reply.empty(200);
      },
    },
  ];
}

function pathOf(request: ApiRequest): string {
  const path = request.text("path");
  if (path === undefined) throw new EngineError("invalidArgument", "bad parameter: 'path' cannot be empty");
  return path;
}

function statHeader(stat: PathStat): string {
  return Buffer.from(JSON.stringify({ name: stat.name, size: stat.size, mode: stat.mode, mtime: stat.mtime, linkTarget: stat.linkTarget })).toString("base64");
}
