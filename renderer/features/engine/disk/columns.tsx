import { Box, Container, Database, Hammer, Hourglass, Layers, Layers2, Lock, ScrollText, Server } from "lucide-react";
import type { ReactNode } from "react";
import type { DiskItem, DiskKind } from "../../../../electron/ipc/contract/disk.ts";
import { size } from "../../../lib/size.ts";
import { Users } from "../../../ui/display/ObjectLink.tsx";
import { Time } from "../../../ui/display/Time.tsx";
import { Tip } from "../../../ui/overlay/Tip.tsx";
import type { Column } from "../../../ui/table/columns.ts";
import { kindName, uniqueBytes } from "./words.ts";
import css from "./Disk.module.css";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const icons: Readonly<Record<DiskKind, ReactNode>> = { image: <Layers />, layer: <Layers2 />, container: <Container />, log: <ScrollText />, volume: <Database />, cache: <Hammer />, transfer: <Hourglass />, engine: <Server />, other: <Box /> };

function bytesColumn(id: string, header: string, of: (item: DiskItem) => number | null, from?: number): Column<DiskItem> {
  return {
    id, header, track: "92px", align: "end", downFirst: true, ...(from !== undefined && { from }),
    compare: (a, b) => (of(a) ?? -1) - (of(b) ?? -1),
    cell: (item) => {
      const bytes = of(item);
      if (bytes === null) return <span className={css["unknown"]} title="Being measured, or not told by the engine">–</span>;
      // Most share nothing: figures are where there is something to see.
      if (bytes === 0 && id === "shared") return null;
      return <Tip text={`${bytes.toLocaleString("en")} bytes`}><span className={bytes === 0 ? "quiet" : undefined}>{size(bytes)}</span></Tip>;
    },
  };
}

/** The columns of what takes space. */
export const diskColumns: readonly Column<DiskItem>[] = [
  {
    id: "name",
    header: "Name",
    track: "minmax(200px, 3fr)",
    compare: (a, b) => names.compare(a.name, b.name),
    cell: ({ kind, name, detail }) => (
      <span className={css["name"]}>
        <span className={css["icon"]} aria-hidden="true">{icons[kind]}</span>
        <span className="cut" title={name.length > 36 ? name : undefined}>{name}</span>
        {detail !== "" && <span className={css["detail"]} title={detail.length > 24 ? detail : undefined}>{detail}</span>}
      </span>
    ),
  },
  { id: "kind", header: "Kind", track: "104px", compare: (a, b) => names.compare(kindName(a.kind), kindName(b.kind)), cell: ({ kind }) => <span className="quiet cut">{kindName(kind)}</span> },
  bytesColumn("size", "Size", ({ bytes }) => bytes),
  bytesColumn("shared", "Shared", ({ sharedBytes }) => sharedBytes, 760),
  bytesColumn("unique", "Unique", uniqueBytes, 680),
  { id: "used", header: "Last used", track: "104px", align: "end", downFirst: true, from: 860, compare: (a, b) => (a.lastUsed ?? 0) - (b.lastUsed ?? 0), cell: ({ lastUsed }) => lastUsed !== null && <span className="quiet"><Time at={lastUsed} /></span> },
  { id: "users", header: "Used by", track: "minmax(110px, 1.6fr)", downFirst: true, compare: (a, b) => a.userCount - b.userCount, cell: (item) => <UsedBy item={item} /> },
];

function UsedBy({ item: { users, fixed } }: { readonly item: DiskItem }) {
  if (users.length > 0) return <Users names={users.map(({ name, running }) => (running ? `${name} (running)` : name))} />;
  if (fixed === null) return null;
  return <Tip text={fixed}><span className={css["fixed"]}><Lock aria-hidden="true" /><span className="cut">{fixed}</span></span></Tip>;
}
