/** The terminals of the window: they stay open while one walks around, until they are closed or their container is gone. */
import { createStore } from "zustand/vanilla";
import { containersStore } from "../../stores/containers.ts";
import { startSession, type Session, type SessionRequest, type SessionState } from "./session.ts";

export interface TerminalTab {
  readonly id: string;
  readonly containerId: string;
  /** What it runs: "bash", "sh as postgres", "main process". */
  readonly title: string;
  readonly request: SessionRequest;
  readonly state: SessionState;
  /** Counts openings: each has a screen of its own. */
  readonly round: number;
}

export interface TerminalsState {
  readonly tabs: readonly TerminalTab[];
  /** The tab that is shown of each container. */
  readonly shown: Readonly<Record<string, string>>;
}

export const terminalsStore = createStore<TerminalsState>(() => ({ tabs: [], shown: {} }));

interface Screen {
  readonly element: HTMLElement;
  session: Session | undefined;
}

const screens = new Map<string, Screen>();
let count = 0;

/** Adds a tab and shows it; it begins when it is on the screen. */
export function addTerminal(containerId: string, request: SessionRequest): string {
  const id = `terminal-${++count}`;
  const tab: TerminalTab = { id, containerId, title: titleOf(request), request, state: { phase: "opening" }, round: 0 };
  terminalsStore.setState(({ tabs, shown }) => ({ tabs: [...tabs, tab], shown: { ...shown, [containerId]: id } }));
  return id;
}

export function showTerminal(tab: TerminalTab): void {
  terminalsStore.setState(({ shown }) => ({ shown: { ...shown, [tab.containerId]: tab.id } }));
}

/** Ends what runs in a tab, or detaches from it, and takes the tab away; its neighbour is shown. */
export function closeTerminal(id: string): void {
  dropScreen(id);
  terminalsStore.setState(({ tabs, shown }) => {
    const tab = tabs.find((each) => each.id === id);
    if (!tab) return {};
    const own = tabs.filter((each) => each.containerId === tab.containerId);
    const next = own[own.indexOf(tab) + 1] ?? own[own.indexOf(tab) - 1];
    const { [tab.containerId]: now, ...others } = shown;
    return { tabs: tabs.filter((each) => each !== tab), shown: now !== id ? shown : next ? { ...others, [tab.containerId]: next.id } : others };
  });
}

/** Begins a tab again that has ended. */
export function reopenTerminal(id: string): void {
  dropScreen(id);
  change(id, (tab) => ({ ...tab, state: { phase: "opening" }, round: tab.round + 1 }));
}

/** Puts a tab's screen into `place`; the first time its process begins. Returns what takes the screen out again, without ending anything. */
export function mountTerminal(tab: TerminalTab, place: HTMLElement): () => void {
  let screen = screens.get(tab.id);
  if (!screen) {
    screen = { element: document.createElement("div"), session: undefined };
    screen.element.style.height = "100%";
    screens.set(tab.id, screen);
  }
  const { element } = screen;
  place.append(element);
  if (screen.session) {
    screen.session.recolour();
    screen.session.focus();
  } else screen.session = startSession(element, tab.request, (state) => change(tab.id, (now) => ({ ...now, state })));
  return () => element.remove();
}

/** Draws all terminals in the colours of the theme. */
export function recolourTerminals(): void {
  for (const { session, element } of screens.values()) if (element.isConnected) session?.recolour();
}

function dropScreen(id: string): void {
  screens.get(id)?.session?.dispose();
  screens.delete(id);
}

function change(id: string, make: (tab: TerminalTab) => TerminalTab): void {
  terminalsStore.setState(({ tabs }) => ({ tabs: tabs.map((tab) => (tab.id === id ? make(tab) : tab)) }));
}

/** What a tab is called. */
export function titleOf({ place, shell, user }: Pick<SessionRequest, "place" | "shell" | "user">): string {
  if ("attachTo" in place) return "Main process";
  const name = shell === "" ? "Shell" : shell.slice(shell.lastIndexOf("/") + 1);
  return user ? `${name} as ${user}` : name;
}

containersStore.subscribe(({ byId, phase }, before) => {
  if (phase !== "ready" || byId === before.byId) return;
  for (const tab of terminalsStore.getState().tabs) if (!byId.has(tab.containerId)) closeTerminal(tab.id);
});
