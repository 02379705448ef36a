import { Menu } from "electron";
import { openOutside } from "./pages.ts";

const SITE = "https://docs.docker.com/reference/cli/docker/";

/** The application menu. The window's own commands live in its palette; here is what a desktop expects. */
export function setMenu(quit: () => void): void {
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      { label: "File", submenu: [{ role: "close" }, { type: "separator" }, { label: "Quit", accelerator: "CmdOrCtrl+Q", click: quit }] },
      { role: "editMenu" },
      {
        label: "View",
        submenu: [{ role: "reload" }, { role: "toggleDevTools" }, { type: "separator" }, { role: "resetZoom" }, { role: "zoomIn" }, { role: "zoomOut" }, { type: "separator" }, { role: "togglefullscreen" }],
      },
      { role: "windowMenu" },
      { role: "help", submenu: [{ label: "Docker command reference", click: () => void openOutside(SITE) }] },
    ]),
  );
}
