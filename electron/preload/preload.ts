/** Runs in the sandbox, before the page: hands one MessagePort from the main process to the page, and nothing else. */
import { contextBridge, ipcRenderer } from "electron";
import { APP_ORIGIN, PORT_CHANNEL, PORT_MESSAGE } from "../ipc/channels.ts";

/** The one thing of the page's world that is used here; this project's Node side has no DOM types. */
declare const window: { postMessage(message: string, targetOrigin: string, ports: object[]): void };

ipcRenderer.on(PORT_CHANNEL, (event) => {
  window.postMessage(PORT_MESSAGE, APP_ORIGIN, [...event.ports]);
});

contextBridge.exposeInMainWorld("slipway", {
  /** A message event with data `slipway:port` brings the port. Asking again closes the port given before. */
  requestPort(): void {
    ipcRenderer.send(PORT_CHANNEL);
  },
});
