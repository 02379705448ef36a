import { Cable, Copy, Play, RefreshCw, Search } from "lucide-react";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { PortBinding } from "../../../electron/ipc/contract/ports.ts";
import { useKept } from "../../lib/useKept.ts";
import type { ContainerRow } from "../../stores/container-row.ts";
import { containersStore } from "../../stores/containers.ts";
import { portKey, portsStore, readPorts, watchPorts } from "../../stores/ports.ts";
import { href, navigate, openDialog } from "../../stores/route.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { copyText } from "../../ui/display/Copy.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { SearchField } from "../../ui/field/SearchField.tsx";
import { Segments } from "../../ui/field/Segments.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import type { Sort } from "../../ui/table/columns.ts";
import { DataTable } from "../../ui/table/DataTable.tsx";
import { TableSkeleton } from "../../ui/table/TableSkeleton.tsx";
import { portColumns, type PortRow } from "./columns.tsx";
import { bindingName, collides, hostAddress, matchesPort } from "./port-words.ts";

const nothing: ReadonlySet<string> = new Set();
type Filter = "all" | "bound" | "conflicts";

/** Every published port of every container, live, also of those that do not run. */
export function PortsScreen() {
  const { phase, rows, error } = useStore(portsStore);
  const containers = useStore(containersStore, (state) => state.byId);
  const [query, setQuery] = useKept("ports.query", "");
  const [filter, setFilter] = useKept<Filter>("ports.filter", "all");
  const [sort, setSort] = useKept<Sort>("ports.sort", { column: "port", down: false });
  const [picked, setPicked] = useState(nothing);
  const words = useDeferredValue(query);
  useEffect(watchPorts, []);
  useEffect(() => {
    // What other programs of this machine listen on sends no events: it is looked at when the window is.
    const look = () => void readPorts();
    window.addEventListener("focus", look);
    return () => window.removeEventListener("focus", look);
  }, []);

  const joined = useMemo(() => withContainers(rows, containers), [rows, containers]);
  const conflicts = useMemo(() => joined.filter(({ binding }) => collides(binding)), [joined]);
  const shown = useMemo(() => joined.filter(({ binding }) => (filter === "all" || (filter === "bound" ? binding.live : collides(binding))) && matchesPort(binding, words)), [joined, filter, words]);
  const chosen = useMemo(() => shown.filter((row) => picked.has(rowId(row))), [shown, picked]);
  const selected = useMemo(() => (chosen.length > 0 ? new Set(chosen.map(rowId)) : nothing), [chosen]);

  return (
    <Screen
      title="Ports"
      count={phase === "ready" ? rows.length : undefined}
      tools={
        <>
          {rows.length > 0 && (
            <>
              <Segments label="Show" value={filter} options={[{ value: "all", label: "All", count: rows.length }, { value: "bound", label: "Bound", count: rows.filter((row) => row.live).length }, { value: "conflicts", label: "Conflicts", count: conflicts.length }]} onChange={setFilter} />
              <SearchField label="Search ports" value={query} onChange={setQuery} />
              <IconButton label="Look again" onClick={() => void readPorts()}><RefreshCw /></IconButton>
            </>
          )}
        </>
      }
      action={<Button icon={<Search />} onClick={() => openDialog("check-port")}>Check a port</Button>}
    >
      {phase === "loading" ? <TableSkeleton label="Loading ports" />
      : phase === "failed" && error ? <Problem fill title="The ports could not be listed." cause={error.message} raw={error.cause} actions={<Button onClick={() => void readPorts()}>Try again</Button>} />
      : rows.length === 0 ? (
        <Empty icon={<Cable />} title="No published ports yet" command="docker run -d -p 8080:80 nginx" action={<Button variant="primary" icon={<Play />} onClick={() => openDialog("run")}>Run a container</Button>}>
          A published port leads from this machine into a container: what arrives at the host port goes to the container port. Publish one when you run a container.
        </Empty>
      ) : (
        <DataTable<PortRow>
          label="Ports"
          noun="port"
          rows={shown}
          columns={portColumns}
          rowId={rowId}
          rowName={rowName}
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={setPicked}
          onOpen={(row) => navigate(href.container(row.binding.containerId))}
          filterKey={`${filter}:${words}`}
          bulk={<Button variant="ghost" size="small" icon={<Copy />} onClick={() => void copyText(chosen.map(({ binding }) => hostAddress(binding)).filter(Boolean).join("\n"))}>Copy addresses</Button>}
          empty={<><p>{query ? `No port matches “${query}”.` : filter === "conflicts" ? "No two of these collide, and nothing else on this machine has one of them." : "No port is bound: no container with published ports runs."}</p><p style={{ marginTop: 12 }}><Button size="small" onClick={() => { setQuery(""); setFilter("all"); }}>Show all</Button></p></>}
        />
      )}
    </Screen>
  );
}

const known = new WeakMap<PortBinding, PortRow>();

function withContainers(bindings: readonly PortBinding[], containers: ReadonlyMap<string, ContainerRow>): PortRow[] {
  return bindings.map((binding) => {
    const container = containers.get(binding.containerId);
    const before = known.get(binding);
    if (before && before.container === container) return before;
    const next = { binding, container };
    known.set(binding, next);
    return next;
  });
}

function rowId({ binding }: PortRow): string {
  return portKey(binding);
}

function rowName({ binding }: PortRow): string {
  return bindingName(binding);
}
