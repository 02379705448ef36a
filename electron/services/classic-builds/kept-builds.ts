/** Builds that this host keeps, for an engine that keeps none: forgotten when the host ends. */
import type { BuildEvent, BuildListEvent, BuildSummary } from "../../ipc/contract/builds.ts";
import { ipcError } from "../ipc-error.ts";
import { Listeners } from "../listeners.ts";

/** Ended builds beyond this are forgotten, the oldest first. */
const MOST_ENDED = 50;
/** Output that one build may keep, in characters. */
const MOST_OUTPUT = 16 * 1024 * 1024;
const STATUS_INTERVAL_MS = 100;

interface Kept {
  summary: BuildSummary;
  /** Everything but how far transfers are, which is of no interest afterwards. */
  readonly events: BuildEvent[];
  readonly listeners: Listeners<BuildEvent>;
  readonly cancel: AbortController;
  output: number;
  toldAt: number;
}

export class KeptBuilds {
  readonly #builds = new Map<string, Kept>();
  readonly #changes = new Listeners<Extract<BuildListEvent, { type: "changed" | "removed" }>>();

  list(): BuildSummary[] {
    return [...this.#builds.values()].map(({ summary }) => summary);
  }

  /** @returns its signal, which `cancel` aborts */
  begin(summary: BuildSummary): AbortSignal {
    const kept: Kept = { summary, events: [], listeners: new Listeners(), cancel: new AbortController(), output: 0, toldAt: 0 };
    this.#builds.set(summary.id, kept);
    const ended = [...this.#builds.values()].filter((build) => build.summary.status !== "running");
    for (const old of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) this.remove(old.summary.id);
    this.#changes.emit({ type: "changed", build: summary });
    return kept.cancel.signal;
  }

  /** Takes what a build says. */
  tell(id: string, event: BuildEvent): void {
    const kept = this.#builds.get(id);
    if (kept === undefined) return;
    if (event.type === "stepStatus" || (event.type === "context" && !event.done)) {
      const now = performance.now();
      if (now - kept.toldAt < STATUS_INTERVAL_MS) return;
      kept.toldAt = now;
      return kept.listeners.emit(event);
    }
    const told = event.type === "stepOutput" ? within(kept, event) : event;
    if (told === undefined) return;
    kept.events.push(told);
    kept.listeners.emit(told);
    const summary = summarize(kept.summary, told);
    if (summary === kept.summary) return;
    kept.summary = summary;
    this.#changes.emit({ type: "changed", build: summary });
  }

  /** Changes from now on. @returns ends it */
  onChange(listener: (event: Extract<BuildListEvent, { type: "changed" | "removed" }>) => void): () => void {
    return this.#changes.add(listener);
  }

  /** What a build has said, and what it goes on to say; `onEvent` hears of everything once, in order. @throws IpcError `notFound` @returns ends it */
  follow(id: string, onEvent: (event: BuildEvent) => void): () => void {
    const kept = this.#find(id);
    for (const event of kept.events) onEvent(event);
    return kept.listeners.add(onEvent);
  }

  /** @throws IpcError `notFound` */
  cancel(id: string): void {
    this.#find(id).cancel.abort();
  }

  /** @throws IpcError `notFound`; `conflict` while it runs */
  remove(id: string): void {
    if (this.#find(id).summary.status === "running") throw ipcError("conflict", "The build still runs: cancel it first.");
    this.#builds.delete(id);
    this.#changes.emit({ type: "removed", id });
  }

  #find(id: string): Kept {
    const kept = this.#builds.get(id);
    if (kept === undefined) throw ipcError("notFound", `There is no build ${id.slice(0, 12)}: it may have been removed from the history.`);
    return kept;
  }
}

/** Output up to the limit; what is beyond it is left out, and that is said once. */
function within(kept: Kept, event: Extract<BuildEvent, { type: "stepOutput" }>): BuildEvent | undefined {
  if (kept.output > MOST_OUTPUT) return undefined;
  kept.output += event.text.length;
  return kept.output > MOST_OUTPUT ? { ...event, text: `\n[output beyond ${MOST_OUTPUT / 1024 / 1024} MiB is left out]\n` } : event;
}

function summarize(summary: BuildSummary, event: BuildEvent): BuildSummary {
  switch (event.type) {
    case "planned":
      return { ...summary, steps: event.steps.length };
    case "stepEnded":
      return event.outcome === "cached" ? { ...summary, cached: summary.cached + 1 } : event.outcome === "executed" ? { ...summary, executed: summary.executed + 1 } : summary;
    case "ended":
      return event.outcome === "built" ? { ...summary, status: "built", endedAt: event.at, imageId: event.imageId, tags: event.tags } : { ...summary, status: event.outcome, endedAt: event.at, error: event.error };
    default:
      return summary;
  }
}
