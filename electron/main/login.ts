/** Start at login: a setting of macOS and Windows; elsewhere an entry of the XDG autostart folder (Desktop Application Autostart Specification). */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { app } from "electron";

/** The window stays closed then: `--hidden` leaves the tray alone. */
export async function setStartAtLogin(on: boolean): Promise<void> {
  if (process.platform !== "linux") return app.setLoginItemSettings({ openAtLogin: on, args: ["--hidden"] });
  const config = process.env["XDG_CONFIG_HOME"];
  const path = join(config === undefined || config === "" ? join(homedir(), ".config") : config, "autostart", "slipway.desktop");
  if (!on) return rm(path, { force: true });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, autostartEntry([process.env["APPIMAGE"] ?? process.execPath, ...(app.isPackaged ? [] : [app.getAppPath()]), "--hidden"]));
}

/** Quoted as the Desktop Entry Specification wants the words of Exec. */
function autostartEntry(words: readonly string[]): string {
  const exec = words.map((word) => `"${word.replace(/["`$\\]/g, "\\$&").replaceAll("%", "%%")}"`).join(" ");
  return `[Desktop Entry]\nType=Application\nName=Slipway\nExec=${exec}\nX-GNOME-Autostart-enabled=true\n`;
}
