/** Builds of the engine: the list, fed by a stream of its own, and what is asked of a build. */
import { createStore } from "zustand/vanilla";
import type { BuildSummary } from "../../electron/ipc/contract/builds.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { client } from "./host.ts";
import { notice } from "./notices.ts";
import { report } from "./report.ts";
import { href, navigate, routeStore } from "./route.ts";

export interface BuildsState {
  readonly phase: "loading" | "ready" | "failed";
  /** Whether the engine is one that keeps no builds and builds with Docker's classic builder: the host keeps them then. */
  readonly classic: boolean;
  /** Running builds, then ended ones, newest first. */
  readonly rows: readonly BuildSummary[];
  readonly byId: ReadonlyMap<string, BuildSummary>;
  readonly running: number;
  readonly error: IpcErrorInfo | undefined;
}

export const buildsStore = createStore<BuildsState>(() => ({ phase: "loading", classic: false, rows: [], byId: new Map(), running: 0, error: undefined }));

let watching = new AbortController();

/** Reads the list and hears of changes from now on, until called again. */
export async function watchBuilds(): Promise<void> {
  watching.abort();
  watching = new AbortController();
  const { signal } = watching;
  try {
    for await (const event of await client().builds.watch(undefined, { signal })) {
      if (signal.aborted) return;
      const { byId } = buildsStore.getState();
      if (event.type === "list") {
        buildsStore.setState({ classic: event.keeper === "host" });
        show(event.builds);
      }
      else if (event.type === "removed") show([...byId.values()].filter((build) => build.id !== event.id));
      else {
        announce(byId.get(event.build.id), event.build);
        show([...byId.values()].filter((build) => build.id !== event.build.id).concat(event.build));
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    const info = toIpcErrorInfo(error);
    buildsStore.setState((state) => ({ error: info, phase: state.phase === "ready" ? "ready" : "failed" }));
  }
}

function show(builds: readonly BuildSummary[]): void {
  const rows = builds.toSorted((a, b) => Number(b.status === "running") - Number(a.status === "running") || b.startedAt - a.startedAt);
  buildsStore.setState({ phase: "ready", rows, byId: new Map(rows.map((row) => [row.id, row])), running: rows.filter((row) => row.status === "running").length, error: undefined });
}

/** Builds begun in this window: their end is told wherever the reader is. */
const begun = new Set<string>();

/** Says that this window began a build. */
export function markBegun(id: string): void {
  begun.add(id);
}

function announce(before: BuildSummary | undefined, now: BuildSummary): void {
  if (before?.status !== "running" && before !== undefined) return;
  if (now.status === "running" || !begun.delete(now.id)) return;
  const { place } = routeStore.getState();
  if (place.screen === "build" && place.id === now.id) return;
  const look = [{ label: "Show build", run: () => navigate(href.build(now.id)) }];
  if (now.status === "built") notice({ kind: "done", topic: "builds", title: `Built ${now.tags[0] ?? now.title}`, actions: look });
  else if (now.status === "failed") notice({ kind: "error", topic: "builds", title: `${now.title} was not built.`, description: now.error ?? "", actions: look });
}

/** Stops a running build. */
export async function cancelBuild(build: Pick<BuildSummary, "id" | "title">): Promise<void> {
  await client().builds.cancel({ id: build.id }).catch((error: unknown) => report(`${build.title} was not cancelled.`, error));
}

/** Gives up what a failed step left. */
export async function dismissFailedStep(build: Pick<BuildSummary, "id" | "title">): Promise<void> {
  await client().builds.dismiss({ id: build.id }).catch((error: unknown) => report(`The failed step of ${build.title} was not dismissed.`, error));
}

/** Takes ended builds out of the history. Images stay. */
export async function removeBuilds(builds: readonly BuildSummary[]): Promise<void> {
  await Promise.all(builds.map((build) => client().builds.remove({ id: build.id }).catch((error: unknown) => report(`${build.title} was not removed from the history.`, error))));
}
