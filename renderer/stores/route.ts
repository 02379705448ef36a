/** Addresses of everything in the window, kept in the fragment so that back, forward and links work under every host. */
import { createStore } from "zustand/vanilla";

export const containerTabs = ["overview", "logs", "terminal", "files", "stats", "changes", "inspect"] as const;
export type ContainerTab = (typeof containerTabs)[number];

/** The tabs of a network. */
export const detailTabs = ["overview", "inspect"] as const;
export type DetailTab = (typeof detailTabs)[number];

export const volumeTabs = ["overview", "files", "inspect"] as const;
export type VolumeTab = (typeof volumeTabs)[number];

export const imageTabs = ["overview", "layers", "files", "history", "inspect"] as const;
export type ImageTab = (typeof imageTabs)[number];

const dialogKinds = ["run", "edit", "pull", "prune-containers", "new-volume", "prune-volumes", "new-network", "prune-networks", "check-port", "push", "add-registry", "login", "add-connection", "tag-image", "save-images", "load-images", "prune-images"] as const;
export type DialogKind = (typeof dialogKinds)[number];

export const engineTabs = ["overview", "disk", "connections", "calls", "requirements", "log"] as const;
export type EngineTab = (typeof engineTabs)[number];

export const buildTabs = ["steps", "shell"] as const;
export type BuildTab = (typeof buildTabs)[number];

export const registryTabs = ["repositories", "connection"] as const;
export type RegistryTab = (typeof registryTabs)[number];

export type Place =
  | { readonly screen: "containers" }
  | { readonly screen: "container"; readonly id: string; readonly tab: ContainerTab; /** Which file the tab of that name shows. */ readonly path?: string }
  | { readonly screen: "images" }
  /** By id or by name. */
  | { readonly screen: "image"; readonly id: string; readonly tab: ImageTab }
  /** Two images side by side; the second may not be chosen yet. */
  | { readonly screen: "compare-images"; readonly before: string; readonly after: string }
  /** Logs of several containers; `query` says of which, and how they are looked at: see {@link href.logs}. */
  | { readonly screen: "logs"; readonly query: string }
  | { readonly screen: "ports" }
  | { readonly screen: "volumes" }
  | { readonly screen: "volume"; readonly name: string; readonly tab: VolumeTab; readonly path?: string }
  | { readonly screen: "networks" }
  | { readonly screen: "network"; readonly id: string; readonly tab: DetailTab }
  | { readonly screen: "builds" }
  | { readonly screen: "build"; readonly id: string; readonly tab: BuildTab }
  | { readonly screen: "registries" }
  | { readonly screen: "registry"; readonly host: string; readonly tab: RegistryTab; /** Without its registry: `team/app`. */ readonly repository: string | undefined }
  /** Starting a build, with what an earlier one was made of. */
  | { readonly screen: "new-build"; readonly from: string | undefined }
  | { readonly screen: "engine"; readonly tab: EngineTab }
  | { readonly screen: "settings" }
  /** What was removed and can be brought back. */
  | { readonly screen: "removed" }
  /** The first steps on a new machine. */
  | { readonly screen: "welcome" };

export interface Route {
  readonly place: Place;
  /** An open dialog: those of images with what they begin with, which may be empty or several names with blanks between, `login` with the registry, `edit` with a container's id and after a colon the part that is shown first; the others begin with nothing. */
  readonly dialog: { readonly kind: DialogKind; readonly image: string } | null;
}

/** Links to every place. */
export const href = {
  containers: (query: { run?: string } = {}): string => withQuery("#/containers", query),
  container: (id: string, tab: ContainerTab = "overview"): string => `#/containers/${encodeURIComponent(id)}/${tab}`,
  /** A folder or a file in a container. */
  containerFile: (id: string, path: string): string => `#/containers/${encodeURIComponent(id)}/files/${encodePath(path)}`,
  images: (query: { pull?: string; run?: string } = {}): string => withQuery("#/images", query),
  image: (id: string, tab: ImageTab = "overview"): string => `#/images/${encodeURIComponent(id)}/${tab}`,
  compareImages: (before: string, after = ""): string => `#/images/compare/${encodeURIComponent(before)}/${encodeURIComponent(after)}`,
  /** Without a query: what was chosen last. */
  logs: (query: LogsQuery = {}): string => {
    const text = logsQuery(query);
    return text === "" ? "#/logs" : `#/logs?${text}`;
  },
  ports: (): string => "#/ports",
  volumes: (): string => "#/volumes",
  volume: (name: string, tab: VolumeTab = "overview"): string => `#/volumes/${encodeURIComponent(name)}/${tab}`,
  volumeFile: (name: string, path: string): string => `#/volumes/${encodeURIComponent(name)}/files/${encodePath(path)}`,
  networks: (): string => "#/networks",
  network: (id: string, tab: DetailTab = "overview"): string => `#/networks/${encodeURIComponent(id)}/${tab}`,
  builds: (): string => "#/builds",
  build: (id: string, tab: BuildTab = "steps"): string => `#/builds/${encodeURIComponent(id)}/${tab}`,
  newBuild: (from?: string): string => (from === undefined ? "#/builds/new" : `#/builds/new/${encodeURIComponent(from)}`),
  registries: (): string => "#/registries",
  registry: (host: string, tab: RegistryTab = "repositories", repository?: string): string => `#/registries/${encodeURIComponent(host)}/${tab}${repository === undefined ? "" : `/${encodeURIComponent(repository)}`}`,
  engine: (tab: EngineTab = "overview"): string => (tab === "overview" ? "#/engine" : `#/engine/${tab}`),
  settings: (): string => "#/settings",
  removed: (): string => "#/removed",
  welcome: (): string => "#/welcome",
};

/** As one part of an address. Names that are not UTF-8 have lone surrogates, which an address cannot carry; JSON can. */
function encodePath(path: string): string {
  return encodeURIComponent(path.isWellFormed() ? path : JSON.stringify(path));
}

function decodePath(text: string | undefined): { path?: string } {
  const path = decode(text ?? "");
  if (path.startsWith("/")) return { path };
  if (!path.startsWith('"')) return {};
  try {
    const value: unknown = JSON.parse(path);
    return typeof value === "string" && value.startsWith("/") ? { path: value } : {};
  } catch {
    return {};
  }
}

/** What the Logs screen shows: everything that any of these names. */
export interface LogsQuery {
  readonly rule?: "running" | "all" | undefined;
  readonly projects?: readonly string[] | undefined;
  /** Names of containers. */
  readonly containers?: readonly string[] | undefined;
  /** What is searched for; `only` draws nothing else. */
  readonly find?: string | undefined;
  readonly regex?: boolean | undefined;
  readonly only?: boolean | undefined;
  readonly levels?: readonly string[] | undefined;
}

/** The query of an address, for {@link parseLogsQuery}. */
export function logsQuery({ rule, projects = [], containers = [], find, regex, only, levels }: LogsQuery): string {
  const query = new URLSearchParams();
  if (rule) query.set("rule", rule);
  for (const project of projects) query.append("project", project);
  for (const container of containers) query.append("container", container);
  if (find) query.set("find", find);
  if (find && regex) query.set("regex", "1");
  if (find && only) query.set("only", "1");
  if (levels) query.set("levels", levels.join(","));
  return query.toString();
}

export function parseLogsQuery(text: string): LogsQuery {
  const query = new URLSearchParams(text);
  const rule = query.get("rule");
  return {
    rule: rule === "running" || rule === "all" ? rule : undefined,
    projects: query.getAll("project"),
    containers: query.getAll("container"),
    find: query.get("find") ?? undefined,
    regex: query.get("regex") === "1",
    only: query.get("only") === "1",
    levels: query.get("levels")?.split(",").filter(Boolean),
  };
}

function withQuery(path: string, query: Record<string, string | undefined>): string {
  const [entry] = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return entry ? `${path}?${entry[0]}=${encodeURIComponent(entry[1])}` : path;
}

/** Reads an address; whatever is unknown leads to the containers. */
export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#/, "").split("?");
  const query = new URLSearchParams(search);
  const kind = dialogKinds.find((each) => query.has(each)) ?? null;
  return { place: parsePlace(path.split("/").filter(Boolean), kind === null ? search : ""), dialog: kind && { kind, image: query.get(kind) ?? "" } };
}

function parsePlace([screen, id, tab, part]: string[], query: string): Place {
  if (screen === "logs") return { screen, query };
  if (screen === "images") {
    if (!id) return { screen };
    if (id === "compare" && tab) return { screen: "compare-images", before: decode(tab), after: decode(part ?? "") };
    return { screen: "image", id: decode(id), tab: imageTabs.find((each) => each === tab) ?? "overview" };
  }
  if (screen === "engine") return { screen, tab: engineTabs.find((each) => each === id) ?? "overview" };
  if (screen === "settings" || screen === "removed" || screen === "welcome" || screen === "ports") return { screen };
  if (screen === "volumes") return id ? { screen: "volume", name: decode(id), tab: volumeTabs.find((each) => each === tab) ?? "overview", ...(tab === "files" && decodePath(part)) } : { screen };
  if (screen === "networks") return id ? { screen: "network", id: decode(id), tab: detailTab(tab) } : { screen };
  if (screen === "registries") return id ? { screen: "registry", host: decode(id), tab: registryTabs.find((each) => each === tab) ?? "repositories", repository: part === undefined ? undefined : decode(part) } : { screen };
  if (screen === "builds") {
    if (!id) return { screen };
    if (id === "new") return { screen: "new-build", from: tab === undefined ? undefined : decode(tab) };
    return { screen: "build", id: decode(id), tab: buildTabs.find((each) => each === tab) ?? "steps" };
  }
  if (screen === "containers" && id) return { screen: "container", id: decode(id), tab: containerTabs.find((each) => each === tab) ?? "overview", ...(tab === "files" && decodePath(part)) };
  return { screen: "containers" };
}

function detailTab(text: string | undefined): DetailTab {
  return detailTabs.find((each) => each === text) ?? "overview";
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const routeStore = createStore<Route>(() => ({ place: { screen: "containers" }, dialog: null }));

/** Follows the address bar. Returns what stops it. */
export function followAddress(): () => void {
  const read = () => routeStore.setState(parseRoute(location.hash), true);
  window.addEventListener("hashchange", read);
  read();
  return () => window.removeEventListener("hashchange", read);
}

/** Goes to an address of {@link href}. */
export function navigate(to: string): void {
  location.hash = to;
}

/** Opens a dialog over the screen that is shown now. */
export function openDialog(kind: DialogKind, image = ""): void {
  const path = location.hash.split("?")[0] || "#/containers";
  navigate(`${path}?${kind}=${encodeURIComponent(image)}`);
}

/** Closes the dialog and stays on the screen; going back does not open it again. */
export function closeDialog(): void {
  const path = location.hash.split("?")[0] || "#/containers";
  history.replaceState(null, "", path);
  routeStore.setState({ dialog: null });
}

/** The dialog that a login interrupted. */
let interrupted: Route["dialog"] = null;

/** Asks for a login, from wherever it is needed; the dialog that was open comes back afterwards. */
export function openLogin(host: string): void {
  const { dialog } = routeStore.getState();
  if (dialog?.kind !== "login") interrupted = dialog;
  openDialog("login", host);
}

/** Closes the login and goes back to the dialog that it interrupted. */
export function closeLogin(): void {
  const back = interrupted;
  interrupted = null;
  closeDialog();
  if (back) openDialog(back.kind, back.image);
}

/** Where a page of one object leads when that object is no more to be had: the list of its kind. An open dialog stays. */
export function leaveObject(): void {
  const { place } = routeStore.getState();
  const list: Partial<Record<Place["screen"], string>> = { container: href.containers(), volume: href.volumes(), network: href.networks(), build: href.builds(), image: href.images(), "compare-images": href.images() };
  const to = list[place.screen];
  if (to !== undefined) navigate(`${to}${location.hash.includes("?") ? location.hash.slice(location.hash.indexOf("?")) : ""}`);
}
