import { dialog } from "electron";
import type { EngineConnection } from "../services/connection.ts";
import { errorInfo } from "../services/ipc-error.ts";
import type { SettingsFile } from "../services/settings.ts";

/**
 * Asks, until told not to, what becomes of the engine, and does it.
 * @returns whether to quit
 */
export async function mayQuit(connection: EngineConnection, settings: SettingsFile): Promise<boolean> {
  if (!connection.endpoint.managed || connection.status.state !== "connected") return true;
  const remembered = settings.settings.onQuit;
  const choice = remembered === "ask" ? await ask(settings) : remembered;
  if (choice === undefined) return false;
  if (choice === "keep") return true;
  try {
    await connection.stop();
    return true;
  } catch (error) {
    const { message, cause } = errorInfo(error);
    dialog.showErrorBox("The engine was not stopped", cause === undefined ? message : `${message}\n\n${cause}`);
    return false;
  }
}

async function ask(settings: SettingsFile): Promise<"keep" | "stop" | undefined> {
  const { response, checkboxChecked } = await dialog.showMessageBox({
    type: "question",
    message: "Keep the engine running?",
    detail: "Containers keep running either way. With the engine running, the docker command and restart policies keep working.",
    buttons: ["Keep running", "Stop engine", "Cancel"],
    defaultId: 0,
    cancelId: 2,
    checkboxLabel: "Do the same next time",
  });
  const choice = response === 0 ? "keep" : response === 1 ? "stop" : undefined;
  if (choice !== undefined && checkboxChecked) await settings.update({ onQuit: choice }).catch(() => undefined);
  return choice;
}
