/** The Electron host: composes the services, serves them to one window, lives in the tray. */
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { app, dialog, nativeTheme, safeStorage } from "electron";
import { systemKeyrings } from "../services/credentials/keyrings.ts";
import { namedEndpoint } from "../services/endpoint.ts";
import { firstConnection } from "../services/connections.ts";
import { createEngineProcess } from "../services/engine-process.ts";
import { errorInfo } from "../services/ipc-error.ts";
import type { HostApp, Services } from "../services/services.ts";
import { createServices } from "../services/services.ts";
import { SettingsFile } from "../services/settings.ts";
import { linkIn, receiveLinks } from "./links.ts";
import { setStartAtLogin } from "./login.ts";
import { setMenu } from "./menu.ts";
import { openOutside, registerScheme, servePages } from "./pages.ts";
import { servePorts } from "./ports.ts";
import { mayQuit } from "./quit.ts";
import { electronSecretBox } from "./secret-box.ts";
import { createTray } from "./tray.ts";
import { MainWindow } from "./window.ts";

async function start(): Promise<void> {
  const settings = await SettingsFile.load();
  nativeTheme.themeSource = settings.settings.theme;
  const host: HostApp = {
    info: () => ({ host: "electron", platform: process.platform as "linux", version: app.getVersion(), homeDirectory: homedir() }),
    openExternal: openOutside,
    async applySettings({ theme, startAtLogin }) {
      nativeTheme.themeSource = theme;
      await setStartAtLogin(startAtLogin);
    },
  };
  const services = createServices(await firstConnection(namedEndpoint(socketFlag(process.argv)), settings), createEngineProcess(), host, { settings, keyrings: systemKeyrings(electronSecretBox(safeStorage)) });
  await app.whenReady();
  const window = new MainWindow(settings);
  servePages(fileURLToPath(new URL("../renderer", import.meta.url)), services.downloads);
  servePorts(services, (contents) => window.owns(contents));
  setMenu(() => app.quit());
  const tray = createTray(services, { show: () => window.show(), showAt: (hash) => window.showAt(hash), quit: () => app.quit() });
  app.on("second-instance", () => window.show());
  receiveLinks((hash) => window.showAt(hash));
  app.on("activate", () => window.show());
  app.on("window-all-closed", () => undefined); // Closing the window leaves the tray.
  quitInOrder(services, settings, () => tray.destroy());
  const asked = linkIn(process.argv);
  if (asked !== undefined) window.showAt(asked);
  else if (!process.argv.includes("--hidden")) window.show();
}

/** `--socket PATH`. Chromium's own flags stand among the arguments too, so nothing else is judged. */
function socketFlag(args: readonly string[]): string | undefined {
  return parseArgs({ args: args.slice(1), options: { socket: { type: "string" } }, strict: false, allowPositionals: true }).values.socket?.toString();
}

function quitInOrder(services: Services, settings: SettingsFile, last: () => void): void {
  let state: "running" | "asking" | "leaving" = "running";
  app.on("before-quit", (event) => {
    if (state === "leaving") return;
    event.preventDefault();
    if (state === "asking") return;
    state = "asking";
    void mayQuit(services.connection, settings).then(async (yes) => {
      state = yes ? "leaving" : "running";
      if (!yes) return;
      last();
      await services.connection[Symbol.asyncDispose]();
      app.quit();
    });
  });
}

registerScheme();
app.enableSandbox();
if (app.requestSingleInstanceLock()) {
  start().catch((error: unknown) => {
    dialog.showErrorBox("Slipway could not start", errorInfo(error).message);
    app.exit(1);
  });
} else {
  app.quit();
}
