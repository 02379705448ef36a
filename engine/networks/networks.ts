import type { IoOptions } from "../base/abort.ts";
import type { ContainerId, NetworkId } from "../base/ids.ts";

/**
 * Networks: a bridge with addresses, outbound NAT, published ports and DNS; `none`, `host` and `container:ID` are the runtime's matter,
 * but are listed here. A container's *sandbox* is a network namespace (bind-mounted at `<run>/netns/<name>`) that is made before the
 * container is created and given to the OCI runtime by path. To keep `docker run` fast a few sandboxes are made ahead (namespace, loopback up, veth
 * on the bridge) and only get an address when a container takes one. Kernel state is changed in batches (`ip -batch`/netlink, one `nft -f -`).
 * Everything made has a name with a prefix of ours plus a record, so that recovery after kill -9 removes exactly what no container owns.
 */

export interface NetworkRecord {
  readonly id: NetworkId;
  readonly name: string;
  readonly driver: "bridge" | "host" | "null";
  readonly createdAt: Date;
  readonly internal: boolean;
  readonly enableIPv6: boolean;
  readonly subnets: readonly { readonly subnet: string; readonly gateway: string }[];
  /** The bridge device; null for host and none. */
  readonly bridge: string | null;
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
  readonly gateway: string;
  readonly macAddress: string;
  readonly interfaceName: string;
}

export interface Sandbox {
  readonly containerId: ContainerId;
  readonly containerName?: string | undefined;
  /** Path of the network namespace, for the OCI spec. */
  readonly path: string;
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly PublishedPort[];
}

export interface SandboxRequest {
  readonly containerId: ContainerId;
  /** For messages: "port 80 is published by container web". */
  readonly containerName?: string | undefined;
  /** Network names or ids; the first is the default route's. Empty: a namespace with loopback only (`none`). */
  readonly networks: readonly { readonly network: string; readonly ipAddress?: string | undefined; readonly macAddress?: string | undefined; readonly aliases?: readonly string[] | undefined }[];
  readonly ports: readonly PortRequest[];
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
  /**
   * Makes a container's sandbox with addresses and published ports.
   * @throws EngineError `conflict` for a port in use (details: port, ip, ownerPid, ownerName; sentence names the owner), `resourceExhausted` when addresses ran out
   */
  attach(request: SandboxRequest, options?: IoOptions): Promise<Sandbox>;
  /** Removes the sandbox, its addresses and ports. Idempotent. */
  detach(containerId: ContainerId): Promise<void>;
  sandbox(containerId: ContainerId): Sandbox | null;
  /** Nameservers a container on a bridge can reach: the host's without loopback ones (rootless: slirp4netns' 10.0.2.3). */
  resolver(): Promise<ResolverConfig>;
  /** Makes bridges and rules true again, adopts the sandboxes of `live` containers with their ports, removes all others. Called once at start-up. */
  recover(live: ReadonlySet<ContainerId>, options?: IoOptions): Promise<void>;
  /** Closes listeners and helpers; `removeAll` also removes bridges and rules (no container runs). */
  close(options?: { readonly removeAll?: boolean }): Promise<void>;
}
