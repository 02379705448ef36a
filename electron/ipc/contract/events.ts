/**
 * The one stream that feeds the stores. The first batch always begins with `engine`, followed by `resync` when connected, and by `settings`.
 * An `engine` event with another connection means another engine: nothing that was known counts any more. After `resync` a store reads its list again: everything before it may have been missed. Between two `resync`s no event is lost.
 */
import { eventIterator, oc, type } from "@orpc/contract";
import type { EngineStatus } from "./engine.ts";
import type { UserSettings } from "./settings.ts";

export type DockerObjectType = "container" | "image" | "volume" | "network" | "daemon" | "plugin" | "builder" | "other";

/** A Docker event, normalised: `exec_start: sh` becomes action `exec_start` with `detail` `sh`. */
export interface DockerEvent {
  objectType: DockerObjectType;
  /** `create`, `start`, `die`, `destroy`, `rename`, `health_status`, `pull`, `tag`, `untag`, `delete`, ... */
  action: string;
  detail?: string;
  /** Container id, image id or reference, volume name, network id. */
  id: string;
  attributes: Record<string, string>;
  /** Milliseconds since the epoch. */
  time: number;
}

export type DesktopEvent =
  | { type: "engine"; status: EngineStatus }
  | { type: "resync"; reason: "connected" | "reconnected" | "overflow" }
  | { type: "docker"; event: DockerEvent }
  /** In the first batch, and whenever some window changed them. */
  | { type: "settings"; settings: UserSettings };

export const events = {
  /** Batches: what happened within one turn (about 16 ms) comes together, in order. Ends only when cancelled or the host goes. */
  subscribe: oc.output(eventIterator(type<DesktopEvent[]>())),
};
