import type { Containers } from "../../containers/containers.ts";
import type { StartRecord } from "../../containers/start-trace.ts";
import type { Route } from "../router.ts";

/** `GET /slipway/containers/{name}/starts`: the last starts since the engine itself started, the newest first, with the milliseconds of each step. */
export function startsRoute(containers: Pick<Containers, "starts">): Route {
  return { method: "GET", path: "/slipway/containers/{name}/starts", handler: (request, reply) => reply.json(containers.starts(request.param("name")).toReversed().map(startJson)) };
}

function startJson({ at, byPolicy, outcome, milliseconds, error, spans, health, ended }: StartRecord): object {
  return {
    StartedAt: at.toISOString(),
    ByPolicy: byPolicy,
    Outcome: outcome,
    Milliseconds: rounded(milliseconds),
    Error: error,
    Spans: spans.map((span) => ({ Step: span.step, At: rounded(span.at), Milliseconds: span.milliseconds === null ? null : rounded(span.milliseconds), Failed: span.failed })),
    Health: health === null ? null : { Status: health.status, Milliseconds: health.milliseconds === null ? null : rounded(health.milliseconds) },
    Ended: ended === null ? null : { ExitCode: ended.exitCode, Milliseconds: rounded(ended.milliseconds) },
  };
}

/** To a hundredth. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
