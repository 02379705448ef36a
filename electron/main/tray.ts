/** The tray: says that the engine runs although no window does, what runs in it, and brings the window back. */
import { fileURLToPath } from "node:url";
import type { MenuItemConstructorOptions } from "electron";
import { Menu, nativeImage, Tray } from "electron";
import type { EngineStatus } from "../ipc/contract/engine.ts";
import type { Services } from "../services/services.ts";

export interface TrayActions {
  show(): void;
  /** Shows an address of the window. */
  showAt(hash: string): void;
  quit(): void;
}

interface RunningContainer {
  readonly id: string;
  readonly name: string;
}

/** More of them make a menu that nobody reads; the window has all. */
const MOST_CONTAINERS = 12;
/** Events come in groups; the menu is made once for a group. */
const GATHER_MS = 300;

/** Keep the result: a tray that is collected disappears. */
export function createTray({ connection, containers, events }: Services, actions: TrayActions): Tray {
  const tray = new Tray(nativeImage.createFromPath(fileURLToPath(new URL("../../assets/tray.png", import.meta.url))));
  let running: readonly RunningContainer[] = [];
  let timer: NodeJS.Timeout | undefined;

  function draw(): void {
    const { status } = connection;
    const words = describe(status);
    tray.setToolTip(`Slipway: ${words}${running.length > 0 ? `, ${running.length} running` : ""}`);
    tray.setContextMenu(Menu.buildFromTemplate([...engineItems(status), ...containerItems(), { type: "separator" }, { label: "Open Slipway", click: actions.show }, { label: "Run a container", click: () => actions.showAt("#/containers?run=") }, { type: "separator" }, { label: "Quit", click: actions.quit }]));
  }

  function engineItems(status: EngineStatus): MenuItemConstructorOptions[] {
    const off = status.state === "stopped" || status.state === "failed";
    return [
      { label: describe(status), enabled: false },
      off
        ? { label: status.managed ? "Start engine" : "Connect again", click: () => void connection.start() }
        : { label: "Stop engine", visible: status.managed, enabled: status.state === "connected", click: () => void connection.stop().catch(() => undefined) },
    ];
  }

  function containerItems(): MenuItemConstructorOptions[] {
    if (running.length === 0) return [];
    const more = running.length - MOST_CONTAINERS;
    return [
      { type: "separator" },
      ...running.slice(0, MOST_CONTAINERS).map(({ id, name }): MenuItemConstructorOptions => ({
        label: name,
        submenu: [
          { label: "Show", click: () => actions.showAt(`#/containers/${id}`) },
          { label: "Logs", click: () => actions.showAt(`#/containers/${id}/logs`) },
          { label: "Terminal", click: () => actions.showAt(`#/containers/${id}/terminal`) },
          { type: "separator" },
          // What goes wrong shows in the list, which the next event brings up to date.
          { label: "Restart", click: () => void containers.restart(id, undefined).catch(() => undefined) },
          { label: "Stop", click: () => void containers.stop(id, undefined).catch(() => undefined) },
        ],
      })),
      ...(more > 0 ? [{ label: `${more} more`, click: () => actions.showAt("#/containers") }] : []),
    ];
  }

  async function refresh(): Promise<void> {
    running = connection.status.state === "connected" ? await listRunning(containers).catch(() => []) : [];
    draw();
  }

  tray.on("click", actions.show);
  draw();
  const hear = async (): Promise<void> => {
    for await (const batch of events.subscribe(new AbortController().signal)) {
      if (batch.some((event) => event.type === "engine")) draw();
      if (batch.some((event) => event.type === "engine" || event.type === "resync" || (event.type === "docker" && event.event.objectType === "container"))) timer ??= setTimeout(() => { timer = undefined; void refresh(); }, GATHER_MS);
    }
  };
  void hear();
  return tray;
}

/** Running containers by name. */
async function listRunning(containers: Services["containers"]): Promise<RunningContainer[]> {
  const list = JSON.parse(await containers.list({ status: ["running"] }, undefined)) as { Id: string; Names?: string[] }[];
  return list.map(({ Id, Names }) => ({ id: Id, name: (Names?.[0] ?? Id.slice(0, 12)).replace(/^\//, "") })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const WORDS: Readonly<Record<EngineStatus["state"], string>> = {
  starting: "Engine is starting",
  connecting: "Engine is not reachable",
  connected: "Engine is running",
  stopped: "Engine is stopped",
  failed: "Engine could not be started",
};

function describe(status: EngineStatus): string {
  return status.managed ? WORDS[status.state] : `${WORDS[status.state]} (${status.connection.name})`;
}
