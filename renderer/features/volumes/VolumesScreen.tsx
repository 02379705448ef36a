import { ArchiveRestore, Database, Eraser, Plus, Ruler, Trash2 } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { useStore } from "zustand";
import { size } from "../../lib/size.ts";
import { useKept } from "../../lib/useKept.ts";
import { binStore, countRemoved } from "../../stores/bin.ts";
import { containersStore } from "../../stores/containers.ts";
import { notice } from "../../stores/notices.ts";
import { href, navigate, openDialog } from "../../stores/route.ts";
import { measureVolumes, readVolumes, volumesStore } from "../../stores/volumes.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { SearchField } from "../../ui/field/SearchField.tsx";
import { Segments } from "../../ui/field/Segments.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import type { Sort } from "../../ui/table/columns.ts";
import { DataTable } from "../../ui/table/DataTable.tsx";
import { TableSkeleton } from "../../ui/table/TableSkeleton.tsx";
import { volumeColumns } from "./columns.tsx";
import { askRemoveVolumes } from "./remove.tsx";
import { shortName, withVolumeUsers, type UsedVolume } from "./users.ts";

const removedOf = countRemoved("volume");
const nothing: ReadonlySet<string> = new Set();

/** All volumes, live. */
export function VolumesScreen() {
  const removed = useStore(binStore, removedOf);
  const { phase, rows, error, sizes, measuring } = useStore(volumesStore);
  const containers = useStore(containersStore, (state) => state.rows);
  const [query, setQuery] = useKept("volumes.query", "");
  const [filter, setFilter] = useKept<"all" | "unused">("volumes.filter", "all");
  const [sort, setSort] = useKept<Sort>("volumes.sort", { column: "name", down: false });
  const [picked, setPicked] = useState(nothing);
  const words = useDeferredValue(query);

  const used = useMemo(() => withVolumeUsers(rows, containers, sizes), [rows, containers, sizes]);
  const unused = useMemo(() => used.filter((volume) => volume.users.length === 0), [used]);
  const shown = useMemo(() => (filter === "unused" ? unused : used).filter((volume) => matches(volume, words)), [used, unused, filter, words]);
  const chosen = useMemo(() => shown.filter((volume) => picked.has(volume.row.name)), [shown, picked]);
  const selected = useMemo(() => (chosen.length > 0 ? new Set(chosen.map(rowId)) : nothing), [chosen]);
  const create = <Button variant="primary" icon={<Plus />} onClick={() => openDialog("new-volume")}>Create</Button>;

  return (
    <Screen
      title="Volumes"
      count={phase === "ready" ? rows.length : undefined}
      tools={
        <>
          {rows.length > 0 && (
            <>
              <Segments label="Show" value={filter} options={[{ value: "all", label: "All", count: rows.length }, { value: "unused", label: "Unused", count: unused.length }]} onChange={setFilter} />
              <SearchField label="Search volumes" value={query} onChange={setQuery} />
              <IconButton label={measuring ? "Measuring sizes" : "Measure sizes"} disabled={measuring} onClick={() => void measure()}><Ruler /></IconButton>
              <Button icon={<Eraser />} disabled={unused.length === 0} onClick={() => openDialog("prune-volumes")}>Prune</Button>
            </>
          )}
          {removed > 0 && <IconButton label={`Recently removed, ${removed}`} tip="Recently removed" onClick={() => navigate(href.removed())}><ArchiveRestore /></IconButton>}
        </>
      }
      action={create}
    >
      {phase === "loading" ? <TableSkeleton label="Loading volumes" />
      : phase === "failed" && error ? <Problem fill title={error.code === "notImplemented" ? "This engine has no volumes." : "The volumes could not be listed."} cause={error.message} raw={error.cause} actions={<Button onClick={() => void readVolumes()}>Try again</Button>} />
      : rows.length === 0 ? (
        <Empty icon={<Database />} title="No volumes yet" command="docker volume create pgdata" action={<Button variant="primary" icon={<Plus />} onClick={() => openDialog("new-volume")}>Create a volume</Button>}>
          A volume keeps files outside of containers: they are still there when a container is removed, and several containers can share them. Databases keep their data in one.
        </Empty>
      ) : (
        <DataTable<UsedVolume>
          label="Volumes"
          noun="volume"
          rows={shown}
          columns={volumeColumns}
          rowId={rowId}
          rowName={rowName}
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={setPicked}
          onOpen={(volume) => navigate(href.volume(volume.row.name))}
          onDelete={(list) => askRemoveVolumes(list, () => setPicked(nothing))}
          filterKey={`${filter}:${words}`}
          bulk={
            <>
              <Button variant="ghost" size="small" icon={<Trash2 />} onClick={() => askRemoveVolumes(chosen, () => setPicked(nothing))}>Remove</Button>
              {chosen.some((volume) => typeof volume.size === "number") && <span className="quiet num">{size(chosen.reduce((sum, volume) => sum + (volume.size ?? 0), 0))}</span>}
            </>
          }
          empty={<><p>{query ? `No ${filter === "unused" ? "unused " : ""}volume matches “${query}”.` : "Containers use every volume."}</p><p style={{ marginTop: 12 }}><Button size="small" onClick={() => { setQuery(""); setFilter("all"); }}>Show all</Button></p></>}
        />
      )}
    </Screen>
  );
}

async function measure(): Promise<void> {
  const error = await measureVolumes();
  if (error && error.code !== "cancelled") notice({ kind: "error", title: "The volumes were not measured.", description: error.message, ...(error.cause !== undefined && { raw: error.cause }) });
}

function rowId(volume: UsedVolume): string {
  return volume.row.name;
}

function rowName(volume: UsedVolume): string {
  return shortName(volume.row);
}

function matches({ row, users }: UsedVolume, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = `${row.name} ${row.driver} ${Object.entries(row.labels).flat().join(" ")} ${users.map((user) => user.container.name).join(" ")} ${row.anonymous ? "anonymous" : ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
