/** What takes space as far as Docker's own calls tell: `GET /system/df`, and removals one by one. Shared layers are known only by their sums. */
import type { DiskItem, DiskKind, DiskRef, DiskReport, FreeEvent, FreePreview } from "../ipc/contract/disk.ts";
import type { EngineConnection } from "./connection.ts";
import { dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";

type Docker = EngineConnection["docker"];

interface RawUsage {
  LayersSize?: number;
  Images?: { Id: string; RepoTags?: string[] | null; RepoDigests?: string[] | null; Created?: number; Size?: number; SharedSize?: number; ParentId?: string }[] | null;
  Containers?: { Id: string; Names?: string[] | null; ImageID?: string; State?: string; Created?: number; SizeRw?: number; Mounts?: { Type?: string; Name?: string }[] | null }[] | null;
  Volumes?: { Name: string; CreatedAt?: string; UsageData?: { Size?: number } | null }[] | null;
  BuildCache?: { ID: string; Parent?: string; Parents?: string[] | null; Description?: string; InUse?: boolean; Shared?: boolean; Size?: number; CreatedAt?: string; LastUsedAt?: string | null }[] | null;
}

const RUNS = ["running", "paused", "restarting"];

export async function readPlain(docker: Docker, signal: AbortSignal): Promise<DiskReport> {
  const usage = await dial<RawUsage>(docker, { path: "/system/df", method: "GET", okStatuses: [200], signal });
  const items = toItems(usage);
  const sum = (kind: DiskKind, bytes: (item: DiskItem) => number): number => items.filter((item) => item.kind === kind).reduce((all, item) => all + bytes(item), 0);
  const kinds = { image: usage.LayersSize ?? 0, container: sum("container", ownBytes), volume: sum("volume", ownBytes), cache: sum("cache", ownBytes) };
  return { items, kinds, totalBytes: Object.values(kinds).reduce((all, bytes) => all + bytes, 0), unmeasured: 0, root: null, disk: null, isExact: false };
}

export function toItems({ Images, Containers, Volumes, BuildCache }: RawUsage): DiskItem[] {
  const images = Images ?? [];
  const containers = Containers ?? [];
  const cache = BuildCache ?? [];
  const usersOf = (which: (container: (typeof containers)[number]) => boolean): DiskItem["users"] =>
    containers.filter(which).map((container) => ({ kind: "container", id: container.Id, name: nameOf(container), running: RUNS.includes(container.State ?? "") }));
  return [
    ...images.map((image): DiskItem => {
      const [name, ...others] = [...named(image.RepoTags), ...(named(image.RepoTags).length === 0 ? named(image.RepoDigests) : [])];
      const children = images.filter(({ ParentId }) => ParentId === image.Id).map((child) => ({ kind: "image" as const, id: child.Id, name: named(child.RepoTags)[0] ?? shortId(child.Id), running: false }));
      return item("image", image.Id, name ?? shortId(image.Id), {
        detail: name === undefined ? "dangling" : others.length > 0 ? `also ${others.join(", ")}` : "", bytes: image.Size ?? null, sharedBytes: image.SharedSize === undefined || image.SharedSize < 0 ? null : image.SharedSize,
        created: seconds(image.Created), users: [...usersOf(({ ImageID }) => ImageID === image.Id), ...children],
      });
    }),
    ...containers.map((container) => item("container", container.Id, nameOf(container), {
      detail: container.State ?? "", bytes: container.SizeRw ?? 0, sharedBytes: 0, created: seconds(container.Created), fixed: RUNS.includes(container.State ?? "") ? "It runs: stop it first." : null,
    })),
    ...(Volumes ?? []).map(({ Name, CreatedAt, UsageData }) => {
      const bytes = UsageData?.Size === undefined || UsageData.Size < 0 ? null : UsageData.Size;
      return item("volume", Name, Name, { bytes, sharedBytes: bytes === null ? null : 0, created: time(CreatedAt), users: usersOf(({ Mounts }) => (Mounts ?? []).some((mount) => mount.Type === "volume" && mount.Name === Name)) });
    }),
    ...cache.map((record) => item("cache", record.ID, record.Description ?? record.ID, {
      bytes: record.Size ?? 0, sharedBytes: record.Shared === true ? (record.Size ?? 0) : 0, created: time(record.CreatedAt), lastUsed: time(record.LastUsedAt ?? undefined), fixed: record.InUse === true ? "A build uses it right now." : null,
      users: cache.filter(({ Parent, Parents }) => Parent === record.ID || (Parents ?? []).includes(record.ID)).map(({ ID, Description }) => ({ kind: "cache", id: ID, name: Description ?? ID, running: false })),
    })),
  ];
}

function item(kind: DiskKind, id: string, name: string, more: Partial<DiskItem>): DiskItem {
  const all = { kind, id, name, detail: "", bytes: null, sharedBytes: null, created: null, lastUsed: null, users: [], fixed: null, ...more };
  return { ...all, userCount: all.users.length };
}

/** What is counted for an item alone. */
function ownBytes({ bytes, sharedBytes }: DiskItem): number {
  return Math.max(0, (bytes ?? 0) - (sharedBytes ?? 0));
}

function refKey({ kind, id }: DiskRef): string {
  return `${kind} ${id}`;
}

export async function previewPlain(docker: Docker, selection: readonly DiskRef[], signal: AbortSignal): Promise<FreePreview> {
  return planPlain((await readPlain(docker, signal)).items, selection);
}

/** What would go, and at least how many bytes: layers that only these share with each other are not counted. */
export function planPlain(items: readonly DiskItem[], selection: readonly DiskRef[]): FreePreview {
  const all = new Map(items.map((one) => [refKey(one), one]));
  const refused: FreePreview["refused"] = [];
  const going = new Map<string, DiskItem>();
  for (const ref of selection) {
    const found = all.get(refKey(ref));
    if (found === undefined) refused.push({ ...ref, name: ref.id, message: "It is gone already." });
    else going.set(refKey(ref), found);
  }
  for (let before = -1; before !== going.size; ) {
    before = going.size;
    for (const [key, { kind, id, name, fixed, users }] of going) {
      const [user] = users.filter((one) => !going.has(refKey(one)));
      if (fixed === null && user === undefined) continue;
      going.delete(key);
      refused.push({ kind, id, name, message: fixed ?? whyNot(user!) });
    }
  }
  const list = [...going.values()];
  return { freedBytes: list.reduce((sum, one) => sum + ownBytes(one), 0), layers: null, items: list, refused, isExact: !list.some(({ kind, sharedBytes, bytes }) => kind === "image" || sharedBytes !== 0 || bytes === null) };
}

function whyNot({ kind, name, running }: DiskItem["users"][number]): string {
  const what = `The ${kind === "cache" ? "cached step" : kind} ${name} uses it`;
  return running ? `${what} and runs: stop it first.` : `${what}: select that too, or keep this.`;
}

const ORDER: readonly DiskKind[] = ["container", "cache", "image", "volume"];

/** Removes one by one. What Docker reports as freed, or the size that it told before, is what counts. */
export async function* freePlain({ docker, endpoint }: EngineConnection, selection: readonly DiskRef[], signal: AbortSignal): AsyncGenerator<FreeEvent, void, void> {
  const { items, refused } = await previewPlain(docker, selection, signal);
  for (const { message, ...one } of refused) yield { type: "failed", item: one, message };
  const before = await layersSize(docker, signal);
  let freedBytes = 0;
  let removed = 0;
  let done = 0;
  for (const { kind, id, name, bytes } of inOrder(items)) {
    signal.throwIfAborted();
    done++;
    try {
      if (kind === "container") await docker.getContainer(id).remove({ v: false });
      else if (kind === "volume") await docker.getVolume(id).remove();
      else if (kind === "image") await removeImage(docker, id);
      else freedBytes += await pruneRecord(docker, id);
      if (kind === "container" || kind === "volume") freedBytes += bytes ?? 0;
      removed++;
      yield { type: "removed", item: { kind, id, name }, done, of: items.length };
    } catch (error) {
      const { code, message } = toIpcError(error, endpoint);
      // An image takes the nameless ones that it was made from along.
      if (kind === "image" && code === "notFound") removed++;
      else yield { type: "failed", item: { kind, id, name }, message };
    }
  }
  const after = items.some(({ kind }) => kind === "image") ? await layersSize(docker, signal) : before;
  yield { type: "freed", freedBytes: freedBytes + Math.max(0, before - after), removed };
}

/** Those that others were made from come after them. */
function inOrder(items: readonly DiskItem[]): DiskItem[] {
  const byRef = new Map(items.map((one) => [refKey(one), one]));
  const depths = new Map<DiskItem, number>();
  const depthOf = (one: DiskItem): number => {
    let depth = depths.get(one);
    if (depth === undefined) depths.set(one, (depth = Math.max(0, ...one.users.flatMap((user) => byRef.get(refKey(user)) ?? []).map((user) => depthOf(user) + 1))));
    return depth;
  };
  return items.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || depthOf(a) - depthOf(b));
}

async function layersSize(docker: Docker, signal: AbortSignal): Promise<number> {
  return (await dial<RawUsage>(docker, { path: "/system/df", method: "GET", okStatuses: [200], signal })).LayersSize ?? 0;
}

/** Takes its names away one by one, so that a container which began to use it keeps it. */
async function removeImage(docker: Docker, id: string): Promise<void> {
  const { RepoTags, RepoDigests } = await docker.getImage(id).inspect();
  const names = named(RepoTags).length > 0 ? named(RepoTags) : named(RepoDigests);
  for (const name of names.length > 0 ? names : [id]) await docker.getImage(name).remove();
}

async function pruneRecord(docker: Docker, id: string): Promise<number> {
  const { SpaceReclaimed = 0 } = await dial<{ SpaceReclaimed?: number }>(docker, { path: "/build/prune?", method: "POST", query: { all: true, filters: { id: [id] } }, okStatuses: [200] });
  return SpaceReclaimed;
}

function named(names: readonly string[] | null | undefined): string[] {
  return (names ?? []).filter((name) => !name.includes("<none>"));
}

function nameOf({ Names, Id }: { readonly Names?: string[] | null; readonly Id: string }): string {
  return Names?.[0]?.replace(/^\//, "") ?? shortId(Id);
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

function seconds(at: number | undefined): number | null {
  return at === undefined || at <= 0 ? null : at * 1000;
}

function time(text: string | undefined): number | null {
  const at = Date.parse(text ?? "");
  return Number.isNaN(at) || at <= 0 ? null : at;
}
