import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { ImageFile } from "../../../../electron/ipc/contract/image-contents.ts";
import { size } from "../../../lib/size.ts";
import { cx } from "../../../lib/cx.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { CopyButton } from "../../../ui/display/Copy.tsx";
import { Skeleton } from "../../../ui/display/Bar.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Tip } from "../../../ui/overlay/Tip.tsx";
import { modeText } from "./mode.ts";
import type { Files } from "./useFiles.ts";
import css from "./Details.module.css";

const rowHeight = 28;

export interface FileListProps {
  readonly label: string;
  readonly files: Files;
  /** Whether the layer of each file is said. */
  readonly layers: boolean;
  /** Said where there is none. */
  readonly none: string;
  /** Changes when another list is asked for: it begins at its top. */
  readonly resetKey: string;
}

/** Files with their sizes, greatest first, and what became of those that later layers hide. */
export function FileList({ label, files, layers, none, resetKey }: FileListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const total = files.totals?.total ?? 0;
  const virtual = useVirtualizer({ count: total, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 12 });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index;
  const last = items.at(-1)?.index;
  const { want } = files;
  useEffect(() => {
    if (first !== undefined && last !== undefined) want(first, last);
  }, [first, last, want, files.totals]);
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [resetKey]);

  if (files.error) return <Problem fill title="The files could not be read." cause={files.error.message} raw={files.error.cause} actions={<Button onClick={files.reload}>Try again</Button>} />;
  if (!files.totals) return <div className={css["waiting"]} role="status" aria-label="Reading files">{[62, 48, 71, 55, 40].map((width) => <Skeleton key={width} width={`${width}%`} />)}</div>;
  const greatest = files.files.get(0)?.size ?? 0;
  return (
    <div className={css["files"]} role="table" aria-label={label} aria-rowcount={total + 1} aria-busy={files.busy}>
      <div role="rowgroup">
        <div role="row" className={cx(css["file"], css["fileHead"])} data-layers={layers || undefined}>
          <span role="columnheader">Path</span>
          <span role="columnheader" className={css["mark"]}>{layers ? "Layer" : "Hidden"}</span>
          <span role="columnheader" className={css["mode"]}>Mode</span>
          <span role="columnheader" className={css["owner"]}>Owner</span>
          <span role="columnheader" className={css["number"]}>Size</span>
        </div>
      </div>
      {total === 0 && <p className={css["empty"]}>{none}</p>}
      <div ref={scroller} className={css["fileScroller"]} role="rowgroup" tabIndex={total > 0 ? 0 : -1} aria-label={`${label}, scrollable`}>
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {items.map((item) => (
            <FileRow key={item.index} top={item.start} index={item.index} file={files.files.get(item.index)} layers={layers} greatest={greatest} />
          ))}
        </div>
      </div>
    </div>
  );
}

interface FileRowProps {
  readonly top: number;
  readonly index: number;
  readonly file: ImageFile | undefined;
  readonly layers: boolean;
  readonly greatest: number;
}

function FileRow({ top, index, file, layers, greatest }: FileRowProps) {
  const style = { transform: `translateY(${top}px)` };
  if (!file) return <div role="row" aria-rowindex={index + 2} className={css["file"]} style={style}><span role="cell"><Skeleton width="40%" /></span></div>;
  const slash = file.path.lastIndexOf("/") + 1;
  const hidden = file.hiddenBy !== undefined;
  return (
    <div role="row" aria-rowindex={index + 2} className={cx(css["file"], hidden && css["hidden"])} style={style}>
      <span role="cell" className={css["path"]} title={file.path.length > 60 ? file.path : undefined}>
        <span className={css["pathHead"]}>{printable(file.path.slice(0, slash))}</span><span className={css["pathTail"]}>{printable(file.path.slice(slash))}{file.type === "directory" && "/"}</span>
        {file.type !== "file" && file.type !== "directory" && <span className={css["kind"]}>{file.type === "deletion" ? "deletes it below" : file.type}</span>}
        <CopyButton text={file.path} label="Copy path" />
      </span>
      <span role="cell" className={css["mark"]}>{mark(file, layers)}</span>
      <span role="cell" className={css["mode"]}>{file.type === "deletion" ? "" : modeText(file.mode)}</span>
      <span role="cell" className={css["owner"]}>{file.type === "deletion" ? "" : `${file.uid}:${file.gid}`}</span>
      <span role="cell" className={css["number"]}>
        <span className={css["sizeBar"]} style={{ transform: `scaleX(${greatest > 0 ? Math.max(0.004, file.size / greatest) : 0})` }} aria-hidden="true" />
        {file.type === "file" ? size(file.size) : ""}
      </span>
    </div>
  );
}

function mark(file: ImageFile, layers: boolean) {
  const layer = layers ? `${file.layer + 1}` : "";
  if (file.hiddenBy === undefined) return layer;
  const how = file.hiddenHow === "deleted" ? "deleted" : "replaced";
  return <Tip text={`Layer ${file.hiddenBy + 1} ${file.hiddenHow === "deleted" ? "deletes" : "replaces"} it: its bytes are carried along, and no container sees them.`}><span>{layers ? `${layer}, ` : ""}{how} by {file.hiddenBy + 1}</span></Tip>;
}

/** Names are bytes: what cannot be shown is shown as a box. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}
