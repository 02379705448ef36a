/** One event stream feeds every store. When it ends, a new connection is made and every list is read again. */
import type { StoreApi } from "zustand/vanilla";
import type { DesktopEvent } from "../../electron/ipc/contract/events.ts";
import type { Connect } from "../bridge/bridge.ts";
import { ReadOrder } from "../lib/read-order.ts";
import { binStore, watchBin } from "./bin.ts";
import { buildsStore, watchBuilds } from "./builds.ts";
import { readConnections } from "./connections.ts";
import { containersStore, onContainerEvent, readContainers } from "./containers.ts";
import { diskStore, onDiskEvent } from "./disk.ts";
import { engineStore } from "./engine.ts";
import { noticeContainer, noticeEngine } from "./happenings.ts";
import { hostStore, setClient } from "./host.ts";
import { freshnessStore } from "./freshness.ts";
import { imagesStore, onImageEvent, readImages } from "./images.ts";
import { networksStore, onNetworkEvent, readNetworks } from "./networks.ts";
import { onPortsChange, portsStore } from "./ports.ts";
import { transfersStore, watchTransfers } from "./transfers.ts";
import { onVolumeEvent, readVolumes, volumesStore } from "./volumes.ts";
import { leaveObject } from "./route.ts";
import { receiveSettings } from "./settings.ts";

const firstWait = 250;
const longestWait = 5000;

/**
 * Keeps the window connected until `signal` ends it.
 * @param connect makes one connection
 */
export async function runFeed(connect: Connect, signal: AbortSignal): Promise<void> {
  let wait = firstWait;
  while (!signal.aborted) {
    try {
      const { client, closed } = await connect();
      setClient(client, "open");
      wait = firstWait;
      const ended = new AbortController();
      void closed.then(() => ended.abort());
      const stream = await client.events.subscribe(undefined, { signal: AbortSignal.any([signal, ended.signal]) });
      for await (const batch of stream) for (const event of batch) dispatch(event);
    } catch {
      // Whatever ended the connection, the answer is the same: say so and connect again.
    }
    if (signal.aborted) return;
    setClient(undefined, hostStore.getState().link === "connecting" ? "connecting" : "lost");
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(longestWait, wait * 2);
  }
}

/** Stores of what one engine holds. Forms, choices and this window's own lists stay when another engine takes over. */
const forget: readonly (() => void)[] = [empty(containersStore), empty(imagesStore), empty(buildsStore), empty(volumesStore), empty(networksStore), empty(portsStore), empty(transfersStore), empty(binStore), empty(freshnessStore), empty(diskStore)];

function empty<T>(store: StoreApi<T>): () => void {
  return () => store.setState(store.getInitialState(), true);
}

/** Another engine: nothing that was known counts any more, and a page of one object leads back to its list. */
function forgetEngine(): void {
  ReadOrder.forgetAll();
  for (const each of forget) each();
  leaveObject();
}

function dispatch(event: DesktopEvent): void {
  switch (event.type) {
    case "engine": {
      const before = engineStore.getState().status;
      // The first engine of a window changes nothing: its address may name one of that engine's objects.
      if (before !== undefined && before.connection.id !== event.status.connection.id) forgetEngine();
      noticeEngine(before, event.status);
      engineStore.setState({ status: event.status });
      return;
    }
    case "resync":
      void readConnections();
      void readContainers();
      void readImages();
      void watchBuilds();
      void watchTransfers();
      void watchBin();
      void readVolumes();
      void readNetworks();
      onPortsChange();
      return;
    case "settings":
      receiveSettings(event.settings);
      return;
    case "docker":
      if (event.event.objectType === "container") {
        noticeContainer(event.event);
        onContainerEvent(event.event);
        onPortsChange();
      }
      if (event.event.objectType === "image") onImageEvent();
      if (event.event.objectType === "volume") onVolumeEvent(event.event);
      if (event.event.objectType === "network") onNetworkEvent(event.event);
      else onDiskEvent(event.event);
      return;
  }
}
