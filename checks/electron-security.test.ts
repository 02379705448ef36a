/** The settings that Electron's security checklist asks for, read from the sources: what is on, what never appears, who may talk to the host. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { contentSecurityPolicy, securityHeaders } from "../electron/services/security.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
let sources: Map<string, string>;

beforeAll(async () => {
  const files = (await readdir(join(ROOT, "electron"), { recursive: true })).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.startsWith("testing/"));
  sources = new Map(await Promise.all(files.map(async (file) => [file, withoutComments(await readFile(join(ROOT, "electron", file), "utf8"))] as const)));
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/(^|\s)\/\/ .*$/gm, "$1");
}

/** Files in which `pattern` appears. */
function where(pattern: RegExp): string[] {
  return [...sources].filter(([, text]) => pattern.test(text)).map(([file]) => file).sort();
}

/** What stands between the brace after `start` and its partner. */
function block(text: string, start: string): string {
  const from = text.indexOf("{", text.indexOf(start));
  for (let at = from, depth = 0; at < text.length; at++) {
    depth += text[at] === "{" ? 1 : text[at] === "}" ? -1 : 0;
    if (depth === 0) return text.slice(from, at + 1);
  }
  throw new Error(`${start} has no end`);
}

describe("windows", () => {
  it("are opened in one place, isolated, sandboxed and without Node", () => {
    expect(where(/new (?:BrowserWindow|BrowserView|WebContentsView|BaseWindow)\(/)).toEqual(["main/window.ts"]);
    const text = sources.get("main/window.ts") ?? "";
    expect(text.match(/new BrowserWindow\(/g)).toHaveLength(1);
    const preferences = block(text, "webPreferences:");
    for (const line of ["sandbox: true", "contextIsolation: true", "nodeIntegration: false", "webviewTag: false"]) expect(preferences).toContain(line);
  });

  it("never turn a protection off", () => {
    expect(where(/webSecurity: *false|sandbox: *false|contextIsolation: *false|nodeIntegration(?:InWorker|InSubFrames)?: *true|webviewTag: *true|allowRunningInsecureContent|experimentalFeatures|enableBlinkFeatures|disableBlinkFeatures|enableRemoteModule|nativeWindowOpen/)).toEqual([]);
    expect(where(/commandLine\.append|disable-web-security|ignore-certificate-errors|setCertificateVerifyProc|certificate-error|select-client-certificate/)).toEqual([]);
    expect(where(/app\.enableSandbox\(\)/)).toEqual(["main/main.ts"]);
  });

  it("load our own pages and nothing else, and no text becomes code", () => {
    expect(where(/\.loadFile\(|executeJavaScript|insertCSS|\beval\(|new Function\(|\bwebContents\.debugger\b/)).toEqual([]);
    for (const text of sources.values()) for (const [, address] of text.matchAll(/\.loadURL\(([^)]*)\)/g)) expect(address).toMatch(/^`\$\{APP_ORIGIN\}\//);
  });
});

describe("pages", () => {
  it("are held by the handlers for navigation, windows, webviews and permissions", () => {
    const text = sources.get("main/pages.ts") ?? "";
    for (const name of ["setPermissionRequestHandler", "setPermissionCheckHandler", "setWindowOpenHandler", '"will-attach-webview"', '"will-navigate"', '"web-contents-created"']) expect(text).toContain(name);
    expect(text).not.toMatch(/action: *"allow"/);
    expect(where(/setWindowOpenHandler/)).toEqual(["main/pages.ts"]);
  });

  it("run no script but our own files", async () => {
    const policy = new Map(contentSecurityPolicy(["ws://127.0.0.1:1"]).split("; ").map((part) => [part.slice(0, part.indexOf(" ")), part.slice(part.indexOf(" ") + 1)]));
    expect(policy.get("default-src")).toBe("'none'");
    expect(policy.get("script-src")).toBe("'self'");
    expect(policy.get("connect-src")).toBe("'self' ws://127.0.0.1:1");
    for (const name of ["base-uri", "form-action", "frame-ancestors"]) expect(policy.get(name)).toBe("'none'");
    expect([...policy.values()].join(" ")).not.toMatch(/unsafe-eval|\*|https?:/);
    expect(Object.keys(securityHeaders("x"))).toEqual(expect.arrayContaining(["Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options"]));
    const html = await readFile(join(ROOT, "renderer/index.html"), "utf8");
    expect(html.match(/<script[^>]*>[^<]*<\/script>/g)).toEqual(['<script type="module" src="./app/main.tsx"></script>']);
    expect(html).not.toMatch(/ on\w+=|javascript:/i);
  });
});

describe("channels", () => {
  it("check who asks, each of them, before they answer", () => {
    expect(where(/ipcMain\.handle\b|ipcMain\.once\b|ipcMain\.handleOnce\b/)).toEqual([]);
    expect(where(/ipcMain\.on\(/)).toEqual(["main/ports.ts"]);
    const text = sources.get("main/ports.ts") ?? "";
    expect(text.match(/ipcMain\.on\(/g)).toHaveLength(1);
    const handler = block(text, "ipcMain.on(");
    const check = handler.indexOf("!isOurs(event.sender) || !isOurPage(frame)) return");
    expect(check).toBeGreaterThan(0);
    expect(check).toBeLessThan(handler.indexOf("upgrade("));
  });

  it("are one port in the page's world: the preload hands over nothing else", () => {
    const preload = sources.get("preload/preload.ts") ?? "";
    expect(preload.match(/exposeInMainWorld\(/g)).toHaveLength(1);
    expect(preload.match(/ipcRenderer\.\w+/g)).toEqual(["ipcRenderer.on", "ipcRenderer.send"]);
    expect(block(preload, "exposeInMainWorld(").match(/\w+\(/g)).toEqual(["requestPort(", "send("]);
    expect(preload.split("\n").length).toBeLessThan(100);
    expect(where(/from "electron"/).filter((file) => !file.startsWith("main/") && !file.startsWith("preload/"))).toEqual([]);
  });

  it("lead outside only through one function that takes web addresses", () => {
    expect(where(/shell\.openExternal|shell\.openPath|shell\.showItemInFolder/)).toEqual(["main/pages.ts"]);
    expect(sources.get("main/pages.ts")?.match(/shell\.\w+\(/g)).toEqual(["shell.openExternal("]);
  });
});
