import type { HistoryLine, ImageRecord } from "../../images/images.ts";
import type { ImageRunConfig } from "../../oci/descriptor.ts";

const ZERO_TIME = "0001-01-01T00:00:00Z";

/** The answer of inspect (Docker Engine API, ImageInspect). */
export function inspectJson(image: ImageRecord, minor: number): object {
  const { config } = image;
  return {
    Id: image.id,
    RepoTags: image.repoTags,
    RepoDigests: image.repoDigests,
    Parent: image.parentId ?? "",
    Comment: config.history?.at(-1)?.comment ?? "",
    Created: config.created ?? ZERO_TIME,
    // Docker left these out from API 1.45 on, and docker-compose 1 cannot recreate a container without.
    Container: "", ContainerConfig: runConfigJson({}),
    DockerVersion: config.docker_version ?? "",
    Author: config.author ?? "",
    Config: runConfigJson(config.config ?? {}),
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    ...(config["os.version"] === undefined ? {} : { OsVersion: config["os.version"] }),
    Size: image.size,
    ...(minor < 44 ? { VirtualSize: image.size } : {}),
    GraphDriver: { Name: "overlay2", Data: null },
    RootFS: { Type: config.rootfs.type, Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: image.lastTaggedAt?.toISOString() ?? ZERO_TIME },
    Descriptor: image.manifest,
  };
}

/** Docker's Config with every key that its clients' templates may name. */
function runConfigJson(config: ImageRunConfig): object {
  return {
    Hostname: "", Domainname: "",
    User: config.User ?? "",
    AttachStdin: false, AttachStdout: false, AttachStderr: false,
    ...(config.ExposedPorts === undefined ? {} : { ExposedPorts: config.ExposedPorts }),
    Tty: false, OpenStdin: false, StdinOnce: false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    ...(config.Healthcheck === undefined ? {} : { Healthcheck: config.Healthcheck }),
    ...(config.ArgsEscaped === true ? { ArgsEscaped: true } : {}),
    Image: "",
    Volumes: config.Volumes ?? null,
    WorkingDir: config.WorkingDir ?? "",
    Entrypoint: config.Entrypoint ?? null,
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ?? null,
    ...(config.StopSignal === undefined ? {} : { StopSignal: config.StopSignal }),
    ...(config.Shell === undefined ? {} : { Shell: config.Shell }),
  };
}

/** One line of history (Docker Engine API, HistoryResponseItem). */
export function historyJson(line: HistoryLine): object {
  return {
    Id: line.id ?? "<missing>",
    Created: Math.floor((line.createdAt?.getTime() ?? 0) / 1000),
    CreatedBy: line.createdBy,
    Tags: line.tags.length === 0 ? null : line.tags,
    Size: line.size,
    Comment: line.comment,
  };
}
