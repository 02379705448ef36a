/** Networks: list, look, create, connect and disconnect containers, remove. */
import { oc, type } from "@orpc/contract";
import { z } from "zod";
import { containerRef } from "./common.ts";

/** Name or id of a network; everything else could change the path of the API request. */
const networkRef = z.string().min(1).max(255).regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "is not a network name or id");
const text = z.string().max(32_768).regex(/^[^\0]*$/, "must not contain a NUL character");
const cidr = z.union([z.cidrv4(), z.cidrv6()], "must be a subnet such as 10.10.0.0/24");
const address = z.union([z.ipv4(), z.ipv6()], "must be an address such as 10.10.0.1");

/** What `docker network create` takes. Without a subnet the engine chooses one. */
export const networkForm = z.object({
  name: networkRef,
  driver: z.string().min(1).max(255).regex(/^[a-zA-Z0-9][a-zA-Z0-9_./:-]*$/, "is not the name of a driver").default("bridge"),
  subnets: z.array(z.object({ subnet: cidr, gateway: address.optional() })).max(16).default([]),
  /** No way out of the host. */
  internal: z.boolean().default(false),
  ipv6: z.boolean().default(false),
  labels: z.record(z.string().min(1).max(4096), text).default({}),
  options: z.record(z.string().min(1).max(255), text).default({}),
});

export type NetworkForm = z.input<typeof networkForm>;
export type CompleteNetworkForm = z.output<typeof networkForm>;

export interface NetworkSubnet {
  /** Empty where the driver has none. */
  subnet: string;
  gateway: string;
}

/** A network, with the gaps of the daemon's answer filled. */
export interface NetworkInfo {
  id: string;
  name: string;
  driver: string;
  scope: string;
  internal: boolean;
  ipv6: boolean;
  /** Milliseconds since the epoch; null where the daemon does not say. */
  created: number | null;
  subnets: NetworkSubnet[];
  labels: Record<string, string>;
  options: Record<string, string>;
  /** Came with the engine (bridge, host, none): cannot be removed. */
  predefined: boolean;
}

/** A running container's place in a network. */
export interface NetworkEndpoint {
  containerId: string;
  name: string;
  /** With its prefix length, as the daemon says it; empty where there is none. */
  ipv4: string;
  ipv6: string;
  mac: string;
}

export interface NetworkDetails extends NetworkInfo {
  endpoints: NetworkEndpoint[];
  /** What the daemon answers, for reading. */
  raw: Record<string, unknown>;
}

const pair = z.object({ network: networkRef, container: containerRef });

export const networks = {
  list: oc.output(type<NetworkInfo[]>()),
  inspect: oc.input(z.object({ id: networkRef })).output(type<NetworkDetails>()),
  /** A warning of the daemon is a sentence for the user. `alreadyExists` when the name is taken. */
  create: oc.input(networkForm).output(type<{ id: string; warning: string }>()),
  /** Both for running containers and stopped ones. An address needs a network whose subnet was chosen by hand. */
  connect: oc.input(pair.extend({ address: address.optional(), aliases: z.array(z.string().min(1).max(253).regex(/^[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?$/, "is not a host name")).max(64).default([]) })).output(type<void>()),
  disconnect: oc.input(pair.extend({ force: z.boolean().default(false) })).output(type<void>()),
  /** `conflict` or `forbidden` while containers are connected, or for one that came with the engine. */
  remove: oc.input(z.object({ id: networkRef })).output(type<void>()),
};
