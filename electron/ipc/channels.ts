/**
 * How a window under Electron gets its MessagePort: the page calls `window.slipway.requestPort()`, the preload asks the main
 * process, which checks who asks and sends one end of a new channel; the preload hands it to the page as a `message` event.
 */

/** What the preload asks the main process, and under which it gets the port. */
export const PORT_CHANNEL = "slipway:port";

/** `data` of the window message whose first port is the page's. */
export const PORT_MESSAGE = "slipway:port";

/** The one origin of our pages under Electron. */
export const APP_SCHEME = "app";
export const APP_ORIGIN = "app://slipway";
