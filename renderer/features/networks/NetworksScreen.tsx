import { ArchiveRestore, Eraser, Network, Plus, Trash2 } from "lucide-react";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { useKept } from "../../lib/useKept.ts";
import { binStore, countRemoved } from "../../stores/bin.ts";
import { containersStore } from "../../stores/containers.ts";
import { networksStore, readNetworks } from "../../stores/networks.ts";
import { href, navigate, openDialog } from "../../stores/route.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { SearchField } from "../../ui/field/SearchField.tsx";
import { Segments } from "../../ui/field/Segments.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import type { Sort } from "../../ui/table/columns.ts";
import { DataTable } from "../../ui/table/DataTable.tsx";
import { TableSkeleton } from "../../ui/table/TableSkeleton.tsx";
import { networkColumns } from "./columns.tsx";
import { askRemoveNetworks } from "./remove.tsx";
import { prunableNetworks, withNetworkUsers, type UsedNetwork } from "./users.ts";

const removedOf = countRemoved("network");
const nothing: ReadonlySet<string> = new Set();

/** All networks, live. */
export function NetworksScreen() {
  const removed = useStore(binStore, removedOf);
  const { phase, rows, error } = useStore(networksStore);
  const containers = useStore(containersStore, (state) => state.rows);
  const [query, setQuery] = useKept("networks.query", "");
  const [filter, setFilter] = useKept<"all" | "own">("networks.filter", "all");
  const [sort, setSort] = useKept<Sort>("networks.sort", { column: "name", down: false });
  const [picked, setPicked] = useState(nothing);
  const words = useDeferredValue(query);
  useEffect(() => {
    // An engine may choose its bridge's subnet with the first container, of which no event tells.
    if (networksStore.getState().phase === "ready") void readNetworks();
  }, []);

  const used = useMemo(() => withNetworkUsers(rows, containers), [rows, containers]);
  const own = useMemo(() => used.filter((network) => !network.row.predefined), [used]);
  const shown = useMemo(() => (filter === "own" ? own : used).filter((network) => matches(network, words)), [used, own, filter, words]);
  const chosen = useMemo(() => shown.filter((network) => picked.has(network.row.id)), [shown, picked]);
  const selected = useMemo(() => (chosen.length > 0 ? new Set(chosen.map(rowId)) : nothing), [chosen]);

  return (
    <Screen
      title="Networks"
      count={phase === "ready" ? rows.length : undefined}
      tools={
        <>
          {rows.length > 0 && (
            <>
              <Segments label="Show" value={filter} options={[{ value: "all", label: "All", count: rows.length }, { value: "own", label: "Your own", count: own.length }]} onChange={setFilter} />
              <SearchField label="Search networks" value={query} onChange={setQuery} />
              <Button icon={<Eraser />} disabled={prunableNetworks(own).length === 0} onClick={() => openDialog("prune-networks")}>Prune</Button>
            </>
          )}
          {removed > 0 && <IconButton label={`Recently removed, ${removed}`} tip="Recently removed" onClick={() => navigate(href.removed())}><ArchiveRestore /></IconButton>}
        </>
      }
      action={<Button variant="primary" icon={<Plus />} onClick={() => openDialog("new-network")}>Create</Button>}
    >
      {phase === "loading" ? <TableSkeleton label="Loading networks" />
      : phase === "failed" && error ? <Problem fill title={error.code === "notImplemented" ? "This engine has no networks." : "The networks could not be listed."} cause={error.message} raw={error.cause} actions={<Button onClick={() => void readNetworks()}>Try again</Button>} />
      : rows.length === 0 || (filter === "own" && own.length === 0) ? (
        <Empty icon={<Network />} title="No networks of your own yet" command="docker network create backend" action={<><Button variant="primary" icon={<Plus />} onClick={() => openDialog("new-network")}>Create a network</Button>{filter === "own" && rows.length > 0 && <Button onClick={() => setFilter("all")}>Show all</Button>}</>}>
          Containers in the same network reach each other by name; containers in different ones do not. Create one for each group of containers that belongs together.
        </Empty>
      ) : (
        <DataTable<UsedNetwork>
          label="Networks"
          noun="network"
          rows={shown}
          columns={networkColumns}
          rowId={rowId}
          rowName={rowName}
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={setPicked}
          onOpen={(network) => navigate(href.network(network.row.id))}
          onDelete={(list) => askRemoveNetworks(list, () => setPicked(nothing))}
          filterKey={`${filter}:${words}`}
          bulk={<Button variant="ghost" size="small" icon={<Trash2 />} onClick={() => askRemoveNetworks(chosen, () => setPicked(nothing))}>Remove</Button>}
          empty={<><p>No network matches “{query}”.</p><p style={{ marginTop: 12 }}><Button size="small" onClick={() => setQuery("")}>Show all</Button></p></>}
        />
      )}
    </Screen>
  );
}

function rowId(network: UsedNetwork): string {
  return network.row.id;
}

function rowName(network: UsedNetwork): string {
  return network.row.name;
}

function matches({ row, users }: UsedNetwork, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = `${row.name} ${row.id} ${row.driver} ${row.subnets.map((each) => `${each.subnet} ${each.gateway}`).join(" ")} ${Object.entries(row.labels).flat().join(" ")} ${users.map((user) => user.name).join(" ")} ${row.internal ? "internal" : ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
