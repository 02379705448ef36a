import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfAborted } from "../base/abort.ts";
import { TarExtractor } from "../archive/extract.ts";
import { packEntries } from "../archive/pack.ts";
import { inUserNamespace } from "../sys/identity.ts";
import { ConfinedRoot } from "../sys/root.ts";

/**
 * Copies an entry of one root under a new name into a directory of another one: owners, modes, times, attributes, hard links. Neither root is left, whatever symlinks say; in a user
 * namespace device nodes are left out.
 * @param path of the entry, absolute in `source`
 * @param into the directory, absolute in `target`
 */
export async function copyEntry(source: string, path: string, target: string, into: string, name: string, signal: AbortSignal): Promise<void> {
  using from = new ConfinedRoot(source);
  using to = new TarExtractor({ root: target, into, whiteouts: "plain", userNamespace: inUserNamespace(), maxBytes: Infinity, maxEntries: Infinity });
  const chunks = packEntries({ root: source, path, name, exact: true });
  for (let next = from.run(() => chunks.next()); next.done !== true; next = from.run(() => chunks.next())) {
    to.push(next.value);
    // Lets the message of an abort arrive.
    await nextTurn();
    throwIfAborted(signal);
  }
  to.finish();
}
