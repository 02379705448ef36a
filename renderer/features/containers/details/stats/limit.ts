import type { ContainerInspectInfo } from "dockerode";

/** Processors that a container may use at most; undefined where nothing limits it. */
export function cpuLimit(info: ContainerInspectInfo | undefined): number | undefined {
  const host = info?.HostConfig;
  if (host?.NanoCpus) return host.NanoCpus / 1e9;
  if (host?.CpuQuota && host.CpuQuota > 0) return host.CpuQuota / (host.CpuPeriod || 100_000);
  return undefined;
}
