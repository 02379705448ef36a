import type { ContainerState } from "../../containers/state.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24;

/** A length of time in Docker's words, from milliseconds: `5 seconds`, `About an hour`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < MINUTE) return `${seconds} seconds`;
  const minutes = Math.floor(seconds / MINUTE);
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.floor(seconds / HOUR + 0.5);
  if (hours === 1) return "About an hour";
  if (hours < 2 * DAY) return `${hours} hours`;
  if (hours < 14 * DAY) return `${Math.floor(hours / DAY)} days`;
  if (hours < 60 * DAY) return `${Math.floor(hours / DAY / 7)} weeks`;
  if (hours < 730 * DAY) return `${Math.floor(hours / DAY / 30)} months`;
  return `${Math.floor(hours / DAY / 365)} years`;
}

/** The STATUS column of `docker ps`. `now` in ms since the epoch. */
export function statusText(state: ContainerState, now: number): string {
  const since = (date: Date | null): string => humanDuration(now - (date?.getTime() ?? now));
  switch (state.status) {
    case "running":
      return `Up ${since(state.startedAt)}${healthText(state)}`;
    case "paused":
      return `Up ${since(state.startedAt)} (Paused)`;
    case "restarting":
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case "exited":
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case "removing":
      return "Removal In Progress";
    case "dead":
      return "Dead";
    case "created":
      return "Created";
  }
}

function healthText(state: ContainerState): string {
  if (state.health === null) return "";
  return state.health.status === "starting" ? " (health: starting)" : ` (${state.health.status})`;
}
