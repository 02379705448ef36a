import { EngineError } from "../base/errors.ts";
import { newId, type NetworkId } from "../base/ids.ts";
import { contains, formatIPv4, formatSubnet, overlaps, parseIPv4, parseSubnet, type Subnet } from "./address.ts";
import { chosen } from "./bridge-network.ts";
import type { NetworkRecord, NetworkRequest, NetworkSubnet } from "./networks.ts";
import { normaliseOptions, OPTION } from "./options.ts";

/** Networks that always exist and belong to the engine. */
export const PREDEFINED: readonly string[] = ["bridge", "host", "none"];

/** What there is already. */
export interface Neighbours {
  readonly records: readonly NetworkRecord[];
  /** A subnet that nothing uses. @throws EngineError `resourceExhausted` */
  readonly freeSubnet: () => Subnet;
  readonly hasDevice: (name: string) => boolean;
}

/**
 * The record of a new network, checked as Docker checks it.
 * @throws EngineError as `Networks.create` says
 */
export function newNetwork(request: NetworkRequest, { records, freeSubnet, hasDevice }: Neighbours): NetworkRecord {
  const { name } = request;
  checkName(name);
  checkDriver(request.driver);
  if (records.some((record) => record.name === name)) throw new EngineError("conflict", `network with name ${name} already exists: choose another name, or remove it with: docker network rm ${name}`);
  const options = normaliseOptions(request.options);
  const device = options[OPTION.bridgeName];
  if (device !== undefined && hasDevice(device)) throw new EngineError("conflict", `the option ${OPTION.bridgeName} names ${device}, and this machine has a network device of that name already: choose another name`);
  const holder = records.find((record) => device !== undefined && record.options[OPTION.bridgeName] === device);
  if (holder !== undefined) throw new EngineError("conflict", `the bridge name ${device} belongs to network ${holder.name}: choose another name`);
  if (request.enableIPv6 || request.subnets.some(({ subnet }) => subnet?.includes(":") === true)) throw new EngineError("notImplemented", "networks with IPv6 are not supported: create the network without --ipv6 and IPv6 subnets; published ports are served on IPv6 in any case");
  const asked = request.subnets.filter((one) => one.subnet !== undefined || one.gateway !== undefined || one.ipRange !== undefined || Object.keys(one.auxiliaryAddresses ?? {}).length > 0);
  if (asked.length > 1) throw new EngineError("invalidArgument", `a bridge network has one IPv4 subnet, not ${asked.length}: create one network for each`);
  const own = asked[0] === undefined ? undefined : ownSubnet(asked[0], records);
  return {
    id: newId<NetworkId>(), name, driver: "bridge", createdAt: new Date(), internal: request.internal, enableIPv6: false,
    subnets: [own ?? chosen(freeSubnet())], ownSubnet: own !== undefined, bridge: null, options, labels: request.labels,
  };
}

/**
 * The record of a network that was removed and comes back.
 * @throws EngineError as `Networks.create` says
 */
export function sameNetwork(removed: NetworkRecord, neighbours: Neighbours): NetworkRecord {
  const { id, createdAt, ownSubnet, subnets } = removed;
  const request = (wanted: NetworkRequest["subnets"]): NetworkRequest => ({ ...removed, driver: "bridge", subnets: wanted });
  const isFree = !neighbours.records.some((record) => record.subnets.some((one) => subnets.some(({ subnet }) => overlaps(parseSubnet(one.subnet), parseSubnet(subnet)))));
  const network = newNetwork(request(ownSubnet === true || isFree ? subnets : []), neighbours);
  return { ...network, id, createdAt, ownSubnet };
}

function checkName(name: string): void {
  if (name.trim() === "") throw new EngineError("invalidArgument", "invalid name: name is empty: give the network a name");
  if (PREDEFINED.includes(name) || name === "default") throw new EngineError("forbidden", `operation is not permitted on predefined ${name} network: choose another name`);
  // What the modes of a container's network look like would never be taken for a name.
  if (!/^[^\s/:][^\s/]{0,254}$/.test(name) || name.startsWith("container:")) throw new EngineError("invalidArgument", `invalid network name ${JSON.stringify(name)}: a name has up to 255 characters without spaces and slashes`);
}

function checkDriver(driver: string): void {
  if (driver === "" || driver === "default" || driver === "bridge") return;
  if (driver === "host" || driver === "null" || driver === "none") throw new EngineError("forbidden", `only one instance of "${driver}" network is allowed: use the network ${driver === "host" ? "host" : "none"}`);
  throw new EngineError("notFound", `could not find plugin ${driver} in v1 plugin registry: plugin not found: this engine has the driver bridge`);
}

function ownSubnet(asked: NetworkRequest["subnets"][number], records: readonly NetworkRecord[]): NetworkSubnet {
  const { gateway, ipRange, auxiliaryAddresses } = asked;
  if (asked.subnet === undefined) throw new EngineError("invalidArgument", `no matching subnet for ${gateway !== undefined ? `gateway ${gateway}` : ipRange !== undefined ? `range ${ipRange}` : "aux-address"}: give its subnet too`);
  const subnet = parseSubnet(asked.subnet);
  if (subnet.prefixLength > 30 || subnet.prefixLength < 8) throw new EngineError("invalidArgument", `invalid subnet ${asked.subnet}: a network for containers has a prefix length from 8 to 30`);
  const clash = records.find((record) => record.subnets.some((one) => overlaps(parseSubnet(one.subnet), subnet)));
  if (clash !== undefined) throw new EngineError("forbidden", `Pool overlaps with other one on this address space: ${formatSubnet(subnet)} overlaps with ${clash.subnets[0]!.subnet} of network ${clash.name}; choose another subnet`);
  const address = (text: string, what: string): string => {
    const value = parseIPv4(text);
    if (!contains(subnet, value)) throw new EngineError("invalidArgument", `no matching subnet for ${what} ${text}: it is not in ${formatSubnet(subnet)}`);
    return formatIPv4(value);
  };
  const range = ipRange === undefined ? undefined : parseSubnet(ipRange);
  if (range !== undefined && (!contains(subnet, range.base) || range.prefixLength < subnet.prefixLength)) throw new EngineError("invalidArgument", `no matching subnet for range ${ipRange}: it is not in ${formatSubnet(subnet)}`);
  return {
    subnet: formatSubnet(subnet),
    gateway: gateway === undefined ? formatIPv4(subnet.base + 1) : address(gateway.split("/")[0]!, "gateway"),
    ...(range === undefined ? {} : { ipRange: formatSubnet(range) }),
    ...(auxiliaryAddresses === undefined ? {} : { auxiliaryAddresses: Object.fromEntries(Object.entries(auxiliaryAddresses).map(([name, value]) => [name, address(value, "aux-address")])) }),
  };
}
