import { ArrowUpFromLine, Ellipsis, Play, Trash2 } from "lucide-react";
import { useEffect } from "react";
import { useStore } from "zustand";
import { size } from "../../lib/size.ts";
import { imageFactsStore, wantPlatform } from "../../stores/image-facts.ts";
import { href, openDialog } from "../../stores/route.ts";
import { IconButton } from "../../ui/button/Button.tsx";
import { Badge } from "../../ui/display/Badge.tsx";
import { Copyable } from "../../ui/display/Copy.tsx";
import { ImageName } from "../../ui/display/ImageName.tsx";
import { Time } from "../../ui/display/Time.tsx";
import { MenuButton } from "../../ui/overlay/MenuButton.tsx";
import { Tip } from "../../ui/overlay/Tip.tsx";
import type { Column } from "../../ui/table/columns.ts";
import { imageActions } from "./actions.tsx";
import { BehindMark } from "./BehindMark.tsx";
import { askRemoveImages } from "./remove.tsx";
import { useHasFiles } from "./useHasFiles.ts";
import type { UsedImage } from "./users.ts";
import css from "./Images.module.css";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Least first; what is not known yet comes last. */
function byUnique(a: UsedImage, b: UsedImage): number {
  return (a.entry.size - (a.shared ?? a.entry.size + 1)) - (b.entry.size - (b.shared ?? b.entry.size + 1));
}

/** The columns of the list of images. */
export const imageColumns: readonly Column<UsedImage>[] = [
  {
    id: "repository",
    header: "Repository",
    track: "minmax(140px, 2.6fr)",
    compare: (a, b) => names.compare(a.entry.repository || "\uffff", b.entry.repository || "\uffff") || names.compare(a.entry.tags[0] ?? "", b.entry.tags[0] ?? ""),
    cell: ({ entry }) => (entry.repository ? <span className={css["name"]}><ImageName name={entry.repository} /></span> : <span className="quiet">No name</span>),
  },
  { id: "tag", header: "Tags", track: "minmax(110px, 1.8fr)", compare: (a, b) => names.compare(a.entry.tags[0] ?? "", b.entry.tags[0] ?? ""), cell: (image) => <Tags image={image} /> },
  { id: "id", header: "ID", track: "140px", from: 1100, cell: ({ entry }) => <Copyable text={entry.id} what="image ID">{entry.shortId}</Copyable> },
  { id: "platform", header: "Platform", track: "120px", optional: true, cell: ({ entry }) => <Platform id={entry.id} /> },
  { id: "users", header: "Used by", track: "minmax(100px, 1.2fr)", downFirst: true, compare: (a, b) => a.users.length - b.users.length, cell: (image) => <Users image={image} /> },
  { id: "created", header: "Created", track: "104px", align: "end", from: 860, downFirst: true, compare: (a, b) => a.entry.created - b.entry.created, cell: ({ entry }) => <span className="quiet">{entry.created > 0 ? <Time at={entry.created} /> : "unknown"}</span> },
  { id: "unique", header: "Unique", track: "84px", align: "end", downFirst: true, compare: byUnique, cell: ({ entry, shared }) => (shared === undefined ? <span className={css["unknown"]}>...</span> : size(Math.max(0, entry.size - shared))) },
  { id: "shared", header: "Shared", track: "84px", align: "end", optional: true, downFirst: true, compare: (a, b) => (a.shared ?? -1) - (b.shared ?? -1), cell: ({ shared }) => (shared === undefined ? <span className={css["unknown"]}>...</span> : <span className="quiet">{size(shared)}</span>) },
  { id: "size", header: "Size", track: "84px", align: "end", downFirst: true, compare: (a, b) => a.entry.size - b.entry.size, cell: ({ entry }) => size(entry.size) },
  { id: "actions", header: "Actions", track: "132px", late: true, fixed: true, cell: (image) => <Actions image={image} /> },
];

function Tags({ image: { entry, users } }: { readonly image: UsedImage }) {
  const [first, second] = entry.tags;
  return (
    <span className={css["tags"]}>
      {first === undefined ? null : <Badge><span className="cut" title={first.length > 18 ? first : undefined}>{first}</span></Badge>}
      {second !== undefined && entry.tags.length === 2 && <Badge><span className="cut">{second}</span></Badge>}
      {entry.tags.length > 2 && <Tip text={entry.tags.slice(1, 30).join(", ")}><span className="quiet">+{entry.tags.length - 1}</span></Tip>}
      {entry.references.slice(0, 3).map((reference) => <BehindMark key={reference} reference={reference} />)}
      {entry.dangling ? <Tip text="No tag points to it. Prune removes it."><span><Badge tone="warning">dangling</Badge></span></Tip> : users.length === 0 && entry.tags.length === 0 ? <Badge>untagged</Badge> : null}
    </span>
  );
}

function Users({ image: { users } }: { readonly image: UsedImage }) {
  const [first] = users;
  if (!first) return <span className="quiet">unused</span>;
  return (
    <span className={css["users"]}>
      <a className={`${css["link"]} cut`} href={href.container(first.id)} draggable={false} title={first.name.length > 20 ? first.name : undefined}>{first.name}</a>
      {users.length > 1 && <Tip text={`${users.slice(1, 13).map(({ name }) => name).join(", ")}${users.length > 13 ? ` and ${users.length - 13} more` : ""}`}><span className="quiet">+{users.length - 1}</span></Tip>}
    </span>
  );
}

function Platform({ id }: { readonly id: string }) {
  const platform = useStore(imageFactsStore, (facts) => facts.platforms.get(id));
  useEffect(() => wantPlatform(id), [id]);
  return <span className="quiet cut">{platform ?? ""}</span>;
}

function Actions({ image: { entry } }: { readonly image: UsedImage }) {
  const hasFiles = useHasFiles();
  return (
    <>
      <IconButton label={`Run ${entry.reference}`} tip="Run" onClick={() => openDialog("run", entry.reference)}><Play /></IconButton>
      <IconButton label={`Push ${entry.reference}`} tip="Push" disabled={entry.dangling} onClick={() => openDialog("push", entry.reference)}><ArrowUpFromLine /></IconButton>
      <IconButton label={`Remove ${entry.reference}`} tip="Remove" danger onClick={() => askRemoveImages([entry])}><Trash2 /></IconButton>
      <MenuButton actions={imageActions(entry, hasFiles)} trigger={<IconButton label={`More actions for ${entry.reference}`} tip="More"><Ellipsis /></IconButton>} />
    </>
  );
}
