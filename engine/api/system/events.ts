import type { EngineEvent } from "../../containers/events.ts";
import { labelsMatch, type Filters } from "../filters.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import { parseMoment } from "../time.ts";
import type { SystemBackend } from "./backend.ts";

const FILTERS = ["config", "container", "daemon", "event", "image", "label", "network", "node", "plugin", "scope", "secret", "service", "type", "volume"];
/** A client that reads this many events too slowly is cut off. */
const MAX_BACKLOG = 10_000;

/** `GET /events`: kept ones since a moment, then live ones, until a moment or for ever. */
export async function streamEvents({ events }: SystemBackend, request: ApiRequest, reply: ApiReply): Promise<void> {
  const filters = request.filters(FILTERS);
  const now = Date.now();
  const since = momentOf(request.text("since"), now);
  const until = momentOf(request.text("until"), now);
  const queue: EngineEvent[] = [];
  let wake: () => void = () => undefined;
  using _subscription = events.onDidHappen((event) => {
    if (!matches(event, filters)) return;
    queue.push(event);
    wake();
  });
  if (since !== null || until !== null) queue.push(...events.past(since ?? Number.MAX_SAFE_INTEGER * 1000, until ?? Number.MAX_VALUE).filter((event) => matches(event, filters)));
  const ends = until === null ? null : Math.max(0, until / 1e6 - Date.now());
  const lines = reply.jsonLines();
  const finished = new AbortController();
  const timer = ends === null ? null : setTimeout(() => {
    finished.abort();
    wake();
  }, Math.min(ends, 2 ** 31 - 1));
  request.signal.addEventListener("abort", () => wake(), { once: true });
  try {
    while (!request.signal.aborted && queue.length < MAX_BACKLOG) {
      const event = queue.shift();
      if (event !== undefined) await lines.write(eventJson(event));
      else if (finished.signal.aborted) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
  reply.end();
}

function momentOf(text: string | undefined, now: number): number | null {
  return text === undefined || text === "0" ? null : Number(parseMoment(text, now));
}

/** With the older top-level names of container and image events, which old clients read. */
function eventJson(event: EngineEvent): object {
  if (event.Type === "container") return { status: event.Action, id: event.Actor.ID, from: event.Actor.Attributes.image ?? "", ...event };
  if (event.Type === "image") return { status: event.Action, id: event.Actor.ID, ...event };
  return event;
}

function matches(event: EngineEvent, filters: Filters): boolean {
  for (const [name, values] of filters) if (!values.some((value) => valueMatches(event, name, value))) return false;
  return true;
}

function valueMatches({ Type, Action, Actor, scope }: EngineEvent, name: string, value: string): boolean {
  const named = (attribute: string | undefined): boolean => Actor.ID === value || (value.length >= 4 && Actor.ID.startsWith(value)) || attribute === value;
  switch (name) {
    case "type":
      return Type === value;
    case "event":
      return Action === value || Action.split(":")[0] === value;
    case "scope":
      return scope === value;
    case "label":
      return labelsMatch([value], Actor.Attributes);
    case "image": {
      const image = Type === "image" ? Actor.Attributes.name : Actor.Attributes.image;
      return image === value || image?.split(":")[0] === value || (Type === "image" && Actor.ID === value);
    }
    case "container":
      return Type === "container" && named(Actor.Attributes.name);
    case "network":
    case "volume":
    case "daemon":
      return Type === name && named(Actor.Attributes.name);
    default:
      return false;
  }
}
