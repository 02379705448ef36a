import type { TransferLayer } from "../../../electron/ipc/contract/transfers.ts";
import { size } from "../../lib/size.ts";
import { helpFor } from "../../stores/report.ts";
import type { Transfer } from "../../stores/transfers.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Bar } from "../../ui/display/Bar.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { isLayerDone, layerWords, partOf, summary } from "./words.ts";
import css from "./Transfers.module.css";

/** A transfer in full: the whole, then each layer with its state, bytes and bar; or why it failed. */
export function TransferView({ transfer }: { readonly transfer: Transfer }) {
  if (transfer.phase === "failed" && transfer.error) {
    return (
      <Problem
        title={transfer.error.message}
        raw={transfer.error.cause === transfer.error.message ? undefined : transfer.error.cause}
        actions={helpFor(transfer.error).filter((help) => !help.label.startsWith("Pull ")).map((help) => <Button key={help.label} size="small" onClick={help.run}>{help.label}</Button>)}
      />
    );
  }
  return (
    <div className={css["transfer"]}>
      <p className={`${css["summary"]} num`} role="status">{summary(transfer)}</p>
      {transfer.phase !== "done" && <Bar label={transfer.image} value={partOf(transfer)} />}
      <LayerList layers={transfer.layers} />
    </div>
  );
}

/** Every layer with its state and bytes. */
export function LayerList({ layers }: { readonly layers: readonly TransferLayer[] }) {
  if (layers.length === 0) return null;
  return (
    <ul className={css["layers"]} aria-label="Layers" tabIndex={0}>
      {layers.map((layer) => <Layer key={layer.id} layer={layer} />)}
    </ul>
  );
}

function Layer({ layer }: { readonly layer: TransferLayer }) {
  const done = isLayerDone(layer);
  const part = done ? 1 : layer.total > 0 ? layer.current / layer.total : undefined;
  const bytes = layer.total > 0 && !done ? `${size(layer.current)} of ${size(layer.total)}` : layer.total > 0 ? size(layer.total) : "";
  return (
    <li className={css["layer"]}>
      <span className="mono">{layer.id.slice(0, 12)}</span>
      <span className={`${css["phase"]} cut`} title={layer.status}>{layerWords(layer)}</span>
      <span className={`${css["bytes"]} num`}>{bytes}</span>
      <Bar label={`Layer ${layer.id.slice(0, 12)}`} value={part} state={done ? "done" : "active"} />
    </li>
  );
}
