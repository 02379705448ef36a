import type { ContainerId } from "../base/ids.ts";
import { shortId } from "../base/ids.ts";
import { EngineError } from "../base/errors.ts";
import type { HealthConfig, ImageRunConfig } from "../oci/descriptor.ts";
import type { ContainerConfig, CreateRequest } from "./config.ts";
import { normalisePorts } from "./ports.ts";

/**
 * Docker's rules for joining a request with the image's configuration: the request wins; environment, labels, exposed ports and
 * volumes are united; an entrypoint in the request drops the image's command.
 *
 * @throws EngineError `invalidArgument` when no command is left to run
 */
export function mergeConfig(request: CreateRequest, image: ImageRunConfig, id: ContainerId): ContainerConfig {
  const { entrypoint, command } = mergeCommand(request, image);
  if ((entrypoint?.length ?? 0) + (command?.length ?? 0) === 0) throw new EngineError("invalidArgument", "no command specified");
  const exposed = { ...normalisePorts(image.ExposedPorts ?? {}), ...normalisePorts(request.ExposedPorts ?? {}) };
  for (const key of Object.keys(normalisePorts(request.HostConfig?.PortBindings ?? {}))) exposed[key] ??= {};
  const volumes = { ...image.Volumes, ...request.Volumes };
  const health = mergeHealth(request.Healthcheck, image.Healthcheck);
  return {
    Hostname: request.Hostname || defaultHostname(request, id),
    Domainname: request.Domainname ?? "",
    User: request.User || image.User || "",
    AttachStdin: request.AttachStdin ?? false,
    AttachStdout: request.AttachStdout ?? false,
    AttachStderr: request.AttachStderr ?? false,
    ...(Object.keys(exposed).length > 0 ? { ExposedPorts: exposed } : {}),
    Tty: request.Tty ?? false,
    OpenStdin: request.OpenStdin ?? false,
    StdinOnce: request.StdinOnce ?? false,
    Env: mergeEnvironment(request.Env ?? [], image.Env ?? []),
    Cmd: command,
    ...(health === undefined ? {} : { Healthcheck: health }),
    ...(request.ArgsEscaped ? { ArgsEscaped: true } : {}),
    Image: request.Image ?? "",
    Volumes: Object.keys(volumes).length > 0 ? volumes : null,
    WorkingDir: request.WorkingDir || image.WorkingDir || "",
    Entrypoint: entrypoint,
    ...(request.NetworkDisabled ? { NetworkDisabled: true } : {}),
    OnBuild: null,
    Labels: { ...image.Labels, ...request.Labels },
    ...optional("StopSignal", request.StopSignal || image.StopSignal || undefined),
    ...optional("StopTimeout", request.StopTimeout),
    ...optional("Shell", request.Shell ?? (image.Shell === undefined ? undefined : [...image.Shell])),
  };
}

function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}

function defaultHostname(request: CreateRequest, id: ContainerId): string {
  const mode = request.HostConfig?.NetworkMode ?? "";
  return mode.startsWith("container:") ? "" : shortId(id);
}

function mergeCommand(request: CreateRequest, image: ImageRunConfig): { entrypoint: string[] | null; command: string[] | null } {
  const requested = request.Entrypoint ?? [];
  // An entrypoint of one empty word (`--entrypoint ""`) clears the image's.
  const cleared = requested.length === 1 && requested[0] === "";
  const command = request.Cmd === undefined || request.Cmd.length === 0 ? null : request.Cmd;
  if (cleared) return { entrypoint: null, command };
  if (requested.length > 0) return { entrypoint: requested, command };
  return { entrypoint: copy(image.Entrypoint), command: command ?? copy(image.Cmd) };
}

function copy(list: readonly string[] | null | undefined): string[] | null {
  return list === null || list === undefined || list.length === 0 ? null : [...list];
}

function mergeEnvironment(request: readonly string[], image: readonly string[]): string[] {
  const named = new Set(request.map(nameOf));
  return [...request, ...image.filter((entry) => !named.has(nameOf(entry)))];
}

function nameOf(entry: string): string {
  const at = entry.indexOf("=");
  return at < 0 ? entry : entry.slice(0, at);
}

function mergeHealth(request: HealthConfig | undefined, image: HealthConfig | undefined): HealthConfig | undefined {
  if (request === undefined) return image;
  if (image === undefined) return request;
  return {
    Test: request.Test !== undefined && request.Test.length > 0 ? request.Test : image.Test,
    Interval: request.Interval || image.Interval,
    Timeout: request.Timeout || image.Timeout,
    StartPeriod: request.StartPeriod || image.StartPeriod,
    StartInterval: request.StartInterval || image.StartInterval,
    Retries: request.Retries || image.Retries,
  };
}
