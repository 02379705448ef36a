/** The one place that knows how this window reaches its host: a MessagePort under Electron, a WebSocket everywhere else. */
import { createIpcClient } from "../../electron/ipc/client.ts";
import type { IpcClient } from "../../electron/ipc/contract/contract.ts";

export interface Connection {
  readonly client: IpcClient;
  /** Resolves when the host is gone; the client is useless from then on. */
  readonly closed: Promise<void>;
}

/** Connects once. Rejects when the host does not answer. */
export type Connect = () => Promise<Connection>;

/** What the preload puts on the window. */
export interface HostGlobal {
  /** Asks the host for a port; it arrives as a `message` event on the window, with `data` equal to {@link PORT_MESSAGE}. */
  requestPort(): void;
}

declare global {
  interface Window {
    readonly slipway?: HostGlobal;
  }
}

const PORT_MESSAGE = "slipway:port";

/** Chooses the transport that this window has. */
export function connectHost(): Promise<Connection> {
  const host = window.slipway;
  return host ? connectPort(host) : connectSocket();
}

function connectPort(host: HostGlobal): Promise<Connection> {
  return new Promise((resolve) => {
    function onMessage(event: MessageEvent) {
      const port = event.ports[0];
      if (event.source !== window || event.data !== PORT_MESSAGE || !port) return;
      window.removeEventListener("message", onMessage);
      const closed = new Promise<void>((done) => port.addEventListener("close", () => done(), { once: true }));
      const client = createIpcClient({ type: "port", port });
      port.start();
      resolve({ client, closed });
    }
    window.addEventListener("message", onMessage);
    host.requestPort();
  });
}

function connectSocket(): Promise<Connection> {
  const address = new URL("./ipc", location.href.split("#")[0]);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  address.search = "";
  const websocket = new WebSocket(address);
  const closed = new Promise<void>((done) => websocket.addEventListener("close", () => done(), { once: true }));
  return new Promise((resolve, reject) => {
    websocket.addEventListener("open", () => resolve({ client: createIpcClient({ type: "websocket", websocket }), closed }), { once: true });
    websocket.addEventListener("error", () => reject(new Error("Slipway does not answer.")), { once: true });
  });
}
