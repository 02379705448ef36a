/** Docker's event stream, read and normalised. */
import type Docker from "dockerode";
import type { DockerEvent, DockerObjectType } from "../ipc/contract/events.ts";
import { jsonLines } from "./json-lines.ts";

const OBJECT_TYPES: ReadonlySet<string> = new Set<DockerObjectType>(["container", "image", "volume", "network", "daemon", "plugin", "builder"]);

/**
 * Opens the stream; once this resolves, no later event is missed until the iteration ends. It ends when the daemon closes
 * the connection and throws what the connection threw.
 */
export async function openDockerEvents(docker: Docker, signal: AbortSignal): Promise<AsyncIterable<DockerEvent>> {
  const stream = await docker.getEvents({ abortSignal: signal });
  return normaliseAll(jsonLines(stream));
}

async function* normaliseAll(messages: AsyncIterable<unknown>): AsyncGenerator<DockerEvent, void, void> {
  for await (const message of messages) {
    const event = normaliseEvent(message);
    if (event !== undefined) yield event;
  }
}

/** One message of `GET /events`; undefined for what is no event. Old daemons fill only `status`, `id` and `from`. */
export function normaliseEvent(message: unknown): DockerEvent | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const raw = message as { Type?: unknown; Action?: unknown; Actor?: { ID?: unknown; Attributes?: unknown }; status?: unknown; id?: unknown; time?: unknown; timeNano?: unknown };
  const words = text(raw.Action) ?? text(raw.status);
  if (words === undefined) return undefined;
  const separator = words.indexOf(": ");
  const type = text(raw.Type) ?? "container";
  return {
    objectType: OBJECT_TYPES.has(type) ? (type as DockerObjectType) : "other",
    action: separator < 0 ? words : words.slice(0, separator),
    ...(separator < 0 ? {} : { detail: words.slice(separator + 2) }),
    id: text(raw.Actor?.ID) ?? text(raw.id) ?? "",
    attributes: attributesOf(raw.Actor?.Attributes),
    time: typeof raw.timeNano === "number" ? Math.floor(raw.timeNano / 1e6) : typeof raw.time === "number" ? raw.time * 1000 : Date.now(),
  };
}

function attributesOf(value: unknown): Record<string, string> {
  const attributes: Record<string, string> = {};
  if (typeof value !== "object" || value === null) return attributes;
  for (const [name, attribute] of Object.entries(value)) if (typeof attribute === "string") attributes[name] = attribute;
  return attributes;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
