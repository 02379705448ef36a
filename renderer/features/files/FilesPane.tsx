import { FolderPlus, FolderOpen, RotateCw, Trash2, Upload as UploadIcon } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type DragEvent, type KeyboardEvent } from "react";
import { useStore } from "zustand";
import type { FileEntry, FilesOwner } from "../../../electron/ipc/contract/files.ts";
import { cx } from "../../lib/cx.ts";
import { quoteWord } from "../../lib/shell.ts";
import { plural } from "../../lib/time.ts";
import { engineStore } from "../../stores/engine.ts";
import { client } from "../../stores/host.ts";
import { report } from "../../stores/report.ts";
import { navigate } from "../../stores/route.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { SearchField } from "../../ui/field/SearchField.tsx";
import { Segments } from "../../ui/field/Segments.tsx";
import { confirm } from "../../ui/overlay/confirms.ts";
import type { Sort } from "../../ui/table/columns.ts";
import { DataTable } from "../../ui/table/DataTable.tsx";
import { TableSkeleton } from "../../ui/table/TableSkeleton.tsx";
import { Breadcrumb } from "./Breadcrumb.tsx";
import { fileActions, fileColumns, type FileDeeds } from "./columns.tsx";
import { askDelete, askRevert, download } from "./deeds.tsx";
import { readDrop, type Dropped } from "./drop.ts";
import { NameDialog } from "./NameDialog.tsx";
import { join, nameOf, parentOf, shownName } from "./paths.ts";
import { PermissionsDialog } from "./PermissionsDialog.tsx";
import { Preview } from "./Preview.tsx";
import { SearchResults } from "./SearchResults.tsx";
import { Uploads } from "./Uploads.tsx";
import { upload } from "./uploads.ts";
import { useLayers, useListing } from "./useListing.ts";
import css from "./Files.module.css";

export interface FilesPaneProps {
  /** The same for the life of the pane. */
  readonly owner: FilesOwner;
  /** Of the container or volume, for sentences. */
  readonly name: string;
  /** Of the container; when it changes the folder is read again. */
  readonly state?: string;
  /** A folder, or a file that is shown beside its folder. */
  readonly path: string;
  readonly addressOf: (path: string) => string;
}

type Asking = { readonly kind: "rename" | "permissions"; readonly entry: FileEntry } | { readonly kind: "folder" };

const nothing: ReadonlySet<string> = new Set();

/** The files of a container or volume: folders with what is in them, one file beside them. */
export function FilesPane({ owner: given, name, state, path, addressOf }: FilesPaneProps) {
  const [owner] = useState(given);
  /** An address that is known to be a file's. */
  const [file, setFile] = useState<string>();
  const folder = file === path ? parentOf(path) : path;
  const [only, setOnly] = useState<"all" | "changed">("all");
  const { listing, answers, error, busy, reload, more } = useListing(owner, folder, only === "changed", state);
  const layers = useLayers(owner);
  const [query, setQuery] = useState("");
  const [sort, setSort] = useState<Sort>({ column: "name", down: false });
  const [picked, setPicked] = useState(nothing);
  const [asking, setAsking] = useState<Asking>();
  const [dragging, setDragging] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const pane = useRef<HTMLDivElement>(null);
  /** The row that had the focus goes with its folder; one of the next folder gets it. */
  const refocus = useRef(false);
  const running = state === "running" || state === "paused";
  const here = listing?.path ?? folder;
  const entries = useMemo(() => listing?.entries ?? [], [listing]);
  const open = file === path ? entries.find((entry) => entry.name === nameOf(path)) : undefined;
  const chosen = useMemo(() => entries.filter((entry) => picked.has(entry.name) && entry.change !== "deleted"), [entries, picked]);
  const selected = useMemo(() => (chosen.length > 0 ? new Set(chosen.map(rowId)) : nothing), [chosen]);

  // An address may name a file: only the engine can tell.
  useEffect(() => {
    if (error?.code === "invalidArgument" && / is not a directory$/.test(error.message) && path !== "/") setFile(path);
  }, [error, path]);
  useEffect(() => setPicked(nothing), [here]);
  useEffect(() => {
    if (!refocus.current) return;
    refocus.current = false;
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) pane.current?.querySelector<HTMLElement>('[data-row][tabindex="0"]')?.focus({ preventScroll: true });
    });
  }, [answers]);

  const deeds = useMemo((): FileDeeds => ({
    download: (entry) => void download(owner, join(here, entry.name), entry.type),
    rename: (entry) => setAsking({ kind: "rename", entry }),
    permissions: (entry) => setAsking({ kind: "permissions", entry }),
    remove: (entry) => askDelete(owner, name, [join(here, entry.name)], entry.type === "directory" ? 1 : 0, reload),
    revert: (entry) => askRevert(owner, entry, join(here, entry.name), running, reload),
  }), [owner, name, here, running, reload]);
  const columns = useMemo(() => fileColumns(deeds, layers, owner.kind === "container"), [deeds, layers, owner.kind]);

  function go(to: string): void {
    refocus.current = pane.current?.contains(document.activeElement) === true;
    setQuery("");
    navigate(addressOf(to));
  }
  function show(target: string): void {
    setFile(target);
    go(target);
  }
  async function openEntry(entry: FileEntry): Promise<void> {
    const target = join(here, entry.name);
    if (entry.change === "deleted") return deeds.revert(entry);
    if (entry.type === "directory") return go(target);
    if (entry.type === "symlink") {
      const found = await client().files.stat({ owner, path: target, follow: true }).catch(() => undefined);
      if (found?.type === "directory") return go(found.path);
    }
    show(target);
  }
  /** What is mounted, and what is deleted already, stays. */
  function removeAll(list: readonly FileEntry[]): void {
    const doomed = list.filter((entry) => entry.mount === null && entry.change !== "deleted");
    askDelete(owner, name, doomed.map((entry) => join(here, entry.name)), doomed.filter((entry) => entry.type === "directory").length, () => {
      setPicked(nothing);
      reload();
    });
  }
  function up(): void {
    if (here !== "/") go(parentOf(here));
  }
  function onKeyDown(event: KeyboardEvent): void {
    const { target } = event;
    if (!(target instanceof HTMLElement) || target.closest("input, textarea, [contenteditable='true'], [role='dialog'], [role='menu']")) return;
    if (event.key === "Backspace" || (event.key === "ArrowUp" && event.altKey)) up();
    else if (event.key === "F2") {
      const row = target.closest<HTMLElement>("[data-row]")?.dataset["row"] ?? open?.name;
      const entry = entries.find((each) => each.name === row);
      if (entry && entry.mount === null && entry.change !== "deleted") deeds.rename(entry);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  async function send({ folders, items }: Dropped): Promise<void> {
    for (const each of folders) {
      try {
        await client().files.makeFolder({ owner, path: each });
      } catch (thrown) {
        // A folder that is there already is filled.
        if (!(thrown instanceof Error && "code" in thrown && thrown.code === "alreadyExists")) return report(`${shownName(nameOf(each))} was not made.`, thrown);
      }
    }
    const there = new Set(entries.filter(({ change }) => change !== "deleted").map(({ name: each }) => join(here, each)));
    const replaced = items.map((item) => join(item.folder, item.file.name)).filter((each) => there.has(each));
    const start = (): void => void upload(owner, items, new Set(replaced), reload);
    const [first] = replaced;
    if (first === undefined) return start();
    const what = replaced.length === 1 ? shownName(nameOf(first)) : plural(replaced.length, "file");
    confirm({ title: `Replace ${what}`, body: <p>{replaced.length === 1 ? "It exists already" : `${replaced.map((each) => shownName(nameOf(each))).slice(0, 5).join(", ")} exist already`} in <code className="mono">{shownName(here)}</code>. What is in {replaced.length === 1 ? "it" : "them"} now goes.</p>, action: `Replace ${what}`, run: start });
  }
  function onDrop(event: DragEvent): void {
    event.preventDefault();
    setDragging(false);
    readDrop(event.dataTransfer, here).then(send).catch((thrown: unknown) => report("What was dropped could not be read.", thrown));
  }

  if (error?.code === "notImplemented") return <Unsupported owner={owner} name={name} path={path} />;
  const waiting = listing === undefined && error === undefined;
  const failed = error !== undefined && !(error.code === "invalidArgument" && file !== path && path !== "/" && / is not a directory$/.test(error.message));
  return (
    <div
      ref={pane}
      className={css["pane"]}
      onKeyDown={onKeyDown}
      onDragOver={(event) => { if (event.dataTransfer.types.includes("Files")) { event.preventDefault(); setDragging(true); } }}
      onDragLeave={(event) => { if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDragging(false); }}
      onDrop={onDrop}
    >
      <div className={css["bar"]}>
        <Breadcrumb path={here} addressOf={addressOf} onUp={up} />
        {owner.kind === "container" && <Segments label="Which files" value={only} options={[{ value: "all", label: "All" }, { value: "changed", label: "Changed" }]} onChange={setOnly} />}
        <SearchField label="Search below" value={query} onChange={setQuery} />
        <span className={css["group"]}>
          <IconButton label="Read again" disabled={busy} onClick={reload}><RotateCw /></IconButton>
          <IconButton label="New folder" disabled={failed} onClick={() => setAsking({ kind: "folder" })}><FolderPlus /></IconButton>
        </span>
        <Button size="small" icon={<UploadIcon />} disabled={failed} onClick={() => input.current?.click()}>Upload</Button>
        <input ref={input} type="file" multiple hidden aria-label="Files to upload" onChange={(event) => { const items = [...(event.target.files ?? [])].map((each) => ({ folder: here, file: each })); event.target.value = ""; void send({ folders: [], items }); }} />
      </div>
      <div className={cx(css["split"], open !== undefined && query === "" && css["withPreview"])}>
        <div className={css["list"]}>
          {waiting ? <TableSkeleton label="Reading the folder" />
          : failed && error ? <Problem fill title={error.code === "notFound" ? `There is no ${shownName(path)} in ${name}.` : `${shownName(path)} could not be read.`} cause={error.message} raw={error.cause} actions={<><Button onClick={reload}>Try again</Button>{path !== "/" && <Button onClick={() => go("/")}>Show the root</Button>}</>} />
          : query !== "" ? <SearchResults owner={owner} place={name} path={here} query={query} onOpen={(found) => (found.type === "directory" ? go(found.path) : show(found.path))} />
          : (
            <>
              <DataTable<FileEntry>
                label={`Files in ${shownName(here)} of ${name}`}
                noun="file"
                rows={entries}
                columns={columns}
                rowId={rowId}
                rowName={rowName}
                sort={sort}
                onSort={setSort}
                selected={selected}
                onSelect={setPicked}
                onOpen={(entry) => void openEntry(entry)}
                opened={open && rowId(open)}
                onDelete={removeAll}
                menu={(list) => (list.length === 1 && list[0] ? fileActions(list[0], deeds) : [{ label: `Delete ${plural(list.length, "item")}`, icon: <Trash2 />, danger: true, run: () => removeAll(list) }])}
                filterKey={`${here} ${only} ${answers}`}
                bulk={<Button variant="ghost" size="small" icon={<Trash2 />} onClick={() => removeAll(chosen)}>Delete</Button>}
                empty={only === "changed" ? <><p>Nothing in {shownName(here)} differs from the image.</p><p className={css["emptyAction"]}><Button size="small" onClick={() => setOnly("all")}>Show all files</Button></p></> : <p>This folder is empty. Drop files here, or upload them.</p>}
              />
              {listing && <div className={css["foot"]} role="status">
                {listing.entries.length < listing.total ? <>{listing.entries.length.toLocaleString("en")} of {listing.total.toLocaleString("en")} shown <Button size="small" disabled={busy} onClick={more}>Show more</Button></> : plural(listing.total, only === "changed" ? "change" : "item")}
                {listing.truncated && " There are more than can be listed: search for a part of the name."}
              </div>}
            </>
          )}
        </div>
        {open && query === "" && <Preview key={open.name} owner={owner} entry={open} path={join(here, open.name)} layers={layers} deeds={deeds} onClose={() => go(here)} onSaved={reload} onGoTo={(target) => { setFile(undefined); go(target); }} />}
      </div>
      <Uploads owner={owner} />
      {dragging && <div className={css["drop"]} aria-hidden="true"><span>Drop to upload into {shownName(here)}</span></div>}
      {asking?.kind === "folder" && <NameDialog title="New folder" hint={<>In <code className="mono">{shownName(here)}</code>, for its owner.</>} action="Create" initial="" taken={namesOf(entries)} onName={async (next) => { await client().files.makeFolder({ owner, path: join(here, next) }); reload(); }} onClose={() => setAsking(undefined)} />}
      {asking?.kind === "rename" && (
        <NameDialog
          title={`Rename ${shownName(asking.entry.name)}`}
          action="Rename"
          initial={asking.entry.name}
          taken={namesOf(entries)}
          onName={async (next) => {
            await client().files.rename({ owner, from: join(here, asking.entry.name), to: join(here, next) });
            if (open?.name === asking.entry.name) show(join(here, next));
            reload();
          }}
          onClose={() => setAsking(undefined)}
        />
      )}
      {asking?.kind === "permissions" && <PermissionsDialog owner={owner} entry={asking.entry} path={join(here, asking.entry.name)} onDone={reload} onClose={() => setAsking(undefined)} />}
    </div>
  );
}

/** On an engine that is not Slipway's. */
function Unsupported({ owner, name, path }: { readonly owner: FilesOwner; readonly name: string; readonly path: string }) {
  const engine = useStore(engineStore, (store) => store.status?.version?.name ?? "This engine");
  const command = owner.kind === "container" ? `docker cp ${quoteWord(`${name}:${path}`)} .` : `docker run --rm -v ${quoteWord(`${name}:/volume`)} busybox ls -la ${quoteWord(`/volume${path === "/" ? "" : path}`)}`;
  return (
    <Empty icon={<FolderOpen />} title={`${engine} does not show files`} command={command}>
      Browsing needs Slipway’s own engine: on this one a folder can only be had as an archive of everything below it. From a terminal, {owner.kind === "container" ? "single files and folders can be copied" : "a container that mounts the volume can look into it"}.
    </Empty>
  );
}

function rowId(entry: FileEntry): string {
  return entry.name;
}

function rowName(entry: FileEntry): string {
  return shownName(entry.name);
}

function namesOf(entries: readonly FileEntry[]): ReadonlySet<string> {
  return new Set(entries.filter(({ change }) => change !== "deleted").map(({ name }) => name));
}
