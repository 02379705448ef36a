import { ArchiveRestore, Container, Eraser, FolderTree, Play } from "lucide-react";
import { memo, useDeferredValue, useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { useKept } from "../../../lib/useKept.ts";
import type { ContainerRow, Deed } from "../../../stores/container-row.ts";
import { binStore, countRemoved } from "../../../stores/bin.ts";
import { buildsStore } from "../../../stores/builds.ts";
import { allows, containersStore, readContainers } from "../../../stores/containers.ts";
import { prefsStore } from "../../../stores/prefs.ts";
import { href, navigate, openDialog } from "../../../stores/route.ts";
import { lookAt } from "../../../stores/stats.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { Empty } from "../../../ui/feedback/Empty.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { SearchField } from "../../../ui/field/SearchField.tsx";
import { Segments } from "../../../ui/field/Segments.tsx";
import { Screen } from "../../../ui/layout/Screen.tsx";
import { sortRows, type Sort } from "../../../ui/table/columns.ts";
import { DataTable } from "../../../ui/table/DataTable.tsx";
import type { Grouping } from "../../../ui/table/groups.ts";
import { TableSkeleton } from "../../../ui/table/TableSkeleton.tsx";
import { askRemove, deedLooks, performAll } from "../deeds.tsx";
import { containerMenu } from "../menu.tsx";
import { usePageVisible } from "../usePageVisible.ts";
import { containerColumns } from "./columns.tsx";
import { FilterMenu } from "./FilterMenu.tsx";
import { matches, parseFilter } from "./filter.ts";
import { ProjectHeading } from "./ProjectHeading.tsx";
import { isLive, LIST_INTERVAL_MS } from "./Usage.tsx";
import { useTablePrefs } from "./useTablePrefs.ts";

const removedOf = countRemoved("container");
const nothing: ReadonlySet<string> = new Set();
const bulkDeeds: readonly Deed[] = ["start", "stop", "restart", "pause", "remove"];
const firstOrder: Sort = { column: "created", down: true };
/** How often a list in the order of what is used is put in order again. */
const RESORT_MS = 6000;
/** More are not measured for the sake of the order alone. */
const MOST_MEASURED = 200;

/** All containers, live. */
export function ContainersScreen() {
  const removed = useStore(binStore, removedOf);
  const samples = useStore(buildsStore, (state) => state.phase === "ready");
  // Drawing thousands anew gives way to what is typed and clicked meanwhile.
  const { phase, rows, running, error } = useDeferredValue(useStore(containersStore));
  const filter = useStore(prefsStore, (prefs) => prefs.containerFilter);
  const [query, setQuery] = useKept("containers.query", "");
  const { sort } = useTablePrefs("containers", firstOrder);
  const [picked, setPicked] = useState(nothing);
  const words = useDeferredValue(query);

  const round = useUsageOrder(rows, sort.column);
  // In order before they are narrowed: what is typed then has nothing left to sort.
  const ordered = useMemo(() => inOrder(rows, sort, round), [rows, sort, round]);
  const shown = useMemo(() => {
    const parsed = parseFilter(words);
    return ordered.filter((row) => (filter === "all" || isLive(row) || row.state === "restarting") && matches(row, parsed));
  }, [ordered, filter, words]);
  const selected = useMemo(() => {
    if (picked.size === 0) return nothing;
    const visible = new Set(shown.map(rowId));
    return new Set([...picked].filter((id) => visible.has(id)));
  }, [picked, shown]);
  const { grouping, hasProjects, grouped } = useGrouping(rows);

  return (
    <Screen
      title="Containers"
      count={phase === "ready" ? rows.length : undefined}
      tools={
        <>
          {rows.length > 0 && (
            <>
              <Segments
                label="Show"
                value={filter}
                options={[{ value: "all", label: "All", count: rows.length }, { value: "running", label: "Running", count: running }]}
                onChange={(containerFilter) => prefsStore.setState({ containerFilter })}
              />
              {hasProjects && <IconButton label="Group by project" pressed={grouped} onClick={() => prefsStore.setState({ containerGroups: !grouped })}><FolderTree /></IconButton>}
              <IconButton label="Prune containers" onClick={() => openDialog("prune-containers")}><Eraser /></IconButton>
              <FilterMenu rows={rows} query={query} onChange={setQuery} />
              <SearchField label="Search containers" value={query} onChange={setQuery} />
            </>
          )}
          {removed > 0 && <IconButton label={`Recently removed, ${removed}`} tip="Recently removed" onClick={() => navigate(href.removed())}><ArchiveRestore /></IconButton>}
        </>
      }
      action={<Button variant="primary" icon={<Play />} onClick={() => openDialog("run")}>Run</Button>}
    >
      {phase === "loading" ? <TableSkeleton label="Loading containers" />
      : phase === "failed" && error ? <Problem fill title="The containers could not be listed." cause={error.message} raw={error.cause} actions={<Button onClick={() => void readContainers()}>Try again</Button>} />
      : rows.length === 0 ? (
        <Empty icon={<Container />} title="No containers yet" command="docker run -d -p 8080:80 nginx" action={<><Button variant="primary" icon={<Play />} onClick={() => openDialog("run")}>Run a container</Button>{samples && <Button onClick={() => navigate(href.welcome())}>Try the sample</Button>}</>}>
          A container is an image that runs, kept apart from the rest of this machine. Run one here or from any Docker client; it appears at once.
        </Empty>
      ) : (
        <ContainerTable rows={shown} selected={selected} onSelect={setPicked} grouping={grouping} filter={filter} words={words} onQuery={setQuery} />
      )}
    </Screen>
  );
}

interface ContainerTableProps {
  readonly rows: readonly ContainerRow[];
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: ReadonlySet<string>) => void;
  readonly grouping: Grouping<ContainerRow> | undefined;
  readonly filter: "all" | "running";
  readonly words: string;
  readonly onQuery: (query: string) => void;
}

/** Apart from the screen, which is drawn with each letter that is typed. */
const ContainerTable = memo(({ rows, selected, onSelect, grouping, filter, words, onQuery }: ContainerTableProps) => {
  const { layout, sort, setLayout, setSort } = useTablePrefs("containers", firstOrder);
  const chosen = useMemo(() => rows.filter((row) => selected.has(row.id)), [rows, selected]);
  const done = (): void => onSelect(nothing);
  return (
    <DataTable<ContainerRow>
      label="Containers"
      noun="container"
      rows={rows}
      columns={containerColumns}
      rowId={rowId}
      rowName={rowName}
      sort={sort}
      onSort={setSort}
      selected={selected}
      onSelect={onSelect}
      onOpen={(row) => navigate(href.container(row.id))}
      onDelete={(list) => askRemove(list, done)}
      menu={(list) => containerMenu(list, done)}
      grouping={grouping}
      layout={layout}
      onLayout={setLayout}
      filterKey={`${filter}:${words}`}
      bulk={<BulkBar rows={chosen} onDone={done} />}
      empty={<Unmatched query={words} filter={filter} onClear={() => { onQuery(""); prefsStore.setState({ containerFilter: "all" }); }} />}
    />
  );
});

/** @param _round grows where what is sorted by has changed without the rows */
function inOrder(rows: readonly ContainerRow[], sort: Sort, _round: number): readonly ContainerRow[] {
  return sortRows(rows, containerColumns, sort);
}

function rowId(row: ContainerRow): string {
  return row.id;
}

function rowName(row: ContainerRow): string {
  return row.name;
}

/** Compose projects as groups, where there are any and they are wanted. */
function useGrouping(rows: readonly ContainerRow[]) {
  const wanted = useStore(prefsStore, (prefs) => prefs.containerGroups);
  const closedNames = useStore(prefsStore, (prefs) => prefs.closedProjects);
  const hasProjects = useMemo(() => rows.some((row) => row.project !== undefined), [rows]);
  const closed = useMemo(() => new Set(closedNames), [closedNames]);
  const grouping = useMemo((): Grouping<ContainerRow> | undefined => (!wanted || !hasProjects ? undefined : {
    of: (row) => row.project,
    closed,
    onClose: (project, close) => prefsStore.setState(({ closedProjects }) => ({ closedProjects: close ? [...closedProjects, project] : closedProjects.filter((each) => each !== project) })),
    heading: (project, members) => <ProjectHeading project={project} rows={members} />,
  }), [wanted, hasProjects, closed]);
  return { grouping, hasProjects, grouped: wanted };
}

/**
 * Measures everything that runs while the list is in the order of what is used.
 * @returns a number that grows when the order is to be made again
 */
function useUsageOrder(rows: readonly ContainerRow[], column: string): number {
  const [round, setRound] = useState(0);
  const visible = usePageVisible();
  const measured = column === "cpu" || column === "memory";
  const live = useMemo(() => (measured ? rows.filter(isLive).slice(0, MOST_MEASURED).map(rowId).join() : ""), [rows, measured]);
  useEffect(() => (live === "" ? undefined : lookAt(live.split(","), LIST_INTERVAL_MS)), [live]);
  useEffect(() => {
    if (!measured || !visible) return;
    const timer = setInterval(() => setRound((count) => count + 1), RESORT_MS);
    return () => clearInterval(timer);
  }, [measured, visible]);
  return round;
}

function BulkBar({ rows, onDone }: { readonly rows: readonly ContainerRow[]; readonly onDone: () => void }) {
  return bulkDeeds.map((deed) => {
    const { word, icon: Icon } = deedLooks[deed];
    return <Button key={deed} variant="ghost" size="small" icon={<Icon />} disabled={!rows.some((row) => allows(row, deed))} onClick={() => performAll(deed, rows, onDone)}>{word}</Button>;
  });
}

function Unmatched({ query, filter, onClear }: { readonly query: string; readonly filter: string; readonly onClear: () => void }) {
  return (
    <>
      <p>{query ? `No container matches “${query}”${filter === "running" ? " among those that run" : ""}.` : "No container is running."}</p>
      <p style={{ marginTop: 12 }}><Button size="small" onClick={onClear}>Show all</Button></p>
    </>
  );
}
