/** What the window remembers on this machine. */
import { createStore } from "zustand/vanilla";

export type Theme = "system" | "light" | "dark";

export interface Prefs {
  /** Theme and rows as the host said them last, see settings.ts. */
  readonly theme: Theme;
  readonly compactRows: boolean;
  readonly railCollapsed: boolean;
  readonly logTime: "off" | "local" | "utc" | "relative";
  readonly logLevels: boolean;
  /** Whether the panel that chooses what the Logs screen shows is open, and what was chosen last: the query of its address. */
  readonly logPanel: boolean;
  readonly logChoice: string;
  readonly logWrap: boolean;
  readonly logFontSize: number;
  readonly containerFilter: "all" | "running";
  readonly shell: string;
  /** What the reader made of each list: columns, widths in pixels, order. */
  readonly tables: Readonly<Record<string, TablePrefs>>;
  readonly containerGroups: boolean;
  readonly closedProjects: readonly string[];
  readonly containerQueries: readonly SavedQuery[];
  /** Searches of images, each with which of them it is among. */
  readonly imageQueries: readonly (SavedQuery & { readonly show: "all" | "used" | "unused" | "dangling" })[];
  /** Images under headings of their repositories, and those that are closed. */
  readonly imageGroups: boolean;
  readonly closedRepositories: readonly string[];
  /** The forms that folders were built with last, the newest at the end. */
  readonly builtFolders: readonly { readonly folder: string; readonly form: object }[];
}

export interface TablePrefs {
  readonly shown: Readonly<Record<string, boolean>>;
  readonly widths: Readonly<Record<string, number>>;
  readonly sort?: { readonly column: string; readonly down: boolean };
}

/** A filter that was given a name. */
export interface SavedQuery {
  readonly name: string;
  readonly query: string;
}

const key = "slipway.prefs";
const defaults: Prefs = { theme: "system", compactRows: false, railCollapsed: false, logTime: "off", logLevels: true, logPanel: true, logChoice: "rule=running", logWrap: false, logFontSize: 12, containerFilter: "all", shell: "", tables: {}, containerGroups: true, closedProjects: [], containerQueries: [], imageQueries: [], imageGroups: false, closedRepositories: [], builtFolders: [] };

export const prefsStore = createStore<Prefs>(() => ({ ...defaults, ...read() }));

prefsStore.subscribe((prefs) => {
  try {
    localStorage.setItem(key, JSON.stringify(prefs));
  } catch {
    // Storage may be full or forbidden; the choice then lasts as long as the window.
  }
});

function read(): Partial<Prefs> {
  try {
    return JSON.parse(globalThis.localStorage?.getItem(key) ?? "{}") as Partial<Prefs>;
  } catch {
    return {};
  }
}
