import { Plus } from "lucide-react";
import { useEffect } from "react";
import { useStore } from "zustand";
import { connectionsStore, readConnections, testConnection } from "../../../stores/connections.ts";
import { engineStore } from "../../../stores/engine.ts";
import { hostStore } from "../../../stores/host.ts";
import { openDialog } from "../../../stores/route.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Skeleton } from "../../../ui/display/Bar.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { ConnectionRow } from "./ConnectionRow.tsx";
import css from "./Connections.module.css";

/** Every engine that can be chosen, each with what answers there. */
export function ConnectionsPanel() {
  const { phase, rows, error, tests } = useStore(connectionsStore);
  const open = useStore(hostStore, (host) => host.link === "open");
  const current = useStore(engineStore, (engine) => engine.status?.connection.id);
  useEffect(() => {
    if (!open) return;
    void readConnections().then(() => {
      // Sockets of this machine answer at once; what is elsewhere is asked on request.
      for (const row of connectionsStore.getState().rows) if (!row.problem && row.address.startsWith("unix://")) void testConnection(row.id);
    });
  }, [open, current]);
  return (
    <div className={css["page"]}>
      <div className={css["intro"]}>
        <p className="quiet">Slipway shows one engine at a time. Everything changes over at once, in all windows, and nothing is stopped. What is typed into forms stays.</p>
        <Button variant="primary" icon={<Plus />} onClick={() => openDialog("add-connection")}>Add a connection</Button>
      </div>
      {phase === "loading" ? <div className={css["skeletons"]}>{[0, 1, 2].map((index) => <Skeleton key={index} width="100%" height={44} />)}</div>
      : phase === "failed" && error ? <Problem title="The connections could not be listed." cause={error.message} raw={error.cause} actions={<Button onClick={() => void readConnections()}>Try again</Button>} />
      : <ul className={css["list"]} aria-label="Connections">{rows.map((row) => <ConnectionRow key={row.id} row={row} test={tests.get(row.id)} />)}</ul>}
    </div>
  );
}
