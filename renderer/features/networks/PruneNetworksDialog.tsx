import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useStore } from "zustand";
import { plural } from "../../lib/time.ts";
import { useWhile } from "../../lib/useWhile.ts";
import { containersStore } from "../../stores/containers.ts";
import { networksStore, removeNetworks } from "../../stores/networks.ts";
import { notice } from "../../stores/notices.ts";
import { closeDialog, routeStore } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { CommandLine } from "../../ui/display/Copy.tsx";
import { Dialog } from "../../ui/overlay/Dialog.tsx";
import { NetworkNames } from "./remove.tsx";
import { prunableNetworks, withNetworkUsers } from "./users.ts";

/** Removes the networks that no container belongs to, after it has named them. */
export function PruneNetworksDialog() {
  const open = useStore(routeStore, (route) => route.dialog?.kind === "prune-networks");
  const rows = useStore(networksStore, (state) => state.rows);
  const containers = useStore(containersStore, (state) => state.rows);
  const [busy, setBusy] = useState(false);
  const list = useWhile(open, () => prunableNetworks(withNetworkUsers(rows, containers)), [rows, containers]);

  async function prune() {
    setBusy(true);
    const gone = await removeNetworks(list.map((network) => network.row));
    setBusy(false);
    closeDialog();
    if (gone.length > 0) notice({ kind: "done", title: `${plural(gone.length, "network")} removed.` });
  }

  return (
    <Dialog
      open={open}
      onClose={closeDialog}
      title="Prune networks"
      description={<p>Removes the networks that no container belongs to, running or not. They hold no data; creating one again is all it takes to have it back.</p>}
      pinned={<CommandLine command="docker network prune" />}
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button variant="danger" icon={<Trash2 />} disabled={busy || list.length === 0} onClick={() => void prune()}>{busy ? "Removing" : list.length === 0 ? "Remove" : `Remove ${plural(list.length, "network")}`}</Button>
        </>
      }
    >
      {list.length === 0 ? <p className="quiet">Every network of your own has containers: nothing to remove.</p> : <NetworkNames networks={list} />}
    </Dialog>
  );
}
