/** What the fake host keeps of removed things. */
import type { ContainerInfo, ImageInfo } from "dockerode";
import type { BinEntry, BinEvent, BinKind, BroughtBack } from "../../electron/ipc/contract/bin.ts";
import type { IpcClient } from "../../electron/ipc/contract/contract.ts";
import type { DesktopEvent, DockerObjectType } from "../../electron/ipc/contract/events.ts";
import { fakeError } from "./fake-error.ts";

export interface FakeBinOptions {
  /** Removes for good, and makes volumes and networks again. */
  readonly client: IpcClient;
  readonly containers: Map<string, ContainerInfo>;
  readonly images: ImageInfo[];
  readonly supported: boolean;
  readonly turn: () => Promise<void>;
  readonly emit: (event: DesktopEvent) => void;
}

type Kept = Pick<BinEntry, "name" | "detail" | "size"> & { readonly volumes?: number; /** Its id where that is not its name. */ readonly thing?: string; /** @returns what it lacks */ readonly back: (name: string) => Promise<string[]> | string[] };

export function createFakeBin({ client, containers, images, supported, turn, emit }: FakeBinOptions) {
  const kept = new Map<string, { readonly entry: BinEntry; readonly thing: string | undefined; readonly back: Kept["back"] }>();
  const listeners = new Set<() => void>();
  let lastId = 0;
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const happened = (objectType: DockerObjectType, action: string, id: string) => emit({ type: "docker", event: { objectType, action, id, attributes: {}, time: Date.now() } });

  const take: Record<BinKind, (name: string, force: boolean) => Promise<Kept>> = {
    async container(id, force) {
      const info = (await client.containers.list()).find((each) => each.Id === id || each.Names.includes(`/${id}`));
      if (!info) throw fakeError("notFound", `No such container: ${id}.`);
      await client.containers.remove({ id: info.Id, force });
      return {
        thing: info.Id, name: info.Names[0]?.slice(1) ?? "", detail: info.Image, size: 4_718_592, volumes: info.Mounts.filter((mount) => /^[0-9a-f]{64}$/.test(mount.Name ?? "")).length,
        back(name) {
          const taken = [...containers.values()].find((each) => each.Names.includes(`/${name}`));
          if (taken) throw fakeError("conflict", `The name ${name} is taken by another container.`, [{ type: "nameInUse", name, containerId: taken.Id }]);
          containers.set(info.Id, { ...info, Names: [`/${name}`], State: "exited", Status: "Exited (137) 2 minutes ago", Ports: [] });
          happened("container", "create", info.Id);
          return [];
        },
      };
    },
    async volume(name) {
      const info = (await client.volumes.list()).find((each) => each.name === name);
      const sizes = await client.volumes.sizes();
      await client.volumes.remove({ name });
      return { name, detail: "", size: sizes.find((each) => each.name === name)?.bytes ?? 0, back: async (as) => client.volumes.create({ name: as, labels: info?.labels ?? {} }).then(() => []) };
    },
    async network(id) {
      const info = (await client.networks.list()).find((each) => each.id === id);
      await client.networks.remove({ id });
      return { name: info?.name ?? id, detail: info?.subnets[0]?.subnet ?? "", size: 0, back: async (as) => client.networks.create({ name: as, subnets: (info?.subnets ?? []).slice(0, 1) }).then(() => []) };
    },
    async image(name, force) {
      const info = images.find((each) => each.Id === name || each.RepoTags?.includes(name));
      const copy = structuredClone(info);
      await client.images.remove({ id: name, force });
      return {
        name, detail: "", size: copy && !images.some((each) => each.Id === copy.Id) ? copy.Size : 0,
        back(as) {
          const there = images.find((each) => each.Id === copy?.Id);
          if (there) there.RepoTags = [...(there.RepoTags ?? []), as];
          else if (copy) images.unshift({ ...copy, RepoTags: [as] });
          happened("image", "tag", copy?.Id ?? "");
          return [];
        },
      };
    },
  };

  function entry(id: string) {
    const found = kept.get(id);
    if (!found) throw fakeError("notFound", `There is nothing removed with the id ${id}: it was brought back, or is gone for good.`);
    return found;
  }
  function drop(id: string): number {
    const { size } = entry(id).entry;
    kept.delete(id);
    changed();
    return size ?? 0;
  }
  async function* watch(signal?: AbortSignal): AsyncGenerator<BinEvent> {
    if (!supported) return yield { type: "unsupported" };
    let wake: () => void = () => undefined;
    let fresh = true;
    const listener = () => {
      fresh = true;
      wake();
    };
    listeners.add(listener);
    signal?.addEventListener("abort", () => wake(), { once: true });
    while (!signal?.aborted) {
      if (fresh) {
        fresh = false;
        yield { type: "all", entries: [...kept.values()].map((each) => each.entry).toReversed() };
      } else await new Promise<void>((resolve) => { wake = resolve; });
    }
    listeners.delete(listener);
  }

  return {
    watch: async (_: unknown, { signal }: { signal?: AbortSignal } = {}) => watch(signal),
    remove: async ({ kind, name, force = false, keepHours }: { kind: BinKind; name: string; force?: boolean; keepHours: number }): Promise<BinEntry> => {
      await turn();
      const { back, thing, volumes = 0, ...what } = await take[kind](name, force);
      const made: BinEntry = { id: (++lastId).toString(16).padStart(16, "0"), kind, volumes, ...what, removed: Date.now(), expires: Date.now() + keepHours * 3_600_000 };
      kept.set(made.id, { entry: made, thing, back });
      changed();
      return made;
    },
    restore: async ({ id, name }: { id: string; name?: string }): Promise<BroughtBack> => {
      await turn();
      const { entry: found, thing, back } = entry(id);
      const as = name ?? found.name;
      const warnings = await back(as);
      drop(id);
      return { kind: found.kind, id: thing ?? as, name: as, warnings };
    },
    discard: async ({ id }: { id: string }) => {
      await turn();
      return { freedBytes: drop(id) };
    },
  };
}
