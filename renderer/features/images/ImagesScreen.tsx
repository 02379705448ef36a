import { ArchiveRestore, ArrowDownToLine, Bookmark, Ellipsis, Eraser, FileDown, FileUp, FolderTree, GitCompare, Layers, RefreshCw, Trash2 } from "lucide-react";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { size } from "../../lib/size.ts";
import { plural } from "../../lib/time.ts";
import { useKept } from "../../lib/useKept.ts";
import { binStore, countRemoved } from "../../stores/bin.ts";
import { buildsStore } from "../../stores/builds.ts";
import { containersStore } from "../../stores/containers.ts";
import { checkForNewer, freshnessStore } from "../../stores/freshness.ts";
import { imageFactsStore, measureImages } from "../../stores/image-facts.ts";
import { imagesStore, readImages, type ImageEntry } from "../../stores/images.ts";
import { prefsStore } from "../../stores/prefs.ts";
import { href, navigate, openDialog } from "../../stores/route.ts";
import { transfersStore } from "../../stores/transfers.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { SearchField } from "../../ui/field/SearchField.tsx";
import { SavedFilters } from "../../ui/field/SavedFilters.tsx";
import { Segments } from "../../ui/field/Segments.tsx";
import { Screen } from "../../ui/layout/Screen.tsx";
import { MenuButton } from "../../ui/overlay/MenuButton.tsx";
import { Popover } from "../../ui/overlay/Popover.tsx";
import { plainLayout, sortRows, type Sort, type TableLayout } from "../../ui/table/columns.ts";
import { DataTable } from "../../ui/table/DataTable.tsx";
import type { Grouping } from "../../ui/table/groups.ts";
import { TableSkeleton } from "../../ui/table/TableSkeleton.tsx";
import { bulkActions } from "./actions.tsx";
import { imageColumns } from "./columns.tsx";
import { askRemoveImages } from "./remove.tsx";
import { useHasFiles } from "./useHasFiles.ts";
import { isOf, matches, namesOf, withUsers, type ImageFilter, type UsedImage } from "./users.ts";
import css from "./Images.module.css";

const removedOf = countRemoved("image");
const nothing: ReadonlySet<string> = new Set();
const newestFirst: Sort = { column: "created", down: true };

/** All images, one row for each image of a repository with its tags, live. */
export function ImagesScreen() {
  const removed = useStore(binStore, removedOf);
  const samples = useStore(buildsStore, (state) => state.phase === "ready");
  const { phase, entries, error } = useStore(imagesStore);
  const containers = useStore(containersStore, (state) => state.rows);
  const checking = useStore(freshnessStore, (state) => state.checking);
  const kept = useStore(transfersStore, (state) => state.kept);
  const shared = useStore(imageFactsStore, (facts) => facts.shared);
  const [query, setQuery] = useKept("images.query", "");
  const [filter, setFilter] = useKept<ImageFilter>("images.filter", "all");
  const { layout, sort, setLayout, setSort } = useTable();
  const hasFiles = useHasFiles();
  const [picked, setPicked] = useState(nothing);
  const words = useDeferredValue(query);
  useMeasured(entries);

  const used = useMemo(() => withUsers(entries, containers, shared), [entries, containers, shared]);
  const counts = useMemo(() => ({ used: count(used, "used"), unused: count(used, "unused"), dangling: count(used, "dangling") }), [used]);
  // In order before they are narrowed: what is typed then has nothing left to sort.
  const ordered = useMemo(() => sortRows(used, imageColumns, sort), [used, sort]);
  const shown = useMemo(() => ordered.filter((image) => isOf(image, filter) && matches(image, words)), [ordered, filter, words]);
  const { grouping, grouped } = useGrouping(entries);
  const done = (): void => setPicked(nothing);
  const chosen = useMemo(() => (picked.size === 0 ? [] : shown.filter((image) => picked.has(image.entry.key))), [shown, picked]);
  const selected = useMemo(() => (chosen.length > 0 ? new Set(chosen.map(rowId)) : nothing), [chosen]);

  return (
    <Screen
      title="Images"
      count={phase === "ready" ? entries.length : undefined}
      tools={entries.length > 0 && (
        <>
          <Segments
            label="Show"
            value={filter}
            options={[{ value: "all", label: "All" }, { value: "used", label: "In use", count: counts.used }, { value: "unused", label: "Unused", count: counts.unused }, { value: "dangling", label: "Dangling", count: counts.dangling }]}
            onChange={setFilter}
          />
          <IconButton label="Group by repository" pressed={grouped} onClick={() => prefsStore.setState({ imageGroups: !grouped })}><FolderTree /></IconButton>
          <Saved query={query} filter={filter} onApply={(words, show) => { setQuery(words); setFilter(show); }} />
          <SearchField label="Search images" value={query} onChange={setQuery} />
          {kept !== false && <IconButton label={checking ? "Checking for newer images" : "Check for newer images"} disabled={checking} onClick={() => void checkForNewer()}><RefreshCw /></IconButton>}
        </>
      )}
      action={
        <>
          <MenuButton
            actions={[
              { label: "Load or import a file", icon: <FileUp />, run: () => openDialog("load-images") },
              { label: "Prune images", icon: <Eraser />, run: () => openDialog("prune-images") },
              ...(removed > 0 ? [{ label: "Recently removed", icon: <ArchiveRestore />, run: () => navigate(href.removed()) }] : []),
            ]}
            trigger={<IconButton label="More actions for images" tip="More"><Ellipsis /></IconButton>}
          />
          <Button variant="primary" icon={<ArrowDownToLine />} onClick={() => openDialog("pull")}>Pull</Button>
        </>
      }
    >
      {phase === "loading" ? <TableSkeleton label="Loading images" />
      : phase === "failed" && error ? <Problem fill title="The images could not be listed." cause={error.message} raw={error.cause} actions={<Button onClick={() => void readImages()}>Try again</Button>} />
      : entries.length === 0 ? (
        <Empty icon={<Layers />} title="No images yet" command="docker pull nginx:alpine" action={<><Button variant="primary" icon={<ArrowDownToLine />} onClick={() => openDialog("pull")}>Pull an image</Button><Button icon={<FileUp />} onClick={() => openDialog("load-images")}>Load a file</Button>{samples && <Button onClick={() => navigate(href.welcome())}>Try the sample</Button>}</>}>
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
          onOpen={(image) => navigate(href.image(image.entry.id))}
          onDelete={(list) => askRemoveImages(list.map(({ entry }) => entry), done)}
          menu={(list) => bulkActions(list.map(({ entry }) => entry), hasFiles, done)}
          grouping={grouping}
          layout={layout}
          onLayout={setLayout}
          filterKey={`${filter}:${words}`}
          bulk={<BulkBar images={chosen} onDone={done} />}
          empty={<Unmatched query={words} filter={filter} onClear={() => { setQuery(""); setFilter("all"); }} />}
        />
      )}
    </Screen>
  );
}

const showWords: Record<ImageFilter, string> = { all: "", used: "in use", unused: "unused", dangling: "dangling" };

/** Searches that were given a name, each with which images it is among. */
function Saved({ query, filter, onApply }: { readonly query: string; readonly filter: ImageFilter; readonly onApply: (query: string, filter: ImageFilter) => void }) {
  const saved = useStore(prefsStore, (prefs) => prefs.imageQueries);
  const now = query.trim() === "" && filter === "all" ? undefined : { query: query.trim(), show: filter };
  return (
    <Popover label="Saved filters" trigger={<IconButton label="Saved filters" pressed={saved.some((each) => each.query === now?.query && each.show === now.show)}><Bookmark /></IconButton>}>
      <div className={css["savedFilters"]}>
        {saved.length === 0 && <p className="quiet">Search, or choose which images are shown, then keep that under a name.</p>}
        <SavedFilters saved={saved} now={now} words={(each) => [showWords[each.show], each.query].filter(Boolean).join(", ")} onApply={(each) => onApply(each.query, each.show)} onSave={(imageQueries) => prefsStore.setState({ imageQueries })} />
      </div>
    </Popover>
  );
}

/** Columns, widths and order, as this machine remembers them. */
function useTable() {
  const kept = useStore(prefsStore, (prefs) => prefs.tables["images"]);
  const change = (part: Partial<TableLayout & { sort: Sort }>): void => prefsStore.setState(({ tables }) => ({ tables: { ...tables, images: { ...plainLayout, ...tables["images"], ...part } } }));
  return { layout: kept ?? plainLayout, sort: kept?.sort ?? newestFirst, setLayout: ({ shown, widths }: TableLayout) => change({ shown, widths }), setSort: (sort: Sort) => change({ sort }) };
}

/** Repositories of several images as groups, where that is wanted. */
function useGrouping(entries: readonly ImageEntry[]) {
  const grouped = useStore(prefsStore, (prefs) => prefs.imageGroups);
  const closedNames = useStore(prefsStore, (prefs) => prefs.closedRepositories);
  const closed = useMemo(() => new Set(closedNames), [closedNames]);
  const several = useMemo(() => {
    const counts = new Map<string, number>();
    for (const { repository } of entries) if (repository) counts.set(repository, (counts.get(repository) ?? 0) + 1);
    return counts;
  }, [entries]);
  const grouping = useMemo((): Grouping<UsedImage> | undefined => (!grouped ? undefined : {
    of: ({ entry }) => ((several.get(entry.repository) ?? 0) > 1 ? entry.repository : undefined),
    closed,
    onClose: (repository, close) => prefsStore.setState(({ closedRepositories }) => ({ closedRepositories: close ? [...closedRepositories, repository] : closedRepositories.filter((each) => each !== repository) })),
    heading: (_repository, members) => <span className={css["groupFacts"]}>{plural(members.length, "image")}, {size(members.reduce((sum, { entry }) => sum + entry.size, 0))} with shared layers{members.every(({ users }) => users.length === 0) && ", unused"}</span>,
  }), [grouped, closed, several]);
  return { grouping, grouped };
}

/** Has sizes added up while the list is looked at, and again after it changed. */
function useMeasured(entries: readonly unknown[]): void {
  useEffect(() => {
    if (entries.length === 0) return;
    const timer = setTimeout(() => void measureImages(), 300);
    return () => clearTimeout(timer);
  }, [entries]);
}

function count(images: readonly UsedImage[], filter: ImageFilter): number {
  return images.reduce((sum, image) => sum + (isOf(image, filter) ? 1 : 0), 0);
}

function rowId(image: UsedImage): string {
  return image.entry.key;
}

function rowName({ entry }: UsedImage): string {
  return entry.references.length > 0 ? entry.references.join(", ") : entry.shortId;
}

function BulkBar({ images, onDone }: { readonly images: readonly UsedImage[]; readonly onDone: () => void }) {
  const hasFiles = useHasFiles();
  const [first, second] = images;
  const known = images.filter(({ shared }) => shared !== undefined);
  const own = known.reduce((sum, { entry, shared }) => sum + Math.max(0, entry.size - (shared ?? 0)), 0);
  return (
    <>
      <Button variant="ghost" size="small" icon={<Trash2 />} onClick={() => askRemoveImages(images.map(({ entry }) => entry), onDone)}>Remove</Button>
      <Button variant="ghost" size="small" icon={<FileDown />} onClick={() => openDialog("save-images", images.flatMap(({ entry }) => namesOf(entry)).join(" "))}>Save</Button>
      {hasFiles && images.length === 2 && first && second && <Button variant="ghost" size="small" icon={<GitCompare />} onClick={() => navigate(href.compareImages(first.entry.reference, second.entry.reference))}>Compare</Button>}
      <span className="quiet num">{size(images.reduce((sum, { entry }) => sum + entry.size, 0))}{known.length === images.length && `, of it ${size(own)} in no other image`}</span>
    </>
  );
}

function Unmatched({ query, filter, onClear }: { readonly query: string; readonly filter: ImageFilter; readonly onClear: () => void }) {
  const among = { all: "", used: " among those in use", unused: " among the unused", dangling: " among the dangling" }[filter];
  const none = { all: "There is no image.", used: "No container uses an image.", unused: "Every image is in use.", dangling: "No image is dangling: each has a tag." }[filter];
  return (
    <>
      <p>{query ? `No image matches “${query}”${among}.` : none}</p>
      <p style={{ marginTop: 12 }}><Button size="small" onClick={onClear}>Show all</Button></p>
    </>
  );
}
