import { createStore } from "zustand/vanilla";
import type { DockerEvent } from "../../electron/ipc/contract/events.ts";
import type { VolumeForm, VolumeInfo } from "../../electron/ipc/contract/volumes.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { keepSame } from "../lib/keep-same.ts";
import { ReadOrder } from "../lib/read-order.ts";
import { removing, type Keep } from "./bin.ts";
import { client } from "./host.ts";
import { report } from "./report.ts";

export interface VolumesState {
  readonly phase: "loading" | "ready" | "failed";
  readonly rows: readonly VolumeInfo[];
  readonly error: IpcErrorInfo | undefined;
  /** Bytes of each volume when they were last measured; null where the driver cannot say. Absent: not measured. */
  readonly sizes: ReadonlyMap<string, number | null>;
  readonly measuring: boolean;
}

export const volumesStore = createStore<VolumesState>(() => ({ phase: "loading", rows: [], error: undefined, sizes: new Map(), measuring: false }));

const gatherMs = 50;
const order = new ReadOrder();
let gathering: ReturnType<typeof setTimeout> | undefined;

/** Reads the whole list again. Volumes that did not change keep their identity. */
export async function readVolumes(): Promise<void> {
  const counts = order.ask();
  try {
    const list = await client().volumes.list();
    if (!counts()) return;
    volumesStore.setState((state) => ({ phase: "ready", rows: keepSame(state.rows, list, (row) => row.name), error: undefined }));
  } catch (error) {
    if (!counts()) return;
    const info = toIpcErrorInfo(error);
    volumesStore.setState((state) => ({ error: info, phase: state.phase === "ready" ? "ready" : "failed" }));
  }
}

/** A mount changes no row; who mounts is told by the containers. */
export function onVolumeEvent(event: DockerEvent): void {
  if (event.action === "mount" || event.action === "unmount") return;
  if (event.action === "destroy") forgetSize(event.id);
  gathering ??= setTimeout(() => {
    gathering = undefined;
    void readVolumes();
  }, gatherMs);
}

function forgetSize(name: string): void {
  const { sizes } = volumesStore.getState();
  if (!sizes.has(name)) return;
  const next = new Map(sizes);
  next.delete(name);
  volumesStore.setState({ sizes: next });
}

/**
 * Asks the engine to measure every volume. It walks their files, so only a click leads here.
 * @returns why it failed, if it did
 */
export async function measureVolumes(): Promise<IpcErrorInfo | undefined> {
  volumesStore.setState({ measuring: true });
  try {
    const sizes = await client().volumes.sizes();
    volumesStore.setState({ sizes: new Map(sizes.map((one) => [one.name, one.bytes])) });
    return undefined;
  } catch (error) {
    return toIpcErrorInfo(error);
  } finally {
    volumesStore.setState({ measuring: false });
  }
}

/** @throws what the engine said */
export async function createVolume(form: VolumeForm): Promise<VolumeInfo> {
  const made = await client().volumes.create(form);
  await readVolumes();
  return made;
}

/**
 * Removes volumes one after the other; failures appear as toasts.
 * @param keep can be taken back where the engine can, and is told of each that can
 * @returns the names of those that went
 */
export async function removeVolumes(names: readonly string[], keep?: Keep): Promise<string[]> {
  const gone: string[] = [];
  for (const name of names) {
    try {
      await removing({ kind: "volume", name }, keep, () => client().volumes.remove({ name }));
      gone.push(name);
    } catch (error) {
      report(`The volume ${name} was not removed.`, error);
    }
  }
  await readVolumes();
  return gone;
}
