/** What lists do not say of images: bytes they share, and the platform they are made for. Asked for only while something shows it. */
import { createStore } from "zustand/vanilla";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { client } from "./host.ts";

export interface ImageFacts {
  /** Bytes that other images have too, by id; empty until they were added up. */
  readonly shared: ReadonlyMap<string, number>;
  readonly measuring: boolean;
  readonly error: IpcErrorInfo | undefined;
  /** By id; an image's platform never changes. */
  readonly platforms: ReadonlyMap<string, string>;
}

export const imageFactsStore = createStore<ImageFacts>(() => ({ shared: new Map(), measuring: false, error: undefined, platforms: new Map() }));

let again = false;

/** Has the engine add up what images share; one at a time, and once more when something changed meanwhile. */
export async function measureImages(): Promise<void> {
  if (imageFactsStore.getState().measuring) {
    again = true;
    return;
  }
  imageFactsStore.setState({ measuring: true });
  try {
    do {
      again = false;
      const sizes = await client().imageContents.sizes();
      imageFactsStore.setState({ shared: new Map(sizes.map(({ id, sharedBytes }) => [id, sharedBytes])), error: undefined });
    } while (again);
  } catch (error) {
    imageFactsStore.setState({ error: toIpcErrorInfo(error) });
  } finally {
    imageFactsStore.setState({ measuring: false });
  }
}

const gatherMs = 40;
const most = 200;
const wanted = new Set<string>();
let gathering: ReturnType<typeof setTimeout> | undefined;

/** Asks for an image's platform unless it is known; those asked for at the same time make one call. */
export function wantPlatform(id: string): void {
  if (imageFactsStore.getState().platforms.has(id) || wanted.has(id)) return;
  wanted.add(id);
  gathering ??= setTimeout(() => void readPlatforms(), gatherMs);
}

async function readPlatforms(): Promise<void> {
  const ids = [...wanted].slice(0, most);
  try {
    const found = await client().imageContents.platforms({ ids });
    imageFactsStore.setState(({ platforms }) => ({ platforms: new Map([...platforms, ...found.map(({ id, platform }) => [id, platform] as const)]) }));
  } catch {
    // The column stays empty; the screen itself says what is wrong with the engine.
  }
  for (const id of ids) wanted.delete(id);
  gathering = wanted.size > 0 ? setTimeout(() => void readPlatforms(), gatherMs) : undefined;
}
