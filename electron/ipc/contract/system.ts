/** The engine's machine: information, ports. */
import { eventIterator, oc, type } from "@orpc/contract";
import { z } from "zod";
import type { PortOwner } from "../errors.ts";
import { port, protocol } from "./common.ts";

/** The part of `GET /info` that the window shows. */
export interface SystemInfo {
  name: string;
  serverVersion: string;
  operatingSystem: string;
  kernelVersion: string;
  architecture: string;
  cpus: number;
  memoryBytes: number;
  storageDriver: string;
  cgroupVersion: string;
  rootDirectory: string;
  rootless: boolean;
  containers: number;
  containersRunning: number;
  containersPaused: number;
  containersStopped: number;
  images: number;
  runtimes: string[];
  warnings: string[];
}

export interface PortCheck {
  port: number;
  protocol: "tcp" | "udp";
  free: boolean;
  owner?: PortOwner;
  /** The nearest free port above it, when it is taken. */
  suggestion?: number;
}

/** How busy the engine's machine is. `unsupported`, and the end, where the engine is on another machine. */
export type MachineEvent =
  | { type: "unsupported" }
  | { type: "usage"; /** From 0 to 1, over all processors. */ cpu: number; memoryUsedBytes: number; memoryTotalBytes: number; diskFreeBytes: number; diskTotalBytes: number };

export const system = {
  /** Cancel it while nobody looks. */
  machine: oc.input(z.object({ intervalMs: z.number().int().min(500).max(60_000).default(3000) })).output(eventIterator(type<MachineEvent>())),
  info: oc.output(type<SystemInfo>()),
  /** Whether host ports can be published now. Answers in the order of the question. */
  checkPorts: oc
    .input(z.object({ ports: z.array(z.object({ hostIp: z.union([z.ipv4(), z.ipv6()]).optional(), port, protocol: protocol.default("tcp") })).max(64) }))
    .output(type<PortCheck[]>()),
};
