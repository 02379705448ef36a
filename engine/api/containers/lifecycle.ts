import { EngineError } from "../../base/errors.ts";
import type { Containers, WaitCondition } from "../../containers/containers.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";

type Lifecycle = Pick<Containers, "start" | "stop" | "restart" | "kill" | "pause" | "unpause" | "rename" | "remove" | "wait" | "resize">;

/** What changes a container's state. */
export function lifecycleRoutes(containers: Lifecycle): Route[] {
  const post = (operation: string, work: (name: string, request: ApiRequest) => Promise<void>, status = 204): Route => ({
    method: "POST",
    path: `/containers/{name}/${operation}`,
    handler: async (request, reply) => {
      await work(request.param("name"), request);
      reply.empty(status);
    },
  });
  return [
    post("start", (name) => containers.start(name)),
    post("stop", (name, request) => containers.stop(name, stopOptions(request))),
    post("restart", (name, request) => containers.restart(name, stopOptions(request))),
    post("kill", (name, request) => containers.kill(name, request.text("signal"))),
    post("pause", (name) => containers.pause(name)),
    post("unpause", (name) => containers.unpause(name)),
    post("rename", (name, request) => containers.rename(name, request.query.get("name") ?? "")),
    post("resize", (name, request) => containers.resize(name, dimension(request, "w"), dimension(request, "h")), 200),
    { method: "POST", path: "/containers/{name}/wait", handler: (request, reply) => wait(containers, request, reply) },
    {
      method: "DELETE",
      path: "/containers/{name}",
      handler: async (request, reply) => {
        await containers.remove(request.param("name"), { force: request.flag("force"), volumes: request.flag("v") });
        reply.empty();
      },
    },
  ];
}

function stopOptions(request: ApiRequest): { signal: string | undefined; seconds: number | undefined } {
  return { signal: request.text("signal"), seconds: request.integer("t") };
}

/** A terminal's height or width. @throws EngineError `invalidArgument` */
export function dimension(request: ApiRequest, name: "h" | "w"): number {
  const value = request.integer(name);
  if (value === undefined || value < 0 || value > 65535) throw new EngineError("invalidArgument", `invalid terminal size ${name}=${request.query.get(name) ?? ""}: expected a number from 0 to 65535`);
  return value;
}

const CONDITIONS: readonly WaitCondition[] = ["not-running", "next-exit", "removed"];

async function wait(containers: Lifecycle, request: ApiRequest, reply: ApiReply): Promise<void> {
  const condition = (request.text("condition") ?? "not-running") as WaitCondition;
  if (!CONDITIONS.includes(condition)) throw new EngineError("invalidArgument", `invalid condition: "${condition}"`);
  const waiting = containers.wait(request.param("name"), condition, { signal: request.signal });
  // An unknown container fails at once and still gets its status; from then on the client waits for the headers to go on.
  const early = await Promise.race([waiting.then(() => null, (error: unknown) => ({ error })), new Promise<null>((resolve) => setImmediate(resolve, null))]);
  if (early !== null) throw early.error;
  reply.begin("application/json");
  try {
    const { exitCode, error } = await waiting;
    await reply.write(`${JSON.stringify({ StatusCode: exitCode, ...(error === "" ? {} : { Error: { Message: error } }) })}\n`);
  } finally {
    reply.end();
  }
}
