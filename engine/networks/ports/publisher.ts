import { EngineError } from "../../base/errors.ts";
import type { PortRequest, PublishedPort } from "../networks.ts";
import { findPortOwner } from "./owner.ts";

/** One port on its way: which host address and port leads where. */
export interface Publication extends PublishedPort, PortTarget {}

/** The end of a container where its ports lead to. */
export interface PortTarget {
  readonly containerIp: string;
  /** The bridge device it is on. */
  readonly bridge: string;
}

/** What {@link PortPublisher.open} reports when the host port cannot be had. */
export class PortUnavailable extends Error {
  readonly reason: "inUse" | "notPermitted" | "noSuchAddress";

  constructor(reason: PortUnavailable["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Leads host ports to containers. Two implementations: nftables with reserved sockets (rootful), rootlesskit's port driver (rootless).
 */
export interface PortPublisher {
  /** Opens all of `publications` or none. `hostPort` 0 asks for a random one, the same for all host addresses of one request. @throws PortUnavailable, EngineError */
  open(publications: readonly Publication[]): Promise<readonly PublishedPort[]>;
  /** Closes what `open` returned. Idempotent. */
  close(publications: readonly Publication[]): Promise<void>;
  /** Makes the kernel's (or rootlesskit's) state equal to `publications`, after a restart. */
  restore(publications: readonly Publication[]): Promise<void>;
  /** A process in the network namespace where host ports are bound, to look for a port's owner. */
  readonly hostNetPid: number | "self";
  /** Lets go of everything this process holds. */
  dispose(options: { readonly removeAll: boolean }): Promise<void>;
}

/** The host addresses of a request: Docker's empty address means every IPv4 and every IPv6 one. */
export function hostAddresses(hostIp: string): readonly string[] {
  return hostIp === "" ? ["0.0.0.0", "::"] : [hostIp];
}

/**
 * Opens the ports of one container, each request with the first candidate that is free.
 * @throws EngineError `conflict` naming the owner of a port in use, `forbidden` for a privileged port, `invalidArgument` for a foreign address
 */
export async function publishAll(publisher: PortPublisher, requests: readonly PortRequest[], target: PortTarget): Promise<readonly PublishedPort[]> {
  const opened: PublishedPort[] = [];
  try {
    for (const request of requests) opened.push(...(await publishOne(publisher, request, target)));
    return opened;
  } catch (error) {
    await publisher.close(opened.map((port) => ({ ...port, ...target })));
    throw error;
  }
}

async function publishOne(publisher: PortPublisher, request: PortRequest, target: PortTarget): Promise<readonly PublishedPort[]> {
  const { first, last } = request.hostPorts ?? { first: 0, last: 0 };
  for (let hostPort = first; ; hostPort++) {
    const publications = hostAddresses(request.hostIp).map((hostIp) => ({ protocol: request.protocol, containerPort: request.containerPort, hostIp, hostPort, ...target }));
    try {
      return await publisher.open(publications);
    } catch (error) {
      if (!(error instanceof PortUnavailable)) throw error;
      if (error.reason === "inUse" && hostPort < last) continue;
      throw await explain(error, publisher, request, hostPort);
    }
  }
}

async function explain(error: PortUnavailable, publisher: PortPublisher, request: PortRequest, hostPort: number): Promise<EngineError> {
  const where = `${request.hostIp || "0.0.0.0"}:${hostPort}/${request.protocol}`;
  const details = { ip: request.hostIp || "0.0.0.0", port: hostPort, protocol: request.protocol };
  if (error.reason === "notPermitted") {
    return new EngineError("forbidden", `cannot publish ${where}: ports below 1024 need a privilege; use a higher port, or allow it with: sudo sysctl net.ipv4.ip_unprivileged_port_start=${hostPort}`, { cause: error, details });
  }
  if (error.reason === "noSuchAddress") {
    return new EngineError("invalidArgument", `cannot publish ${where}: this machine has no address ${request.hostIp}`, { cause: error, details });
  }
  const owner = await findPortOwner(request.protocol, hostPort, publisher.hostNetPid);
  const held = owner ? `it is held by ${owner.name} (PID ${owner.pid})` : "another process or container holds it";
  return new EngineError("conflict", `Bind for ${where} failed: port is already allocated: ${held}; use another host port or stop that process`, { cause: error, details: { ...details, ownerPid: owner?.pid, ownerName: owner?.name } });
}
