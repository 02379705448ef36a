import { useMemo, useState } from "react";
import type { FileDifference, ImageComparison } from "../../../../electron/ipc/contract/image-contents.ts";
import { size } from "../../../lib/size.ts";
import { plural } from "../../../lib/time.ts";
import { Badge } from "../../../ui/display/Badge.tsx";
import { Card } from "../../../ui/display/Facts.tsx";
import { SomeRows } from "../../../ui/display/SomeRows.tsx";
import { Input } from "../../../ui/field/Field.tsx";
import { Segments } from "../../../ui/field/Segments.tsx";
import css from "./Compare.module.css";

const tones = { added: "success", removed: "danger", modified: "info" } as const;
const parts: Record<FileDifference["what"][number], string> = { content: "content", mode: "mode", owner: "owner", type: "type", target: "where it leads" };

/** Files that two images do not show alike. */
export function Differences({ comparison }: { readonly comparison: ImageComparison }) {
  const [show, setShow] = useState<"all" | FileDifference["change"]>("all");
  const [search, setSearch] = useState("");
  const { added, removed, modified, differences, isComplete } = comparison;
  const total = added + removed + modified;
  const shown = useMemo(() => differences.filter((each) => (show === "all" || each.change === show) && each.path.toLowerCase().includes(search.toLowerCase())), [differences, show, search]);
  return (
    <Card title="Files">
      {total === 0 ? <p className={css["line"]}>Both show the same files.</p> : (
        <>
          <div className={css["bar"]}>
            <Segments label="Show" value={show} options={[{ value: "all", label: "All", count: total }, { value: "added", label: "Added", count: added }, { value: "removed", label: "Removed", count: removed }, { value: "modified", label: "Modified", count: modified }]} onChange={setShow} />
            <Input className={css["find"]} type="search" aria-label="Find files" placeholder="Find by path" value={search} onChange={(event) => setSearch(event.target.value)} />
            <span className="quiet">{differences.length < total && `The ${differences.length.toLocaleString("en")} greatest of ${plural(total, "difference")} are listed.`}{!isComplete && " The images have more files than are compared."}</span>
          </div>
          <SomeRows rows={shown} className={css["differences"]}>
            {(each) => (
              <li key={`${each.change} ${each.path}`}>
                <Badge tone={tones[each.change]}>{each.change}</Badge>
                <code className="mono cut" title={each.path.length > 60 ? each.path : undefined}>{each.path}{each.type === "directory" && "/"}</code>
                <span className="quiet">{each.what.map((part) => parts[part]).join(", ")}</span>
                <span className="num">{sizes(each)}</span>
              </li>
            )}
          </SomeRows>
          {shown.length === 0 && <p className={css["line"]}>No difference matches.</p>}
        </>
      )}
    </Card>
  );
}

function sizes({ change, type, sizeBefore, sizeAfter }: FileDifference): string {
  if (type !== "file") return "";
  if (change === "added") return `+${size(sizeAfter)}`;
  if (change === "removed") return `-${size(sizeBefore)}`;
  return sizeBefore === sizeAfter ? size(sizeAfter) : `${size(sizeBefore)} to ${size(sizeAfter)}`;
}
