import { useStore } from "zustand";
import { TransfersPanel } from "../features/transfers/TransfersPanel.tsx";
import type { GlyphState } from "../lib/glyph.ts";
import { plural } from "../lib/time.ts";
import { containersStore } from "../stores/containers.ts";
import { engineStore } from "../stores/engine.ts";
import { hostStore } from "../stores/host.ts";
import { imagesStore } from "../stores/images.ts";
import { href } from "../stores/route.ts";
import { volumesStore } from "../stores/volumes.ts";
import { StateGlyph } from "../ui/display/StateGlyph.tsx";
import { MachineUsage } from "./MachineUsage.tsx";
import { Notifications } from "./Notifications.tsx";
import css from "./App.module.css";

/** At the foot of the window: the engine, what it holds, what is on its way. */
export function StatusBar() {
  const link = useStore(hostStore, (host) => host.link);
  const status = useStore(engineStore, (engine) => engine.status);
  const containers = useStore(containersStore, (state) => state.rows.length);
  const running = useStore(containersStore, (state) => state.running);
  const images = useStore(imagesStore, (state) => state.entries.length);
  const volumes = useStore(volumesStore, (state) => state.rows.length);
  const ready = useStore(containersStore, (state) => state.phase === "ready");
  const connected = link === "open" && status?.state === "connected";
  const [glyph, words] = engineWords(link, status?.state, status?.version && `${status.version.name} ${status.version.version}`, status && !status.managed && status.connection.id !== "given" ? status.connection.name : undefined);
  return (
    <footer className={css["statusBar"]} aria-label="Status">
      <a href={href.engine()} className={css["statusItem"]} aria-label={`Engine: ${words}`}><StateGlyph state={glyph} label="" /><span className="cut">{words}</span></a>
      {connected && ready && (
        <>
          <a href={href.containers()} className={`${css["statusItem"]} num`}>{containers === 0 ? "No containers" : `${running} of ${plural(containers, "container")} running`}</a>
          <a href={href.images()} className={`${css["statusItem"]} num`}>{images === 0 ? "No images" : plural(images, "image")}</a>
          {volumes > 0 && <a href={href.volumes()} className={`${css["statusItem"]} num`}>{plural(volumes, "volume")}</a>}
        </>
      )}
      <div className={css["statusEnd"]}><MachineUsage /><TransfersPanel /><Notifications /></div>
    </footer>
  );
}

function engineWords(link: string, state: string | undefined, version: string | undefined, name: string | undefined): [GlyphState, string] {
  if (link === "lost") return ["failed", "Connection lost"];
  if (link === "connecting" || state === undefined) return ["busy", "Connecting"];
  switch (state) {
    case "connected":
      return ["running", name === undefined ? (version ?? "Connected") : `${name}: ${version ?? "connected"}`];
    case "starting":
      return ["busy", "Engine is starting"];
    case "connecting":
      return ["busy", name === undefined ? "Engine does not answer" : `${name} does not answer`];
    case "stopped":
      return ["exited", "Engine is stopped"];
    default:
      return ["failed", "Engine did not start"];
  }
}
