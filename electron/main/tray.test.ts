/** The tray's menu and the links from outside. Electron is a stand-in here: its binary is not needed to check our side. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { DesktopEvent } from "../ipc/contract/events.ts";
import type { Services } from "../services/services.ts";
import { linkIn, toHash } from "./links.ts";
import { createTray } from "./tray.ts";

interface Item {
  readonly label?: string;
  readonly enabled?: boolean;
  readonly visible?: boolean;
  readonly submenu?: readonly Item[];
  readonly click?: () => void;
}

const electron = vi.hoisted(() => ({ menu: [] as Item[], tip: "" }));

vi.mock("electron", () => ({
  app: {},
  nativeImage: { createFromPath: () => ({}) },
  Menu: { buildFromTemplate: (items: Item[]) => items },
  Tray: class {
    on(): void {}
    setToolTip(text: string): void {
      electron.tip = text;
    }
    setContextMenu(items: Item[]): void {
      electron.menu = items;
    }
  },
}));

const did: string[] = [];
const listeners: ((events: DesktopEvent[]) => void)[] = [];
let running = ["web", "db"];
let state = "connected";
const status = () => ({ state, managed: true, endpoint: "unix:///x", connection: { id: "own", name: "Slipway" } });

const services = {
  connection: { get status() { return status(); }, start: async () => void did.push("start"), stop: async () => void did.push("stop") },
  containers: { list: async () => JSON.stringify(running.map((name) => ({ Id: `${name}-id`, Names: [`/${name}`] }))), stop: async (id: string) => void did.push(`stop ${id}`), restart: async (id: string) => void did.push(`restart ${id}`) },
  events: {
    async *subscribe() {
      yield [{ type: "engine", status: status() }, { type: "resync", reason: "connected" }];
      for (;;) yield await new Promise<DesktopEvent[]>((resolve) => listeners.push(resolve));
    },
  },
} as unknown as Services;

beforeAll(() => {
  createTray(services, { show: () => did.push("show"), showAt: (hash) => did.push(hash), quit: () => did.push("quit") });
});
afterAll(() => vi.restoreAllMocks());

const labels = (): (string | undefined)[] => electron.menu.map((item) => item.label).filter((label) => label !== undefined);
const press = (...path: string[]): void => {
  let items: readonly Item[] = electron.menu;
  for (const label of path.slice(0, -1)) items = items.find((item) => item.label === label)?.submenu ?? [];
  items.find((item) => item.label === path.at(-1))?.click?.();
};

it("lists what runs, with what can be done about it, and follows events", async () => {
  await expect.poll(labels).toEqual(["Engine is running", "Stop engine", "db", "web", "Open Slipway", "Run a container", "Quit"]);
  expect(electron.tip).toBe("Slipway: Engine is running, 2 running");
  press("web", "Logs");
  press("web", "Stop");
  press("Stop engine");
  expect(did).toEqual(["#/containers/web-id/logs", "stop web-id", "stop"]);
  running = Array.from({ length: 15 }, (_, index) => `c${String(index).padStart(2, "0")}`);
  listeners.splice(0).forEach((tell) => tell([{ type: "docker", event: { objectType: "container", action: "start", id: "x", attributes: {}, time: 0 } }]));
  await expect.poll(labels).toContain("3 more");
  state = "stopped";
  listeners.splice(0).forEach((tell) => tell([{ type: "engine", status: status() as never }]));
  await expect.poll(labels).toEqual(["Engine is stopped", "Start engine", "Open Slipway", "Run a container", "Quit"]);
});

it("takes links to pages of the window and nothing else", () => {
  expect(toHash("slipway://containers/abc/logs")).toBe("#/containers/abc/logs");
  expect(toHash("slipway:///images?run=busybox%3A1")).toBe("#/images?run=busybox%3A1");
  expect(toHash("slipway://")).toBe("#/");
  for (const bad of ["https://x", "app://slipway/", "slipway://a b", "slipway://a#b", "slipway://<x>", `slipway://${"x".repeat(5000)}`]) expect(toHash(bad)).toBeUndefined();
  expect(linkIn(["/opt/slipway", "--hidden", "slipway://volumes/data"])).toBe("#/volumes/data");
});
