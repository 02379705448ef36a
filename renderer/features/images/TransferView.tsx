import type { PullLayer, PullPhase } from "../../../electron/ipc/contract/images.ts";
import { rate, size } from "../../lib/size.ts";
import { duration, plural } from "../../lib/time.ts";
import { helpFor } from "../../stores/report.ts";
import type { Transfer } from "../../stores/transfers.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Bar } from "../../ui/display/Bar.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import css from "./Images.module.css";

const phases: Record<PullPhase, string> = {
  waiting: "Waiting",
  uploading: "Uploading",
  downloading: "Downloading",
  verifying: "Verifying",
  downloaded: "Downloaded",
  extracting: "Extracting",
  done: "Done",
  exists: "Already here",
  retrying: "Retrying",
};

/** A pull in full: the whole, then each layer with its phase, bytes and bar. */
export function TransferView({ transfer }: { readonly transfer: Transfer }) {
  if (transfer.phase === "failed" && transfer.error) {
    return (
      <Problem
        title={transfer.error.message}
        raw={transfer.error.cause}
        actions={helpFor(transfer.error).filter((help) => !help.label.startsWith("Pull ")).map((help) => <Button key={help.label} size="small" onClick={help.run}>{help.label}</Button>)}
      />
    );
  }
  return (
    <div className={css["transfer"]}>
      <p className={`${css["summary"]} num`} role="status">{summary(transfer)}</p>
      {transfer.layers.length > 0 && (
        <ul className={css["layers"]} aria-label="Layers">
          {transfer.layers.map((layer) => <Layer key={layer.id} layer={layer} />)}
        </ul>
      )}
    </div>
  );
}

/** The pull in one line: bytes, rate and time left, or how it ended. */
export function summary(transfer: Transfer): string {
  const { phase, downloadedBytes, totalBytes, bytesPerSecond, ended, started } = transfer;
  if (phase === "cancelled") return "Cancelled. Layers that had arrived are kept for the next pull.";
  if (phase === "failed") return transfer.error?.message ?? "Failed.";
  if (phase === "done") {
    if (!transfer.changed) return "Up to date: everything was here already.";
    return `Pulled${totalBytes > 0 ? ` ${size(totalBytes)}` : ""} in ${duration((ended ?? started) - started)}.`;
  }
  if (totalBytes === 0) return transfer.message || "Asking the registry";
  const left = bytesPerSecond > 0 && downloadedBytes < totalBytes ? `, ${duration(Math.max(1000, Math.ceil((totalBytes - downloadedBytes) / bytesPerSecond) * 1000))} left` : "";
  const done = transfer.layers.filter((layer) => layer.phase === "done" || layer.phase === "exists").length;
  if (downloadedBytes >= totalBytes) return `${size(totalBytes)} downloaded, extracting: ${done} of ${plural(transfer.layers.length, "layer")}`;
  return `${size(downloadedBytes)} of ${size(totalBytes)}${bytesPerSecond > 0 ? `, ${rate(bytesPerSecond)}` : ""}${left}`;
}

function Layer({ layer }: { readonly layer: PullLayer }) {
  const over = layer.phase === "done" || layer.phase === "exists";
  const part = over ? 1 : layer.total > 0 ? layer.current / layer.total : undefined;
  const bytes = layer.total > 0 && !over ? `${size(layer.current)} of ${size(layer.total)}` : layer.total > 0 ? size(layer.total) : "";
  return (
    <li className={css["layer"]}>
      <span className="mono">{layer.id.slice(0, 12)}</span>
      <span className={css["phase"]}>{phases[layer.phase]}</span>
      <span className={`${css["bytes"]} num`}>{bytes}</span>
      <Bar label={`Layer ${layer.id.slice(0, 12)}`} value={part} state={over ? "done" : "active"} />
    </li>
  );
}
