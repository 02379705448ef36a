import { Hammer, Trash2 } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { BuildSummary } from "../../../../electron/ipc/contract/builds.ts";
import { useKept } from "../../../lib/useKept.ts";
import { buildsStore, watchBuilds } from "../../../stores/builds.ts";
import { href, navigate } from "../../../stores/route.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Empty } from "../../../ui/feedback/Empty.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { SearchField } from "../../../ui/field/SearchField.tsx";
import { Screen } from "../../../ui/layout/Screen.tsx";
import type { Sort } from "../../../ui/table/columns.ts";
import { DataTable } from "../../../ui/table/DataTable.tsx";
import { TableSkeleton } from "../../../ui/table/TableSkeleton.tsx";
import { askRemoveBuilds } from "../remove.tsx";
import { ClassicNote } from "../ClassicNote.tsx";
import css from "../Build.module.css";
import { buildColumns, matches } from "./columns.tsx";

const nothing: ReadonlySet<string> = new Set();

/** What was built and is being built, live. */
export function BuildsScreen() {
  const { phase, classic, rows, error } = useStore(buildsStore);
  const [query, setQuery] = useKept("builds.query", "");
  const [sort, setSort] = useKept<Sort>("builds.sort", { column: "started", down: true });
  const [picked, setPicked] = useState(nothing);
  const words = useDeferredValue(query);
  const shown = useMemo(() => (words.trim() === "" ? rows : rows.filter((build) => matches(build, words.trim()))), [rows, words]);
  const chosen = useMemo(() => shown.filter((build) => picked.has(build.id)), [shown, picked]);
  const selected = useMemo(() => (chosen.length > 0 ? new Set(chosen.map(rowId)) : nothing), [chosen]);
  const start = <Button variant="primary" icon={<Hammer />} onClick={() => navigate(href.newBuild())}>Build</Button>;

  return (
    <Screen title="Build" count={phase === "ready" ? rows.length : undefined} tools={rows.length > 0 && <SearchField label="Search builds" value={query} onChange={setQuery} />} action={start}>
      {classic && phase === "ready" && rows.length > 0 && <p className={css["classic"]}><ClassicNote what="list" /></p>}
      {phase === "loading" ? <TableSkeleton label="Loading builds" />
      : phase === "failed" && error ? <Problem fill title="The builds could not be listed." cause={error.message} raw={error.cause} actions={<Button onClick={() => void watchBuilds()}>Try again</Button>} />
      : rows.length === 0 ? (
        <Empty icon={<Hammer />} title="No builds yet" command="docker build -t my-app ." action={<Button variant="primary" icon={<Hammer />} onClick={() => navigate(href.newBuild())}>Build an image</Button>}>
          {classic
            ? <ClassicNote what="empty" />
            : "A build makes an image from a folder and its Dockerfile, one step after the other. Steps that did not change come from the cache, and each step that runs says why."}
        </Empty>
      ) : (
        <DataTable<BuildSummary>
          label="Builds"
          noun="build"
          rows={shown}
          columns={buildColumns}
          rowId={rowId}
          rowName={rowName}
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={setPicked}
          onOpen={(build) => navigate(href.build(build.id))}
          onDelete={(list) => askRemoveBuilds(list, () => setPicked(nothing))}
          filterKey={words}
          bulk={<Button variant="ghost" size="small" icon={<Trash2 />} disabled={chosen.every((build) => build.status === "running")} onClick={() => askRemoveBuilds(chosen, () => setPicked(nothing))}>Remove from the history</Button>}
          empty={<><p>No build matches “{query}”.</p><p style={{ marginTop: 12 }}><Button size="small" onClick={() => setQuery("")}>Show all</Button></p></>}
        />
      )}
    </Screen>
  );
}

function rowId(build: BuildSummary): string {
  return build.id;
}

function rowName(build: BuildSummary): string {
  return build.title;
}
