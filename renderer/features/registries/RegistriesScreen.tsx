import { Library, LogOut, Plus, PlugZap, Trash2 } from "lucide-react";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { RegistryInfo } from "../../../electron/ipc/contract/registries.ts";
import { useKept } from "../../lib/useKept.ts";
import { readRegistries, registriesStore, testRegistry } from "../../stores/registries.ts";
import { href, navigate, openDialog } from "../../stores/route.ts";
import { transfersStore } from "../../stores/transfers.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { SearchField } from "../../ui/field/SearchField.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import type { Sort } from "../../ui/table/columns.ts";
import { DataTable } from "../../ui/table/DataTable.tsx";
import { TableSkeleton } from "../../ui/table/TableSkeleton.tsx";
import { registryActions } from "./actions.tsx";
import { plainRegistryColumns, registryColumns } from "./columns.tsx";
import { askForget, askLogout } from "./deeds.tsx";

const nothing: ReadonlySet<string> = new Set();

/** Registries that are known here: from logins, shared with Docker, or added. */
export function RegistriesScreen() {
  const { phase, list, error } = useStore(registriesStore);
  const kept = useStore(transfersStore, (state) => state.kept);
  const [query, setQuery] = useKept("registries.query", "");
  const [sort, setSort] = useKept<Sort>("registries.sort", { column: "name", down: false });
  const [picked, setPicked] = useState(nothing);
  const words = useDeferredValue(query);
  useEffect(() => void readRegistries(), []);

  const shown = useMemo(() => list.filter((info) => matches(info, words)), [list, words]);
  const chosen = useMemo(() => shown.filter((info) => picked.has(info.host)), [shown, picked]);
  const selected = useMemo(() => (chosen.length > 0 ? new Set(chosen.map(rowId)) : nothing), [chosen]);
  const add = <Button variant="primary" icon={<Plus />} onClick={() => openDialog("add-registry")}>Add</Button>;

  return (
    <Screen title="Registries" count={phase === "ready" ? list.length : undefined} tools={list.length > 0 && <SearchField label="Search registries" value={query} onChange={setQuery} />} action={add}>
      {phase === "loading" ? <TableSkeleton label="Loading registries" />
      : phase === "failed" && error ? <Problem fill title="The registries could not be listed." cause={error.message} raw={error.cause} actions={<Button onClick={() => void readRegistries()}>Try again</Button>} />
      : list.length === 0 ? (
        <Empty icon={<Library />} title="No registries yet" command="docker login ghcr.io" action={<Button variant="primary" icon={<Plus />} onClick={() => openDialog("add-registry")}>Add a registry</Button>}>
          A registry keeps images where others can pull them. Logins are shared with Docker: what docker login made shows here.
        </Empty>
      ) : (
        <DataTable<RegistryInfo>
          label="Registries"
          noun="registry"
          rows={shown}
          columns={kept === false ? plainRegistryColumns : registryColumns}
          rowId={rowId}
          rowName={rowName}
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={setPicked}
          onOpen={(info) => navigate(href.registry(info.host))}
          onDelete={(rows) => askForget(rows, () => setPicked(nothing))}
          menu={(rows) => registryActions(rows, kept !== false, () => setPicked(nothing))}
          filterKey={words}
          bulk={
            <>
              {kept !== false && <Button variant="ghost" size="small" icon={<PlugZap />} onClick={() => { for (const info of chosen) void testRegistry(info.host); }}>Test</Button>}
              <Button variant="ghost" size="small" icon={<LogOut />} disabled={chosen.every((info) => info.login === undefined)} onClick={() => askLogout(chosen, () => setPicked(nothing))}>Log out</Button>
              <Button variant="ghost" size="small" icon={<Trash2 />} disabled={chosen.every((info) => !info.added)} onClick={() => askForget(chosen, () => setPicked(nothing))}>Forget</Button>
            </>
          }
          empty={<><p>No registry matches “{query}”.</p><p style={{ marginTop: 12 }}><Button size="small" onClick={() => setQuery("")}>Show all</Button></p></>}
        />
      )}
    </Screen>
  );
}

function rowId(info: RegistryInfo): string {
  return info.host;
}

function rowName(info: RegistryInfo): string {
  return info.host;
}

function matches(info: RegistryInfo, query: string): boolean {
  const text = `${info.name} ${info.host} ${info.kind} ${info.login?.username ?? ""} ${info.login?.place ?? ""}`.toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
