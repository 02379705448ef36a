import { Container, Database, Layers, Network, Trash2, Undo2, type LucideIcon } from "lucide-react";
import type { BinEntry, BinKind } from "../../../electron/ipc/contract/bin.ts";
import { size } from "../../lib/size.ts";
import { plural } from "../../lib/time.ts";
import { entryName } from "../../stores/bin.ts";
import { IconButton } from "../../ui/button/Button.tsx";
import { Time } from "../../ui/display/Time.tsx";
import { Tip } from "../../ui/overlay/Tip.tsx";
import type { Column } from "../../ui/table/columns.ts";
import { askDiscard } from "./discard.tsx";
import { bringBack } from "./restore-store.ts";
import css from "./Removed.module.css";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

const kinds: Record<BinKind, { readonly word: string; readonly icon: LucideIcon }> = {
  container: { word: "Container", icon: Container },
  image: { word: "Image", icon: Layers },
  volume: { word: "Volume", icon: Database },
  network: { word: "Network", icon: Network },
};

/** The columns of what was removed. */
export const removedColumns: readonly Column<BinEntry>[] = [
  { id: "name", header: "Name", track: "minmax(150px, 2.4fr)", always: true, compare: (a, b) => names.compare(a.name, b.name), cell: (entry) => <span className="cut" title={entry.name.length > 30 ? entry.name : undefined}>{entryName(entry)}</span> },
  { id: "kind", header: "Kind", track: "112px", compare: (a, b) => names.compare(a.kind, b.kind), cell: ({ kind }) => <Kind kind={kind} /> },
  { id: "detail", header: "With", track: "minmax(110px, 2fr)", from: 860, cell: (entry) => <span className="quiet cut" title={detailWords(entry)}>{detailWords(entry)}</span> },
  {
    id: "size", header: "Size", track: "92px", align: "end", downFirst: true, compare: (a, b) => (a.size ?? -1) - (b.size ?? -1),
    cell: ({ size: bytes }) => (bytes === null ? <span className="quiet" title="Being measured">–</span> : <Tip text={`${bytes.toLocaleString("en")} bytes on the disk`}><span>{size(bytes)}</span></Tip>),
  },
  { id: "removed", header: "Removed", track: "110px", align: "end", downFirst: true, compare: (a, b) => a.removed - b.removed, cell: ({ removed }) => <span className="quiet"><Time at={removed} /></span> },
  { id: "expires", header: "Goes for good", track: "124px", align: "end", compare: (a, b) => a.expires - b.expires, cell: ({ expires }) => <span className="quiet"><Time at={expires} as="until" /></span> },
  { id: "actions", header: "Actions", track: "84px", late: true, fixed: true, cell: (entry) => <Actions entry={entry} /> },
];

function Kind({ kind }: { readonly kind: BinKind }) {
  const { word, icon: Icon } = kinds[kind];
  return <span className={css["kind"]}><Icon size={14} aria-hidden="true" />{word}</span>;
}

/** What comes back with it. */
export function detailWords({ detail, volumes }: BinEntry): string {
  return [detail, volumes > 0 ? plural(volumes, "anonymous volume") : ""].filter(Boolean).join(", ");
}

function Actions({ entry }: { readonly entry: BinEntry }) {
  return (
    <>
      <IconButton label={`Bring back ${entryName(entry)}`} tip="Bring back" onClick={() => void bringBack([entry])}><Undo2 /></IconButton>
      <IconButton label={`Delete ${entryName(entry)} for good`} tip="Delete for good" danger onClick={() => askDiscard([entry])}><Trash2 /></IconButton>
    </>
  );
}
