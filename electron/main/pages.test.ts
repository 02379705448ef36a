/** What pages may do under Electron. Electron itself is a stand-in here: its binary is not needed to check our side. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createDownloads, type Downloads } from "../services/downloads.ts";
import type { Files } from "../services/files.ts";
import { openOutside, registerScheme, servePages } from "./pages.ts";

type Handler = (...args: never[]) => unknown;

const electron = vi.hoisted(() => ({
  schemes: [] as { scheme: string; privileges: Record<string, boolean> }[],
  answers: new Map<string, (request: Request) => Promise<Response>>(),
  request: undefined as undefined | ((contents: unknown, permission: string, callback: (allowed: boolean) => void, details: { requestingUrl: string }) => void),
  check: undefined as undefined | ((contents: unknown, permission: string, origin: string) => boolean),
  created: undefined as undefined | ((event: unknown, contents: unknown) => void),
  opened: [] as string[],
}));

vi.mock("electron", () => ({
  app: { on: (name: string, listener: never) => name === "web-contents-created" && (electron.created = listener) },
  protocol: { registerSchemesAsPrivileged: (list: never[]) => electron.schemes.push(...list), handle: (scheme: string, answer: never) => electron.answers.set(scheme, answer) },
  session: { defaultSession: { setPermissionRequestHandler: (handler: never) => (electron.request = handler), setPermissionCheckHandler: (handler: never) => (electron.check = handler) } },
  shell: { openExternal: async (url: string) => void electron.opened.push(url) },
}));

let root: string;
let downloads: Downloads;
const listeners = new Map<string, Handler>();
let windowOpen: ((details: { url: string }) => { action: string }) | undefined;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "slipway-pages-"));
  await writeFile(join(root, "index.html"), "<!doctype html>");
  registerScheme();
  servePages(root, (downloads = createDownloads({ open: async () => Readable.from([Buffer.from("con"), Buffer.from("tent")]) } as unknown as Files)));
  electron.created?.({}, { on: (name: string, listener: Handler) => listeners.set(name, listener), setWindowOpenHandler: (handler: never) => (windowOpen = handler) });
});

afterAll(() => rm(root, { recursive: true }));

/** Whether the browser engine would go on with what `name` announces. */
function goesOn(name: string, url: string): boolean {
  let prevented = false;
  listeners.get(name)?.({ url, preventDefault: () => (prevented = true) } as never);
  return !prevented;
}

it("has an origin of its own that is no file and may not fetch what it likes", () => {
  expect(electron.schemes).toEqual([{ scheme: "app", privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true, stream: true } }]);
});

it("answers with the policy, also where there is no page, and serves nothing outside its folder", async () => {
  for (const [path, status] of [["/", 200], ["/nothing.js", 404], ["/%2e%2e/%2e%2e/etc/passwd", 404]] as const) {
    const response = await electron.answers.get("app")?.(new Request(`app://slipway${path}`));
    expect(response?.status).toBe(status);
    expect(response?.headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self';");
  }
});

it("serves what the window was offered for download once, as an attachment", async () => {
  const url = downloads.offer({ owner: { kind: "container", id: "web" }, path: '/d/ü "x".txt' }, "file");
  const response = await electron.answers.get("app")?.(new Request(`app://slipway${url}`));
  expect(await response?.text()).toBe("content");
  expect(response?.headers.get("content-disposition")).toBe(`attachment; filename="_ _x_.txt"; filename*=UTF-8''%C3%BC%20%22x%22.txt`);
  expect(response?.headers.get("content-type")).toBe("application/octet-stream");
  for (const path of [url, "/download/", "/download/unknown"]) expect((await electron.answers.get("app")?.(new Request(`app://slipway${path}`)))?.status).toBe(404);
});

it("grants only the clipboard, and only to our pages", () => {
  const asked = (permission: string, requestingUrl: string): boolean | undefined => {
    let granted: boolean | undefined;
    electron.request?.({}, permission, (allowed) => (granted = allowed), { requestingUrl });
    return granted;
  };
  for (const permission of ["media", "geolocation", "notifications", "midi", "openExternal", "pointerLock", "fullscreen", "display-capture", "hid", "serial", "usb", "unknown"]) {
    expect(asked(permission, "app://slipway/")).toBe(false);
    expect(electron.check?.({}, permission, "app://slipway/")).toBe(false);
  }
  expect(asked("clipboard-sanitized-write", "app://slipway/")).toBe(true);
  expect(asked("clipboard-sanitized-write", "app://slipway.evil/")).toBe(false);
  expect(electron.check?.({}, "clipboard-read", "https://evil.example")).toBe(false);
});

it("goes nowhere else, embeds nothing, and opens no window", () => {
  expect(goesOn("will-navigate", "app://slipway/#/images")).toBe(true);
  for (const url of ["https://evil.example/", "app://slipway.evil/", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x"]) {
    expect(goesOn("will-navigate", url)).toBe(false);
    expect(goesOn("will-redirect", url)).toBe(false);
    expect(goesOn("will-frame-navigate", url)).toBe(false);
  }
  expect(goesOn("will-attach-webview", "app://slipway/")).toBe(false);
  expect(windowOpen?.({ url: "https://docs.example/" })).toEqual({ action: "deny" });
  expect(windowOpen?.({ url: "file:///etc/passwd" })).toEqual({ action: "deny" });
});

it("hands only web addresses to the user's browser", async () => {
  electron.opened.length = 0;
  for (const url of ["https://docs.example/", "HTTP://a.example", "file:///etc/passwd", "smb://x", "javascript:1", "slipway://x", "vscode://x"]) await openOutside(url);
  expect(electron.opened).toEqual(["https://docs.example/", "HTTP://a.example"]);
});
