import { ChevronLeft, Ellipsis, Link, SlidersHorizontal } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { useStore } from "zustand";
import { linkHere } from "../../../lib/link.ts";
import { allows, containersStore } from "../../../stores/containers.ts";
import type { ContainerRow, Deed } from "../../../stores/container-row.ts";
import { engineStore, isSlipway } from "../../../stores/engine.ts";
import { containerTabs, href, navigate, openDialog, type ContainerTab } from "../../../stores/route.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { Copyable, copyText } from "../../../ui/display/Copy.tsx";
import { ImageName } from "../../../ui/display/ImageName.tsx";
import { StateGlyph } from "../../../ui/display/StateGlyph.tsx";
import { TabPanel, Tabs } from "../../../ui/display/Tabs.tsx";
import { Time } from "../../../ui/display/Time.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { MenuButton } from "../../../ui/overlay/MenuButton.tsx";
import { askRemove, deedLooks, performAll } from "../deeds.tsx";
import { Ports } from "../list/ports.tsx";
import { workMenu } from "../menu.tsx";
import { ChangesTab } from "./changes/ChangesTab.tsx";
import { Inspect } from "./Inspect.tsx";
import { Overview } from "./overview/Overview.tsx";
import { StatsTab } from "./stats/StatsTab.tsx";
import { useInspect } from "./useInspect.ts";
import css from "./Details.module.css";

const tabNames: Record<ContainerTab, string> = { overview: "Overview", logs: "Logs", terminal: "Terminal", files: "Files", stats: "Stats", changes: "Changes", inspect: "Inspect" };

export interface ContainerPageProps {
  /** Id or the beginning of it, or a name, as the address has it. */
  readonly id: string;
  readonly tab: ContainerTab;
  /** The tabs that belong to other features. */
  readonly logs: (row: ContainerRow) => ReactNode;
  readonly terminal: (row: ContainerRow) => ReactNode;
  readonly files: (row: ContainerRow) => ReactNode;
}

/** One container, with tabs. */
export function ContainerPage({ id, tab, logs, terminal, files }: ContainerPageProps) {
  const row = useStore(containersStore, (state) => state.byId.get(id) ?? find(state.rows, id));
  const loading = useStore(containersStore, (state) => state.phase === "loading");
  const [seen, setSeen] = useState<string>();
  useEffect(() => setSeen(row?.name), [row?.name]);
  if (!row) {
    if (loading) return <main className={css["page"]} aria-label="Container" />;
    return (
      <main className={css["page"]} aria-label="Container">
        <Problem fill title={`There is no container ${seen ?? id.slice(0, 12)}.`} cause="It may have been removed, here or by another client." actions={<Button onClick={() => navigate(href.containers())}>All containers</Button>} />
      </main>
    );
  }
  return (
    <main className={css["page"]} aria-label={`Container ${row.name}`}>
      <header className={css["header"]}>
        <IconButton label="All containers" onClick={() => navigate(href.containers())}><ChevronLeft /></IconButton>
        <div className={css["heading"]}>
          <h1 className={css["title"]}><StateGlyph state={row.glyph} label={row.words} /><span className="cut" title={row.name}>{row.name}</span></h1>
          <div className={css["facts"]}>
            <span>{row.words}{row.since !== undefined && row.state !== "created" && row.state !== "paused" && !row.busy && <> <Time at={row.since} as={row.state === "running" ? "length" : "ago"} /></>}</span>
            <ImageName name={row.image} />
            {row.published.length > 0 && <Ports ports={row.published} most={3} />}
            <Copyable text={row.id} what="container ID">{row.id.slice(0, 12)}</Copyable>
          </div>
        </div>
        <Actions row={row} />
      </header>
      <Tabs label="Container" value={tab} tabs={containerTabs.map((value) => ({ value, label: tabNames[value] }))} onChange={(next) => navigate(href.container(row.id, next))} />
      <TabPanel key={row.id + tab} value={tab}>
        {tab === "logs" ? logs(row) : tab === "terminal" ? terminal(row) : tab === "files" ? files(row) : tab === "changes" ? <ChangesTab row={row} /> : <Inspected row={row} tab={tab} />}
      </TabPanel>
    </main>
  );
}

function find(rows: readonly ContainerRow[], id: string): ContainerRow | undefined {
  return rows.find((row) => row.name === id) ?? (/^[0-9a-f]{6,}$/.test(id) ? rows.find((row) => row.id.startsWith(id)) : undefined);
}

function Actions({ row }: { readonly row: ContainerRow }) {
  const main: Deed = row.state === "paused" ? "unpause" : row.state === "running" || row.state === "restarting" || row.busy === "stop" ? "stop" : "start";
  const shown: readonly Deed[] = row.busy === "stop" ? ["kill"] : row.state === "running" || row.state === "paused" ? [main, "restart"] : [main];
  const editable = useStore(engineStore, isSlipway);
  return (
    <div className={css["actions"]}>
      {shown.map((deed) => {
        const { word, icon: Icon } = deedLooks[deed];
        return <Button key={deed} icon={<Icon />} disabled={!allows(row, deed)} onClick={() => performAll(deed, [row])}>{word}</Button>;
      })}
      {editable && <Button icon={<SlidersHorizontal />} disabled={row.state === "dead" || row.state === "removing"} onClick={() => openDialog("edit", row.id)}>Edit</Button>}
      <Button icon={<deedLooks.remove.icon />} disabled={!allows(row, "remove")} onClick={() => askRemove([row], () => navigate(href.containers()))}>Remove</Button>
      <MenuButton trigger={<IconButton label="More actions"><Ellipsis /></IconButton>} actions={[...workMenu(row), { label: "Copy link", icon: <Link />, run: () => void copyText(linkHere()) }]} />
    </div>
  );
}

function Inspected({ row, tab }: { readonly row: ContainerRow; readonly tab: ContainerTab }) {
  const { info, error, reload } = useInspect(row);
  if (error && !info) return <Problem fill title={`${row.name} could not be inspected.`} cause={error.message} raw={error.cause} actions={<Button onClick={reload}>Try again</Button>} />;
  if (tab === "stats") return <StatsTab row={row} info={info} />;
  if (!info) return null;
  return tab === "overview" ? <Overview row={row} info={info} /> : <Inspect info={info} />;
}
