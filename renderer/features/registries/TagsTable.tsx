import { ArrowDownToLine, Play, RefreshCw, Tags as TagsIcon } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { plural } from "../../lib/time.ts";
import { useKept } from "../../lib/useKept.ts";
import { parseReference } from "../../lib/reference.ts";
import { registryWords } from "../../lib/registry.ts";
import { helpFor } from "../../stores/report.ts";
import { href, navigate, openDialog } from "../../stores/route.ts";
import { pull } from "../../stores/transfers.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { CopyButton } from "../../ui/display/Copy.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { SearchField } from "../../ui/field/SearchField.tsx";
import type { Sort } from "../../ui/table/columns.ts";
import { DataTable } from "../../ui/table/DataTable.tsx";
import { TableSkeleton } from "../../ui/table/TableSkeleton.tsx";
import { tagActions } from "./actions.tsx";
import { familiarRepository } from "./repositories.ts";
import { tagColumns } from "./tag-columns.tsx";
import { useTags, type TagRow } from "./tags.ts";
import css from "./Registries.module.css";

const nothing: ReadonlySet<string> = new Set();

/** The tags of one repository, to pull. */
export function TagsTable({ host, repository }: { readonly host: string; readonly repository: string }) {
  const tags = useTags(host, repository);
  const [query, setQuery] = useState("");
  const [sort, setSort] = useKept<Sort>("tags.sort", { column: "created", down: true });
  const [picked, setPicked] = useState(nothing);
  const words = useDeferredValue(query.trim().toLowerCase());
  const name = familiarRepository(host, repository);
  const shown = useMemo(() => (words === "" ? tags.rows : tags.rows.filter(({ tag }) => `${tag.name} ${tag.platforms.join(" ")} ${tag.digest}`.toLowerCase().includes(words))), [tags.rows, words]);
  const chosen = useMemo(() => shown.filter((row) => picked.has(row.tag.name)), [shown, picked]);
  const selected = useMemo(() => (chosen.length > 0 ? new Set(chosen.map(rowId)) : nothing), [chosen]);
  const images = chosen.filter(({ tag }) => tag.artifactType === "");
  const typed = parseReference(`${name}:${query.trim()}`);
  const { error } = tags;

  return (
    <section className={css["tags"]} aria-label={`Tags of ${name}`}>
      <header className={css["tagsHead"]}>
        <h2 className="cut" title={name}>{name}</h2>
        <CopyButton text={name} label="Copy repository name" always />
        <div className={css["spring"]} />
        <SearchField label="Search tags" value={query} onChange={setQuery} />
        <IconButton label="Read the tags again" disabled={tags.loading} onClick={tags.again}><RefreshCw /></IconButton>
      </header>
      {tags.rows.length === 0 && tags.loading ? <TableSkeleton label="Loading tags" />
      : error && tags.rows.length === 0 ? (
        <Problem
          fill
          title={error.code === "notFound" ? `${registryWords(host)} has no repository ${repository}, or it needs a login.` : `The tags of ${name} could not be read.`}
          cause={error.message}
          raw={error.cause}
          actions={
            <>
              {helpFor(error).map((help) => <Button key={help.label} onClick={help.run}>{help.label}</Button>)}
              {!error.hints.some((hint) => hint.type === "loginRequired") && ["notFound", "unauthorized", "forbidden"].includes(error.code) && <Button onClick={() => openDialog("login", host)}>Log in to {registryWords(host)}</Button>}
              <Button onClick={tags.again}>Try again</Button>
            </>
          }
        />
      ) : tags.rows.length === 0 ? (
        <Empty icon={<TagsIcon />} title="No tags yet" command={`docker push ${name}:TAG`}>The repository is there, and empty. A push to it gives it a tag.</Empty>
      ) : (
        <>
          <DataTable<TagRow>
            key={name}
            label="Tags"
            noun="tag"
            rows={shown}
            columns={tagColumns}
            rowId={rowId}
            rowName={rowName}
            sort={sort}
            onSort={setSort}
            selected={selected}
            onSelect={setPicked}
            menu={(rows) => tagActions(rows, () => setPicked(nothing))}
            filterKey={words}
            bulk={
              <>
                <Button variant="ghost" size="small" icon={<ArrowDownToLine />} disabled={images.length === 0} onClick={() => { for (const row of images) pull(row.reference); setPicked(nothing); }}>{`Pull ${plural(images.length, "image")}`}</Button>
                {images.length === 1 && <Button variant="ghost" size="small" icon={<Play />} onClick={() => navigate(href.images({ run: images[0]?.reference ?? "" }))}>Run</Button>}
              </>
            }
            empty={
              <>
                <p>No tag that was read matches “{query}”.</p>
                <p style={{ marginTop: 12, display: "flex", gap: 8, justifyContent: "center" }}>
                  {!tags.isLast && typed.ok && <Button size="small" icon={<ArrowDownToLine />} onClick={() => pull(typed.reference.familiar)}>{`Pull ${typed.reference.familiar}`}</Button>}
                  <Button size="small" onClick={() => setQuery("")}>Show all</Button>
                </p>
              </>
            }
          />
          <footer className={css["more"]}>
            <span className="quiet num">{tags.total !== null ? `${tags.rows.length.toLocaleString("en")} of ${plural(tags.total, "tag")}` : plural(tags.rows.length, "tag")}{tags.isLast ? "" : " read"}</span>
            {error && <span className={css["spent"]}>{error.message}</span>}
            {!tags.isLast && <Button size="small" disabled={tags.loading} onClick={tags.more}>{tags.loading ? "Reading" : "More"}</Button>}
          </footer>
        </>
      )}
    </section>
  );
}

function rowId(row: TagRow): string {
  return row.tag.name;
}

function rowName(row: TagRow): string {
  return row.reference;
}
