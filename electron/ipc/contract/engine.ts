/** The connection to the engine, and the engine's own life. State changes also arrive in the `events` stream. */
import { oc, type } from "@orpc/contract";
import type { IpcErrorInfo } from "../errors.ts";

/**
 * - `starting`: our engine was asked to start and does not answer yet
 * - `connecting`: trying to reach the endpoint; `retryAt` says when the next attempt is made
 * - `connected`: requests work, events flow
 * - `stopped`: our engine was stopped on purpose; nothing is retried until `start`
 * - `failed`: starting our engine failed; `error` says why; nothing is retried until `start`
 */
export type EngineState = "starting" | "connecting" | "connected" | "stopped" | "failed";

export interface EngineStatus {
  state: EngineState;
  /** Which of the connections it is, and how the user knows it. */
  connection: { id: string; name: string };
  /** For example `unix:///run/user/1000/slipway/slipway.sock`. */
  endpoint: string;
  /** True for our own engine, which we may start and stop; false for any other Docker-compatible daemon. */
  managed: boolean;
  /** Known once connected. */
  version?: EngineVersion;
  /** Why it is not connected. */
  error?: IpcErrorInfo;
  /** Milliseconds since the epoch. */
  retryAt?: number;
}

export interface EngineVersion {
  /** `Slipway`, `Docker Engine - Community`, ... */
  name: string;
  version: string;
  apiVersion: string;
  os: string;
  arch: string;
  kernel: string;
}

export const engine = {
  status: oc.output(type<EngineStatus>()),
  /** Starts our engine, or retries the connection now; resolves with the state it reached. */
  start: oc.output(type<EngineStatus>()),
  /** Stops our engine; containers keep running. `forbidden` for an engine that is not ours. */
  stop: oc.output(type<EngineStatus>()),
  restart: oc.output(type<EngineStatus>()),
};
