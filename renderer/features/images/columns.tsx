import { ArrowUpFromLine, Play, Trash2 } from "lucide-react";
import { size } from "../../lib/size.ts";
import type { ImageRow } from "../../stores/images.ts";
import { href, navigate, openDialog } from "../../stores/route.ts";
import { IconButton } from "../../ui/button/Button.tsx";
import { Badge } from "../../ui/display/Badge.tsx";
import { Copyable } from "../../ui/display/Copy.tsx";
import { Time } from "../../ui/display/Time.tsx";
import { Tip } from "../../ui/overlay/Tip.tsx";
import type { Column } from "../../ui/table/columns.ts";
import { BehindMark } from "./BehindMark.tsx";
import { askRemoveImages } from "./remove.tsx";
import css from "./Images.module.css";

/** An image with the containers made from it. */
export interface UsedImage {
  readonly row: ImageRow;
  /** Names of its containers. */
  readonly users: readonly string[];
}

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The columns of the list of images. */
export const imageColumns: readonly Column<UsedImage>[] = [
  {
    id: "repository",
    header: "Repository",
    track: "minmax(140px, 3fr)",
    compare: (a, b) => names.compare(a.row.repository || "\uffff", b.row.repository || "\uffff") || names.compare(a.row.tag, b.row.tag),
    cell: ({ row }) => (row.repository ? <span className={css["name"]} title={row.repository.length > 34 ? row.repository : undefined}>{row.repository}</span> : <span className="quiet">No name</span>),
  },
  { id: "tag", header: "Tag", track: "minmax(90px, 2fr)", compare: (a, b) => names.compare(a.row.tag, b.row.tag), cell: ({ row }) => (row.tag ? <span className={css["tag"]}><Badge>{<span className="cut">{row.tag}</span>}</Badge><BehindMark reference={row.reference} /></span> : <span className="quiet">none</span>) },
  { id: "id", header: "ID", track: "148px", cell: ({ row }) => <Copyable text={row.id} what="image ID">{row.shortId}</Copyable> },
  { id: "users", header: "Used by", track: "minmax(100px, 1.4fr)", downFirst: true, compare: (a, b) => a.users.length - b.users.length, cell: ({ users }) => <Users users={users} /> },
  { id: "created", header: "Created", track: "110px", align: "end", from: 860, downFirst: true, compare: (a, b) => a.row.created - b.row.created, cell: ({ row }) => <span className="quiet"><Time at={row.created} /></span> },
  { id: "size", header: "Size", track: "92px", align: "end", downFirst: true, compare: (a, b) => a.row.size - b.row.size, cell: ({ row }) => size(row.size) },
  { id: "actions", header: "Actions", track: "116px", late: true, cell: ({ row, users }) => <Actions row={row} users={users} /> },
];

function Users({ users }: { readonly users: readonly string[] }) {
  const [first] = users;
  if (first === undefined) return null;
  return (
    <Tip text={users.slice(0, 12).join(", ")}>
      <span className="cut">{first}{users.length > 1 && <span className="quiet"> +{users.length - 1}</span>}</span>
    </Tip>
  );
}

function Actions({ row, users }: UsedImage) {
  return (
    <>
      <IconButton label={`Run ${row.reference}`} tip="Run" onClick={() => navigate(href.images({ run: row.reference }))}><Play /></IconButton>
      <IconButton label={`Push ${row.reference}`} tip="Push" onClick={() => openDialog("push", row.reference)}><ArrowUpFromLine /></IconButton>
      <IconButton label={`Remove ${row.reference}`} tip="Remove" danger onClick={() => askRemoveImages([{ row, users }])}><Trash2 /></IconButton>
    </>
  );
}
