import { isDeepStrictEqual } from "node:util";
import { shortId } from "../base/ids.ts";
import type { ImageRunConfig } from "../oci/descriptor.ts";
import type { ContainerConfig, CreateRequest } from "./config.ts";
import type { ContainerRecord } from "./containers.ts";
import { networkNames } from "./network-names.ts";
import { normalisePorts } from "./ports.ts";

/**
 * The request that creates a container with this configuration: the inverse of `mergeConfig`. What the image says anyway is left out, so that the request
 * shows what was asked for.
 *
 * @param image the image's own configuration; empty where the image is gone
 */
export function requestOf(record: Pick<ContainerRecord, "id" | "config" | "hostConfig" | "endpoints" | "leftMode">, image: ImageRunConfig): CreateRequest {
  const { config, hostConfig, id } = record;
  // The name a create request gives its mode has an endpoint; a container that left that network is said to be on its others.
  const mode = record.leftMode === true ? (networkNames(record)[0] ?? "none") : hostConfig.NetworkMode;
  return {
    Image: config.Image,
    ...commandOf(config, image),
    ...environmentOf(config, image),
    Labels: without(config.Labels, image.Labels ?? {}),
    ExposedPorts: without(config.ExposedPorts ?? {}, { ...normalisePorts(image.ExposedPorts ?? {}), ...mapKeys(hostConfig.PortBindings ?? {}) }),
    Volumes: without(config.Volumes ?? {}, image.Volumes ?? {}),
    ...unless("User", config.User, image.User ?? ""),
    ...unless("WorkingDir", config.WorkingDir, image.WorkingDir ?? ""),
    ...unless("StopSignal", config.StopSignal, image.StopSignal),
    ...unless("Healthcheck", config.Healthcheck, image.Healthcheck),
    ...unless("Shell", config.Shell, image.Shell),
    ...unless("Hostname", config.Hostname, shortId(id)),
    ...unless("Domainname", config.Domainname, ""),
    ...unless("StopTimeout", config.StopTimeout, undefined),
    ...unless("NetworkDisabled", config.NetworkDisabled, undefined),
    ...unless("ArgsEscaped", config.ArgsEscaped, undefined),
    Tty: config.Tty,
    OpenStdin: config.OpenStdin,
    StdinOnce: config.StdinOnce,
    AttachStdin: config.AttachStdin,
    AttachStdout: config.AttachStdout,
    AttachStderr: config.AttachStderr,
    HostConfig: { ...hostConfig, ...(mode === undefined ? {} : { NetworkMode: mode }) },
    NetworkingConfig: { EndpointsConfig: { ...record.endpoints } },
  };
}

function unless<K extends string, T>(key: K, value: T, same: unknown): { [P in K]?: NonNullable<T> } {
  return value === undefined || value === null || isDeepStrictEqual(value, same) ? {} : ({ [key]: value } as { [P in K]?: NonNullable<T> });
}

/** An entrypoint in a request drops the image's command, so both are said unless only the command differs. */
function commandOf(config: ContainerConfig, image: ImageRunConfig): Pick<CreateRequest, "Entrypoint" | "Cmd"> {
  const entrypoint = config.Entrypoint ?? [];
  const command = config.Cmd ?? [];
  if (isDeepStrictEqual(entrypoint, image.Entrypoint ?? [])) {
    if (isDeepStrictEqual(command, image.Cmd ?? [])) return {};
    if (command.length > 0) return { Cmd: command };
  }
  return { Entrypoint: entrypoint.length === 0 ? [""] : entrypoint, ...(command.length === 0 ? {} : { Cmd: command }) };
}

/** Merging puts the image's last. One that was asked for with the image's own value stands before them, and is kept. */
function environmentOf(config: ContainerConfig, image: ImageRunConfig): Pick<CreateRequest, "Env"> {
  const inherited = new Set(image.Env ?? []);
  let end = config.Env.length;
  while (end > 0 && inherited.has(config.Env[end - 1]!)) end--;
  return { Env: config.Env.slice(0, end) };
}

function without<T>(values: Readonly<Record<string, T>>, inherited: Readonly<Record<string, unknown>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([key, value]) => !(key in inherited) || (typeof value === "string" && inherited[key] !== value)));
}

function mapKeys(ports: Readonly<Record<string, unknown>>): Record<string, object> {
  return Object.fromEntries(Object.keys(ports).map((key) => [key, {}]));
}
