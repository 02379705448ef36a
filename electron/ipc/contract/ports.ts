/** Every published port of every container, with who else has or wants the same one. `system.checkPorts` answers for single ports. */
import { oc, type } from "@orpc/contract";
import type { PortOwner } from "../errors.ts";

export interface PortBinding {
  containerId: string;
  containerName: string;
  image: string;
  /** The container's state in Docker's words: `running`, `exited`, ... */
  state: string;
  /** The host address it is bound to; empty for every one. */
  hostIp: string;
  /** Null where the engine picks a free one at the next start. */
  hostPort: number | null;
  containerPort: number;
  protocol: "tcp" | "udp" | "sctp";
  /** Bound now. Otherwise it is how a container that does not run is configured. */
  live: boolean;
  /** Other containers with the same port on an address that overlaps. */
  rivals: PortRival[];
  /** For a port that is not live: something else on this machine has it. Empty when its owner is not visible to this user. */
  holder?: PortOwner;
  /** The nearest free port above it, when somebody else has it or wants it. */
  suggestion?: number;
}

export interface PortRival {
  containerId: string;
  containerName: string;
  live: boolean;
}

export const ports = {
  /** Inspects the containers that do not run, and reads the machine's listening sockets where the engine is on this machine. */
  list: oc.output(type<PortBinding[]>()),
};
