import { Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import type { FilesOwner, FoundPath } from "../../../electron/ipc/contract/files.ts";
import { size } from "../../lib/size.ts";
import { plural } from "../../lib/time.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Time } from "../../ui/display/Time.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import type { Column, Sort } from "../../ui/table/columns.ts";
import { DataTable } from "../../ui/table/DataTable.tsx";
import { askDelete } from "./deeds.tsx";
import { FileIcon } from "./columns.tsx";
import { nameOf, parentOf, shownName } from "./paths.ts";
import { useFileSearch } from "./useSearch.ts";
import css from "./Files.module.css";

const nothing: ReadonlySet<string> = new Set();
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const columns: readonly Column<FoundPath>[] = [
  { id: "name", header: "Name", track: "minmax(160px, 1.4fr)", compare: (a, b) => compareText(nameOf(a.path), nameOf(b.path)), cell: ({ path, type }) => <span className={css["name"]}><FileIcon entry={{ type, mount: null }} /><span className={`${css["nameText"]} cut`}>{shownName(nameOf(path))}</span></span> },
  { id: "folder", header: "In", track: "minmax(160px, 2fr)", compare: (a, b) => compareText(a.path, b.path), cell: ({ path }) => <span className="quiet mono cut" title={shownName(path)}>{shownName(parentOf(path))}</span> },
  { id: "size", header: "Size", track: "84px", align: "end", downFirst: true, compare: (a, b) => a.size - b.size, cell: ({ type, size: bytes }) => (type === "file" ? size(bytes) : null) },
  { id: "modified", header: "Modified", track: "110px", align: "end", downFirst: true, compare: (a, b) => a.modified - b.modified, cell: ({ modified }) => <span className="quiet"><Time at={modified} /></span> },
];

/** Files below a folder by a part of their name, as they are found. */
export function SearchResults({ owner, place, path, query, onOpen }: { readonly owner: FilesOwner; /** The container or volume, in words. */ readonly place: string; readonly path: string; readonly query: string; readonly onOpen: (found: FoundPath) => void }) {
  const [round, setRound] = useState(0);
  const [picked, setPicked] = useState(nothing);
  const search = useFileSearch(owner, path, query, round);
  const chosen = search.found.filter((found) => picked.has(found.path));
  const [sort, setSort] = useState<Sort>({ column: "folder", down: false });
  const words = useMemo(() => {
    if (search.state === "searching") return search.found.length === 0 ? "Searching" : `Searching, ${search.found.length.toLocaleString("en")} found so far`;
    const count = search.found.length === 1 ? "1 match" : `${search.found.length.toLocaleString("en")} matches`;
    return search.truncated ? `${count}, and there are more` : `${count} in ${plural(search.visited, "file")}`;
  }, [search]);
  function removeAll(list: readonly FoundPath[]): void {
    askDelete(owner, place, list.map((found) => found.path), list.filter((found) => found.type === "directory").length, () => {
      setPicked(nothing);
      setRound((count) => count + 1);
    });
  }
  if (search.state === "failed" && search.error) return <Problem fill title="The search failed." cause={search.error.message} raw={search.error.cause} />;
  return (
    <>
      <DataTable<FoundPath> label={`Search below ${shownName(path)}`} noun="match" rows={search.found} columns={columns} rowId={(found) => found.path} rowName={(found) => shownName(found.path)} sort={sort} onSort={setSort} selected={new Set(chosen.map((found) => found.path))} onSelect={setPicked} onOpen={onOpen} onDelete={removeAll} bulk={<Button variant="ghost" size="small" icon={<Trash2 />} onClick={() => removeAll(chosen)}>Delete</Button>} filterKey={`${query} ${round}`} empty={search.state === "done" ? <p>Nothing below {shownName(path)} has “{query}” in its name.</p> : undefined} />
      <div className={css["foot"]} role="status">{words}</div>
    </>
  );
}
