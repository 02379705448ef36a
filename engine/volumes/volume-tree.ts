import type { OpenTree } from "../files/files.ts";
import type { Volumes } from "./volumes.ts";

/** Opens the files of a volume. @throws EngineError `notFound` */
export function volumeTree(volumes: Pick<Volumes, "get">, name: string): OpenTree {
  return { owner: { type: "volume", name }, root: volumes.get(name).mountpoint, ofProcess: false, upper: null, layers: [], mounts: [], [Symbol.asyncDispose]: () => Promise.resolve() };
}
