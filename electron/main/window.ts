/** The main window: one, where it was last time, sandboxed. */
import { fileURLToPath } from "node:url";
import type { Rectangle } from "electron";
import { BrowserWindow, nativeTheme, screen } from "electron";
import { APP_ORIGIN } from "../ipc/channels.ts";
import type { Settings, SettingsFile } from "../services/settings.ts";

const MINIMUM = { width: 960, height: 640 };
const USUAL = { width: 1280, height: 800 };
const SAVE_AFTER_MS = 500;
/** A remembered window must show at least this much of itself on a screen that is there now. */
const VISIBLE_PIXELS = 100;

export class MainWindow {
  readonly #settings: SettingsFile;
  #window: BrowserWindow | undefined;

  constructor(settings: SettingsFile) {
    this.#settings = settings;
  }

  /** Whether contents are those of our window. */
  owns(contents: Electron.WebContents): boolean {
    return this.#window?.webContents === contents;
  }

  /** Opens the window, or brings it to the front. */
  show(): void {
    if (this.#window === undefined) {
      this.#window = this.#create();
      return;
    }
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  /** Shows an address of the window (`#/images`), in front. */
  showAt(hash: string): void {
    this.show();
    // Within one page a new fragment loads nothing: the page follows its address.
    void this.#window?.loadURL(`${APP_ORIGIN}/${hash}`);
  }

  #create(): BrowserWindow {
    const saved = this.#settings.settings.window;
    const window = new BrowserWindow({
      ...USUAL,
      ...(saved === undefined ? {} : onScreen(saved, screen.getAllDisplays().map((display) => display.workArea))),
      minWidth: MINIMUM.width,
      minHeight: MINIMUM.height,
      title: "Slipway",
      icon: fileURLToPath(new URL("../../assets/icon.png", import.meta.url)),
      show: false,
      backgroundColor: nativeTheme.shouldUseDarkColors ? "#111315" : "#fbfcfd",
      autoHideMenuBar: true,
      webPreferences: {
        preload: fileURLToPath(new URL("./preload.cjs", import.meta.url)),
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        spellcheck: false,
      },
    });
    if (saved?.maximized === true) window.maximize();
    window.once("ready-to-show", () => window.show());
    this.#remember(window);
    window.once("closed", () => (this.#window = undefined));
    void window.loadURL(`${APP_ORIGIN}/`);
    return window;
  }

  #remember(window: BrowserWindow): void {
    let timer: NodeJS.Timeout | undefined;
    const save = (): void => {
      timer = undefined;
      // A place that cannot be saved is no reason to trouble anyone: the window opens where it usually does.
      this.#settings.update({ window: { ...window.getNormalBounds(), maximized: window.isMaximized() } }).catch(() => undefined);
    };
    const later = (): void => {
      timer ??= setTimeout(save, SAVE_AFTER_MS);
    };
    window.on("resize", later);
    window.on("move", later);
    window.on("maximize", later);
    window.on("unmaximize", later);
    window.on("close", () => {
      clearTimeout(timer);
      save();
    });
  }
}

/** The remembered bounds if they are on a screen now, else only the size. Pure. */
export function onScreen(saved: NonNullable<Settings["window"]>, screens: readonly Rectangle[]): Partial<Rectangle> {
  const { x, y, width, height } = saved;
  if (x === undefined || y === undefined) return { width, height };
  const visible = screens.some(
    (area) =>
      Math.min(x + width, area.x + area.width) - Math.max(x, area.x) >= VISIBLE_PIXELS &&
      Math.min(y + height, area.y + area.height) - Math.max(y, area.y) >= VISIBLE_PIXELS,
  );
  return visible ? { x, y, width, height } : { width, height };
}
