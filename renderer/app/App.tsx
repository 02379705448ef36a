import { CSPProvider } from "@base-ui/react/csp-provider";
import { useEffect } from "react";
import { useStore } from "zustand";
import { ContainersScreen } from "../features/containers/list/ContainersScreen.tsx";
import { EngineDown, useEngineUp } from "../features/engine/EngineDown.tsx";
import { containersStore } from "../stores/containers.ts";
import { prefsStore } from "../stores/prefs.ts";
import { routeStore, type Place } from "../stores/route.ts";
import { Toasts } from "../ui/feedback/Toasts.tsx";
import { Screen } from "../ui/layout/Screen.tsx";
import { Confirms } from "../ui/overlay/Confirms.tsx";
import { TipLayer } from "../ui/overlay/TipLayer.tsx";
import { compactRowHeight, RowHeight } from "../ui/table/density.ts";
import { CrashScreen } from "./CrashScreen.tsx";
import { Rail } from "./Rail.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { useRest, type Rest } from "./useRest.ts";
import css from "./App.module.css";

/** The whole window. */
export function App() {
  useShortcuts();
  const place = useStore(routeStore, (route) => route.place);
  useTitle(place);
  const rest = useRest(place.screen !== "containers");
  const compact = useStore(prefsStore, (prefs) => prefs.compactRows);
  return (
    <CSPProvider disableStyleElements>
      <RowHeight.Provider value={compact ? compactRowHeight : 36}>
        <div className={css["window"]}>
          <Rail place={place} />
          <div className={css["content"]}><CrashScreen address={JSON.stringify(place)}><Place place={place} rest={rest} /></CrashScreen></div>
          <StatusBar />
        </div>
        {rest && <rest.Dialogs />}
        <Confirms />
        <Toasts />
        <TipLayer />
      </RowHeight.Provider>
    </CSPProvider>
  );
}

const titles = { containers: "Containers", container: "Container", images: "Images", image: "Image", "compare-images": "Compare images", builds: "Build", build: "Build", "new-build": "Build an image", logs: "Logs", ports: "Ports", volumes: "Volumes", volume: "Volume", networks: "Networks", network: "Network", registries: "Registries", registry: "Registry", engine: "Engine", settings: "Settings", removed: "Recently removed", welcome: "First steps" } as const;

/** What works without an engine. */
const alone: ReadonlySet<Place["screen"]> = new Set(["engine", "settings", "welcome"]);

function Place({ place, rest }: { readonly place: Place; readonly rest: Rest | undefined }) {
  const up = useEngineUp();
  if (!up && !alone.has(place.screen)) return <Screen title={titles[place.screen]}><EngineDown /></Screen>;
  if (place.screen === "containers") return <ContainersScreen />;
  return rest && <rest.OtherScreen place={place} up={up} />;
}

function useTitle(place: Place): void {
  const name = useStore(containersStore, (state) => (place.screen === "container" ? state.byId.get(place.id)?.name : undefined));
  useEffect(() => {
    document.title = `${name ?? titles[place.screen]} - Slipway`;
  }, [name, place.screen]);
}
