/** The window of the browser host: Chromium without its frame, on a profile of its own. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { getuid } from "node:process";

const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "brave-browser", "microsoft-edge"];

/** Whether windows can be shown here. */
export function hasDisplay(env: NodeJS.ProcessEnv): boolean {
  return [env["DISPLAY"], env["WAYLAND_DISPLAY"]].some((display) => display !== undefined && display !== "");
}

/** The first browser on the path that can show a page as an application. */
export async function findBrowser(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder.startsWith("/"));
  for (const name of BROWSERS) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (await access(path, constants.X_OK).then(() => true, () => false)) return path;
    }
  }
  return undefined;
}

/** Opens `url` as an application window. With its own profile the process lives as long as its window. */
export function openWindow(browser: string, url: string, env: NodeJS.ProcessEnv): ChildProcess {
  const data = env["XDG_DATA_HOME"];
  const profile = join(data === undefined || data === "" ? join(homedir(), ".local", "share") : data, "slipway", "browser");
  const flags = [`--app=${url}`, `--user-data-dir=${profile}`, "--class=Slipway", "--no-first-run", "--no-default-browser-check", "--window-size=1280,800"];
  // Chromium refuses to run as root with its sandbox.
  if (getuid?.() === 0) flags.push("--no-sandbox", "--test-type");
  return spawn(browser, flags, { stdio: "ignore", detached: false });
}

/** Hands an address to the user's own browser. Resolves when it was handed over; nothing is said where there is none. */
export async function openInBrowser(url: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const child = spawn("xdg-open", [url], { stdio: "ignore", detached: true });
    child.once("error", () => resolve());
    child.once("spawn", () => {
      child.unref();
      resolve();
    });
  });
}
