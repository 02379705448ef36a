/** The sample project: written, built, run and shown, one step after the other. Goes on whatever is on the screen. */
import { createStore } from "zustand/vanilla";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { buildsStore } from "./builds.ts";
import { containersStore } from "./containers.ts";
import { client } from "./host.ts";

export const sampleSteps = ["prepare", "build", "run"] as const;
export type SampleStep = (typeof sampleSteps)[number];

export interface SampleState {
  readonly phase: "idle" | "running" | "done" | "failed";
  /** The step that runs, or the one that failed. */
  readonly step: SampleStep;
  readonly folder: string | undefined;
  readonly buildId: string | undefined;
  readonly containerId: string | undefined;
  readonly url: string | undefined;
  readonly started: number;
  readonly ended: number | undefined;
  readonly error: IpcErrorInfo | undefined;
}

const fresh: SampleState = { phase: "idle", step: "prepare", folder: undefined, buildId: undefined, containerId: undefined, url: undefined, started: 0, ended: undefined, error: undefined };
export const sampleStore = createStore<SampleState>(() => fresh);

/** Does all steps. What an earlier try left is replaced. */
export async function trySample(): Promise<void> {
  if (sampleStore.getState().phase === "running") return;
  sampleStore.setState({ ...fresh, phase: "running", started: Date.now() }, true);
  try {
    const { path, tag, name, containerPort } = await client().samples.prepare();
    sampleStore.setState({ folder: path, step: "build" });
    const { id: buildId } = await client().builds.start({ context: path, tags: [tag] });
    sampleStore.setState({ buildId });
    await buildEnd(buildId);
    sampleStore.setState({ step: "run" });
    await removeEarlier(name, tag);
    const hostPort = await freePort(containerPort);
    const { id: containerId } = await client().containers.run({ image: tag, name, ports: [{ hostPort, containerPort }] });
    const url = `http://localhost:${hostPort}`;
    sampleStore.setState({ containerId, url, phase: "done", ended: Date.now() });
  } catch (error) {
    sampleStore.setState({ phase: "failed", error: toIpcErrorInfo(error), ended: Date.now() });
  }
}

/** Resolves when a build is built. @throws why it was not */
function buildEnd(id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): boolean => {
      const build = buildsStore.getState().byId.get(id);
      if (build === undefined || build.status === "running") return false;
      if (build.status === "built") resolve();
      else reject(new Error(build.error ?? `The build was ${build.status}.`));
      return true;
    };
    if (look()) return;
    const stop = buildsStore.subscribe(() => { if (look()) stop(); });
  });
}

/** Only a container of the sample's own image gives way. */
async function removeEarlier(name: string, tag: string): Promise<void> {
  const earlier = containersStore.getState().rows.find((row) => row.name === name);
  if (earlier === undefined || earlier.image !== tag) return;
  await client().containers.remove({ id: earlier.id, force: true });
}

async function freePort(wanted: number): Promise<number> {
  const [check] = await client().system.checkPorts({ ports: [{ port: wanted }] });
  return check === undefined || check.free ? wanted : (check.suggestion ?? wanted);
}
