import { Database, Link, Ruler, Trash2 } from "lucide-react";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { useStore } from "zustand";
import type { VolumeDetails } from "../../../electron/ipc/contract/volumes.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { size } from "../../lib/size.ts";
import { plural } from "../../lib/time.ts";
import { containersStore } from "../../stores/containers.ts";
import { client } from "../../stores/host.ts";
import { href, navigate, volumeTabs, type VolumeTab } from "../../stores/route.ts";
import { measureVolumes, volumesStore } from "../../stores/volumes.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Badge } from "../../ui/display/Badge.tsx";
import { copyText, Copyable } from "../../ui/display/Copy.tsx";
import { Card, Cards, Facts } from "../../ui/display/Facts.tsx";
import { JsonView } from "../../ui/display/JsonView.tsx";
import { ObjectLink } from "../../ui/display/ObjectLink.tsx";
import { Pairs } from "../../ui/display/Pairs.tsx";
import { SomeRows } from "../../ui/display/SomeRows.tsx";
import { Time } from "../../ui/display/Time.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { DetailBody, DetailPage } from "../../ui/layout/DetailPage.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import { TableSkeleton } from "../../ui/table/TableSkeleton.tsx";
import { askRemoveVolumes } from "./remove.tsx";
import { shortName, userNames, withVolumeUsers, type UsedVolume } from "./users.ts";
import css from "./Volumes.module.css";

const tabNames: Record<VolumeTab, string> = { overview: "Overview", files: "Files", inspect: "Inspect" };

/** One volume: what it is, which containers mount it where. */
export function VolumePage({ name, tab, files }: { readonly name: string; readonly tab: VolumeTab; /** The tab that belongs to another feature. */ readonly files: (name: string) => ReactNode }) {
  const { phase, rows, sizes } = useStore(volumesStore);
  const containers = useStore(containersStore, (state) => state.rows);
  const row = rows.find((each) => each.name === name);
  const volume = useMemo(() => (row ? withVolumeUsers([row], containers, sizes)[0] : undefined), [row, containers, sizes]);
  if (!volume) {
    return (
      <Screen title="Volume">
        {phase === "loading" ? <TableSkeleton label="Loading the volume" /> : <Problem fill title={`There is no volume ${name}.`} cause="It may have been removed, here or by another client." actions={<Button onClick={() => navigate(href.volumes())}>All volumes</Button>} />}
      </Screen>
    );
  }
  const names = userNames(volume.users);
  return (
    <DetailPage
      kind="Volume"
      label={`Volume ${shortName(volume.row)}`}
      name={shortName(volume.row)}
      icon={<Database />}
      back="All volumes"
      onBack={() => navigate(href.volumes())}
      facts={
        <>
          <span>{names.length === 0 ? "Unused" : `Used by ${plural(names.length, "container")}`}</span>
          {typeof volume.size === "number" && <span className="num">{size(volume.size)}</span>}
          <Copyable text={volume.row.mountpoint} what="path on the host" />
        </>
      }
      actions={
        <>
          <IconButton label="Copy link" onClick={() => void copyText(location.href)}><Link /></IconButton>
          <Button icon={<Trash2 />} onClick={() => askRemoveVolumes([volume], () => navigate(href.volumes()))}>Remove</Button>
        </>
      }
      tab={tab}
      tabs={volumeTabs.map((value) => ({ value, label: tabNames[value] }))}
      onTab={(next) => navigate(href.volume(name, next))}
    >
      {tab === "overview" ? <Overview volume={volume} /> : tab === "files" ? files(volume.row.name) : <Inspect volume={volume} />}
    </DetailPage>
  );
}

function Overview({ volume }: { readonly volume: UsedVolume }) {
  const { row, users } = volume;
  const labels = Object.entries(row.labels);
  const options = Object.entries(row.options);
  return (
    <DetailBody>
      <Cards>
        <Card title="Volume">
          <Facts
            rows={[
              ["Name", <Copyable key="name" text={row.name} what="volume name" />],
              ["Kind", row.anonymous ? "Anonymous: a container asked for it without a name" : undefined],
              ["Driver", row.driver],
              ["On the host", row.mountpoint ? <Copyable key="path" text={row.mountpoint} what="path on the host" /> : undefined],
              ["Created", row.created === null ? undefined : <Time key="created" at={row.created} />],
              ["Scope", row.scope],
              ["Size", <Size key="size" volume={volume} />],
            ]}
          />
        </Card>
        <Card title="Used by">
          {users.length === 0 ? <p className={css["none"]}>No container refers to it. It stays until it is removed.</p> : (
            <SomeRows rows={users} className={css["users"]}>
              {({ container, target, readOnly }) => (
                <li key={`${container.id} ${target}`}>
                  <ObjectLink to={href.container(container.id)} name={container.name} glyph={container.glyph} words={container.words} />
                  <code className="mono cut" title={target}>{target}</code>
                  <Badge>{readOnly ? "read-only" : "read and write"}</Badge>
                </li>
              )}
            </SomeRows>
          )}
        </Card>
        {labels.length > 0 && <Card title="Labels"><Pairs pairs={labels} /></Card>}
        {options.length > 0 && <Card title="Options of the driver"><Pairs pairs={options} /></Card>}
      </Cards>
    </DetailBody>
  );
}

function Size({ volume }: { readonly volume: UsedVolume }) {
  const measuring = useStore(volumesStore, (state) => state.measuring);
  const [error, setError] = useState<IpcErrorInfo>();
  return (
    <span className={css["size"]}>
      <span className="num">{volume.size === null ? "The driver does not say" : volume.size === undefined ? "Not measured" : `${size(volume.size)} (${volume.size.toLocaleString("en")} bytes)`}</span>
      <Button size="small" variant="ghost" icon={<Ruler />} disabled={measuring} onClick={() => void measureVolumes().then(setError)}>{measuring ? "Measuring" : "Measure"}</Button>
      {error && <span role="alert">{error.message}</span>}
    </span>
  );
}

function Inspect({ volume }: { readonly volume: UsedVolume }) {
  const [answer, setAnswer] = useState<{ details?: VolumeDetails; error?: IpcErrorInfo }>({});
  const [round, setRound] = useState(0);
  const { row } = volume;
  useEffect(() => {
    const cancel = new AbortController();
    client()
      .volumes.inspect({ name: row.name }, { signal: cancel.signal })
      .then((details) => setAnswer({ details }))
      .catch((error: unknown) => {
        if (!cancel.signal.aborted) setAnswer({ error: toIpcErrorInfo(error) });
      });
    return () => cancel.abort();
  }, [row, round]);
  if (answer.error) return <Problem fill title={`${shortName(row)} could not be inspected.`} cause={answer.error.message} raw={answer.error.cause} actions={<Button onClick={() => setRound(round + 1)}>Try again</Button>} />;
  return answer.details ? <JsonView value={answer.details.raw} /> : null;
}
