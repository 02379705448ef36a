import { EngineError, isEngineError } from "../../base/errors.ts";
import type { ContainerConfig } from "../../containers/config.ts";
import type { Containers } from "../../containers/containers.ts";
import type { SnapshotKey } from "../../base/ids.ts";
import type { Images } from "../../images/images.ts";
import type { ImageRunConfig } from "../../oci/descriptor.ts";
import type { Route } from "../router.ts";
import { applyChanges } from "./commit-changes.ts";
import { configBody } from "./create-body.ts";

export interface CommitBackend {
  readonly containers: Pick<Containers, "get" | "pause" | "unpause">;
  readonly images: Pick<Images, "list" | "commit">;
  readonly announce: (containerId: string, action: string, attributes: Readonly<Record<string, string>>) => void;
}

/** `POST /commit`: a container's changes become an image. */
export function commitRoute({ containers, images, announce }: CommitBackend): Route {
  return {
    method: "POST",
    path: "/commit",
    handler: async (request, reply) => {
      const name = request.text("container");
      if (name === undefined) throw new EngineError("invalidArgument", "bad parameter: container is required");
      const { record, state } = containers.get(name);
      const override = (await request.optionalJson(configBody)) ?? {};
      const config = applyChanges({ ...imageConfig(record.config), ...dropEmpty(override) }, request.query.getAll("changes"));
      const repository = request.text("repo");
      const tag = request.text("tag");
      const pause = request.flag("pause", true) && state.status === "running" && (await froze(containers, record.id));
      try {
        const image = await images.commit(record.id as string as SnapshotKey, {
          parent: images.list().find((candidate) => candidate.id === record.imageId) ?? null,
          reference: repository === undefined ? undefined : tag === undefined ? repository : `${repository}:${tag}`,
          config, author: request.text("author"), comment: request.text("comment"), createdBy: record.args.join(" "),
        }, { signal: request.signal });
        announce(record.id, "commit", { comment: request.text("comment") ?? "", imageID: image.id, imageRef: repository ?? "" });
        reply.json({ Id: image.id }, 201);
      } finally {
        if (pause) await containers.unpause(record.id);
      }
    },
  };
}

/** Freezes the container, where the host can: elsewhere it is committed as it moves, as with `--pause=false`. */
async function froze(containers: CommitBackend["containers"], id: string): Promise<boolean> {
  try {
    await containers.pause(id, { momentary: true });
    return true;
  } catch (error) {
    if (isEngineError(error, "notImplemented")) return false;
    throw error;
  }
}

/** What of a container's configuration an image keeps. */
function imageConfig(config: ContainerConfig): ImageRunConfig {
  const { User, ExposedPorts, Env, Entrypoint, Cmd, Volumes, WorkingDir, Labels, StopSignal, Shell, Healthcheck } = config;
  return { User, Env, Entrypoint, Cmd, Volumes, WorkingDir, Labels, ...(ExposedPorts === undefined ? {} : { ExposedPorts }), ...(StopSignal === undefined ? {} : { StopSignal }), ...(Shell === undefined ? {} : { Shell }), ...(Healthcheck === undefined ? {} : { Healthcheck }) };
}

/** The client sends a whole Config, mostly of empty values that mean "as it was". */
function dropEmpty(config: object): ImageRunConfig {
  const known = ["User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal", "Shell", "Healthcheck", "OnBuild"];
  return Object.fromEntries(Object.entries(config).filter(([key, value]) => known.includes(key) && value !== "" && !(typeof value === "object" && value !== null && Object.keys(value).length === 0)));
}
