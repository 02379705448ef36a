import type { ContainerInfo } from "dockerode";
import { createStore } from "zustand/vanilla";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import type { DockerEvent } from "../../electron/ipc/contract/events.ts";
import { ReadOrder } from "../lib/read-order.ts";
import { sameData } from "../lib/same-data.ts";
import { toRow, withBusy, type ContainerRow, type Deed } from "./container-row.ts";
import { removing, type Keep } from "./bin.ts";
import { client } from "./host.ts";
import { report } from "./report.ts";
import { keepStatsOf } from "./stats.ts";

export interface ContainersState {
  readonly phase: "loading" | "ready" | "failed";
  /** Newest first. */
  readonly rows: readonly ContainerRow[];
  readonly byId: ReadonlyMap<string, ContainerRow>;
  readonly running: number;
  /** Counts changes of configuration by container: whoever shows what no row has reads it again. */
  readonly updates: ReadonlyMap<string, number>;
  readonly error: IpcErrorInfo | undefined;
}

const empty: ContainersState = { phase: "loading", rows: [], byId: new Map(), running: 0, updates: new Map(), error: undefined };
export const containersStore = createStore<ContainersState>(() => empty);

/** Events that change nothing a list shows. */
const silent = /^(exec_|top|attach|detach|resize|export|archive-path|extract-to-dir|copy)/;
/** Above this many changed containers one whole list is cheaper. */
const manyChanges = 40;
const gatherMs = 30;
/** While events keep coming, reading and drawing may take one part in so many of the window's time, but the list is never older than `oldestMs`. */
const restParts = 4;
const oldestMs = 1000;

const dirty = new Map<string, number | undefined>();
let gathering: ReturnType<typeof setTimeout> | undefined;
/** Until when the next reading waits, on the clock of `performance.now()`. */
let restUntil = 0;

const order = new ReadOrder();
let underWay = 0;
/** What was removed while answers are under way, which may still name it. */
const removed = new Set<string>();

/** @returns the containers that there are; undefined when a later question was answered first, and this one is to be asked again */
async function ask(ids?: readonly string[]): Promise<readonly ContainerInfo[] | undefined> {
  const counts = order.ask();
  underWay++;
  try {
    const list = await client().containers.list(ids ? { filters: { id: [...ids] } } : undefined);
    return counts() ? list.filter(({ Id }) => !removed.has(Id)) : undefined;
  } catch (error) {
    if (!counts()) return undefined;
    throw error;
  } finally {
    if (--underWay === 0) removed.clear();
  }
}

/** Reads the whole list again. */
export async function readContainers(): Promise<void> {
  dirty.clear();
  try {
    const list = await ask();
    if (!list) return await readContainers();
    const now = Date.now();
    const before = containersStore.getState().byId;
    publish(new Map(list.map((info) => [info.Id, rowOf(info, now, before.get(info.Id))])));
  } catch (error) {
    const info = toIpcErrorInfo(error);
    containersStore.setState((state) => ({ error: info, phase: state.phase === "ready" ? "ready" : "failed" }));
  }
}

/** Notes what an event says; what it does not say is read, for all containers that changed at once. */
export function onContainerEvent(event: DockerEvent): void {
  if (silent.test(event.action)) return;
  if (event.action === "destroy") {
    dirty.delete(event.id);
    forget(event.id);
    return;
  }
  if (event.action === "update") updated(event.id);
  const exact = event.action === "start" || event.action === "die" ? event.time : dirty.get(event.id);
  dirty.set(event.id, exact);
  gather();
}

/** Reads what changed soon: the longer the last reading took, the later. */
function gather(): void {
  gathering ??= setTimeout(() => void readGathered(), Math.max(gatherMs, restUntil - performance.now()));
}

async function readGathered(): Promise<void> {
  const begin = performance.now();
  await readChanged();
  // What was published is drawn before this goes on.
  await new Promise((resolve) => setTimeout(resolve));
  const end = performance.now();
  restUntil = end + Math.min(oldestMs, (end - begin) * restParts);
  gathering = undefined;
  if (dirty.size > 0) gather();
}

/** Something about it has changed that its row does not show. */
function updated(id: string): void {
  containersStore.setState(({ updates }) => ({ updates: new Map(updates).set(id, (updates.get(id) ?? 0) + 1) }));
}

async function readChanged(): Promise<void> {
  const changed = new Map(dirty);
  dirty.clear();
  if (changed.size === 0) return;
  if (changed.size > manyChanges) return readContainers();
  try {
    const list = await ask([...changed.keys()]);
    if (!list) {
      for (const [id, exact] of changed) if (!dirty.has(id)) dirty.set(id, exact);
      return gather();
    }
    const now = Date.now();
    const next = new Map(containersStore.getState().byId);
    for (const info of list) next.set(info.Id, rowOf(info, now, next.get(info.Id), changed.get(info.Id)));
    const found = new Set(list.map((info) => info.Id));
    for (const id of changed.keys()) if (!found.has(id)) next.delete(id);
    publish(next);
  } catch {
    await readContainers();
  }
}

/** The row of what was read: the same as before where nothing changed, so that it is not made and drawn again. */
function rowOf(info: ContainerInfo, now: number, before: ContainerRow | undefined, exactSince?: number): ContainerRow {
  if (before && (exactSince === undefined || exactSince === before.since) && sameInfo(before.info, info)) return before;
  return toRow(info, now, before, exactSince);
}

/** Whether two answers of the list say the same. What changes most often is compared first. */
function sameInfo(before: ContainerInfo, now: ContainerInfo): boolean {
  return before.State === now.State && before.Status === now.Status && sameData(before, now);
}

function publish(byId: Map<string, ContainerRow>): void {
  keepStatsOf((id) => byId.has(id));
  const rows = [...byId.values()].sort((a, b) => b.created - a.created || (a.id < b.id ? -1 : 1));
  containersStore.setState({ phase: "ready", byId, rows, running: rows.reduce((count, row) => count + (row.state === "running" ? 1 : 0), 0), error: undefined });
}

function forget(id: string): void {
  if (underWay > 0) removed.add(id);
  const { byId } = containersStore.getState();
  if (!byId.has(id)) return;
  const next = new Map(byId);
  next.delete(id);
  publish(next);
}

function mark(id: string, busy: Deed | undefined): void {
  const { byId } = containersStore.getState();
  const row = byId.get(id);
  if (!row || row.busy === busy) return;
  publish(new Map(byId).set(id, withBusy(row, busy)));
}

const failure: Record<Deed, string> = { start: "did not start", stop: "did not stop", restart: "did not restart", pause: "was not paused", unpause: "was not resumed", remove: "was not removed", kill: "was not killed" };

/**
 * Does something to a container: shown at once, corrected by what really happens. Failures appear as a toast.
 * @param options.keep a removal can be taken back where the engine can, and is told to it
 * @returns whether it worked
 */
export async function perform(deed: Deed, id: string, { keep, ...options }: { force?: boolean; volumes?: boolean; keep?: Keep } = {}): Promise<boolean> {
  const name = containersStore.getState().byId.get(id)?.name ?? id.slice(0, 12);
  mark(id, deed);
  try {
    const { containers } = client();
    if (deed === "remove") await removing({ kind: "container", name: id, ...options }, keep, () => containers.remove({ id, ...options }));
    else await containers[deed]({ id });
    if (deed === "remove") forget(id);
    return true;
  } catch (error) {
    report(`${name} ${failure[deed]}.`, error);
    // A start that failed leaves its reason, and no event.
    updated(id);
    return false;
  } finally {
    mark(id, undefined);
    if (deed !== "remove" && containersStore.getState().byId.has(id)) {
      dirty.set(id, dirty.get(id));
      await readChanged();
    }
  }
}

/** Whether a deed makes sense in the state a container is in. What takes long to stop can be killed meanwhile. */
export function allows(row: ContainerRow, deed: Deed): boolean {
  if (row.busy === "stop" && deed === "kill") return row.state === "running";
  if (row.busy) return false;
  switch (deed) {
    case "start":
      return row.state === "created" || row.state === "exited" || row.state === "dead";
    case "stop":
    case "restart":
      return row.state === "running" || row.state === "restarting" || row.state === "paused";
    case "pause":
    case "kill":
      return row.state === "running";
    case "unpause":
      return row.state === "paused";
    case "remove":
      return row.state !== "removing";
  }
}
