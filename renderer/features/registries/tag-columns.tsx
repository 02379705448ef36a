import { ArrowDownToLine, Play } from "lucide-react";
import { useStore } from "zustand";
import { size } from "../../lib/size.ts";
import { imagesStore } from "../../stores/images.ts";
import { href, navigate } from "../../stores/route.ts";
import { isUnderWay } from "../../stores/transfer.ts";
import { pull, transfersStore } from "../../stores/transfers.ts";
import { IconButton } from "../../ui/button/Button.tsx";
import { Badge } from "../../ui/display/Badge.tsx";
import { Copyable, CopyButton } from "../../ui/display/Copy.tsx";
import { Time } from "../../ui/display/Time.tsx";
import { Tip } from "../../ui/overlay/Tip.tsx";
import type { Column } from "../../ui/table/columns.ts";
import { localState, type TagRow } from "./tags.ts";
import css from "./Registries.module.css";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The columns of a repository's tags. */
export const tagColumns: readonly Column<TagRow>[] = [
  { id: "name", header: "Tag", track: "minmax(96px, 2fr)", compare: (a, b) => names.compare(a.tag.name, b.tag.name), cell: ({ tag }) => <span className={`${css["strong"]} mono`} title={tag.name.length > 24 ? tag.name : undefined}>{tag.name}</span> },
  { id: "local", header: "Here", track: "108px", cell: (row) => <Local row={row} /> },
  { id: "platforms", header: "Platforms", track: "minmax(96px, 1.4fr)", from: 620, compare: (a, b) => names.compare(a.tag.platforms.join(), b.tag.platforms.join()), cell: ({ tag }) => <Platforms platforms={tag.platforms} /> },
  { id: "created", header: "Created", track: "100px", align: "end", downFirst: true, compare: (a, b) => (a.tag.created ?? 0) - (b.tag.created ?? 0), cell: ({ tag }) => tag.created !== null && <span className="quiet"><Time at={tag.created} /></span> },
  { id: "size", header: "Size", track: "80px", align: "end", downFirst: true, compare: (a, b) => a.tag.size - b.tag.size, cell: ({ tag }) => (tag.size > 0 ? <Tip text={`${tag.size.toLocaleString("en")} bytes to fetch for this machine`}><span>{size(tag.size)}</span></Tip> : null) },
  { id: "digest", header: "Digest", track: "146px", from: 800, cell: ({ tag }) => tag.digest !== "" && <Copyable text={tag.digest} what="digest">{tag.digest.replace(/^sha256:/, "").slice(0, 12)}</Copyable> },
  { id: "actions", header: "Actions", track: "108px", late: true, cell: (row) => <Actions row={row} /> },
];

function Platforms({ platforms }: { readonly platforms: readonly string[] }) {
  const [first] = platforms;
  if (first === undefined) return null;
  return <Tip text={platforms.join(", ")}><span className={css["platforms"]}><span className="cut">{first.replace(/^linux\//, "")}</span>{platforms.length > 1 && <span className="quiet">+{platforms.length - 1}</span>}</span></Tip>;
}

/** What is here under the tag's name, or the way it is on. */
function Local({ row }: { readonly row: TagRow }) {
  const state = useStore(imagesStore, ({ phase, rows }) => localState(row, phase === "ready" ? rows : undefined));
  const part = useStore(transfersStore, ({ list }) => {
    const transfer = list.find((each) => each.kind === "pull" && each.image === row.reference && isUnderWay(each));
    if (!transfer) return undefined;
    return transfer.totalBytes > 0 ? Math.floor((transfer.downloadedBytes / transfer.totalBytes) * 100) : 0;
  });
  if (part !== undefined) return <span className="quiet num">Pulling, {part} %</span>;
  const { tag } = row;
  if (tag.error !== "") return <Tip text={tag.error}><span><Badge tone="danger">Unreadable</Badge></span></Tip>;
  if (tag.artifactType !== "") return <Tip text={`${tag.artifactType}: an artefact, which cannot be run`}><span><Badge tone="info">No image</Badge></span></Tip>;
  if (state === "current") return <Badge tone="success">Current</Badge>;
  if (state === "behind") return <Tip text="The tag here is another image than the registry's"><span><Badge tone="warning">Behind</Badge></span></Tip>;
  return <span className="quiet">Absent</span>;
}

function Actions({ row }: { readonly row: TagRow }) {
  const here = useStore(imagesStore, ({ rows }) => rows.some((each) => each.reference === row.reference));
  const image = row.tag.artifactType === "" && row.tag.error === "";
  return (
    <>
      <span className={css["copy"]}><CopyButton text={row.reference} label={`Copy ${row.reference}`} /></span>
      {image && here && <IconButton label={`Run ${row.reference}`} tip="Run" onClick={() => navigate(href.images({ run: row.reference }))}><Play /></IconButton>}
      {image && <IconButton label={`Pull ${row.reference}`} tip="Pull" onClick={() => pull(row.reference)}><ArrowDownToLine /></IconButton>}
    </>
  );
}
