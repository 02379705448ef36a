import { ArrowDownToLine, ArrowUpFromLine, ChevronRight, Pause, Play, X } from "lucide-react";
import { useState } from "react";
import { plural } from "../../lib/time.ts";
import { helpFor } from "../../stores/report.ts";
import { isUnderWay } from "../../stores/transfer.ts";
import { cancelTransfer, dismissTransfer, pauseTransfer, resumeTransfer, type Transfer } from "../../stores/transfers.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Bar } from "../../ui/display/Bar.tsx";
import { ImageName } from "../../ui/display/ImageName.tsx";
import { LayerList } from "./TransferView.tsx";
import { partOf, shortDigest, summary } from "./words.ts";
import css from "./Transfers.module.css";

/** One transfer of the panel, with its layers on demand. */
export function TransferLine({ transfer }: { readonly transfer: Transfer }) {
  const [open, setOpen] = useState(false);
  const { phase, kind, image } = transfer;
  const Icon = kind === "pull" ? ArrowDownToLine : ArrowUpFromLine;
  const state = phase === "done" ? "done" : phase === "failed" ? "failed" : "active";
  const under = isUnderWay(transfer);
  return (
    <li className={css["line"]} aria-label={`${kind === "pull" ? "Pull" : "Push"} of ${image}`}>
      <Icon size={15} className={css["kind"]} aria-hidden="true" />
      <div className={css["lineText"]}>
        <ImageName name={`${shortDigest(image)}${transfer.allTags ? " (all tags)" : ""}`} />
        <span className={`${css["lineWords"]} num`}>{summary(transfer)}</span>
        {phase !== "done" && phase !== "cancelled" && <Bar label={image} value={phase === "failed" ? 1 : partOf(transfer)} state={state} />}
        {(phase === "failed" || transfer.layers.length > 0) && (
          <div className={css["lineMore"]}>
            {phase === "failed" && transfer.error && helpFor(transfer.error).filter((help) => !help.label.startsWith("Pull ")).map((help) => <Button key={help.label} size="small" onClick={help.run}>{help.label}</Button>)}
            {transfer.layers.length > 0 && (
              <button type="button" className={css["toggle"]} aria-expanded={open} onClick={() => setOpen(!open)}><ChevronRight size={13} aria-hidden="true" />{plural(transfer.layers.length, "layer")}</button>
            )}
          </div>
        )}
        {open && <LayerList layers={transfer.layers} />}
      </div>
      <div className={css["lineActions"]}>
        {phase === "running" && transfer.remote !== undefined && <IconButton label={`Pause ${image}`} tip="Pause" onClick={() => pauseTransfer(transfer.id)}><Pause /></IconButton>}
        {(phase === "paused" || phase === "interrupted") && <IconButton label={`Resume ${image}`} tip="Resume" onClick={() => resumeTransfer(transfer.id)}><Play /></IconButton>}
        {(phase === "failed" || phase === "cancelled") && <IconButton label={`Try ${image} again`} tip="Try again" onClick={() => resumeTransfer(transfer.id)}><Play /></IconButton>}
        <IconButton label={`${under ? "Cancel" : "Dismiss"} ${image}`} tip={under ? "Cancel" : phase === "interrupted" ? "Dismiss, and drop what has arrived" : "Dismiss"} onClick={() => (under ? cancelTransfer(transfer.id) : dismissTransfer(transfer.id))}><X /></IconButton>
      </div>
    </li>
  );
}
