/** The tray: says that the engine runs although no window does, and brings the window back. */
import { fileURLToPath } from "node:url";
import { Menu, nativeImage, Tray } from "electron";
import type { EngineStatus } from "../ipc/contract/engine.ts";
import type { EngineConnection } from "../services/connection.ts";

export interface TrayActions {
  show(): void;
  quit(): void;
}

/** Keep the result: a tray that is collected disappears. */
export function createTray(connection: EngineConnection, actions: TrayActions): Tray {
  const tray = new Tray(nativeImage.createFromPath(fileURLToPath(new URL("../../assets/tray.png", import.meta.url))));
  const update = (status: EngineStatus): void => {
    const words = describe(status);
    tray.setToolTip(`Slipway: ${words}`);
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: words, enabled: false },
        { type: "separator" },
        { label: "Open Slipway", click: actions.show },
        status.state === "stopped" || status.state === "failed"
          ? { label: "Start engine", click: () => void connection.start() }
          : { label: "Stop engine", enabled: status.managed && status.state === "connected", click: () => void connection.stop().catch(() => undefined) },
        { type: "separator" },
        { label: "Quit", click: actions.quit },
      ]),
    );
  };
  tray.on("click", actions.show);
  update(connection.status);
  connection.listeners.add((signal) => {
    if (signal.type === "status") update(signal.status);
  });
  return tray;
}

const WORDS: Readonly<Record<EngineStatus["state"], string>> = {
  starting: "Engine is starting",
  connecting: "Engine is not reachable",
  connected: "Engine is running",
  stopped: "Engine is stopped",
  failed: "Engine could not be started",
};

function describe(status: EngineStatus): string {
  return status.managed ? WORDS[status.state] : `${WORDS[status.state]} (${status.endpoint})`;
}
