/** Links from other programs: `slipway://containers/ID/logs` shows that page of the window. */
import { resolve } from "node:path";
import { app } from "electron";

const LINK_SCHEME = "slipway";
const LONGEST = 4096;

/** The window's address for a link; undefined for what is none. Pure. */
export function toHash(link: string): string | undefined {
  if (link.length > LONGEST) return undefined;
  const path = /^slipway:\/{2,3}([\w\-.~%:@!$&'()*+,;=/?]*)$/i.exec(link)?.[1];
  return path === undefined ? undefined : `#/${path.replace(/^\/+/, "")}`;
}

/** The link among a command line's words, which is how Linux and Windows hand one over. */
export function linkIn(args: readonly string[]): string | undefined {
  return args.flatMap((word) => toHash(word) ?? [])[0];
}

/** Makes this application the one that opens such links, and calls `open` with each. Before the application is ready. */
export function receiveLinks(open: (hash: string) => void): void {
  // From a checkout Electron is started with the folder of the application.
  const [, folder] = process.argv;
  if (app.isPackaged || folder === undefined) app.setAsDefaultProtocolClient(LINK_SCHEME);
  else app.setAsDefaultProtocolClient(LINK_SCHEME, process.execPath, [resolve(folder)]);
  app.on("open-url", (event, url) => {
    event.preventDefault();
    const hash = toHash(url);
    if (hash !== undefined) open(hash);
  });
  app.on("second-instance", (_event, args) => {
    const hash = linkIn(args);
    if (hash !== undefined) open(hash);
  });
}
