import { useEffect, useState } from "react";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import type { OwnEngineFacts } from "../../../electron/ipc/contract/own-engine.ts";
import type { DiskUsage, DiskUsageRow } from "../../../electron/ipc/contract/system.ts";
import { size } from "../../lib/size.ts";
import { client } from "../../stores/host.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Copyable } from "../../ui/display/Copy.tsx";
import { Card, Facts } from "../../ui/display/Facts.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import css from "./Engine.module.css";

/** What the engine's data takes. Measuring walks all of it, so it is done when asked for. */
export function DiskCard({ managed }: { readonly managed: boolean }) {
  const [usage, setUsage] = useState<DiskUsage>();
  const [error, setError] = useState<IpcErrorInfo>();
  const [busy, setBusy] = useState(false);
  const facts = useFacts(managed);
  async function measure() {
    setBusy(true);
    try {
      setUsage(await client().system.df());
      setError(undefined);
    } catch (problem) {
      setError(toIpcErrorInfo(problem));
    } finally {
      setBusy(false);
    }
  }
  return (
    <Card title="Disk" actions={<Button size="small" disabled={busy} onClick={() => void measure()}>{busy ? "Measuring" : usage ? "Measure again" : "Measure"}</Button>}>
      {facts && (
        <Facts
          rows={[
            ["Data folder", <Copyable key="root" text={facts.root} what="data folder" />],
            ["Free there", facts.freeBytes === null || facts.totalBytes === null ? undefined : `${size(facts.freeBytes)} of ${size(facts.totalBytes)}`],
            ["Log", <Copyable key="log" text={facts.log} what="path of the log" />],
          ]}
        />
      )}
      {error && <Problem title="The space could not be measured." cause={error.message} raw={error.cause} />}
      {usage ? <Facts rows={[["Images", words(usage.images)], ["Containers", words(usage.containers)], ["Volumes", words(usage.volumes)], ["Build cache", words(usage.buildCache)]]} />
      : !error && <p className={css["note"]}>Measuring reads through images, volumes and the build cache.</p>}
    </Card>
  );
}

function words({ count, bytes, reclaimableBytes }: DiskUsageRow): string {
  if (count === 0) return "None";
  return `${size(bytes)} in ${count.toLocaleString("en")}${reclaimableBytes > 0 ? `, ${size(reclaimableBytes)} unused` : ""}`;
}

/** Where the built-in engine keeps its things; undefined for any other. */
function useFacts(managed: boolean): OwnEngineFacts | undefined {
  const [facts, setFacts] = useState<OwnEngineFacts>();
  useEffect(() => {
    if (!managed) return setFacts(undefined);
    const cancel = new AbortController();
    client().ownEngine.facts(undefined, { signal: cancel.signal }).then(setFacts, () => undefined); // The card says less then.
    return () => cancel.abort();
  }, [managed]);
  return facts;
}
