import { Popover } from "@base-ui/react/popover";
import { ArrowDownUp } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { useStore } from "zustand";
import { isUnderWay } from "../../stores/transfer.ts";
import { dismissTransfer, transfersStore, watchAllTransfers } from "../../stores/transfers.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Bar } from "../../ui/display/Bar.tsx";
import { panelStore } from "./panel.ts";
import { TransferLine } from "./TransferLine.tsx";
import { panelRows, panelWords, partOfAll } from "./words.ts";
import css from "./Transfers.module.css";

/** The engine remembers this many that have ended. */
const most = 120;

/** In the status bar: what is on its way to or from registries, with all transfers one click behind it. */
export function TransfersPanel() {
  const popup = useRef<HTMLDivElement>(null);
  const open = useStore(panelStore, (state) => state.open);
  const list = useStore(transfersStore, (state) => state.list);
  useEffect(() => watchAllTransfers(open), [open]);
  const rows = useMemo(() => panelRows(list), [list]);
  const running = rows.filter((each) => each.phase === "running");
  const part = partOfAll(running);
  const words = panelWords(rows);
  const ended = list.filter((each) => !isUnderWay(each) && each.phase !== "interrupted");
  return (
    <Popover.Root open={open} onOpenChange={(next) => panelStore.setState({ open: next })}>
      <Popover.Trigger className={css["status"]} aria-label={words === "Transfers" ? words : `Transfers: ${words}${part === undefined ? "" : ` ${Math.floor(part * 100)} %`}`}>
        <ArrowDownUp size={13} aria-hidden="true" />
        <span className="num cut">{words}</span>
        {running.length > 0 && <span className={css["statusBar"]}><Bar label="All transfers" value={part} /></span>}
        {part !== undefined && <span className={`${css["percent"]} num`}>{Math.floor(part * 100)} %</span>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="top" align="end" sideOffset={6} className={css["positioner"]}>
          <Popover.Popup ref={popup} initialFocus={popup} className={css["popover"]}>
            <header className={css["popoverHead"]}>
              <Popover.Title className={css["popoverTitle"]}>Transfers</Popover.Title>
              {ended.length > 0 && <Button variant="ghost" size="small" onClick={() => { for (const each of ended) dismissTransfer(each.id); }}>Clear ended</Button>}
            </header>
            {rows.length === 0 ? <p className={css["none"]}>Nothing is on its way. Pulls and pushes show here, also those of other clients of this engine, and go on when this window is closed.</p>
            : <ul className={css["lines"]} aria-label="Transfers">{rows.slice(0, most).map((transfer) => <TransferLine key={transfer.id} transfer={transfer} />)}</ul>}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
