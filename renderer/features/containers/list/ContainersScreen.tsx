import { Container, Play } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { useStore } from "zustand";
import { useKept } from "../../../lib/useKept.ts";
import type { ContainerRow, Deed } from "../../../stores/container-row.ts";
import { allows, containersStore, readContainers } from "../../../stores/containers.ts";
import { prefsStore } from "../../../stores/prefs.ts";
import { href, navigate, openDialog } from "../../../stores/route.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Empty } from "../../../ui/feedback/Empty.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { SearchField } from "../../../ui/field/SearchField.tsx";
import { Segments } from "../../../ui/field/Segments.tsx";
import { Screen } from "../../../ui/layout/Screen.tsx";
import type { Sort } from "../../../ui/table/columns.ts";
import { DataTable } from "../../../ui/table/DataTable.tsx";
import { TableSkeleton } from "../../../ui/table/TableSkeleton.tsx";
import { askRemove, deedLooks, performAll } from "../deeds.tsx";
import { containerColumns, matches } from "./columns.tsx";

const nothing: ReadonlySet<string> = new Set();
const bulkDeeds: readonly Deed[] = ["start", "stop", "restart", "pause", "remove"];

/** All containers, live. */
export function ContainersScreen() {
  const { phase, rows, running, error } = useStore(containersStore);
  const filter = useStore(prefsStore, (prefs) => prefs.containerFilter);
  const [query, setQuery] = useKept("containers.query", "");
  const [sort, setSort] = useKept<Sort>("containers.sort", { column: "created", down: true });
  const [picked, setPicked] = useState(nothing);
  const words = useDeferredValue(query);

  const shown = useMemo(() => rows.filter((row) => (filter === "all" || row.state === "running" || row.state === "paused" || row.state === "restarting") && matches(row, words)), [rows, filter, words]);
  const selected = useMemo(() => {
    if (picked.size === 0) return nothing;
    const visible = new Set(shown.map(rowId));
    return new Set([...picked].filter((id) => visible.has(id)));
  }, [picked, shown]);
  const chosen = useMemo(() => shown.filter((row) => selected.has(row.id)), [shown, selected]);

  return (
    <Screen
      title="Containers"
      count={phase === "ready" ? rows.length : undefined}
      tools={rows.length > 0 && (
        <>
          <Segments
            label="Show"
            value={filter}
            options={[{ value: "all", label: "All", count: rows.length }, { value: "running", label: "Running", count: running }]}
            onChange={(containerFilter) => prefsStore.setState({ containerFilter })}
          />
          <SearchField label="Search containers" value={query} onChange={setQuery} />
        </>
      )}
      action={<Button variant="primary" icon={<Play />} onClick={() => openDialog("run")}>Run</Button>}
    >
      {phase === "loading" ? <TableSkeleton label="Loading containers" />
      : phase === "failed" && error ? <Problem fill title="The containers could not be listed." cause={error.message} raw={error.cause} actions={<Button onClick={() => void readContainers()}>Try again</Button>} />
      : rows.length === 0 ? (
        <Empty icon={<Container />} title="No containers yet" command="docker run -d -p 8080:80 nginx" action={<Button variant="primary" icon={<Play />} onClick={() => openDialog("run")}>Run a container</Button>}>
          A container is an image that runs, kept apart from the rest of this machine. Run one here or from any Docker client; it appears at once.
        </Empty>
      ) : (
        <DataTable<ContainerRow>
          label="Containers"
          noun="container"
          rows={shown}
          columns={containerColumns}
          rowId={rowId}
          rowName={rowName}
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={setPicked}
          onOpen={(row) => navigate(href.container(row.id))}
          onDelete={(list) => askRemove(list, () => setPicked(nothing))}
          filterKey={`${filter}:${words}`}
          bulk={<BulkBar rows={chosen} onDone={() => setPicked(nothing)} />}
          empty={<Unmatched query={query} filter={filter} onClear={() => { setQuery(""); prefsStore.setState({ containerFilter: "all" }); }} />}
        />
      )}
    </Screen>
  );
}

function rowId(row: ContainerRow): string {
  return row.id;
}

function rowName(row: ContainerRow): string {
  return row.name;
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
