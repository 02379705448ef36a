import { Download, Ellipsis, File, FileCog, FileSymlink, Folder, HardDrive, KeyRound, Pencil, Trash2, Undo2, type LucideIcon } from "lucide-react";
import type { FileChange, FileEntry, FileLayer, FileType } from "../../../electron/ipc/contract/files.ts";
import { size } from "../../lib/size.ts";
import { IconButton } from "../../ui/button/Button.tsx";
import { Badge } from "../../ui/display/Badge.tsx";
import { Time } from "../../ui/display/Time.tsx";
import { MenuButton, type MenuAction } from "../../ui/overlay/MenuButton.tsx";
import { Tip } from "../../ui/overlay/Tip.tsx";
import type { Column } from "../../ui/table/columns.ts";
import { modeText, octal, typeWords } from "./modes.ts";
import { shownName } from "./paths.ts";
import css from "./Files.module.css";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const icons: Partial<Record<FileType, LucideIcon>> = { directory: Folder, symlink: FileSymlink, file: File };
const changeWords: Record<Exclude<FileChange, "">, string> = { added: "added", modified: "changed", inside: "changed inside", deleted: "deleted" };
const changeTones = { added: "success", modified: "warning", inside: "neutral", deleted: "danger" } as const;

export interface FileDeeds {
  readonly download: (entry: FileEntry) => void;
  readonly rename: (entry: FileEntry) => void;
  readonly permissions: (entry: FileEntry) => void;
  readonly remove: (entry: FileEntry) => void;
  readonly revert: (entry: FileEntry) => void;
}

export function FileIcon({ entry }: { readonly entry: Pick<FileEntry, "type" | "mount"> }) {
  const Icon = entry.mount && entry.mount.type !== "system" ? HardDrive : icons[entry.type] ?? FileCog;
  return <Icon className={css["icon"]} data-type={entry.type} aria-hidden="true" />;
}

/** What the container did to it, in a word. */
export function Change({ change }: { readonly change: FileChange }) {
  return change === "" ? null : <Badge tone={changeTones[change]}>{changeWords[change]}</Badge>;
}

/** "container", or the image layer's number with its instruction in the tooltip. */
export function Layer({ layer, layers }: { readonly layer: FileEntry["layer"]; readonly layers: readonly FileLayer[] }) {
  if (layer === null) return null;
  if (layer === "container") return <span>container</span>;
  const instruction = layers[layer]?.instruction ?? "";
  const short = instruction.replace(/^\/bin\/sh -c (#\(nop\) +)?/, "");
  return (
    <Tip text={<span className={css["instruction"]}>Layer {layer + 1} of {Math.max(layers.length, layer + 1)}{instruction && `: ${instruction}`}</span>}>
      <span className={`${css["layer"]} cut`}><span className="num">{layer + 1}</span>{short && <span className={`${css["layerText"]} mono cut`}>{short}</span>}</span>
    </Tip>
  );
}

/** One word where user and group have the same name. */
export function owner(entry: Pick<FileEntry, "user" | "group" | "uid" | "gid">): string {
  const user = entry.user || String(entry.uid);
  const group = entry.group || String(entry.gid);
  return user === group ? user : `${user}:${group}`;
}

/** The columns of a folder. Made once for each owner of files. */
export function fileColumns(deeds: FileDeeds, layers: readonly FileLayer[], withLayers: boolean): readonly Column<FileEntry>[] {
  const folderFirst = (a: FileEntry, b: FileEntry): number => Number(b.type === "directory") - Number(a.type === "directory") || names.compare(a.name, b.name);
  return [
    {
      id: "name",
      header: "Name",
      track: "minmax(140px, 3fr)",
      compare: folderFirst,
      cell: (entry) => (
        <span className={css["name"]} data-change={entry.change}>
          <FileIcon entry={entry} />
          <span className={`${css["nameText"]} cut`} title={entry.name.length > 30 ? shownName(entry.name) : undefined}>{shownName(entry.name)}</span>
          {entry.target !== "" && <span className={`${css["target"]} mono cut`}>→ {shownName(entry.target)}</span>}
          {entry.mount && <Tip text={entry.mount.name ? `${entry.mount.type} ${entry.mount.name}` : `mounted by the runtime`}><span className={css["mount"]}><Badge tone="info">{entry.mount.type === "system" ? "mount" : entry.mount.type}{!entry.mount.readWrite && ", read-only"}</Badge></span></Tip>}
          <Change change={entry.change} />
        </span>
      ),
    },
    { id: "size", header: "Size", track: "80px", from: 360, align: "end", downFirst: true, compare: (a, b) => sizeOf(a) - sizeOf(b), cell: (entry) => (entry.type === "file" ? <Tip text={`${entry.size.toLocaleString("en")} bytes`}><span>{size(entry.size)}</span></Tip> : null) },
    { id: "modified", header: "Modified", track: "104px", from: 470, align: "end", downFirst: true, compare: (a, b) => a.modified - b.modified, cell: (entry) => <span className="quiet"><Time at={entry.modified} /></span> },
    { id: "mode", header: "Permissions", track: "108px", from: 620, compare: (a, b) => a.mode - b.mode, cell: (entry) => <Tip text={`${octal(entry.mode)}, ${typeWords[entry.type]}`}><span className="quiet mono">{modeText(entry.mode, entry.type)}</span></Tip> },
    { id: "owner", header: "Owner", track: "minmax(84px, 0.8fr)", from: 720, compare: (a, b) => names.compare(owner(a), owner(b)), cell: (entry) => <Tip text={`${entry.uid}:${entry.gid}`}><span className="quiet cut">{owner(entry)}</span></Tip> },
    ...(withLayers ? [{ id: "layer", header: "From layer", track: "minmax(96px, 1.2fr)", from: 820, compare: (a, b) => layerNumber(a) - layerNumber(b), cell: (entry) => <span className="quiet"><Layer layer={entry.layer} layers={layers} /></span> } satisfies Column<FileEntry>] : []),
    {
      id: "actions",
      header: "Actions",
      track: "64px",
      late: true,
      cell: (entry) => entry.change === "deleted" ? <IconButton label={`Revert ${shownName(entry.name)}`} tip="Bring back" onClick={() => deeds.revert(entry)}><Undo2 /></IconButton> : (
        <MenuButton
          trigger={<IconButton label={`Actions for ${shownName(entry.name)}`} tip="Actions"><Ellipsis /></IconButton>}
          actions={fileActions(entry, deeds)}
        />
      ),
    },
  ];
}

/** What can be done with one entry. */
export function fileActions(entry: FileEntry, deeds: FileDeeds): MenuAction[] {
  const revert: MenuAction = { label: entry.change === "deleted" ? "Bring back" : "Revert to the image’s version", icon: <Undo2 />, run: () => deeds.revert(entry) };
  if (entry.change === "deleted") return [revert];
  const readable = entry.type === "directory" || entry.type === "file" || entry.type === "symlink";
  return [
    { label: entry.type === "directory" ? "Download as tar" : "Download", icon: <Download />, disabled: !readable, run: () => deeds.download(entry) },
    { label: "Rename", icon: <Pencil />, shortcut: "F2", disabled: entry.mount !== null, run: () => deeds.rename(entry) },
    { label: "Permissions", icon: <KeyRound />, run: () => deeds.permissions(entry) },
    ...(entry.change === "" ? [] : [revert]),
    { label: "Delete", icon: <Trash2 />, danger: true, apart: true, shortcut: "Delete", disabled: entry.mount !== null, run: () => deeds.remove(entry) },
  ];
}

function sizeOf(entry: FileEntry): number {
  return entry.type === "file" ? entry.size : -1;
}

/** Layers from the bottom, then what the container wrote. */
function layerNumber({ layer }: FileEntry): number {
  return layer === null ? -1 : layer === "container" ? Number.MAX_SAFE_INTEGER : layer;
}
