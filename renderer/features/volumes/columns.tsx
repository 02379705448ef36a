import { Trash2 } from "lucide-react";
import { size } from "../../lib/size.ts";
import { IconButton } from "../../ui/button/Button.tsx";
import { Badge } from "../../ui/display/Badge.tsx";
import { Copyable } from "../../ui/display/Copy.tsx";
import { Users } from "../../ui/display/ObjectLink.tsx";
import { Time } from "../../ui/display/Time.tsx";
import { Tip } from "../../ui/overlay/Tip.tsx";
import type { Column } from "../../ui/table/columns.ts";
import { askRemoveVolumes } from "./remove.tsx";
import { shortName, userNames, type UsedVolume } from "./users.ts";
import css from "./Volumes.module.css";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The columns of the list of volumes. */
export const volumeColumns: readonly Column<UsedVolume>[] = [
  {
    id: "name",
    header: "Name",
    track: "minmax(160px, 3fr)",
    compare: (a, b) => Number(a.row.anonymous) - Number(b.row.anonymous) || names.compare(a.row.name, b.row.name),
    cell: ({ row }) => (row.anonymous ? <span className={css["anonymous"]}><Copyable text={row.name} what="volume name">{shortName(row)}</Copyable><Badge>anonymous</Badge></span> : <span className={`${css["name"]} cut`} title={row.name.length > 34 ? row.name : undefined}>{row.name}</span>),
  },
  { id: "users", header: "Used by", track: "minmax(110px, 2fr)", downFirst: true, compare: (a, b) => a.users.length - b.users.length, cell: ({ users }) => (users.length === 0 ? <Badge>Unused</Badge> : <Users names={userNames(users)} />) },
  { id: "driver", header: "Driver", track: "minmax(64px, 0.7fr)", compare: (a, b) => names.compare(a.row.driver, b.row.driver), cell: ({ row }) => <span className="quiet cut">{row.driver}</span> },
  { id: "labels", header: "Labels", track: "minmax(110px, 1.6fr)", from: 860, cell: ({ row }) => <Labels labels={row.labels} /> },
  { id: "created", header: "Created", track: "110px", align: "end", downFirst: true, compare: (a, b) => (a.row.created ?? 0) - (b.row.created ?? 0), cell: ({ row }) => row.created !== null && <span className="quiet"><Time at={row.created} /></span> },
  {
    id: "size",
    header: "Size",
    track: "92px",
    align: "end",
    downFirst: true,
    compare: (a, b) => (a.size ?? -1) - (b.size ?? -1),
    cell: ({ size: bytes }) => (typeof bytes === "number" ? <Tip text={`${bytes.toLocaleString("en")} bytes`}><span>{size(bytes)}</span></Tip> : <span className={css["unknown"]} title={bytes === null ? "The driver does not say" : "Not measured yet"}>–</span>),
  },
  { id: "actions", header: "Actions", track: "56px", late: true, cell: (volume) => <IconButton label={`Remove ${shortName(volume.row)}`} tip="Remove" danger onClick={() => askRemoveVolumes([volume])}><Trash2 /></IconButton> },
];

function Labels({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  const list = Object.entries(labels).filter(([name]) => name !== "com.docker.volume.anonymous").map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  const [first] = list;
  if (first === undefined) return null;
  return <Tip text={list.slice(0, 12).join(", ")}><span className={css["labels"]}><span className="cut">{first}</span>{list.length > 1 && <span>+{list.length - 1}</span>}</span></Tip>;
}
