/** Engines that this desktop can talk to, and which one it talks to now. All windows of a host share one. */
import { oc, type } from "@orpc/contract";
import { z } from "zod";
import type { EngineStatus, EngineVersion } from "./engine.ts";

/**
 * - `own`: the built-in engine
 * - `given`: named when Slipway was started (`--socket`, `SLIPWAY_HOST`)
 * - `environment`: `DOCKER_HOST`
 * - `socket`: found on this machine
 * - `context`: a `docker context`
 * - `added`: by hand
 */
export type ConnectionKind = "own" | "given" | "environment" | "socket" | "context" | "added";

export interface ConnectionInfo {
  id: string;
  kind: ConnectionKind;
  name: string;
  /** `unix:///run/docker.sock`, `tcp://host:2376`, `ssh://me@host`. */
  address: string;
  tls: boolean;
  current: boolean;
  managed: boolean;
  /** Why it cannot be used, for instance a context whose address is none. */
  problem?: string;
}

export interface ConnectionTest {
  ok: boolean;
  /** One sentence: what answers, or what is wrong and what helps. */
  message: string;
  /** A command that may help. */
  command?: string;
  /** What a tool said about it. */
  cause?: string;
  version?: EngineVersion;
  milliseconds: number;
}

const path = z.string().min(1).max(4096).regex(/^\/[^\0]*$/, "must be an absolute path");

export const connectionForm = z.object({
  name: z.string().trim().min(1).max(64).regex(/^[^\0\n]*$/),
  /** A path, or `unix://`, `tcp://`, `ssh://`. */
  address: z.string().trim().min(1).max(2048).regex(/^[^\0\n]*$/),
  /** For `tcp://`; files on the host's machine. */
  tls: z.object({ ca: path.optional(), cert: path.optional(), key: path.optional(), skipVerify: z.boolean().default(false) }).optional(),
});
export type ConnectionForm = z.input<typeof connectionForm>;
export type CompleteConnectionForm = z.output<typeof connectionForm>;

const one = z.object({ id: z.string().min(1).max(4200) });

export const connections = {
  /** The built-in one first, then what was found, then what was added. Asks none of them. */
  list: oc.output(type<ConnectionInfo[]>()),
  /** Asks for its version. Never throws for what is wrong with the engine. */
  test: oc.input(one).output(type<ConnectionTest>()),
  /** The same for one that is not added yet. */
  try: oc.input(connectionForm).output(type<ConnectionTest>()),
  /** `invalidArgument` for an address that is none and for certificates that cannot be read; `alreadyExists` for a known name. */
  add: oc.input(connectionForm).output(type<ConnectionInfo>()),
  /** Forgets one that was added; when it is the current one, the built-in engine takes over. */
  remove: oc.input(one).output(type<void>()),
  /** Every window of this host changes over at once, and the choice is remembered. Answers without waiting for the engine. */
  use: oc.input(one).output(type<EngineStatus>()),
};
