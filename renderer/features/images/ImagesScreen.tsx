import { ArrowDownToLine, Layers, RefreshCw, Trash2 } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { useStore } from "zustand";
import { size } from "../../lib/size.ts";
import { useKept } from "../../lib/useKept.ts";
import { containersStore } from "../../stores/containers.ts";
import { checkForNewer, freshnessStore } from "../../stores/freshness.ts";
import { imagesStore, readImages } from "../../stores/images.ts";
import { href, navigate, openDialog } from "../../stores/route.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { SearchField } from "../../ui/field/SearchField.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import type { Sort } from "../../ui/table/columns.ts";
import { DataTable } from "../../ui/table/DataTable.tsx";
import { TableSkeleton } from "../../ui/table/TableSkeleton.tsx";
import { imageColumns, type UsedImage } from "./columns.tsx";
import { askRemoveImages } from "./remove.tsx";
import { withUsers } from "./users.ts";

const nothing: ReadonlySet<string> = new Set();

/** All images, one row for each tag, live. */
export function ImagesScreen() {
  const { phase, rows, error } = useStore(imagesStore);
  const containers = useStore(containersStore, (state) => state.rows);
  const checking = useStore(freshnessStore, (state) => state.checking);
  const [query, setQuery] = useKept("images.query", "");
  const [sort, setSort] = useKept<Sort>("images.sort", { column: "created", down: true });
  const [picked, setPicked] = useState(nothing);
  const words = useDeferredValue(query);

  const used = useMemo(() => withUsers(rows, containers), [rows, containers]);
  const shown = useMemo(() => used.filter((image) => matches(image, words)), [used, words]);
  const chosen = useMemo(() => shown.filter((image) => picked.has(image.row.key)), [shown, picked]);
  const selected = useMemo(() => (chosen.length > 0 ? new Set(chosen.map(rowId)) : nothing), [chosen]);
  const pull = <Button variant="primary" icon={<ArrowDownToLine />} onClick={() => openDialog("pull")}>Pull</Button>;

  return (
    <Screen title="Images" count={phase === "ready" ? rows.length : undefined} tools={rows.length > 0 && (
        <>
          <SearchField label="Search images" value={query} onChange={setQuery} />
          <IconButton label={checking ? "Checking for newer images" : "Check for newer images"} disabled={checking} onClick={() => void checkForNewer()}><RefreshCw /></IconButton>
        </>
      )} action={pull}>
      {phase === "loading" ? <TableSkeleton label="Loading images" />
      : phase === "failed" && error ? <Problem fill title="The images could not be listed." cause={error.message} raw={error.cause} actions={<Button onClick={() => void readImages()}>Try again</Button>} />
      : rows.length === 0 ? (
        <Empty icon={<Layers />} title="No images yet" command="docker pull nginx:alpine" action={<Button variant="primary" icon={<ArrowDownToLine />} onClick={() => openDialog("pull")}>Pull an image</Button>}>
          An image is a file system with a command to run in it, stored in layers that images share. Pull one from a registry to run it.
        </Empty>
      ) : (
        <DataTable<UsedImage>
          label="Images"
          noun="image"
          rows={shown}
          columns={imageColumns}
          rowId={rowId}
          rowName={rowName}
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={setPicked}
          onOpen={(image) => navigate(href.images({ run: image.row.reference }))}
          onDelete={(list) => askRemoveImages(list, () => setPicked(nothing))}
          filterKey={words}
          bulk={
            <>
              <Button variant="ghost" size="small" icon={<Trash2 />} onClick={() => askRemoveImages(chosen, () => setPicked(nothing))}>Remove</Button>
              <span className="quiet num">{size(chosen.reduce((sum, image) => sum + image.row.size, 0))} with shared layers</span>
            </>
          }
          empty={<><p>No image matches “{query}”.</p><p style={{ marginTop: 12 }}><Button size="small" onClick={() => setQuery("")}>Show all</Button></p></>}
        />
      )}
    </Screen>
  );
}

function rowId(image: UsedImage): string {
  return image.row.key;
}

function rowName(image: UsedImage): string {
  return image.row.reference;
}

function matches({ row, users }: UsedImage, query: string): boolean {
  const text = `${row.reference} ${row.repository} ${row.id} ${users.join(" ")}`.toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
