/** The application itself: which host serves this window, and the little that only a host can do. */
import { oc, type } from "@orpc/contract";
import { z } from "zod";

export interface AppInfo {
  /** `browser` is the loopback host: window controls, tray and native menus are the browser's. */
  host: "electron" | "browser";
  platform: "linux" | "darwin" | "win32";
  version: string;
  homeDirectory: string;
}

export const app = {
  info: oc.output(type<AppInfo>()),
  /** Opens an http(s) address in the user's browser. */
  openExternal: oc.input(z.object({ url: z.url({ protocol: /^https?$/ }).max(2048) })).output(type<void>()),
};
