/** The browser host: the desktop's services under plain Node, shown in a browser. Run by `npm start` where Electron is absent. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemKeyrings } from "../services/credentials/keyrings.ts";
import { namedEndpoint } from "../services/endpoint.ts";
import { firstConnection } from "../services/connections.ts";
import { createEngineProcess } from "../services/engine-process.ts";
import { errorInfo } from "../services/ipc-error.ts";
import { createServices } from "../services/services.ts";
import { SettingsFile } from "../services/settings.ts";
import type { BrowserHost } from "./server.ts";
import { startBrowserHost } from "./server.ts";
import { findBrowser, hasDisplay, openInBrowser, openWindow } from "./window.ts";

const USAGE = `Usage: slipway-browser-host [options]
  --socket PATH   talk to this Docker-compatible socket instead of Slipway's own engine
  --port NUMBER   listen on this port (default: a free one)
  --no-open       print the address, open no window
  --host-only     only connect: never start or stop an engine`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      socket: { type: "string" },
      port: { type: "string", default: "0" },
      "no-open": { type: "boolean", default: false },
      "host-only": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port must be a number from 0 to 65535, not "${values.port}".`);

  const settings = await SettingsFile.load();
  const first = await firstConnection(namedEndpoint(values.socket), settings);
  const version = await ownVersion();
  const app = {
    info: () => ({ host: "browser" as const, platform: process.platform as "linux", version, homeDirectory: homedir() }),
    openExternal: openInBrowser,
    applySettings: () => undefined,
  };
  const services = createServices(first, createEngineProcess(), app, { settings, keyrings: systemKeyrings(), mayManage: !values["host-only"] });
  const host = await startBrowserHost({ services, port, rendererRoot: fileURLToPath(new URL("../../dist/renderer", import.meta.url)) });

  async function close(): Promise<void> {
    await host[Symbol.asyncDispose]();
    await services.connection[Symbol.asyncDispose]();
    process.exit(0);
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => void close());
  // For a second browser, or after the first one's cookie is gone.
  process.on("SIGUSR2", () => printLink(host));

  printLink(host);
  const browser = values["no-open"] || !hasDisplay(process.env) ? undefined : await findBrowser(process.env);
  if (browser === undefined) return;
  const window = openWindow(browser, host.newLink(), process.env);
  window.once("error", (error) => console.error(`The window could not be opened (${error.message}); use the address above.`));
  window.once("exit", (code) => {
    if (code !== 0) return;
    console.log("The window was closed. Containers and the engine keep running.");
    void close();
  });
}

function printLink(host: BrowserHost): void {
  console.log(`Slipway is at ${host.newLink()}`);
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

main().catch((error: unknown) => {
  console.error(errorInfo(error).message);
  process.exit(1);
});
