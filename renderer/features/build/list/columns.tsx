import { CircleX, RotateCw, Trash2 } from "lucide-react";
import type { BuildSummary } from "../../../../electron/ipc/contract/builds.ts";
import { duration } from "../../../lib/time.ts";
import { cancelBuild } from "../../../stores/builds.ts";
import { href, navigate } from "../../../stores/route.ts";
import { IconButton } from "../../../ui/button/Button.tsx";
import { Badge } from "../../../ui/display/Badge.tsx";
import { Copyable } from "../../../ui/display/Copy.tsx";
import { ImageName } from "../../../ui/display/ImageName.tsx";
import { StateGlyph } from "../../../ui/display/StateGlyph.tsx";
import { Time } from "../../../ui/display/Time.tsx";
import type { Column } from "../../../ui/table/columns.ts";
import { askRemoveBuilds } from "../remove.tsx";
import { countWords, statusGlyphs, statusWords } from "../words.ts";
import css from "../Build.module.css";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const order = { running: 0, failed: 1, built: 2, cancelled: 3, interrupted: 4 } as const;

function lengthOf(build: BuildSummary): number {
  return build.endedAt === null ? Number.POSITIVE_INFINITY : build.endedAt - build.startedAt;
}

/** The columns of the list of builds. */
export const buildColumns: readonly Column<BuildSummary>[] = [
  {
    id: "title",
    header: "Name",
    track: "minmax(130px, 2fr)",
    compare: (a, b) => names.compare(a.title, b.title),
    cell: (build) => (
      <span className={css["name"]}>
        <StateGlyph state={statusGlyphs[build.status]} label={statusWords[build.status]} />
        <span className={css["nameText"]}><ImageName name={build.title} /></span>
      </span>
    ),
  },
  {
    id: "status",
    header: "Status",
    track: "minmax(130px, 1.2fr)",
    compare: (a, b) => order[a.status] - order[b.status],
    cell: (build) => <span>{statusWords[build.status]}{build.status === "failed" && build.failedStep !== null && <span className="quiet">, step {build.failedStep} kept</span>}{build.status === "built" && build.warnings > 0 && <span className="quiet">, {build.warnings} {build.warnings === 1 ? "warning" : "warnings"}</span>}</span>,
  },
  { id: "steps", header: "Steps", track: "minmax(144px, 1fr)", cell: (build) => <span className="num">{countWords(build)}</span> },
  { id: "target", header: "Target", track: "minmax(92px, 0.5fr)", from: 1000, compare: (a, b) => names.compare(a.target ?? "", b.target ?? ""), cell: (build) => (build.target ? <Badge><span className="cut">{build.target}</span></Badge> : null) },
  {
    id: "image",
    header: "Image",
    track: "minmax(110px, 1.4fr)",
    from: 840,
    compare: (a, b) => names.compare(a.tags[0] ?? "", b.tags[0] ?? ""),
    cell: (build) => (build.imageId === null ? null : build.tags[0] !== undefined ? <span className={css["tags"]} title={build.tags.length > 1 ? build.tags.join(", ") : undefined}><ImageName name={build.tags[0]} />{build.tags.length > 1 && <span className="quiet">+{build.tags.length - 1}</span>}</span> : <Copyable text={build.imageId} what="image ID">{build.imageId.replace("sha256:", "").slice(0, 12)}</Copyable>),
  },
  { id: "duration", header: "Duration", track: "84px", align: "end", downFirst: true, compare: (a, b) => lengthOf(a) - lengthOf(b), cell: (build) => (build.endedAt === null ? <Time at={build.startedAt} as="length" /> : build.status === "interrupted" ? "" : duration(Math.max(0, build.endedAt - build.startedAt))) },
  { id: "started", header: "Started", track: "96px", align: "end", downFirst: true, compare: (a, b) => a.startedAt - b.startedAt, cell: (build) => <span className="quiet"><Time at={build.startedAt} /></span> },
  { id: "actions", header: "Actions", track: "84px", late: true, cell: (build) => <Actions build={build} /> },
];

function Actions({ build }: { readonly build: BuildSummary }) {
  if (build.status === "running") return <IconButton label={`Cancel ${build.title}`} tip="Cancel" onClick={() => void cancelBuild(build)}><CircleX /></IconButton>;
  return (
    <>
      <IconButton label={`Build ${build.title} again`} tip="Build again" disabled={build.contextPath === null} onClick={() => navigate(href.newBuild(build.id))}><RotateCw /></IconButton>
      <IconButton label={`Remove ${build.title} from the history`} tip="Remove from the history" danger onClick={() => askRemoveBuilds([build])}><Trash2 /></IconButton>
    </>
  );
}

/** Whether a build matches what is typed into the search. */
export function matches(build: BuildSummary, query: string): boolean {
  const text = `${build.title} ${build.tags.join(" ")} ${build.target ?? ""} ${build.contextPath ?? ""} ${build.id} ${statusWords[build.status]}`.toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
