import type { EngineStatus } from "../../electron/ipc/contract/engine.ts";
import { containersStore } from "../stores/containers.ts";
import { engineStore } from "../stores/engine.ts";
import { imagesStore } from "../stores/images.ts";
import { href, routeStore } from "../stores/route.ts";
import { changeSettings, settingsStore } from "../stores/settings.ts";

interface Known {
  readonly phase: string;
  readonly rows: readonly unknown[];
}

/** Whether there is nothing yet: an engine without containers and images, or our own one that has never started. Undefined while nobody knows. */
export function isFirstRun(status: EngineStatus | undefined, containers: Known, images: Known): boolean | undefined {
  if (status?.state === "connected") return containers.phase !== "ready" || images.phase !== "ready" ? undefined : containers.rows.length + images.rows.length === 0;
  return status?.managed === true && status.state === "failed" ? true : undefined;
}

/** Leads to the first steps where there is nothing yet, once: whoever leaves them, or has something already, is not led there again. Returns what stops it. */
export function guideFirstRun(): () => void {
  let shown = false;
  const look = (): void => {
    if (settingsStore.getState().welcomed) return;
    const { place, dialog } = routeStore.getState();
    const first = isFirstRun(engineStore.getState().status, containersStore.getState(), imagesStore.getState());
    if (place.screen === "welcome") shown = true;
    if (first === false || (shown && place.screen !== "welcome")) {
      stop();
      void changeSettings({ welcomed: true });
    } else if (first === true && place.screen === "containers" && dialog === null) location.replace(href.welcome());
  };
  const stops = [settingsStore, containersStore, imagesStore, engineStore, routeStore].map((store) => store.subscribe(look));
  const stop = (): void => {
    for (const each of stops) each();
  };
  return stop;
}
