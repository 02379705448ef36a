/** A whole desktop without a screen: services, the browser host, and a window's client on its WebSocket. */
import { mkdtemp, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import type { BrowserHost } from "../browser-host/server.ts";
import { startBrowserHost } from "../browser-host/server.ts";
import { createIpcClient } from "../ipc/client.ts";
import type { IpcClient } from "../ipc/contract/contract.ts";
import { DockerConfigFile } from "../services/credentials/config-file.ts";
import { givenConnection } from "../services/connections.ts";
import type { Endpoint } from "../services/endpoint.ts";
import type { EngineProcess } from "../services/engine-process.ts";
import type { HostApp, ServiceOptions, Services } from "../services/services.ts";
import { createServices } from "../services/services.ts";

export interface TestDesktop extends AsyncDisposable {
  readonly services: Services;
  readonly host: BrowserHost;
  readonly client: IpcClient;
  /** Cookie header of a browser that has used its link. */
  readonly cookie: string;
  readonly opened: string[];
  /** Another window on the same host. */
  connect(): Promise<{ client: IpcClient; websocket: WebSocket }>;
}

export const noEngineProcess: EngineProcess = {
  start: () => Promise.reject(new Error("this test has no engine to start")),
  stop: () => Promise.reject(new Error("this test has no engine to stop")),
};

export async function startDesktop(endpoint: Endpoint, engineProcess = noEngineProcess, options: ServiceOptions = {}): Promise<TestDesktop> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-desktop-"));
  const rendererRoot = join(folder, "renderer");
  await mkdir(join(rendererRoot, "assets"), { recursive: true });
  await writeFile(join(rendererRoot, "index.html"), "<!doctype html><title>Slipway</title>");
  await writeFile(join(rendererRoot, "assets", "app.js"), "export {};");
  await writeFile(join(folder, "secret.html"), "not for you");
  const opened: string[] = [];
  const app: HostApp = {
    info: () => ({ host: "browser", platform: "linux", version: "0.0.0", homeDirectory: "/root" }),
    openExternal: async (url) => void opened.push(url),
    applySettings: () => undefined,
  };
  const services = createServices(givenConnection(endpoint), engineProcess, app, { dockerConfig: new DockerConfigFile(join(folder, "docker", "config.json")), ...options });
  const host = await startBrowserHost({ services, rendererRoot, port: 0 });
  const cookie = await logIn(host);
  const websockets: WebSocket[] = [];

  async function connect(): Promise<{ client: IpcClient; websocket: WebSocket }> {
    const websocket = new WebSocket(`ws://127.0.0.1:${host.port}/ipc`, { headers: { Cookie: cookie, Origin: `http://127.0.0.1:${host.port}` } });
    websocket.binaryType = "arraybuffer";
    websockets.push(websocket);
    await new Promise((resolve, reject) => {
      websocket.once("open", resolve);
      websocket.once("error", reject);
    });
    return { websocket, client: createIpcClient({ type: "websocket", websocket: websocket as never }) };
  }

  const { client } = await connect();
  return {
    services,
    host,
    client,
    cookie,
    opened,
    connect,
    async [Symbol.asyncDispose]() {
      for (const websocket of websockets) websocket.terminate();
      await host[Symbol.asyncDispose]();
      await services.connection[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Uses a fresh link and returns the cookie header it gave. */
export async function logIn(host: BrowserHost): Promise<string> {
  const response = await fetch(host.newLink(), { redirect: "manual" });
  return (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
}

export function unixEndpoint(socketPath: string, managed = false): Endpoint {
  return { type: "unix", socketPath, url: `unix://${socketPath}`, managed };
}
