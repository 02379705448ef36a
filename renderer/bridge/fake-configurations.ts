import type { ContainerCreateOptions, ContainerInfo } from "dockerode";
import type { ContainerForm } from "../../electron/ipc/contract/container-form.ts";
import type { ContainerConfiguration, Reconfiguration, SettingChange } from "../../electron/ipc/contract/containers.ts";
import { inspectOf } from "./fake-data.ts";
import { fakeError } from "./fake-error.ts";

export interface FakeConfigurations {
  configuration(info: ContainerInfo): ContainerConfiguration;
  reconfigure(info: ContainerInfo, form: ContainerForm, dryRun: boolean): Reconfiguration;
  undo(info: ContainerInfo, dryRun: boolean): Reconfiguration;
}

/** Configurations that can be changed: variables, ports, limits, labels, restart policy and name count. */
export function createFakeConfigurations(apply: (info: ContainerInfo, request: ContainerCreateOptions, name: string) => void): FakeConfigurations {
  const requests = new Map<string, ContainerCreateOptions>();
  const previous = new Map<string, { readonly request: ContainerCreateOptions; readonly name: string }>();
  const current = (info: ContainerInfo): ContainerCreateOptions => requests.get(info.Id) ?? requestOf(info);
  function take(info: ContainerInfo, request: ContainerCreateOptions, name: string, dryRun: boolean): Reconfiguration {
    const changes = compare(info, current(info), request, name);
    if (!dryRun && changes.length > 0) {
      previous.set(info.Id, { request: current(info), name: nameOf(info) });
      requests.set(info.Id, request);
      apply(info, request, name);
    }
    return { changes, restarts: changes.some(({ effect }) => effect === "restart"), warnings: [] };
  }
  function undo(info: ContainerInfo, dryRun: boolean): Reconfiguration {
    const before = previous.get(info.Id);
    if (!before) throw fakeError("conflict", `${nameOf(info)} has no earlier configuration.`);
    return take(info, before.request, before.name, dryRun);
  }
  return {
    configuration: (info) => ({ request: current(info), undo: previous.has(info.Id) ? undo(info, true) : null }),
    reconfigure: (info, form, dryRun) => take(info, { ...current(info), ...overlay(current(info), form) }, form.name ?? nameOf(info), dryRun),
    undo,
  };
}

function nameOf(info: ContainerInfo): string {
  return (info.Names[0] ?? "").replace(/^\//, "");
}

function requestOf(info: ContainerInfo): ContainerCreateOptions {
  const { Config, HostConfig } = inspectOf(info);
  const published = info.Ports.filter((port) => port.PublicPort !== undefined);
  return {
    Image: info.Image, Cmd: Config.Cmd, Env: Config.Env.filter((entry) => !entry.startsWith("PATH=")), Labels: info.Labels, WorkingDir: Config.WorkingDir, User: Config.User,
    HostConfig: { ...HostConfig, Binds: ["storefront-data:/var/lib/data", "/home/dev/storefront/config:/etc/storefront:ro"], PortBindings: Object.fromEntries(published.map((port) => [`${port.PrivatePort}/${port.Type}`, [{ HostIp: "", HostPort: String(port.PublicPort) }]])) },
  };
}

function overlay(before: ContainerCreateOptions, form: ContainerForm): ContainerCreateOptions {
  return {
    Env: (form.env ?? []).map(({ name, value }) => `${name}=${value}`),
    Labels: form.labels ?? {},
    HostConfig: {
      ...before.HostConfig,
      Memory: form.memoryBytes ?? 0,
      NanoCpus: (form.cpus ?? 0) * 1e9,
      RestartPolicy: { Name: form.restartPolicy?.name ?? "no", MaximumRetryCount: form.restartPolicy?.maximumRetryCount ?? 0 },
      PortBindings: Object.fromEntries((form.ports ?? []).map((port) => [`${port.containerPort}/${port.protocol ?? "tcp"}`, [{ HostIp: port.hostIp ?? "", HostPort: port.hostPort === undefined ? "" : String(port.hostPort) }]])),
    },
  };
}

function compare(info: ContainerInfo, before: ContainerCreateOptions, after: ContainerCreateOptions, name: string): SettingChange[] {
  const running = info.State === "running";
  const later = running ? "restart" : "start";
  const pairs: readonly [setting: string, before: unknown, after: unknown, effect: SettingChange["effect"]][] = [
    ["Name", nameOf(info), name, "live"],
    ["Config.Env", before.Env, after.Env, later],
    ["Config.Labels", before.Labels, after.Labels, "live"],
    ["HostConfig.PortBindings", before.HostConfig?.PortBindings, after.HostConfig?.PortBindings, later],
    ["HostConfig.Memory", before.HostConfig?.Memory, after.HostConfig?.Memory, after.HostConfig?.Memory ? "live" : later],
    ["HostConfig.NanoCpus", before.HostConfig?.NanoCpus, after.HostConfig?.NanoCpus, after.HostConfig?.NanoCpus ? "live" : later],
    ["HostConfig.RestartPolicy", before.HostConfig?.RestartPolicy, after.HostConfig?.RestartPolicy, "live"],
  ];
  return pairs.filter(([, was, is]) => JSON.stringify(was) !== JSON.stringify(is)).map(([setting, was, is, effect]) => ({ setting, before: was, after: is, effect }));
}
