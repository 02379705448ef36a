import { hash } from "node:crypto";
import type { Digest } from "../../../base/ids.ts";
import { encodeName } from "../../../sys/names.ts";
import type { Entry } from "./entry.ts";
import { targetName } from "./select.ts";
import type { Picked } from "./select.ts";

/** What is known of a selection besides its entries. */
export interface Summary {
  readonly digest: Digest;
  readonly files: number;
  readonly bytes: number;
  readonly manifest: string;
}

/**
 * The digest over everything that COPY carries over, but for times. Every text in it ends with a NUL, which no name and no target of a link has, so that
 * different selections never read the same.
 */
export function summarize({ matches, entries }: Picked, keepOwners: boolean): Summary {
  const texts: string[] = [];
  const lines: { readonly path: string; readonly line: string }[] = [];
  let files = 0;
  let bytes = 0;
  let index = 0;
  for (const match of matches) {
    texts.push(match.isDirectory ? "directory" : "file");
    for (let rest = match.count; rest > 0; rest--) {
      const entry = entries[index++]!;
      // A directory whose contents are copied: its own owner and mode are not.
      if (match.isDirectory && rest === match.count) continue;
      const record = recordOf(entry, keepOwners);
      texts.push(`:${targetName(match, entry.path)}`, record);
      lines.push({ path: entry.path, line: `${sha256(record).slice(0, 12)} ${entry.path.replaceAll("\n", "\\n")}\n` });
      if (entry.type !== "file") continue;
      files++;
      bytes += entry.size;
    }
  }
  // One walk gives them sorted, but for a name that goes on with a character below the slash.
  if (lines.some(({ path }, at) => at > 0 && path < lines[at - 1]!.path)) lines.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const manifest = lines.filter(({ path }, at) => path !== lines[at - 1]?.path).map(({ line }) => line).join("");
  return { digest: `sha256:${sha256(texts.join("\0"))}` as Digest, files, bytes, manifest };
}

/** What counts of an entry, without its name. */
function recordOf(entry: Entry, keepOwners: boolean): string {
  const owner = keepOwners ? ` ${entry.uid}:${entry.gid}` : "";
  const capability = entry.xattrs?.get("security.capability");
  const extra = capability === undefined ? "" : ` ${Buffer.from(capability).toString("hex")}`;
  if (entry.type === "symlink") return `symlink${owner} ${entry.target}`;
  const content = entry.type === "file" ? ` ${entry.digest}` : entry.device === 0 ? "" : ` ${entry.device}`;
  return `${entry.type} ${entry.mode.toString(8)}${owner}${content}${extra}`;
}

function sha256(text: string): string {
  return hash("sha256", text.isWellFormed() ? text : encodeName(text), "hex");
}
