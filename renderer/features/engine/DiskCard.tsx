import { useEffect, useState } from "react";
import type { OwnEngineFacts } from "../../../electron/ipc/contract/own-engine.ts";
import { size } from "../../lib/size.ts";
import { client } from "../../stores/host.ts";
import { href, navigate } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Copyable } from "../../ui/display/Copy.tsx";
import { Card, Facts } from "../../ui/display/Facts.tsx";
import css from "./Engine.module.css";

/** Where the engine's data lies, and the way to what takes space there. */
export function DiskCard({ managed }: { readonly managed: boolean }) {
  const facts = useFacts(managed);
  return (
    <Card title="Disk" actions={<Button size="small" onClick={() => navigate(href.engine("disk"))}>What takes space</Button>}>
      {facts && (
        <Facts
          rows={[
            ["Data folder", <Copyable key="root" text={facts.root} what="data folder" />],
            ["Free there", facts.freeBytes === null || facts.totalBytes === null ? undefined : `${size(facts.freeBytes)} of ${size(facts.totalBytes)}`],
            ["Log", <Copyable key="log" text={facts.log} what="path of the log" />],
          ]}
        />
      )}
      <p className={css["note"]}>Images, containers, volumes, logs and the build cache: what each takes, and what the disk gets back when it goes.</p>
    </Card>
  );
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
