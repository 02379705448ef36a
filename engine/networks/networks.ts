import type { IoOptions } from "../base/abort.ts";
import type { Event } from "../base/events.ts";
import type { ContainerId, NetworkId } from "../base/ids.ts";

/**
 * Networks: a bridge with addresses, outbound NAT, published ports and DNS; `none`, `host` and `container:ID` are the runtime's matter,
 * but are listed here. A container's *sandbox* is a network namespace (bind-mounted at `<run>/netns/<name>`) that is made before the
 * container is created and given to the OCI runtime by path. Kernel state is changed over netlink and in nftables transactions.
 * Everything made has a record and, where the kernel keeps one, a mark of ours, so that recovery after kill -9 removes exactly what no
 * container owns. A bridge is made when the first container needs it.
 *
 * Containers on user-defined networks find each other by name; the default bridge has no names, as in Docker.
 */

/** One address range of a network. */
export interface NetworkSubnet {
  readonly subnet: string;
  readonly gateway: string;
  /** The part of the subnet that addresses are handed out of. */
  readonly ipRange?: string | undefined;
  /** Addresses that are never handed out, by what they are for. */
  readonly auxiliaryAddresses?: Readonly<Record<string, string>> | undefined;
}

export interface NetworkRecord {
  readonly id: NetworkId;
  readonly name: string;
  readonly driver: "bridge" | "host" | "null";
  readonly createdAt: Date;
  readonly internal: boolean;
  readonly enableIPv6: boolean;
  readonly subnets: readonly NetworkSubnet[];
  /** The user chose the subnet: it is never replaced, and containers may ask for addresses. */
  readonly ownSubnet?: boolean | undefined;
  /** The bridge device; null for host and none. */
  readonly bridge: string | null;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a user wants of a new network. */
export interface NetworkRequest {
  readonly name: string;
  /** Empty means bridge. */
  readonly driver: string;
  /** Without a way out, and without a way in but from the host. */
  readonly internal: boolean;
  readonly enableIPv6: boolean;
  readonly subnets: readonly { readonly subnet?: string | undefined; readonly gateway?: string | undefined; readonly ipRange?: string | undefined; readonly auxiliaryAddresses?: Readonly<Record<string, string>> | undefined }[];
  /** Docker's `com.docker.network.*`. */
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

export interface PortRequest {
  readonly protocol: "tcp" | "udp";
  readonly containerPort: number;
  /** Empty means all addresses, IPv4 and IPv6. */
  readonly hostIp: string;
  /** First and last candidate; null asks for a random free one. */
  readonly hostPorts: { readonly first: number; readonly last: number } | null;
}

export interface PublishedPort {
  readonly protocol: "tcp" | "udp";
  readonly containerPort: number;
  readonly hostIp: string;
  readonly hostPort: number;
}

export interface Endpoint {
  readonly networkId: NetworkId;
  readonly networkName: string;
  readonly endpointId: string;
  readonly ipAddress: string;
  readonly prefixLength: number;
  /** Where its default route may lead; empty on an internal network. */
  readonly gateway: string;
  readonly macAddress: string;
  readonly interfaceName: string;
  /** What others on this network call it; absent where there are no names. */
  readonly names?: readonly string[] | undefined;
  /** Where this network's names are served; absent where there are none. */
  readonly nameServer?: string | undefined;
}

export interface Sandbox {
  readonly containerId: ContainerId;
  readonly containerName?: string | undefined;
  /** Path of the network namespace, for the OCI spec. */
  readonly path: string;
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly PublishedPort[];
  /** Servers for names of the outside, where the user gave some. */
  readonly forwarders?: readonly string[] | undefined;
}

/** A container's wish for one network, by the network's name or id. */
export interface EndpointWish {
  readonly network: string;
  readonly ipAddress?: string | undefined;
  readonly macAddress?: string | undefined;
  readonly aliases?: readonly string[] | undefined;
}

export interface SandboxRequest {
  readonly containerId: ContainerId;
  /** For messages: "port 80 is published by container web". */
  readonly containerName?: string | undefined;
  /** The first that leads out has the default route and the ports. Empty: a namespace with loopback only (`none`). */
  readonly networks: readonly EndpointWish[];
  readonly ports: readonly PortRequest[];
  /** Servers for names of the outside; empty or absent takes the host's. */
  readonly forwarders?: readonly string[] | undefined;
}

export interface ResolverConfig {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

export interface Networks {
  /** The default bridge, host and none always exist. */
  list(): readonly NetworkRecord[];
  /** By id, unique id prefix or name. @throws EngineError `notFound` */
  get(nameOrId: string): NetworkRecord;
  /** Whether containers on user-defined networks find each other by name: aardvark-dns is installed. */
  readonly servesNames: boolean;
  /** Fires when a user-defined network was made or removed. */
  readonly onDidChange: Event<{ readonly action: "create" | "destroy"; readonly network: NetworkRecord }>;
  /**
   * Makes a user-defined network.
   * @throws EngineError `conflict` for a name or device in use, `forbidden` for a predefined name or overlapping subnet, `invalidArgument`, `notFound` for a driver, `notImplemented` for IPv6, `resourceExhausted`
   */
  create(request: NetworkRequest): NetworkRecord;
  /**
   * Makes a network that was removed again, with its id. A subnet that was not the user's own is chosen anew when it is taken.
   * @throws EngineError as {@link create} says, for what took its place meanwhile
   */
  bringBack(network: NetworkRecord): NetworkRecord;
  /** Removes a user-defined network. @throws EngineError `notFound`, `forbidden` for a predefined one, `conflict` while running containers use it */
  remove(nameOrId: string): NetworkRecord;
  /**
   * Makes a container's sandbox with addresses and published ports.
   * @throws EngineError `conflict` for a port in use (details: port, ip, ownerPid, ownerName; sentence names the owner), `resourceExhausted` when addresses ran out
   */
  attach(request: SandboxRequest, options?: IoOptions): Promise<Sandbox>;
  /** Removes the sandbox, its addresses and ports. Idempotent. */
  detach(containerId: ContainerId): Promise<void>;
  sandbox(containerId: ContainerId): Sandbox | null;
  /**
   * Plugs a network into the sandbox of a running container.
   * @param ports what to publish if this is the first network that leads out
   * @throws EngineError `notFound`, `forbidden` when it is on that network, `conflict` when the container has no sandbox or the address is taken
   */
  connect(containerId: ContainerId, wish: EndpointWish, ports: readonly PortRequest[]): Promise<Sandbox>;
  /** Takes a network out of a running container's sandbox; default route and ports go to the next that leads out. @throws EngineError `notFound` */
  disconnect(containerId: ContainerId, network: string): Promise<Sandbox>;
  /** Serves the container under its new name. */
  rename(containerId: ContainerId, name: string): Promise<void>;
  /** Nameservers a container on a bridge can reach: the host's without loopback ones (rootless: slirp4netns' 10.0.2.3). */
  resolver(): Promise<ResolverConfig>;
  /** Makes bridges and rules true again, adopts the sandboxes of `live` containers with their ports, removes all others. Called once at start-up. */
  recover(live: ReadonlySet<ContainerId>, options?: IoOptions): Promise<void>;
  /** Closes listeners and helpers; `removeAll` also removes bridges and rules (no container runs). */
  close(options?: { readonly removeAll?: boolean }): Promise<void>;
}
