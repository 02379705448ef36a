import type { ContainerView } from "../../containers/containers.ts";
import type { NetworkRecord } from "../../networks/networks.ts";
import { OPTION } from "../../networks/options.ts";

/** `Containers` of a network: those that run, by id. */
export function endpointsJson(network: NetworkRecord, containers: readonly ContainerView[]): Record<string, object> {
  const attached: Record<string, object> = {};
  for (const { record, endpoints } of containers) {
    const endpoint = endpoints.find((candidate) => candidate.networkId === network.id);
    if (endpoint === undefined) continue;
    attached[record.id] = { Name: record.name, EndpointID: endpoint.endpointId, MacAddress: endpoint.macAddress, IPv4Address: endpoint.ipAddress === "" ? "" : `${endpoint.ipAddress}/${endpoint.prefixLength}`, IPv6Address: "" };
  }
  return attached;
}

/** What clients read of the default bridge. Its device is made for the first container. */
function defaultBridgeOptions({ bridge }: NetworkRecord): Record<string, string> {
  return {
    "com.docker.network.bridge.default_bridge": "true", [OPTION.icc]: "true", [OPTION.masquerade]: "true", [OPTION.hostAddress]: "0.0.0.0",
    ...(bridge === null ? {} : { [OPTION.bridgeName]: bridge }),
  };
}

/** A network as Docker shows it. */
export function networkJson(network: NetworkRecord, containers: Readonly<Record<string, object>>): object {
  return {
    Name: network.name,
    Id: network.id,
    Created: network.createdAt.toISOString(),
    Scope: "local",
    Driver: network.driver,
    EnableIPv4: true,
    EnableIPv6: network.enableIPv6,
    IPAM: {
      Driver: "default",
      Options: null,
      Config: network.subnets.map(({ subnet, gateway, ipRange, auxiliaryAddresses }) => ({
        Subnet: subnet, Gateway: gateway, ...(ipRange === undefined ? {} : { IPRange: ipRange }), ...(auxiliaryAddresses === undefined ? {} : { AuxiliaryAddresses: auxiliaryAddresses }),
      })),
    },
    Internal: network.internal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: containers,
    Options: network.name === "bridge" ? { ...defaultBridgeOptions(network), ...network.options } : network.options,
    Labels: network.labels,
  };
}
