import type { ContainerInfo, ImageInfo } from "dockerode";
import type { DiskItem, DiskKind, DiskRef, DiskReport, FreeEvent, FreePreview } from "../../electron/ipc/contract/disk.ts";
import type { Scenario } from "./fake-data.ts";
import { seeded } from "./fake-data.ts";

export interface FakeDiskOptions {
  readonly scenario: Scenario;
  readonly containers: ReadonlyMap<string, ContainerInfo>;
  readonly images: readonly ImageInfo[];
  /** Our own engine. */
  readonly supported: boolean;
  readonly turn: () => Promise<void>;
}

const DAY = 24 * 3600_000;
const key = ({ kind, id }: DiskRef): string => `${kind} ${id}`;
const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** A ledger of the fake's containers and images, with a cache, volumes and leftovers made up; what is freed is gone. */
export function createFakeDisk({ scenario, containers, images, supported, turn }: FakeDiskOptions) {
  const gone = new Set<string>();
  const now = Date.now();

  function items(): DiskItem[] {
    const random = seeded(7);
    const list: DiskItem[] = [];
    const add = (kind: DiskKind, id: string, name: string, bytes: number, more: Partial<DiskItem> = {}) => {
      const item = { kind, id, name, detail: "", bytes, sharedBytes: 0, created: now - random() * 30 * DAY, lastUsed: null, users: [], fixed: null, ...more };
      if (!gone.has(key(item))) list.push({ ...item, userCount: item.users.length });
    };
    if (scenario !== "empty") {
      const all = [...containers.values()];
      for (const image of images) {
        const users = all.filter((info) => info.ImageID === image.Id || info.Image === image.RepoTags?.[0]).filter((info) => !gone.has(`container ${info.Id}`));
        add("image", image.Id, image.RepoTags?.[0] ?? image.Id.slice(7, 19), image.Size, { sharedBytes: Math.round(image.Size * 0.4 * random()), detail: image.RepoTags?.length ? "" : "dangling", users: users.map((info) => ({ kind: "container", id: info.Id, name: info.Names[0]!.slice(1), running: info.State === "running" })) });
      }
      for (const info of all) {
        const name = info.Names[0]!.slice(1);
        const running = info.State === "running";
        add("container", info.Id, name, Math.round(random() ** 4 * 2e9) + 40_960, { detail: info.State, fixed: running ? "It runs: stop it first." : null, lastUsed: now - random() * 4 * DAY });
        if (supported) add("log", info.Id, name, Math.round(random() ** 3 * 4e8), { detail: running ? "of a running container" : "", lastUsed: now - random() * DAY });
      }
      const [user] = all;
      add("volume", "pgdata", "pgdata", 3_412_000_000, { lastUsed: now - DAY, users: user && !gone.has(`container ${user.Id}`) ? [{ kind: "container", id: user.Id, name: user.Names[0]!.slice(1), running: user.State === "running" }] : [] });
      add("volume", "npm-cache", "npm-cache", 812_000_000, { lastUsed: now - 9 * DAY });
      add("cache", "c1", "RUN npm ci", 486_000_000, { lastUsed: now - 2 * DAY, users: gone.has("cache c2") ? [] : [{ kind: "cache", id: "c2", name: "RUN npm run build", running: false }] });
      add("cache", "c2", "RUN npm run build", 92_000_000, { lastUsed: now - 2 * DAY });
      add("cache", "c3", "cache mount /root/.npm", 644_000_000, { lastUsed: now - 2 * DAY });
      if (supported) {
        const sharing = images.slice(0, 3).map((image) => ({ kind: "image" as const, id: image.Id, name: image.RepoTags?.[0] ?? image.Id.slice(7, 19), running: false }));
        add("layer", "sha256:5f70bf18a086", "5f70bf18a086", 77_800_000, { sharedBytes: 77_800_000, users: sharing, fixed: "A layer goes with the last image or cached step that needs it." });
        add("transfer", "t1", "pull of ghcr.io/acme/train:nightly", 1_204_000_000, { detail: "interrupted", lastUsed: now - 3 * DAY });
        add("engine", "history", "History of builds", 18_400_000, { detail: "with their output", fixed: "The last 200 builds are kept: remove some under Build." });
      }
    }
    if (supported) add("engine", "records", "The engine's own records", 4_300_000, { fixed: "The engine needs them." });
    return list;
  }

  function preview(selection: readonly DiskRef[]): FreePreview {
    const wanted = new Set(selection.map(key));
    const going = items().filter((item) => wanted.has(key(item)));
    return { freedBytes: going.reduce((sum, { bytes, sharedBytes }) => sum + (bytes ?? 0) - (sharedBytes ?? 0), 0), layers: supported ? going.filter(({ kind }) => kind === "image").length * 3 : null, items: going, refused: [], isExact: supported };
  }

  async function* read(): AsyncGenerator<DiskReport> {
    await turn();
    const all = items();
    const kinds: Partial<Record<DiskKind, number>> = {};
    for (const { kind, bytes, sharedBytes } of all) if (kind !== "layer") kinds[kind] = (kinds[kind] ?? 0) + (bytes ?? 0) - (sharedBytes ?? 0);
    const rest = { kinds, totalBytes: Object.values(kinds).reduce((sum, bytes) => sum + bytes, 0), root: supported ? "/home/dev/.local/share/slipway" : null, disk: supported ? { totalBytes: 512_000_000_000, freeBytes: 203_000_000_000 } : null, isExact: supported };
    yield { items: all.map((item) => (item.kind === "volume" || item.kind === "container" ? { ...item, bytes: null, sharedBytes: null } : item)), unmeasured: supported ? 3 : 0, ...rest };
    await sleep(150);
    yield { items: all, unmeasured: 0, ...rest };
  }

  async function* free(selection: readonly DiskRef[], signal?: AbortSignal): AsyncGenerator<FreeEvent> {
    const { items: going } = preview(selection);
    let { freedBytes } = preview(selection);
    let done = 0;
    let failed = 0;
    for (const item of going) {
      await sleep(400);
      if (signal?.aborted) return;
      done++;
      if (item.name === "npm-cache") {
        freedBytes -= item.bytes ?? 0;
        failed++;
        yield { type: "failed", item, message: "A container began to use it." };
        continue;
      }
      gone.add(key(item));
      yield { type: "removed", item, done, of: going.length };
    }
    yield { type: "freed", freedBytes, removed: done - failed };
  }

  return {
    read: async () => read(),
    preview: async ({ items: selection }: { items: DiskRef[] }) => {
      await turn();
      return preview(selection);
    },
    free: async ({ items: selection }: { items: DiskRef[] }, { signal }: { signal?: AbortSignal } = {}) => free(selection, signal),
  };
}
