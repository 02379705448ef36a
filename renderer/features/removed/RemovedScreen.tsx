import { ArchiveRestore, Trash2, Undo2 } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { BinEntry } from "../../../electron/ipc/contract/bin.ts";
import { size } from "../../lib/size.ts";
import { useKept } from "../../lib/useKept.ts";
import { binStore, entryName, hoursInWords } from "../../stores/bin.ts";
import { href, navigate } from "../../stores/route.ts";
import { settingsStore } from "../../stores/settings.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { SearchField } from "../../ui/field/SearchField.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import type { Sort } from "../../ui/table/columns.ts";
import { DataTable } from "../../ui/table/DataTable.tsx";
import { TableSkeleton } from "../../ui/table/TableSkeleton.tsx";
import { detailWords, removedColumns } from "./columns.tsx";
import { askDiscard } from "./discard.tsx";
import { RenameRestoredDialog } from "./RenameRestoredDialog.tsx";
import { bringBack } from "./restore-store.ts";

const nothing: ReadonlySet<string> = new Set();

/** What was removed in this window and can be brought back. */
export function RemovedScreen() {
  const { entries, kept } = useStore(binStore);
  const hours = useStore(settingsStore, (settings) => settings.keepRemovedHours);
  const [query, setQuery] = useKept("removed.query", "");
  const [sort, setSort] = useKept<Sort>("removed.sort", { column: "removed", down: true });
  const [picked, setPicked] = useState(nothing);
  const words = useDeferredValue(query);
  const shown = useMemo(() => entries.filter((entry) => matches(entry, words)), [entries, words]);
  const chosen = useMemo(() => shown.filter((entry) => picked.has(entry.id)), [shown, picked]);
  const selected = useMemo(() => (chosen.length > 0 ? new Set(chosen.map(rowId)) : nothing), [chosen]);
  const done = (): void => setPicked(nothing);
  async function bringBackAll(list: readonly BinEntry[]): Promise<void> {
    await bringBack(list);
    done();
  }
  const bytes = entries.reduce((sum, entry) => sum + (entry.size ?? 0), 0);

  return (
    <Screen
      title="Recently removed"
      count={kept === true ? entries.length : undefined}
      tools={entries.length > 0 && (
        <>
          <span className="quiet num">{size(bytes)} on the disk</span>
          <SearchField label="Search what was removed" value={query} onChange={setQuery} />
        </>
      )}
      action={entries.length > 0 && <Button icon={<Trash2 />} onClick={() => askDiscard(entries, done)}>Empty</Button>}
    >
      {kept === undefined ? <TableSkeleton label="Loading what was removed" />
      : kept === false ? (
        <Empty icon={<ArchiveRestore />} title="This engine removes for good" action={<Button onClick={() => navigate(href.engine("connections"))}>Show connections</Button>}>
          Slipway’s own engine keeps removed containers, images, volumes and networks for a while, so that they can be brought back. Other engines do not.
        </Empty>
      ) : entries.length === 0 ? (
        <Empty icon={<ArchiveRestore />} title="Nothing to bring back" action={<Button onClick={() => navigate(href.settings())}>Change in settings</Button>}>
          {hours === 0 ? "Settings say that what is removed goes for good. Let it be kept for a while, and it can be brought back here."
          : `A container, image, volume or network that is removed in this window is kept here ${hoursInWords(hours)}, with everything in it. What other clients and prunes remove goes for good.`}
        </Empty>
      ) : (
        <DataTable<BinEntry>
          label="Recently removed"
          noun="removed thing"
          rows={shown}
          columns={removedColumns}
          rowId={rowId}
          rowName={entryName}
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={setPicked}
          onDelete={(list) => askDiscard(list, done)}
          menu={(list) => [
            { label: "Bring back", icon: <Undo2 />, run: () => void bringBackAll(list) },
            { label: "Delete for good", icon: <Trash2 />, danger: true, run: () => askDiscard(list, done) },
          ]}
          filterKey={words}
          bulk={
            <>
              <Button variant="ghost" size="small" icon={<Undo2 />} onClick={() => void bringBackAll(chosen)}>Bring back</Button>
              <Button variant="ghost" size="small" icon={<Trash2 />} onClick={() => askDiscard(chosen, done)}>Delete for good</Button>
              <span className="quiet num">{size(chosen.reduce((sum, entry) => sum + (entry.size ?? 0), 0))}</span>
            </>
          }
          empty={<><p>Nothing that was removed matches “{query}”.</p><p style={{ marginTop: 12 }}><Button size="small" onClick={() => setQuery("")}>Show all</Button></p></>}
        />
      )}
      <RenameRestoredDialog />
    </Screen>
  );
}

function rowId(entry: BinEntry): string {
  return entry.id;
}

function matches(entry: BinEntry, query: string): boolean {
  const text = `${entry.name} ${entry.kind} ${detailWords(entry)}`.toLowerCase();
  return query.toLowerCase().split(/\s+/).filter(Boolean).every((word) => text.includes(word));
}
