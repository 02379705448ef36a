/** What only the host of the window can do. */
import { client } from "./host.ts";
import { report } from "./report.ts";

/** Opens an address in the user's browser. */
export function openExternal(url: string): void {
  client().app.openExternal({ url }).catch((error: unknown) => report(`${url} was not opened.`, error));
}
