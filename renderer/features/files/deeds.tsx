/** What is done to files, with what is said about it. */
import type { FileEntry, FilesOwner } from "../../../electron/ipc/contract/files.ts";
import { plural } from "../../lib/time.ts";
import { client } from "../../stores/host.ts";
import { notice } from "../../stores/notices.ts";
import { report } from "../../stores/report.ts";
import { confirm } from "../../ui/overlay/confirms.ts";
import { nameOf, shownName } from "./paths.ts";

/** Brings a file to this machine, a folder as a tar: through the browser, which asks or knows where to. */
export async function download(owner: FilesOwner, path: string, type: FileEntry["type"]): Promise<void> {
  try {
    const { url } = await client().files.offerDownload({ owner, path, as: type === "directory" ? "tar" : "file" });
    const link = document.createElement("a");
    link.href = url;
    link.download = "";
    link.click();
  } catch (error) {
    report(`${shownName(nameOf(path))} was not downloaded.`, error);
  }
}

/** Asks once, saying what goes, then deletes. @param place in words: "web-1" */
export function askDelete(owner: FilesOwner, place: string, paths: readonly string[], folders: number, after: () => void): void {
  const [first] = paths;
  if (first === undefined) return;
  const what = paths.length === 1 ? shownName(nameOf(first)) : plural(paths.length, "item");
  confirm({
    title: `Delete ${what}`,
    body: <p>{paths.length === 1 ? <><code className="mono">{shownName(first)}</code>{folders > 0 ? ` and everything in it goes from ${place}.` : ` goes from ${place}.`}</> : `They go from ${place}${folders > 0 ? ", folders with everything in them" : ""}.`} There is no way back{owner.kind === "container" ? ", except to the image’s version of what the image has" : ""}.</p>,
    action: `Delete ${what}`,
    run: async () => {
      for (const path of paths) {
        try {
          await client().files.remove({ owner, path });
        } catch (error) {
          report(`${shownName(nameOf(path))} was not deleted.`, error);
        }
      }
      after();
    },
  });
}

/** Asks once, saying what becomes of it, then gives the image's version back. */
export function askRevert(owner: FilesOwner, entry: FileEntry, path: string, running: boolean, after: () => void): void {
  const name = shownName(entry.name);
  const folder = entry.type === "directory";
  const becomes = entry.change === "added" ? "The image does not have it, so it goes." : entry.change === "deleted" ? "It comes back as the image has it." : folder ? "It becomes as the image has it, with everything in it: what was added there goes, what was deleted comes back." : "What was written to it goes; it becomes as the image has it.";
  confirm({
    title: `Revert ${name}`,
    body: <><p>{becomes}</p>{running && entry.change !== "added" && <p>The container runs, so the image’s version is copied over it. Programs that have it open keep the old one.</p>}</>,
    action: `Revert ${name}`,
    run: async () => {
      try {
        await client().files.revert({ owner, path });
        notice({ kind: "done", title: entry.change === "added" ? `${name} is gone.` : `${name} is as the image has it.` });
      } catch (error) {
        report(`${name} was not reverted.`, error);
      }
      after();
    },
  });
}
