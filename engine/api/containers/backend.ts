import type { Containers } from "../../containers/containers.ts";

/** What the container routes need of other domains, each as one question. */
export interface ContainerFacts {
  /** Persistent state directory of the engine. */
  readonly root: string;
  readonly runtime: string;
  readonly logPathOf: (id: string, driver: string) => string;
  readonly graphOf: (id: string) => { readonly upper: string; readonly lower: readonly string[]; readonly merged: string };
  readonly sandboxPathOf: (id: string) => string;
  readonly networkIdOf: (name: string) => string;
  readonly imageIdOf: (reference: string) => string | null;
  readonly imageLine: (id: string) => readonly string[];
  /** Processors of the host and the system's total processor time in ns, for stats. */
  readonly host: { readonly processors: number; readonly systemCpuNs: () => number };
}

export interface ContainerBackend {
  readonly containers: Containers;
  readonly facts: ContainerFacts;
}
