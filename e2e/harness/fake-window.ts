/** The window on its in-page fake host: states that no engine takes on request, without starting one. */
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { chromium, type Page } from "playwright-core";
import { contentSecurityPolicy } from "../../electron/services/security.ts";
import { built, CHECKOUT } from "./build.ts";
import { CHROMIUM_FLAGS, collectProblems, findChromium } from "./desktop.ts";

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

export interface FakeWindowOptions {
  readonly hash?: string;
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
  /** A file that runs in the page before its own scripts. */
  readonly script?: string;
  /** What the clock shows when the window opens, in UTC; it goes on from there. Unless told, the machine's own. */
  readonly at?: string;
}

export interface FakeWindows extends AsyncDisposable {
  /** Opens a window; `query` chooses the state, see renderer/app/fake-main.tsx. */
  open(query?: string, options?: FakeWindowOptions): Promise<{ page: Page; problems: readonly string[] }>;
}

/** Builds the fake window and serves it under the policy of the real hosts. */
export async function startFakeWindows(): Promise<FakeWindows> {
  await built("fake");
  const root = join(CHECKOUT, "dist/renderer-fake");
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    readFile(join(root, path)).then(
      (data) => response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", "content-security-policy": contentSecurityPolicy() }).end(data),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({ executablePath: findChromium() ?? "", args: [...CHROMIUM_FLAGS] });
  return {
    async open(query = "", { hash = "", dark = false, width = 1280, height = 800, reducedMotion = false, script, at } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light", reducedMotion: reducedMotion ? "reduce" : "no-preference", ...(at !== undefined && { timezoneId: "UTC", locale: "en-GB" }) });
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      if (script !== undefined) await page.addInitScript({ path: script });
      if (at !== undefined) await page.clock.install({ time: at });
      const problems = collectProblems(page);
      await page.goto(`http://127.0.0.1:${port}/fake.html${query}${hash}`);
      return { page, problems };
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
