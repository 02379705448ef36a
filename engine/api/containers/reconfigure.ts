import type { Containers, Reconfiguration } from "../../containers/containers.ts";
import type { Route } from "../router.ts";
import { createBody } from "./create-body.ts";

type Reconfigures = Pick<Containers, "configuration" | "reconfigure" | "undoReconfiguration">;

/**
 * Changing the configuration of a container that exists, below `/slipway/containers/{name}`. `GET reconfigure` answers `Request`, the create request that makes the container as it is,
 * and `Undo`, what going back would change, or null. `POST reconfigure` takes such a request, `?name=` a new name; `?dry-run=1` only says what would change.
 */
export function reconfigureRoutes(containers: Reconfigures): Route[] {
  const path = "/slipway/containers/{name}/reconfigure";
  return [
    {
      method: "GET",
      path,
      handler: (request, reply) => {
        const { request: create, undo } = containers.configuration(request.param("name"));
        reply.json({ Request: create, Undo: undo === null ? null : reconfigurationJson(undo) });
      },
    },
    {
      method: "POST",
      path,
      handler: async (request, reply) => {
        const body = await request.json(createBody);
        reply.json(reconfigurationJson(await containers.reconfigure(request.param("name"), body, { name: request.text("name"), dryRun: request.flag("dry-run") })));
      },
    },
    {
      method: "POST",
      path: `${path}/undo`,
      handler: async (request, reply) => reply.json(reconfigurationJson(await containers.undoReconfiguration(request.param("name"), { dryRun: request.flag("dry-run") }))),
    },
  ];
}

function reconfigurationJson({ changes, restarts, warnings }: Reconfiguration): object {
  return { Changes: changes.map(({ setting, before, after, effect }) => ({ Setting: setting, Before: before, After: after, Effect: effect })), Restarts: restarts, Warnings: warnings };
}
