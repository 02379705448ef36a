import { Cable, Container, Database, Hammer, Keyboard, Layers, Library, type LucideIcon, Moon, Network, PanelLeft, ScrollText, Search, Server, Settings, Sun, SunMoon } from "lucide-react";
import { useStore } from "zustand";
import { buildsStore } from "../stores/builds.ts";
import { containersStore } from "../stores/containers.ts";
import { engineStore } from "../stores/engine.ts";
import { imagesStore } from "../stores/images.ts";
import { networksStore } from "../stores/networks.ts";
import { prefsStore, type Theme } from "../stores/prefs.ts";
import { href, type Place } from "../stores/route.ts";
import { volumesStore } from "../stores/volumes.ts";
import { Keys } from "../ui/display/Keys.tsx";
import { Tip } from "../ui/overlay/Tip.tsx";
import { History } from "./History.tsx";
import icon from "./icon.svg";
import { chooseTheme } from "./theme.ts";
import { windowStore } from "./window-store.ts";
import css from "./App.module.css";

const nextTheme: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const themes: Record<Theme, { readonly word: string; readonly icon: LucideIcon }> = {
  system: { word: "System theme", icon: SunMoon },
  light: { word: "Light theme", icon: Sun },
  dark: { word: "Dark theme", icon: Moon },
};

/** The places of the window. */
export function Rail({ place }: { readonly place: Place }) {
  const collapsed = useStore(prefsStore, (prefs) => prefs.railCollapsed);
  const theme = useStore(prefsStore, (prefs) => prefs.theme);
  const up = useStore(engineStore, (state) => state.status?.state === "connected");
  const containers = useStore(containersStore, (state) => (state.phase === "ready" ? state.running : undefined));
  const builds = useStore(buildsStore, (state) => state.running);
  const images = useStore(imagesStore, (state) => (state.phase === "ready" ? state.entries.length : undefined));
  const volumes = useStore(volumesStore, (state) => (state.phase === "ready" ? state.rows.length : undefined));
  const networks = useStore(networksStore, (state) => (state.phase === "ready" ? state.rows.length : undefined));
  const { word, icon: ThemeIcon } = themes[theme];
  return (
    <nav className={css["rail"]} data-collapsed={collapsed || undefined} aria-label="Slipway">
      <div className={css["brand"]}><img src={icon} alt="" /><span className={css["word"]}>Slipway</span>{!collapsed && <History />}</div>
      <div className={css["places"]}>
        <PlaceLink to={href.containers()} word="Containers" icon={Container} current={place.screen === "containers" || place.screen === "container"} count={up ? containers : undefined} countWord="running" collapsed={collapsed} />
        <PlaceLink to={href.images()} word="Images" icon={Layers} current={place.screen === "images" || place.screen === "image" || place.screen === "compare-images"} count={up ? images : undefined} countWord="on this machine" collapsed={collapsed} />
        <PlaceLink to={href.builds()} word="Build" icon={Hammer} current={place.screen === "builds" || place.screen === "build" || place.screen === "new-build"} count={up ? builds : undefined} countWord="running" collapsed={collapsed} />
        <PlaceLink to={href.logs()} word="Logs" icon={ScrollText} current={place.screen === "logs"} collapsed={collapsed} />
        <PlaceLink to={href.ports()} word="Ports" icon={Cable} current={place.screen === "ports"} collapsed={collapsed} />
        <PlaceLink to={href.volumes()} word="Volumes" icon={Database} current={place.screen === "volumes" || place.screen === "volume"} count={up ? volumes : undefined} countWord="on this machine" collapsed={collapsed} />
        <PlaceLink to={href.networks()} word="Networks" icon={Network} current={place.screen === "networks" || place.screen === "network"} count={up ? networks : undefined} countWord="with the built-in ones" collapsed={collapsed} />
        <PlaceLink to={href.registries()} word="Registries" icon={Library} current={place.screen === "registries" || place.screen === "registry"} collapsed={collapsed} />
        <PlaceLink to={href.engine()} word="Engine" icon={Server} current={place.screen === "engine"} collapsed={collapsed} />
      </div>
      <div className={css["spring"]} />
      <div className={css["foot"]}>
        <PlaceLink to={href.settings()} word="Settings" icon={Settings} current={place.screen === "settings"} collapsed={collapsed} />
        <FootButton word="Commands" icon={Search} collapsed={collapsed} keys="Mod+K" onClick={() => windowStore.setState({ palette: true })} />
        <FootButton word="Shortcuts" icon={Keyboard} collapsed={collapsed} keys="?" onClick={() => windowStore.setState({ shortcuts: true })} />
        <FootButton word={word} icon={ThemeIcon} collapsed={collapsed} onClick={() => chooseTheme(nextTheme[theme])} />
        <FootButton word={collapsed ? "Expand" : "Collapse"} icon={PanelLeft} collapsed={collapsed} onClick={() => prefsStore.setState({ railCollapsed: !collapsed })} />
      </div>
    </nav>
  );
}

interface PlaceLinkProps {
  readonly to: string;
  readonly word: string;
  readonly icon: LucideIcon;
  readonly current: boolean;
  readonly collapsed: boolean;
  readonly count?: number | undefined;
  readonly countWord?: string;
}

function PlaceLink({ to, word, icon: Icon, current, collapsed, count, countWord }: PlaceLinkProps) {
  const link = (
    <a href={to} className={css["place"]} aria-current={current ? "page" : undefined} aria-label={word} draggable={false}>
      <Icon aria-hidden="true" />
      <span className={css["word"]}>{word}</span>
      {count !== undefined && count > 0 && <span className={css["placeCount"]} title={countWord}>{count.toLocaleString("en")}</span>}
    </a>
  );
  return collapsed ? <Tip text={word} side="right">{link}</Tip> : link;
}

function FootButton({ word, icon: Icon, collapsed, keys, onClick }: { readonly word: string; readonly icon: LucideIcon; readonly collapsed: boolean; readonly keys?: string; readonly onClick: () => void }) {
  const button = (
    <button type="button" className={css["place"]} aria-label={word} onClick={onClick}>
      <Icon aria-hidden="true" />
      <span className={css["word"]}>{word}</span>
      {keys && <span className={css["footKeys"]} aria-hidden="true"><Keys combo={keys} /></span>}
    </button>
  );
  return collapsed ? <Tip text={word} side="right" shortcut={keys}>{button}</Tip> : button;
}
