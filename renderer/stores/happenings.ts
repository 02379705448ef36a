/** Notices of what happens by itself: containers that end with an error or turn unhealthy, the engine that goes and comes. */
import type { EngineStatus } from "../../electron/ipc/contract/engine.ts";
import type { DockerEvent } from "../../electron/ipc/contract/events.ts";
import { buildsStore } from "./builds.ts";
import { containersStore } from "./containers.ts";
import { notice } from "./notices.ts";
import { href, navigate } from "./route.ts";

/** A `docker stop` or `kill` is followed by an exit code that nobody wonders about. */
const askedMs = 30_000;
const asked = new Map<string, number>();
const outOfMemory = new Set<string>();
/** More than these within the time below are a storm, which one notice tells of. */
const stormCount = 5;
const stormMs = 10_000;
let recent: number[] = [];

/** Notes a container's event. @param now Unix milliseconds */
export function noticeContainer(event: DockerEvent, now = Date.now()): void {
  const name = event.attributes["name"] ?? event.id.slice(0, 12);
  const show = [{ label: "Show container", run: () => navigate(href.container(event.id, "logs")) }];
  switch (event.action) {
    case "kill":
      for (const [id, at] of asked) if (now - at > askedMs) asked.delete(id);
      asked.set(event.id, now);
      return;
    case "oom":
      outOfMemory.add(event.id);
      return;
    case "health_status":
      if (event.detail === "unhealthy") say(now, { title: `${name} is unhealthy.`, description: "Its health check fails.", actions: show });
      return;
    case "die": {
      const code = event.attributes["exitCode"] ?? "0";
      const wanted = now - (asked.get(event.id) ?? 0) <= askedMs;
      asked.delete(event.id);
      if (outOfMemory.delete(event.id)) say(now, { title: `${name} ran out of memory.`, description: "The kernel ended it at its memory limit.", actions: show });
      else if (code !== "0" && !wanted && !isBuildStep(event)) say(now, { title: `${name} ended with exit code ${code}.`, actions: containersStore.getState().byId.has(event.id) ? show : [] });
      return;
    }
  }
}

/** The classic builder runs each step in a container of an image without a name. The build tells of a step that fails. */
function isBuildStep({ attributes }: DockerEvent): boolean {
  return buildsStore.getState().classic && /^sha256:[0-9a-f]{64}$/.test(attributes["image"] ?? "");
}

function say(now: number, what: { title: string; description?: string; actions: { label: string; run: () => void }[] }): void {
  recent = recent.filter((at) => now - at < stormMs);
  recent.push(now);
  if (recent.length > stormCount + 1) return;
  if (recent.length > stormCount) notice({ kind: "error", topic: "containers", title: "Many containers end with errors.", description: "No more of them are told of for now.", actions: [{ label: "Show containers", run: () => navigate(href.containers()) }] });
  else notice({ kind: "error", topic: "containers", ...what });
}

/** Notes that the engine goes away by itself, or is back. A start, a stop and a change to another one were asked for. */
export function noticeEngine(before: EngineStatus | undefined, now: EngineStatus): void {
  if (before === undefined || before.connection.id !== now.connection.id) return;
  if (before.state === "connected" && now.state === "connecting") gone = true;
  if (gone && now.state === "failed") notice({ kind: "error", topic: "engine", title: "The engine went away.", ...(now.error && { description: now.error.message }), actions: [{ label: "Show engine", run: () => navigate(href.engine()) }] });
  if (gone && now.state === "connected") notice({ kind: "done", topic: "engine", title: "The engine was away, and is back." });
  if (now.state === "connected" || now.state === "failed" || now.state === "stopped") gone = false;
}

let gone = false;
