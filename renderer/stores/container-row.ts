import type { ContainerInfo } from "dockerode";
import { parseStatus } from "../lib/docker-status.ts";
import type { GlyphState } from "../lib/glyph.ts";

export interface PublishedPort {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: string;
  /** The address it listens on, or "" for all of them. */
  readonly hostIp: string;
  /** Where a browser finds it; only for TCP. */
  readonly url: string | undefined;
}

/** A container as the lists show it: made once for each change, so that a row keeps its identity while nothing changes. */
export interface ContainerRow {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly command: string;
  readonly state: ContainerState;
  readonly glyph: GlyphState;
  /** What its health check says; undefined where it has none or does not run. */
  readonly health: "healthy" | "unhealthy" | "starting" | undefined;
  /** "Running", "Exited (1)", "Stopping". */
  readonly words: string;
  readonly created: number;
  /** When the present state began, Unix milliseconds. */
  readonly since: number | undefined;
  readonly published: readonly PublishedPort[];
  /** Ports the image declares and nothing publishes: "80/tcp". */
  readonly exposed: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** The compose project that it belongs to. */
  readonly project: string | undefined;
  readonly busy: Deed | undefined;
  readonly info: ContainerInfo;
}

export type ContainerState = "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
export type Deed = "start" | "stop" | "restart" | "pause" | "unpause" | "remove" | "kill";

const doing: Record<Deed, string> = { start: "Starting", stop: "Stopping", restart: "Restarting", pause: "Pausing", unpause: "Resuming", remove: "Removing", kill: "Killing" };
const done: Record<ContainerState, string> = { created: "Created", running: "Running", paused: "Paused", restarting: "Restarting", removing: "Removing", exited: "Exited", dead: "Dead" };

/**
 * @param now Unix milliseconds at which the list was read
 * @param before the same container's row until now: an exact start is kept over the list's rounded one
 */
export function toRow(info: ContainerInfo, now: number, before: ContainerRow | undefined, exactSince?: number): ContainerRow {
  const state = (info.State in done ? info.State : "created") as ContainerState;
  const parsed = parseStatus(info.Status);
  const estimate = parsed.age === undefined ? undefined : now - parsed.age;
  const kept = before?.state === state ? before.since : undefined;
  const { published, exposed } = ports(info.Ports ?? []);
  return withBusy({
    id: info.Id,
    name: (info.Names?.find((name) => name.lastIndexOf("/") === 0) ?? info.Names?.[0] ?? info.Id.slice(0, 12)).replace(/^\//, ""),
    image: info.Image,
    imageId: info.ImageID,
    command: info.Command,
    state,
    glyph: glyphOf(state, parsed.exitCode, parsed.health),
    health: parsed.health,
    words: wordsOf(state, parsed.exitCode, parsed.health),
    created: info.Created * 1000,
    since: exactSince ?? kept ?? estimate,
    published,
    exposed,
    labels: info.Labels ?? {},
    project: info.Labels?.["com.docker.compose.project"] || undefined,
    busy: undefined,
    info,
  }, before?.busy);
}

/** The row while something is being done to it; `undefined` brings back its own words. */
export function withBusy(row: ContainerRow, busy: Deed | undefined): ContainerRow {
  const parsed = parseStatus(row.info.Status);
  return {
    ...row,
    busy,
    glyph: busy ? "busy" : glyphOf(row.state, parsed.exitCode, parsed.health),
    words: busy ? doing[busy] : wordsOf(row.state, parsed.exitCode, parsed.health),
  };
}

function glyphOf(state: ContainerState, exitCode: number | undefined, health: string | undefined): GlyphState {
  if (state === "running") return health === "unhealthy" ? "unhealthy" : "running";
  if (state === "restarting" || state === "removing") return "busy";
  if (state === "exited") return exitCode ? "failed" : "exited";
  return state;
}

function wordsOf(state: ContainerState, exitCode: number | undefined, health: string | undefined): string {
  if (state === "running" && health === "unhealthy") return "Unhealthy";
  if (state === "running" && health === "starting") return "Health check";
  if (state === "running" && health === "healthy") return "Healthy";
  if (state === "exited" && exitCode !== undefined) return `Exited (${exitCode})`;
  return done[state];
}

const everywhere = new Set(["", "0.0.0.0", "::"]);

function ports(list: ContainerInfo["Ports"]): Pick<ContainerRow, "published" | "exposed"> {
  const published = new Map<string, PublishedPort>();
  const exposed = new Set<string>();
  for (const port of list) {
    if (!port.PublicPort) {
      exposed.add(`${port.PrivatePort}/${port.Type}`);
      continue;
    }
    const hostIp = everywhere.has(port.IP ?? "") ? "" : port.IP;
    const host = hostIp === "" ? "localhost" : hostIp.includes(":") ? `[${hostIp}]` : hostIp;
    published.set(`${hostIp} ${port.PublicPort} ${port.PrivatePort} ${port.Type}`, {
      hostPort: port.PublicPort,
      containerPort: port.PrivatePort,
      protocol: port.Type,
      hostIp,
      url: port.Type === "tcp" ? `http://${host}:${port.PublicPort}` : undefined,
    });
  }
  return { published: [...published.values()].sort((a, b) => a.hostPort - b.hostPort), exposed: [...exposed] };
}
