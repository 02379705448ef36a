import { ArchiveRestore, ArrowDownToLine, ArrowDownUp, ArrowUpFromLine, Cable, Container, Database, Eraser, FileDown, FileUp, Footprints, Hammer, HardDrive, Keyboard, Layers, Library, Link, LogIn, Moon, Network, PanelLeft, Play, Plug, PlugZap, Plus, RefreshCw, RotateCw, ScrollText, Search, Server, Settings, SlidersHorizontal, SquareTerminal, Sun, SunMoon, Tag } from "lucide-react";
import type { ReactNode } from "react";
import { deedLooks, performAll } from "../features/containers/deeds.tsx";
import { toggleTransfers } from "../features/transfers/panel.ts";
import type { GlyphState } from "../lib/glyph.ts";
import type { ContainerRow, Deed } from "../stores/container-row.ts";
import { binStore } from "../stores/bin.ts";
import { buildsStore } from "../stores/builds.ts";
import { connectionsStore, switchConnection } from "../stores/connections.ts";
import { engineStore, isSlipway, restartEngine, startEngine } from "../stores/engine.ts";
import { allows, containersStore } from "../stores/containers.ts";
import { checkForNewer } from "../stores/freshness.ts";
import type { ImageRow } from "../stores/images.ts";
import { networksStore } from "../stores/networks.ts";
import { prefsStore } from "../stores/prefs.ts";
import { registriesStore, testRegistry } from "../stores/registries.ts";
import { href, navigate, openDialog, openLogin } from "../stores/route.ts";
import { transfersStore } from "../stores/transfers.ts";
import { volumesStore } from "../stores/volumes.ts";
import { copyLink } from "./shortcuts.ts";
import { chooseTheme } from "./theme.ts";
import { windowStore } from "./window-store.ts";

export interface PaletteCommand {
  readonly id: string;
  readonly label: string;
  readonly icon?: ReactNode;
  readonly glyph?: GlyphState;
  readonly hint?: string;
  readonly keywords?: string;
  readonly run: () => void;
}

/** What can be done anywhere. */
export function globalCommands(): PaletteCommand[] {
  const status = engineStore.getState().status;
  const engine: PaletteCommand[] =
    status?.state !== "connected" ? [{ id: "start-engine", label: status?.managed === false ? "Connect to the engine again" : "Start engine", icon: <Play />, run: () => void startEngine() }]
    : status.managed ? [{ id: "restart-engine", label: "Restart engine", icon: <RotateCw />, run: () => void restartEngine() }]
    : [];
  return [
    { id: "run", label: "Run a container", icon: <Play />, hint: "R", keywords: "create new start", run: () => openDialog("run") },
    { id: "pull", label: "Pull an image", icon: <ArrowDownToLine />, hint: "P", keywords: "download", run: () => openDialog("pull") },
    { id: "load-images", label: "Load images from a file", icon: <FileUp />, keywords: "import tar archive", run: () => openDialog("load-images") },
    { id: "prune-images", label: "Prune images", icon: <Eraser />, keywords: "remove unused dangling clean free", run: () => openDialog("prune-images") },
    { id: "build", label: "Build an image", icon: <Hammer />, hint: "B", keywords: "dockerfile new", run: () => navigate(href.newBuild()) },
    { id: "containers", label: "Go to containers", icon: <Container />, hint: "1", run: () => navigate(href.containers()) },
    { id: "images", label: "Go to images", icon: <Layers />, hint: "2", run: () => navigate(href.images()) },
    { id: "logs", label: "Go to logs", icon: <ScrollText />, hint: "L", keywords: "output print", run: () => navigate(href.logs()) },
    { id: "logs-running", label: "Logs of all running containers", icon: <ScrollText />, keywords: "merged together", run: () => navigate(href.logs({ rule: "running" })) },
    ...projectNames().map((name): PaletteCommand => ({ id: `logs-project ${name}`, label: `Logs of project ${name}`, icon: <ScrollText />, keywords: "compose merged together", run: () => navigate(href.logs({ projects: [name] })) })),
    { id: "ports", label: "Go to ports", icon: <Cable />, hint: "4", run: () => navigate(href.ports()) },
    { id: "volumes", label: "Go to volumes", icon: <Database />, hint: "5", run: () => navigate(href.volumes()) },
    { id: "networks", label: "Go to networks", icon: <Network />, hint: "6", run: () => navigate(href.networks()) },
    { id: "registries", label: "Go to registries", icon: <Library />, hint: "7", keywords: "login hub ecr", run: () => navigate(href.registries()) },
    { id: "add-registry", label: "Add a registry", icon: <Plus />, keywords: "new login", run: () => openDialog("add-registry") },
    { id: "login", label: "Log in to Docker Hub", icon: <LogIn />, keywords: "registry docker.io", run: () => openLogin("docker.io") },
    { id: "transfers", label: "Show transfers", icon: <ArrowDownUp />, hint: "T", keywords: "pulls pushes progress", run: toggleTransfers },
    ...(transfersStore.getState().kept === false ? [] : [{ id: "newer", label: "Check for newer images", icon: <RefreshCw />, keywords: "behind update outdated registry", run: () => void checkForNewer() }]),
    { id: "new-volume", label: "Create a volume", icon: <Plus />, keywords: "new add", run: () => openDialog("new-volume") },
    { id: "prune-containers", label: "Prune containers", icon: <Eraser />, keywords: "remove stopped exited clean free", run: () => openDialog("prune-containers") },
    { id: "prune-volumes", label: "Prune volumes", icon: <Eraser />, keywords: "remove unused clean free", run: () => openDialog("prune-volumes") },
    { id: "new-network", label: "Create a network", icon: <Plus />, keywords: "new add subnet", run: () => openDialog("new-network") },
    { id: "prune-networks", label: "Prune networks", icon: <Eraser />, keywords: "remove unused clean", run: () => openDialog("prune-networks") },
    ...(binStore.getState().kept === true ? [{ id: "removed", label: "Recently removed", icon: <ArchiveRestore />, keywords: "undo restore bring back bin trash deleted", run: () => navigate(href.removed()) }] : []),
    { id: "check-port", label: "Check a port", icon: <Search />, keywords: "free taken who listens", run: () => openDialog("check-port") },
    { id: "builds", label: "Go to builds", icon: <Hammer />, keywords: "history", run: () => navigate(href.builds()) },
    { id: "engine", label: "Go to engine", icon: <Server />, hint: "3", run: () => navigate(href.engine()) },
    { id: "connections", label: "Go to connections", icon: <Plug />, keywords: "engine docker host context switch", run: () => navigate(href.engine("connections")) },
    { id: "add-connection", label: "Add a connection", icon: <Plus />, keywords: "engine docker host ssh tcp remote", run: () => openDialog("add-connection") },
    ...connectionsStore.getState().rows.filter((row) => !row.current && !row.problem).map((row): PaletteCommand => ({ id: `use ${row.id}`, label: `Use ${row.name}`, icon: <Plug />, hint: row.address, keywords: "switch connection engine docker", run: () => void switchConnection(row.id, row.name) })),
    { id: "welcome", label: "First steps and the sample project", icon: <Footprints />, keywords: "try hello tutorial begin welcome requirements", run: () => navigate(href.welcome()) },
    { id: "copy-link", label: "Copy a link to this page", icon: <Link />, hint: "Y", keywords: "address url share", run: copyLink },
    { id: "disk", label: "What takes space", icon: <HardDrive />, keywords: "disk usage free size df prune clean layers cache logs", run: () => navigate(href.engine("disk")) },
    { id: "settings", label: "Go to settings", icon: <Settings />, keywords: "preferences options", run: () => navigate(href.settings()) },
    ...engine,
    { id: "light", label: "Light theme", icon: <Sun />, run: () => chooseTheme("light") },
    { id: "dark", label: "Dark theme", icon: <Moon />, run: () => chooseTheme("dark") },
    { id: "system", label: "System theme", icon: <SunMoon />, run: () => chooseTheme("system") },
    { id: "rail", label: "Collapse or expand navigation", icon: <PanelLeft />, run: () => prefsStore.setState({ railCollapsed: !prefsStore.getState().railCollapsed }) },
    { id: "shortcuts", label: "Keyboard shortcuts", icon: <Keyboard />, hint: "?", keywords: "help", run: () => windowStore.setState({ shortcuts: true }) },
  ];
}

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly PaletteCommand[];
}

/** Most objects of one kind that are offered at once; typing narrows them. */
const most = 30;
/** Up to this many matching containers, what can be done with each is offered too. */
const few = 3;

/** Commands and objects that match every word of `query`: objects first, since they are what is typed most. */
export function findCommands(query: string, containers: readonly ContainerRow[], images: readonly ImageRow[]): CommandGroup[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const all = { title: "Commands", commands: globalCommands().filter((command) => fits(`${command.label} ${command.keywords ?? ""}`)) };
  if (words.length === 0) return [all, { title: "Containers", commands: containers.slice(0, 8).flatMap((row) => containerCommands(row).slice(0, 1)) }].filter(filled);
  const named = containers.filter((row) => fits(`${row.name} ${row.image}`));
  const mentioned = containers.filter((row) => words.some((word) => row.name.toLowerCase().includes(word)));
  const deeds = (named.length > 0 && named.length <= few ? named : mentioned).flatMap((row) => containerCommands(row).slice(1)).filter((command) => fits(command.label));
  return [
    { title: "Containers", commands: named.slice(0, most).flatMap((row) => containerCommands(row).slice(0, 1)) },
    { title: "Actions", commands: named.length <= few || words.length > 1 ? deeds.slice(0, most) : [] },
    all,
    { title: "Builds", commands: buildsStore.getState().rows.filter((build) => fits(`${build.title} build`)).slice(0, few).map((build): PaletteCommand => ({ id: `build ${build.id}`, label: build.title, icon: <Hammer />, hint: build.status, run: () => navigate(href.build(build.id)) })) },
    { title: "Images", commands: images.flatMap(imageCommands).filter((command) => fits(command.label)).slice(0, most) },
    { title: "Registries", commands: registryCommands().filter((command) => fits(`${command.label} ${command.keywords}`)).slice(0, most) },
    { title: "Volumes", commands: storageCommands("volume").filter((command) => fits(`${command.label} ${command.keywords}`)).slice(0, most) },
    { title: "Networks", commands: storageCommands("network").filter((command) => fits(`${command.label} ${command.keywords}`)).slice(0, most) },
  ].filter(filled);
}

function filled(group: CommandGroup): boolean {
  return group.commands.length > 0;
}

/** Compose projects that containers belong to. */
function projectNames(): string[] {
  const names = containersStore.getState().rows.map((row) => row.labels["com.docker.compose.project"]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

/** Volumes or networks, to open. */
function storageCommands(kind: "volume" | "network"): PaletteCommand[] {
  return kind === "volume"
    ? volumesStore.getState().rows.map((row) => ({ id: `volume ${row.name}`, label: row.name, icon: <Database />, hint: row.driver, keywords: "volume", run: () => navigate(href.volume(row.name)) }))
    : networksStore.getState().rows.map((row) => ({ id: `network ${row.id}`, label: row.name, icon: <Network />, hint: row.subnets[0]?.subnet ?? row.driver, keywords: "network", run: () => navigate(href.network(row.id)) }));
}

/** Registries that are known, to open, and what can be done with each. */
function registryCommands(): PaletteCommand[] {
  return registriesStore.getState().list.flatMap(({ host, name, login }): PaletteCommand[] => [
    { id: `registry ${host}`, label: name, icon: <Library />, hint: host === name ? "" : host, keywords: `registry ${host}`, run: () => navigate(href.registry(host)) },
    ...(transfersStore.getState().kept === false ? [] : [{ id: `test ${host}`, label: `Test ${name}`, icon: <PlugZap />, keywords: `registry connection ${host}`, run: () => { navigate(href.registry(host, "connection")); void testRegistry(host); } }]),
    ...(login || host === "docker.io" ? [] : [{ id: `login ${host}`, label: `Log in to ${name}`, icon: <LogIn />, keywords: `registry ${host}`, run: () => openLogin(host) }]),
  ]);
}

/** What can be done with one container; opening it comes first. */
export function containerCommands(row: ContainerRow): PaletteCommand[] {
  const deeds: readonly Deed[] = ["start", "stop", "restart", "pause", "unpause", "remove"];
  return [
    { id: `open ${row.id}`, label: row.name, glyph: row.glyph, hint: row.image, run: () => navigate(href.container(row.id)) },
    { id: `logs ${row.id}`, label: `Logs of ${row.name}`, icon: <ScrollText />, run: () => navigate(href.container(row.id, "logs")) },
    ...(row.state === "running" ? [{ id: `terminal ${row.id}`, label: `Terminal in ${row.name}`, icon: <SquareTerminal />, run: () => navigate(href.container(row.id, "terminal")) }] : []),
    ...(isSlipway(engineStore.getState()) ? [{ id: `edit ${row.id}`, label: `Edit ${row.name}`, icon: <SlidersHorizontal />, run: () => openDialog("edit", row.id) }] : []),
    ...deeds.filter((deed) => allows(row, deed)).map((deed): PaletteCommand => {
      const { word, icon: Icon } = deedLooks[deed];
      return { id: `${deed} ${row.id}`, label: `${word} ${row.name}`, icon: <Icon />, run: () => performAll(deed, [row]) };
    }),
  ];
}

/** What can be done with one image. */
export function imageCommands(row: ImageRow): PaletteCommand[] {
  return [
    { id: `image ${row.key}`, label: row.reference, icon: <Layers />, hint: "image", run: () => navigate(href.image(row.id)) },
    { id: `run ${row.key}`, label: `Run ${row.reference}`, icon: <Play />, run: () => openDialog("run", row.reference) },
    { id: `push ${row.key}`, label: `Push ${row.reference}`, icon: <ArrowUpFromLine />, run: () => openDialog("push", row.reference) },
    { id: `tag ${row.key}`, label: `Tag ${row.reference}`, icon: <Tag />, run: () => openDialog("tag-image", row.reference) },
    { id: `save ${row.key}`, label: `Save ${row.reference} to a file`, icon: <FileDown />, run: () => openDialog("save-images", row.tag === "" ? row.id : row.reference) },
  ];
}
