import type { TransferLayer } from "../../../electron/ipc/contract/transfers.ts";
import { rate, size } from "../../lib/size.ts";
import { duration, plural } from "../../lib/time.ts";
import { isUnderWay, type Transfer } from "../../stores/transfer.ts";

/** Whether a layer needs nothing more. */
export function isLayerDone({ status }: TransferLayer): boolean {
  return /^(Pull complete|Already exists|Pushed|Layer already exists|Mounted from)/i.test(status);
}

/** A layer's state in few words. */
export function layerWords({ status }: TransferLayer): string {
  if (/^(Pull complete|Pushed)/i.test(status)) return "Done";
  if (/^Already exists/i.test(status)) return "Already here";
  if (/^Layer already exists/i.test(status)) return "Already there";
  if (/^(Pulling fs layer|Preparing|Waiting)/i.test(status)) return "Waiting";
  if (/^Verifying/i.test(status)) return "Verifying";
  if (/^Download complete/i.test(status)) return "Downloaded";
  return status;
}

/** How much of it has moved, from 0 to 1; undefined while nobody knows. */
export function partOf({ totalBytes, downloadedBytes }: Transfer): number | undefined {
  return totalBytes > 0 ? Math.min(1, downloadedBytes / totalBytes) : undefined;
}

/** A transfer in one line: bytes, rate and time left, or how it ended. */
export function summary(transfer: Transfer): string {
  const { kind, phase, downloadedBytes, totalBytes, ended, started, error } = transfer;
  const moved = totalBytes > 0 ? ` at ${size(downloadedBytes)} of ${size(totalBytes)}` : "";
  switch (phase) {
    case "cancelled":
      return kind === "pull" ? "Cancelled. Layers that had arrived are kept for the next pull." : "Cancelled. Layers that had arrived stay at the registry.";
    case "failed":
      return error?.message ?? "Failed.";
    case "interrupted":
      return `Interrupted${moved}. Resume goes on from there.`;
    case "paused":
      return `Paused${moved}.`;
    case "done":
      if (!transfer.changed) return kind === "pull" ? "Up to date: everything was here already." : "Up to date: everything was at the registry already.";
      return `${kind === "pull" ? "Pulled" : "Pushed"}${totalBytes > 0 ? ` ${size(totalBytes)}` : ""} in ${duration((ended ?? started) - started)}.`;
    case "running":
      return runningWords(transfer);
  }
}

function runningWords({ kind, layers, downloadedBytes, totalBytes, bytesPerSecond, secondsLeft, message }: Transfer): string {
  if (totalBytes === 0) return message || "Asking the registry";
  if (downloadedBytes >= totalBytes) {
    return kind === "pull" ? `${size(totalBytes)} downloaded, extracting: ${layers.filter(isLayerDone).length} of ${plural(layers.length, "layer")}` : `${size(totalBytes)} sent, finishing`;
  }
  const left = secondsLeft === null ? "" : `, ${duration(Math.max(1, secondsLeft) * 1000)} left`;
  return `${size(downloadedBytes)} of ${size(totalBytes)}${bytesPerSecond > 0 ? `, ${rate(bytesPerSecond)}` : ""}${left}`;
}

/** How much of several transfers has moved, from 0 to 1; undefined while nobody knows. */
export function partOfAll(list: readonly Transfer[]): number | undefined {
  const bytes = list.reduce((sum, each) => sum + each.totalBytes, 0);
  return bytes > 0 ? list.reduce((sum, each) => sum + Math.min(each.downloadedBytes, each.totalBytes), 0) / bytes : undefined;
}

/** What the status bar says. */
export function panelWords(list: readonly Transfer[]): string {
  const running = list.filter((each) => each.phase === "running");
  const [first] = running;
  if (first) return running.length === 1 ? `${first.kind === "pull" ? "Pulling" : "Pushing"} ${shortDigest(first.image.slice(first.image.lastIndexOf("/") + 1))}` : plural(running.length, "transfer");
  const count = (phase: Transfer["phase"]) => list.filter((each) => each.phase === phase).length;
  if (count("paused") > 0) return `${plural(count("paused"), "transfer")} paused`;
  if (count("interrupted") > 0) return `${plural(count("interrupted"), "transfer")} interrupted`;
  if (list[0]?.phase === "failed") return `A ${list[0].kind} failed`;
  return "Transfers";
}

/** A reference with its digest cut to the length of ids. */
export function shortDigest(image: string): string {
  return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1");
}

/** What the panel lists: of several transfers of the same thing the newest, those that need somebody first. */
export function panelRows(list: readonly Transfer[]): Transfer[] {
  const seen = new Set<string>();
  const newest = list.filter((each) => {
    const what = `${each.kind} ${each.image} ${each.platform} ${each.allTags}`;
    if (seen.has(what) && !isUnderWay(each)) return false;
    seen.add(what);
    return true;
  });
  const waits = (each: Transfer) => Number(isUnderWay(each) || each.phase === "interrupted");
  return newest.toSorted((a, b) => waits(b) - waits(a) || b.started - a.started);
}
