import { useDeferredValue } from "react";
import { size } from "../../../lib/size.ts";
import { plural } from "../../../lib/time.ts";
import { useKept } from "../../../lib/useKept.ts";
import { Input } from "../../../ui/field/Field.tsx";
import { Segments } from "../../../ui/field/Segments.tsx";
import { FileList } from "./FileList.tsx";
import { useFiles } from "./useFiles.ts";
import css from "./Details.module.css";

type Show = "present" | "wasted" | "all";

/** All files of an image, and the bytes it carries for nothing. */
export function FilesTab({ id }: { readonly id: string }) {
  const [show, setShow] = useKept<Show>("image.files.show", "present");
  const [search, setSearch] = useKept(`image.files.search ${id}`, "");
  const words = useDeferredValue(search);
  const files = useFiles({ id, show, search: words });
  const { totals } = files;
  const summary = totals?.summary;
  return (
    <div className={css["filesTab"]}>
      <div className={css["bar"]}>
        <Segments
          label="Show"
          value={show}
          options={[{ value: "present", label: "In the image" }, { value: "wasted", label: "Wasted", count: summary?.wastedFiles }, { value: "all", label: "In all layers" }]}
          onChange={setShow}
        />
        <Input className={css["find"]} type="search" data-search aria-label="Find files" placeholder="Find by path" value={search} onChange={(event) => setSearch(event.target.value)} />
        <p role="status" className={css["sum"]}>
          {totals && <><span className="num">{plural(totals.total, "file")}, {size(totals.bytes)}</span>{!totals.summary.isComplete && " and more than can be listed: the greatest are here"}</>}
        </p>
      </div>
      {summary && (
        <p className={css["waste"]}>
          {summary.wastedBytes === 0 ? "No byte is wasted: no layer replaces or deletes a file of another." : (
            <><span className={css["strong"]}>{size(summary.wastedBytes)}</span> of {size(summary.bytes)} ({percent(summary.wastedBytes, summary.bytes)}) is wasted: {plural(summary.wastedFiles, "file")} that a later layer replaces or deletes, carried along unseen.</>
          )}
        </p>
      )}
      <FileList label="Files" files={files} layers none={words ? `No path contains “${words}”.` : show === "wasted" ? "No file is wasted." : "The image has no files."} resetKey={`${show} ${words}`} />
    </div>
  );
}

function percent(part: number, whole: number): string {
  const value = whole > 0 ? (part / whole) * 100 : 0;
  return value > 0 && value < 0.1 ? "under 0.1%" : `${value.toFixed(value < 10 ? 1 : 0)}%`;
}
