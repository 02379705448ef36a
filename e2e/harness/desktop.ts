/** The desktop as a person meets it: a host process on one engine, and a window that a test can click in. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { _electron, chromium, type Page } from "playwright-core";
import { tempDir, type TempDir } from "../fixtures/exec.ts";
import { built, CHECKOUT } from "./build.ts";
import { remember } from "./what-was-shown.ts";

export type HostKind = "browser" | "electron";

export interface Desktop extends AsyncDisposable {
  readonly kind: HostKind;
  readonly page: Page;
  /** What the page reported as an error until now. */
  readonly problems: readonly string[];
  /** Keeps a picture in artifacts/e2e. */
  shot(name: string): Promise<void>;
}

export interface DesktopOptions {
  /** Of an engine that serves, unless the desktop starts its own there. */
  readonly socket: string;
  /** What the pictures of this desktop begin with. */
  readonly name: string;
  /** More of the host's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The desktop starts and stops the engine itself, see e2e/fixtures/own-engine.ts. */
  readonly manages?: boolean;
  /** As on a machine where nobody has seen the first steps; otherwise they are done. */
  readonly firstRun?: boolean;
  readonly viewport?: { readonly width: number; readonly height: number };
}

const ARTIFACTS = join(CHECKOUT, "artifacts/e2e");
export const CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Why a host cannot run here, or undefined. */
export function missing(kind: HostKind): string | undefined {
  if (kind === "browser") return findChromium() ? undefined : "no Chromium or Chrome is installed";
  return findElectron() ? undefined : "the Electron binary is not installed (node_modules/electron/dist)";
}

/** Opens the desktop on an engine that already serves. */
export async function openDesktop(kind: HostKind, options: DesktopOptions): Promise<Desktop> {
  await built("renderer", ...(kind === "browser" ? ["host" as const] : []));
  await mkdir(ARTIFACTS, { recursive: true });
  return kind === "browser" ? openBrowserHost(options) : openElectron(options);
}

async function openBrowserHost(options: DesktopOptions): Promise<Desktop> {
  const home = await makeHome(options.firstRun);
  const host = spawn(process.execPath, [join(CHECKOUT, "dist/browser-host/main.cjs"), "--socket", options.socket, "--no-open", ...(options.manages ? [] : ["--host-only"])], {
    cwd: CHECKOUT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HOME: home.path, XDG_CONFIG_HOME: join(home.path, "config"), ...options.env },
  });
  const exited = new Promise<void>((done) => host.once("exit", () => done()));
  const link = await printedLink(host.stdout, host.stderr, exited);
  const browser = await chromium.launch({ executablePath: findChromium() ?? "", args: CHROMIUM_FLAGS });
  // What fades in or out has colours that axe objects to, for a moment.
  const context = await browser.newContext({ viewport: options.viewport ?? { width: 1280, height: 800 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  const problems = collectProblems(page);
  const forget = remember(page, problems);
  await page.goto(link);
  return {
    kind: "browser",
    page,
    problems,
    shot: (name) => keep(page, `${options.name}-${name}`),
    async [Symbol.asyncDispose]() {
      await forget();
      await browser.close();
      host.kill("SIGTERM");
      await exited;
      await home[Symbol.asyncDispose]();
    },
  };
}

/** A home for the host, with its settings where the first steps are not to be shown. */
export async function makeHome(firstRun = false): Promise<TempDir> {
  const home = await tempDir("desktop");
  await mkdir(join(home.path, "config/slipway"), { recursive: true });
  if (!firstRun) await writeFile(join(home.path, "config/slipway/desktop.json"), JSON.stringify({ welcomed: true }));
  return home;
}

async function openElectron(options: DesktopOptions): Promise<Desktop> {
  const home = await makeHome(options.firstRun);
  const app = await _electron.launch({
    executablePath: findElectron() ?? "",
    args: ["--no-sandbox", join(CHECKOUT, "dist/electron/main.cjs"), "--socket", options.socket],
    env: { ...(process.env as Record<string, string>), HOME: home.path, XDG_CONFIG_HOME: join(home.path, "config"), DOCKER_HOST: `unix://${options.socket}`, ...options.env },
  });
  const page = await app.firstWindow();
  await page.emulateMedia({ reducedMotion: "reduce" });
  return {
    kind: "electron",
    page,
    problems: collectProblems(page),
    shot: (name) => keep(page, `${options.name}-${name}`),
    async [Symbol.asyncDispose]() {
      await app.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

function printedLink(stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream, exited: Promise<void>): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (data: Buffer): void => {
      text += data.toString();
      const link = /https?:\/\/\S+/.exec(text)?.[0];
      if (link) resolve(link);
    };
    stdout.on("data", read);
    stderr.on("data", read);
    void exited.then(() => reject(new Error(`The browser host ended:\n${text}`)));
  });
}

/** Errors and refused requests of a page, as they come. */
export function collectProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.stack ?? error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  return problems;
}

async function keep(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`) });
}

/** Path of an installed Chromium or Chrome. */
export function findChromium(): string | undefined {
  return [process.env["CHROME_PATH"] ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path !== "" && existsSync(path));
}

function findElectron(): string | undefined {
  const folder = join(CHECKOUT, "node_modules/electron");
  const pathFile = join(folder, "path.txt");
  const binary = existsSync(pathFile) ? join(folder, "dist", readFileSync(pathFile, "utf8").trim()) : join(folder, "dist/electron");
  return existsSync(binary) ? binary : undefined;
}
