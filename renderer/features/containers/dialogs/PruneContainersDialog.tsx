import { Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { size } from "../../../lib/size.ts";
import { plural } from "../../../lib/time.ts";
import { useWhile } from "../../../lib/useWhile.ts";
import type { ContainerRow } from "../../../stores/container-row.ts";
import { containersStore, perform } from "../../../stores/containers.ts";
import { client } from "../../../stores/host.ts";
import { notice } from "../../../stores/notices.ts";
import { closeDialog, routeStore } from "../../../stores/route.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Skeleton } from "../../../ui/display/Bar.tsx";
import { CommandLine } from "../../../ui/display/Copy.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Dialog } from "../../../ui/overlay/Dialog.tsx";
import css from "./Dialogs.module.css";

/** Rows that are listed; the rest is counted. */
const FEW = 200;
/** Removals at a time. */
const AT_ONCE = 6;

/** Removes containers that do not run, after it has said which they are and how much that frees. */
export function PruneContainersDialog() {
  const open = useStore(routeStore, (route) => route.dialog?.kind === "prune-containers");
  const rows = useStore(containersStore, (state) => state.rows);
  const ready = useStore(containersStore, (state) => state.phase === "ready");
  const stopped = useWhile(open, () => rows.filter(isPrunable), [rows]);
  const [sizes, setSizes] = useState<ReadonlyMap<string, number>>();
  const [error, setError] = useState<IpcErrorInfo>();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    if (!open || !ready) return;
    const cancel = new AbortController();
    setSizes(undefined);
    setError(undefined);
    const ids = containersStore.getState().rows.filter(isPrunable).map((row) => row.id);
    if (ids.length === 0) return setSizes(new Map());
    client().containers.sizes({ ids }, { signal: cancel.signal }).then(
      (list) => setSizes(new Map(list.map((each) => [each.id, each.bytes]))),
      (problem: unknown) => { if (!cancel.signal.aborted) setError(toIpcErrorInfo(problem)); },
    );
    return () => cancel.abort();
  }, [open, ready]);

  const freed = stopped.reduce((sum, row) => sum + (sizes?.get(row.id) ?? 0), 0);
  async function prune(): Promise<void> {
    setBusy(true);
    const queue = [...stopped];
    let gone = 0;
    let bytes = 0;
    const work = async (): Promise<void> => {
      for (let row = queue.shift(); row; row = queue.shift()) {
        if (!(await perform("remove", row.id))) continue;
        gone++;
        bytes += sizes?.get(row.id) ?? 0;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    setBusy(false);
    closeDialog();
    if (gone > 0) notice({ kind: "done", title: `${plural(gone, "container")} removed, ${size(bytes)} freed.` });
  }
  return (
    <Dialog
      open={open}
      onClose={closeDialog}
      title="Prune containers"
      description={<p>Removes containers that do not run, with their logs and what was written in them. Images and volumes stay.</p>}
      pinned={<CommandLine command="docker container prune" />}
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button variant="danger" icon={<Trash2 />} disabled={busy || stopped.length === 0 || (sizes === undefined && error === undefined)} onClick={() => void prune()}>{busy ? "Removing" : stopped.length === 0 ? "Remove" : `Remove ${plural(stopped.length, "container")}`}</Button>
        </>
      }
    >
      <div className={css["prune"]}>
        {error && <Problem title="How much this frees could not be measured." cause={error.message} raw={error.cause} />}
        {stopped.length === 0 ? <p className="quiet">Every container runs: nothing to remove.</p>
        : error ? null
        : sizes === undefined ? <div role="status" aria-label="Measuring"><Skeleton width="62%" height={16} /></div>
        : <p role="status" className="num">This frees <span className={css["total"]}>{freed.toLocaleString("en")} bytes</span>{freed >= 1000 && ` (${size(freed)})`}.</p>}
        {stopped.length > 0 && (
          <ul className={css["list"]} aria-label="Containers to remove" tabIndex={0}>
            {stopped.slice(0, FEW).map((row) => <li key={row.id}><span className="cut" title={row.name}>{row.name}</span><span className="quiet">{row.words}</span><span className="num">{sizes?.has(row.id) ? size(sizes.get(row.id) ?? 0) : ""}</span></li>)}
            {stopped.length > FEW && <li><span className="quiet">and {(stopped.length - FEW).toLocaleString("en")} more</span></li>}
          </ul>
        )}
      </div>
    </Dialog>
  );
}

/** What `docker container prune` takes. */
function isPrunable(row: ContainerRow): boolean {
  return row.state === "exited" || row.state === "created" || row.state === "dead";
}
