/** Serves the contract to our own windows, each over a MessagePort of its own. */
import { RPCHandler } from "@orpc/server/message-port";
import type { MessagePortMain, WebContents, WebFrameMain } from "electron";
import { ipcMain, MessageChannelMain } from "electron";
import { APP_ORIGIN, PORT_CHANNEL } from "../ipc/channels.ts";
import { createRouter, handlerOptions } from "../services/router.ts";
import type { Services } from "../services/services.ts";
import { Session } from "../services/session.ts";

/** @param isOurs whether the contents belong to a window that this application opened */
export function servePorts(services: Services, isOurs: (contents: WebContents) => boolean): void {
  const handler = new RPCHandler(createRouter(services), handlerOptions(() => services.connection.endpoint));
  const current = new WeakMap<WebContents, MessagePortMain>();

  ipcMain.on(PORT_CHANNEL, (event) => {
    const frame = event.senderFrame;
    if (frame === null || !isOurs(event.sender) || !isOurPage(frame)) return;
    current.get(event.sender)?.close();
    const { port1, port2 } = new MessageChannelMain();
    handler.upgrade(port1, { context: { session: new Session() } });
    port1.start();
    current.set(event.sender, port1);
    frame.postMessage(PORT_CHANNEL, null, [port2]);
  });
}

/** The top frame of a window, showing our page: never an embedded frame, never another origin. */
function isOurPage(frame: WebFrameMain): boolean {
  return frame.parent === null && frame.url.startsWith(`${APP_ORIGIN}/`);
}
