/** One event stream feeds every store. When it ends, a new connection is made and every list is read again. */
import type { DesktopEvent } from "../../electron/ipc/contract/events.ts";
import type { Connect } from "../bridge/bridge.ts";
import { watchBuilds } from "./builds.ts";
import { onContainerEvent, readContainers } from "./containers.ts";
import { engineStore } from "./engine.ts";
import { hostStore, setClient } from "./host.ts";
import { onImageEvent, readImages } from "./images.ts";
import { onNetworkEvent, readNetworks } from "./networks.ts";
import { onPortsChange } from "./ports.ts";
import { prefsStore } from "./prefs.ts";
import { watchTransfers } from "./transfers.ts";
import { onVolumeEvent, readVolumes } from "./volumes.ts";

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

function dispatch(event: DesktopEvent): void {
  switch (event.type) {
    case "engine":
      engineStore.setState({ status: event.status });
      return;
    case "resync":
      void readContainers();
      void readImages();
      void watchBuilds();
      void watchTransfers();
      void readVolumes();
      void readNetworks();
      onPortsChange();
      return;
    case "theme":
      prefsStore.setState({ theme: event.theme });
      return;
    case "docker":
      if (event.event.objectType === "container") {
        onContainerEvent(event.event);
        onPortsChange();
      }
      if (event.event.objectType === "image") onImageEvent();
      if (event.event.objectType === "volume") onVolumeEvent(event.event);
      if (event.event.objectType === "network") onNetworkEvent(event.event);
      return;
  }
}
