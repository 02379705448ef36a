import type { ContainerView } from "../../containers/containers.ts";
import { networkNames as recordedNetworks } from "../../containers/network-names.ts";
import type { Endpoint } from "../../networks/networks.ts";

/** One entry of `NetworkSettings.Networks`. */
function endpointJson(view: ContainerView, name: string, endpoint: Endpoint | undefined, networkId: string): object {
  const request = view.record.endpoints[name];
  return {
    IPAMConfig: request?.IPAMConfig ?? null,
    Links: request?.Links ?? null,
    Aliases: request?.Aliases ?? null,
    MacAddress: endpoint?.macAddress ?? "",
    DriverOpts: request?.DriverOpts ?? null,
    NetworkID: endpoint?.networkId ?? networkId,
    EndpointID: endpoint?.endpointId ?? "",
    Gateway: endpoint?.gateway ?? "",
    IPAddress: endpoint?.ipAddress ?? "",
    IPPrefixLen: endpoint?.prefixLength ?? 0,
    IPv6Gateway: "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    DNSNames: endpoint?.names ?? null,
  };
}

/** The names of the networks that a container has, or would have when started. */
export function networkNames(view: ContainerView): string[] {
  return [...new Set([...recordedNetworks(view.record), ...view.endpoints.map((endpoint) => endpoint.networkName)])];
}

/**
 * The networks of a container by name: those it has, or would have when started.
 *
 * @param networkIdOf the id of a network by name; empty for an unknown one
 */
export function networksJson(view: ContainerView, networkIdOf: (name: string) => string): Record<string, object> {
  return Object.fromEntries(networkNames(view).map((name) => [name, endpointJson(view, name, view.endpoints.find((endpoint) => endpoint.networkName === name || endpoint.networkId === name), networkIdOf(name))]));
}

/** `NetworkSettings.Ports`: published ones with their bindings, the other exposed ones null. Empty while it does not run. */
export function portsJson(view: ContainerView): Record<string, { HostIp: string; HostPort: string }[] | null> {
  const ports: Record<string, { HostIp: string; HostPort: string }[] | null> = {};
  if (view.endpoints.length === 0 && view.ports.length === 0) return ports;
  for (const key of Object.keys(view.record.config.ExposedPorts ?? {})) ports[key] = null;
  for (const port of view.ports) (ports[`${port.containerPort}/${port.protocol}`] ??= []).push({ HostIp: port.hostIp, HostPort: String(port.hostPort) });
  return ports;
}
