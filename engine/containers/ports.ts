import { EngineError } from "../base/errors.ts";
import type { PortRequest } from "../networks/networks.ts";
import type { HostConfig, PortBinding } from "./config.ts";

interface ContainerPort {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
}

/**
 * Parses `80`, `80/tcp` or `53/udp`.
 * @throws EngineError `invalidArgument`
 */
export function parseContainerPort(text: string): ContainerPort {
  const match = /^([0-9]{1,5})(?:\/(tcp|udp))?$/i.exec(text);
  const port = Number(match?.[1]);
  if (match === null || port < 1 || port > 65535) {
    throw new EngineError("invalidArgument", `invalid port specification: ${JSON.stringify(text)}: expected a number from 1 to 65535 and tcp or udp, like "80/tcp"`);
  }
  return { port, protocol: (match[2]?.toLowerCase() ?? "tcp") as "tcp" | "udp" };
}

/** Docker's form: `80/tcp`. */
export function formatPort(port: ContainerPort): string {
  return `${port.port}/${port.protocol}`;
}

/** Brings the keys of exposed ports and bindings to Docker's form. @throws EngineError `invalidArgument` */
export function normalisePorts<T>(ports: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(ports).map(([key, value]) => [formatPort(parseContainerPort(key)), value]));
}

/**
 * What to publish: every binding, and with PublishAllPorts every other exposed port at a random one.
 * @throws EngineError `invalidArgument` for a bad host port or address
 */
export function portRequests(host: HostConfig, exposed: Readonly<Record<string, object>>): PortRequest[] {
  const requests: PortRequest[] = [];
  for (const [key, bindings] of Object.entries(host.PortBindings ?? {})) {
    const { port, protocol } = parseContainerPort(key);
    for (const binding of bindings ?? []) {
      requests.push({ protocol, containerPort: port, hostIp: hostAddress(binding), hostPorts: hostPorts(binding) });
    }
  }
  if (host.PublishAllPorts === true) {
    for (const key of Object.keys(exposed)) {
      if ((host.PortBindings?.[key] ?? []).length > 0) continue;
      const { port, protocol } = parseContainerPort(key);
      requests.push({ protocol, containerPort: port, hostIp: "", hostPorts: null });
    }
  }
  return requests;
}

function hostAddress(binding: PortBinding): string {
  const address = binding.HostIp ?? "";
  if (address !== "" && !/^[0-9a-fA-F:.]+$/.test(address)) throw new EngineError("invalidArgument", `invalid IP address: ${address}: a port is published at an address of this host, like 127.0.0.1`);
  return address;
}

function hostPorts(binding: PortBinding): PortRequest["hostPorts"] {
  const text = binding.HostPort ?? "";
  if (text === "" || text === "0") return null;
  const match = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || first < 1 || last > 65535 || last < first) {
    throw new EngineError("invalidArgument", `invalid port specification: ${JSON.stringify(text)}: expected a host port from 1 to 65535 or a range like 8000-8010`);
  }
  return { first, last };
}
