import { Trash2 } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { size } from "../../lib/size.ts";
import { plural } from "../../lib/time.ts";
import { useWhile } from "../../lib/useWhile.ts";
import { containersStore } from "../../stores/containers.ts";
import { notice } from "../../stores/notices.ts";
import { closeDialog, routeStore } from "../../stores/route.ts";
import { measureVolumes, removeVolumes, volumesStore } from "../../stores/volumes.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Skeleton } from "../../ui/display/Bar.tsx";
import { CommandLine } from "../../ui/display/Copy.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Segments } from "../../ui/field/Segments.tsx";
import { Dialog } from "../../ui/overlay/Dialog.tsx";
import { NameList } from "./remove.tsx";
import { freedBytes, prunable } from "./prune.ts";
import { withVolumeUsers } from "./users.ts";
import css from "./Volumes.module.css";

/** Removes volumes that no container uses, after it has said which they are and what that frees, to the byte. */
export function PruneVolumesDialog() {
  const open = useStore(routeStore, (route) => route.dialog?.kind === "prune-volumes");
  const { rows, sizes, phase } = useStore(volumesStore);
  const measuring = useStore(volumesStore, (state) => state.measuring);
  const containers = useStore(containersStore, (state) => state.rows);
  const [wanted, setWanted] = useState<"anonymous" | "all">("anonymous");
  const [error, setError] = useState<IpcErrorInfo>();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    if (!open || phase !== "ready") return;
    setError(undefined);
    void measureVolumes().then(setError);
  }, [open, phase]);

  const unused = useWhile(open, () => withVolumeUsers(rows, containers, sizes).filter((volume) => volume.users.length === 0), [rows, containers, sizes]);
  const list = useMemo(() => prunable(unused, wanted), [unused, wanted]);
  const freed = freedBytes(list);

  async function prune() {
    setBusy(true);
    const before = new Map(list.map((volume) => [volume.row.name, volume.size ?? 0]));
    const gone = await removeVolumes([...before.keys()]);
    setBusy(false);
    closeDialog();
    if (gone.length > 0) notice({ kind: "done", title: `${plural(gone.length, "volume")} removed, ${size(gone.reduce((sum, name) => sum + (before.get(name) ?? 0), 0))} freed.` });
  }

  return (
    <Dialog
      open={open}
      onClose={closeDialog}
      title="Prune volumes"
      description={<p>Removes volumes that no container refers to, running or not. Their files cannot be brought back.</p>}
      pinned={<CommandLine command={wanted === "all" ? "docker volume prune --all" : "docker volume prune"} />}
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button variant="danger" icon={<Trash2 />} disabled={busy || measuring || list.length === 0} onClick={() => void prune()}>{busy ? "Removing" : list.length === 0 ? "Remove" : `Remove ${plural(list.length, "volume")}`}</Button>
        </>
      }
    >
      <div className={css["prune"]}>
        <Segments
          label="Which volumes"
          value={wanted}
          options={[{ value: "anonymous", label: "Anonymous", count: prunable(unused, "anonymous").length }, { value: "all", label: "All unused", count: unused.length }]}
          onChange={setWanted}
        />
        {error && <Problem title="The volumes were not measured." cause={error.message} raw={error.cause} />}
        {list.length === 0 ? <p className="quiet">{wanted === "anonymous" && unused.length > 0 ? "No anonymous volume is unused. The unused ones all have names." : "Containers use every volume: nothing to remove."}</p>
        : measuring ? <div role="status" aria-label="Measuring"><Skeleton width="62%" height={16} /></div>
        : (
          <p role="status" className="num">
            {freed.unknown === list.length ? "How much this frees is not known." : <>This frees <span className={css["total"]}>{freed.bytes.toLocaleString("en")} bytes</span>{freed.bytes >= 1000 && ` (${size(freed.bytes)})`}{freed.unknown > 0 && `, and ${plural(freed.unknown, "volume")} whose size is not known`}.</>}
          </p>
        )}
        {list.length > 0 && <NameList volumes={list} />}
      </div>
    </Dialog>
  );
}
