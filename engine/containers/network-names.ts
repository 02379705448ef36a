import type { ContainerRecord } from "./containers.ts";

/** The networks that a container has, or will have when started, the one of its mode first. None where it shares another container's. */
export function networkNames({ hostConfig, endpoints, leftMode }: Pick<ContainerRecord, "hostConfig" | "endpoints" | "leftMode">): string[] {
  const mode = hostConfig.NetworkMode ?? "bridge";
  if (mode.startsWith("container:")) return [];
  return [...new Set([...(leftMode === true ? [] : [mode]), ...Object.keys(endpoints).filter((name) => name !== "default")])];
}
