/** Who gets a port under Electron. Electron itself is a stand-in here: its binary is not needed to check our side. */
import { EventEmitter } from "node:events";
import type { MessagePort } from "node:worker_threads";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { createIpcClient } from "../ipc/client.ts";
import type { TestDesktop } from "../testing/window.ts";
import { startDesktop, unixEndpoint } from "../testing/window.ts";
import { servePorts } from "./ports.ts";
import { onScreen } from "./window.ts";

const electron = vi.hoisted(() => ({ listeners: new Map<string, (event: unknown) => void>() }));

vi.mock("electron", async () => {
  const { MessageChannel: Channel } = await import("node:worker_threads");
  /** Electron's ports hand their listeners an event; Node's hand them the data. */
  function asMain(port: MessagePort) {
    return {
      on: (name: string, listener: (event: unknown) => void) => port.on(name as "message", (data: unknown) => listener({ data })),
      postMessage: (data: unknown) => port.postMessage(data),
      start: () => port.start(),
      close: () => port.close(),
    };
  }
  return {
    BrowserWindow: class {},
    nativeTheme: {},
    screen: {},
    ipcMain: { on: (name: string, listener: (event: unknown) => void) => electron.listeners.set(name, listener) },
    MessageChannelMain: class {
      readonly port1: unknown;
      readonly port2: unknown;
      constructor() {
        const { port1, port2 } = new Channel();
        this.port1 = asMain(port1);
        this.port2 = port2;
      }
    },
  };
});

let desktop: TestDesktop;
const contents = new EventEmitter();

beforeAll(async () => {
  desktop = await startDesktop(unixEndpoint("/nonexistent/docker.sock"));
});

beforeEach(() => servePorts(desktop.services, (asking) => (asking as unknown) === contents));

afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
});

/** Asks for a port as a frame would; undefined when none came. */
function ask(frame: { url: string; parent: unknown } | null, sender: unknown = contents): MessagePort | undefined {
  let port: MessagePort | undefined;
  const senderFrame = frame === null ? null : { ...frame, postMessage: (_channel: string, _data: unknown, ports: MessagePort[]) => (port = ports[0]) };
  electron.listeners.get("slipway:port")?.({ sender, senderFrame });
  return port;
}

it("gives our own page a port that speaks the contract", async () => {
  const port = ask({ url: "app://slipway/", parent: null });
  if (port === undefined) throw new Error("no port came");
  const client = createIpcClient({ type: "port", port: port as never });
  port.start();
  expect((await client.app.info()).version).toBe("0.0.0");
  await expect(client.app.openExternal({ url: "file:///etc/passwd" })).rejects.toMatchObject({ code: "invalidArgument" });
  port.close();
});

it("gives nothing to embedded frames, other origins, other windows, and frames that are gone", () => {
  expect(ask({ url: "app://slipway/", parent: {} })).toBeUndefined();
  expect(ask({ url: "https://evil.example/", parent: null })).toBeUndefined();
  expect(ask({ url: "app://slipway.evil/", parent: null })).toBeUndefined();
  expect(ask({ url: "app://slipway/", parent: null }, new EventEmitter())).toBeUndefined();
  expect(ask(null)).toBeUndefined();
});

it("puts a remembered window only onto a screen that is there", () => {
  const screens = [{ x: 0, y: 0, width: 1920, height: 1080 }];
  const saved = { width: 1280, height: 800, maximized: false };
  expect(onScreen({ ...saved, x: 100, y: 50 }, screens)).toEqual({ x: 100, y: 50, width: 1280, height: 800 });
  expect(onScreen({ ...saved, x: 1900, y: 50 }, screens)).toEqual({ width: 1280, height: 800 });
  expect(onScreen(saved, screens)).toEqual({ width: 1280, height: 800 });
});
