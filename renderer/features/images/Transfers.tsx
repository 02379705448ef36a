import { Popover } from "@base-ui/react/popover";
import { ArrowDownToLine, X } from "lucide-react";
import { useStore } from "zustand";
import { href, navigate } from "../../stores/route.ts";
import { cancelTransfer, dismissTransfer, transfersStore, type Transfer } from "../../stores/transfers.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Bar } from "../../ui/display/Bar.tsx";
import { summary } from "./TransferView.tsx";
import css from "./Images.module.css";

/** In the status bar: what is being pulled, with the list of recent pulls behind it. Absent while there is none. */
export function Transfers() {
  const list = useStore(transfersStore, (state) => state.list);
  const running = list.filter((each) => each.phase === "running");
  if (list.length === 0) return null;
  const bytes = running.reduce((sum, each) => sum + each.totalBytes, 0);
  const done = running.reduce((sum, each) => sum + each.downloadedBytes, 0);
  return (
    <Popover.Root>
      <Popover.Trigger className={css["status"]}>
        <ArrowDownToLine size={13} aria-hidden="true" />
        {running.length > 0 ? (
          <>
            <span className="num">{running.length === 1 ? `Pulling ${running[0]?.image}` : `${running.length} pulls`}{bytes > 0 && `, ${Math.floor((done / bytes) * 100)} %`}</span>
            <span className={css["statusBar"]}><Bar label="All pulls" value={bytes > 0 ? done / bytes : undefined} /></span>
          </>
        ) : <span>{list.some((each) => each.phase === "failed") ? "A pull failed" : "Pulls"}</span>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="top" align="end" sideOffset={6} className={css["positioner"]}>
          <Popover.Popup className={css["popover"]}>
            <Popover.Title className={css["popoverTitle"]}>Pulls</Popover.Title>
            <ul>{list.map((transfer) => <Line key={transfer.id} transfer={transfer} />)}</ul>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Line({ transfer }: { readonly transfer: Transfer }) {
  const running = transfer.phase === "running";
  const state = transfer.phase === "done" ? "done" : transfer.phase === "failed" ? "failed" : "active";
  return (
    <li className={css["line"]}>
      <div className={css["lineText"]}>
        <span className="cut">{transfer.image}</span>
        <span className={`${css["lineWords"]} num`}>{summary(transfer)}</span>
        <Bar label={transfer.image} value={transfer.phase === "failed" ? 1 : transfer.totalBytes > 0 ? transfer.downloadedBytes / transfer.totalBytes : undefined} state={state} />
      </div>
      {transfer.phase === "failed" && <Button size="small" onClick={() => navigate(href.images({ pull: transfer.image }))}>Pull again</Button>}
      <IconButton label={`${running ? "Cancel" : "Dismiss"} ${transfer.image}`} tip={running ? "Cancel" : "Dismiss"} onClick={() => (running ? cancelTransfer(transfer.id) : dismissTransfer(transfer.id))}><X /></IconButton>
    </li>
  );
}
