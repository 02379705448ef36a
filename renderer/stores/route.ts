/** Addresses of everything in the window, kept in the fragment so that back, forward and links work under every host. */
import { createStore } from "zustand/vanilla";

export const containerTabs = ["overview", "logs", "terminal", "inspect"] as const;
export type ContainerTab = (typeof containerTabs)[number];

export const buildTabs = ["steps", "shell"] as const;
export type BuildTab = (typeof buildTabs)[number];

export type Place =
  | { readonly screen: "containers" }
  | { readonly screen: "container"; readonly id: string; readonly tab: ContainerTab }
  | { readonly screen: "images" }
  | { readonly screen: "builds" }
  | { readonly screen: "build"; readonly id: string; readonly tab: BuildTab }
  /** Starting a build, with what an earlier one was made of. */
  | { readonly screen: "new-build"; readonly from: string | undefined }
  | { readonly screen: "engine" };

export interface Route {
  readonly place: Place;
  /** An open dialog: `run` or `pull` with the image it begins with, which may be empty. */
  readonly dialog: { readonly kind: "run" | "pull"; readonly image: string } | null;
}

/** Links to every place. */
export const href = {
  containers: (query: { run?: string } = {}): string => withQuery("#/containers", query),
  container: (id: string, tab: ContainerTab = "overview"): string => `#/containers/${encodeURIComponent(id)}/${tab}`,
  images: (query: { pull?: string; run?: string } = {}): string => withQuery("#/images", query),
  builds: (): string => "#/builds",
  build: (id: string, tab: BuildTab = "steps"): string => `#/builds/${encodeURIComponent(id)}/${tab}`,
  newBuild: (from?: string): string => (from === undefined ? "#/builds/new" : `#/builds/new/${encodeURIComponent(from)}`),
  engine: (): string => "#/engine",
};

function withQuery(path: string, query: Record<string, string | undefined>): string {
  const [entry] = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return entry ? `${path}?${entry[0]}=${encodeURIComponent(entry[1])}` : path;
}

/** Reads an address; whatever is unknown leads to the containers. */
export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#/, "").split("?");
  const query = new URLSearchParams(search);
  const kind = query.has("run") ? "run" : query.has("pull") ? "pull" : null;
  return { place: parsePlace(path.split("/").filter(Boolean)), dialog: kind && { kind, image: query.get(kind) ?? "" } };
}

function parsePlace([screen, id, tab]: string[]): Place {
  if (screen === "images") return { screen };
  if (screen === "engine") return { screen };
  if (screen === "builds") {
    if (!id) return { screen };
    if (id === "new") return { screen: "new-build", from: tab === undefined ? undefined : decode(tab) };
    return { screen: "build", id: decode(id), tab: buildTabs.find((each) => each === tab) ?? "steps" };
  }
  if (screen === "containers" && id) return { screen: "container", id: decode(id), tab: containerTabs.find((each) => each === tab) ?? "overview" };
  return { screen: "containers" };
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
export function openDialog(kind: "run" | "pull", image = ""): void {
  const path = location.hash.split("?")[0] || "#/containers";
  navigate(`${path}?${kind}=${encodeURIComponent(image)}`);
}

/** Closes the dialog and stays on the screen; going back does not open it again. */
export function closeDialog(): void {
  const path = location.hash.split("?")[0] || "#/containers";
  history.replaceState(null, "", path);
  routeStore.setState({ dialog: null });
}
