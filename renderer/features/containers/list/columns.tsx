import type { ContainerRow } from "../../../stores/container-row.ts";
import { Copyable } from "../../../ui/display/Copy.tsx";
import { ImageName } from "../../../ui/display/ImageName.tsx";
import { StateGlyph } from "../../../ui/display/StateGlyph.tsx";
import { Time } from "../../../ui/display/Time.tsx";
import { Tip } from "../../../ui/overlay/Tip.tsx";
import type { Column } from "../../../ui/table/columns.ts";
import { Ports } from "./ports.tsx";
import { RowActions } from "./RowActions.tsx";
import css from "./List.module.css";

const order = { running: 0, paused: 1, restarting: 2, created: 3, exited: 4, removing: 5, dead: 6 } as const;
const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The columns of the list of containers. */
export const containerColumns: readonly Column<ContainerRow>[] = [
  {
    id: "name",
    header: "Name",
    track: "minmax(140px, 2fr)",
    compare: (a, b) => names.compare(a.name, b.name),
    cell: (row) => (
      <span className={css["name"]}>
        <Tip text={row.words}><span><StateGlyph state={row.glyph} label={row.words} /></span></Tip>
        <span className={`${css["nameText"]} cut`} title={row.name.length > 28 ? row.name : undefined}>{row.name}</span>
      </span>
    ),
  },
  {
    id: "status",
    header: "Status",
    track: "minmax(164px, 1.35fr)",
    compare: (a, b) => order[a.state] - order[b.state] || (b.since ?? b.created) - (a.since ?? a.created),
    cell: (row) => <span className={css["state"]}>{row.words}{row.since !== undefined && row.state !== "created" && row.state !== "paused" && !row.busy && <> <Time at={row.since} as={row.state === "running" ? "length" : "ago"} /></>}</span>,
  },
  {
    id: "image",
    header: "Image",
    track: "minmax(120px, 2fr)",
    compare: (a, b) => names.compare(a.image, b.image),
    cell: (row) => <ImageName name={row.image} />,
  },
  {
    id: "ports",
    header: "Ports",
    track: "minmax(140px, 1.4fr)",
    compare: (a, b) => (a.published[0]?.hostPort ?? 65_536) - (b.published[0]?.hostPort ?? 65_536),
    cell: (row) => (row.published.length > 0 ? <Ports ports={row.published} most={2} /> : null),
  },
  { id: "id", header: "ID", track: "140px", from: 1180, cell: (row) => <Copyable text={row.id} what="container ID">{row.id.slice(0, 12)}</Copyable> },
  {
    id: "created",
    header: "Created",
    track: "110px",
    align: "end",
    from: 860,
    downFirst: true,
    compare: (a, b) => a.created - b.created,
    cell: (row) => <span className="quiet"><Time at={row.created} /></span>,
  },
  { id: "actions", header: "Actions", track: "128px", late: true, cell: (row) => <RowActions row={row} /> },
];

/** Whether a container matches what is typed into the search: every word somewhere in its name, image, id, ports or command. */
export function matches(row: ContainerRow, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = `${row.name} ${row.image} ${row.id} ${row.words} ${row.command} ${row.published.map((port) => port.hostPort).join(" ")}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
