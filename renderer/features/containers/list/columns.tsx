import type { ContainerRow } from "../../../stores/container-row.ts";
import { Copyable } from "../../../ui/display/Copy.tsx";
import { ImageName } from "../../../ui/display/ImageName.tsx";
import { StateGlyph } from "../../../ui/display/StateGlyph.tsx";
import { Time } from "../../../ui/display/Time.tsx";
import type { Column } from "../../../ui/table/columns.ts";
import { ShortPorts } from "./ports.tsx";
import { RowActions } from "./RowActions.tsx";
import { CpuCell, MemoryCell, compareUsage } from "./Usage.tsx";
import css from "./List.module.css";

const order = { running: 0, paused: 1, restarting: 2, created: 3, exited: 4, removing: 5, dead: 6 } as const;
const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The columns of the list of containers. */
export const containerColumns: readonly Column<ContainerRow>[] = [
  {
    id: "name",
    header: "Name",
    track: "minmax(140px, 2fr)",
    always: true,
    compare: (a, b) => names.compare(a.name, b.name),
    cell: (row) => (
      <span className={css["name"]}>
        <span title={row.words}><StateGlyph state={row.glyph} label={row.words} /></span>
        <span className={`${css["nameText"]} cut`} title={row.name.length > 24 ? row.name : undefined}>{row.name}</span>
      </span>
    ),
  },
  {
    id: "status",
    header: "Status",
    track: "minmax(148px, 1.1fr)",
    compare: (a, b) => order[a.state] - order[b.state] || (b.since ?? b.created) - (a.since ?? a.created),
    cell: (row) => <span className={css["state"]} data-glyph={row.glyph}>{row.words}{row.since !== undefined && row.state !== "created" && row.state !== "paused" && !row.busy && <> <span className={css["age"]}><Time at={row.since} as={row.state === "running" ? "length" : "span"} /></span></>}</span>,
  },
  { id: "cpu", header: "CPU", track: "116px", align: "end", from: 880, downFirst: true, compare: compareUsage("cpu"), cell: (row) => <CpuCell row={row} /> },
  { id: "memory", header: "Memory", track: "126px", align: "end", from: 1000, downFirst: true, compare: compareUsage("memory"), cell: (row) => <MemoryCell row={row} /> },
  {
    id: "image",
    header: "Image",
    track: "minmax(130px, 2fr)",
    compare: (a, b) => names.compare(a.image, b.image),
    cell: (row) => <ImageName name={row.image} />,
  },
  {
    id: "ports",
    header: "Ports",
    track: "minmax(132px, 1.4fr)",
    compare: (a, b) => (a.published[0]?.hostPort ?? 65_536) - (b.published[0]?.hostPort ?? 65_536),
    cell: (row) => (row.published.length > 0 ? <ShortPorts ports={row.published} /> : null),
  },
  { id: "project", header: "Project", track: "minmax(100px, 1fr)", optional: true, compare: (a, b) => names.compare(a.project ?? "\uffff", b.project ?? "\uffff"), cell: (row) => row.project ?? null },
  { id: "command", header: "Command", track: "minmax(120px, 1.6fr)", optional: true, cell: (row) => <span className="mono cut" title={row.command}>{row.command}</span> },
  { id: "networks", header: "Networks", track: "minmax(100px, 1fr)", optional: true, cell: (row) => Object.keys(row.info.NetworkSettings?.Networks ?? {}).join(", ") },
  { id: "id", header: "ID", track: "140px", from: 1460, cell: (row) => <Copyable text={row.id} what="container ID">{row.id.slice(0, 12)}</Copyable> },
  {
    id: "created",
    header: "Created",
    track: "110px",
    align: "end",
    from: 1240,
    downFirst: true,
    compare: (a, b) => a.created - b.created,
    cell: (row) => <span className="quiet"><Time at={row.created} /></span>,
  },
  { id: "actions", header: "Actions", track: "128px", late: true, fixed: true, cell: (row) => <RowActions row={row} /> },
];
