/** Which containers the Logs screen shows: a rule that new containers may match, compose projects, single containers. */
import type { ContainerRow } from "../../stores/container-row.ts";
import type { LogsQuery } from "../../stores/route.ts";
import type { SourceInfo } from "./source.ts";

/** Each log is a connection and a window of credit. */
export const mostSources = 100;

export type LogChoice = Required<Pick<LogsQuery, "projects" | "containers">> & Pick<LogsQuery, "rule">;

export interface ChosenSources {
  readonly infos: readonly SourceInfo[];
  /** How many more match than can be shown at once. */
  readonly left: number;
}

/** What a choice means now. Running containers come first, then the newest. */
export function resolveChoice({ rule, projects = [], containers = [] }: LogsQuery, rows: readonly ContainerRow[]): ChosenSources {
  const wanted = rows.filter((row) => rule === "all" || (rule === "running" && isUp(row)) || containers.includes(row.name) || projects.includes(row.project ?? ""));
  const ordered = [...wanted.filter(isUp), ...wanted.filter((row) => !isUp(row))];
  return { infos: ordered.slice(0, mostSources).map(toSource), left: Math.max(0, ordered.length - mostSources) };
}

export function toSource(row: ContainerRow): SourceInfo {
  return { id: row.id, name: row.name, running: isUp(row) };
}

function isUp(row: ContainerRow): boolean {
  return row.state === "running" || row.state === "paused" || row.state === "restarting";
}

/** A choice in words, for the title of the window and of exports. */
export function choiceWords({ rule, projects = [], containers = [] }: LogsQuery): string {
  const parts = [...(rule === "running" ? ["all running containers"] : rule === "all" ? ["all containers"] : []), ...projects.map((project) => `project ${project}`), ...containers];
  return parts.length > 3 ? `${parts.slice(0, 2).join(", ")} and ${parts.length - 2} more` : parts.join(", ");
}
