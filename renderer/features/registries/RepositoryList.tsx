import { useEffect, useMemo, useRef } from "react";
import { useStore } from "zustand";
import { sentence } from "../../lib/sentence.ts";
import { useKept } from "../../lib/useKept.ts";
import { imagesStore } from "../../stores/images.ts";
import { openLogin } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Skeleton } from "../../ui/display/Bar.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { RepositoryField, RepositoryItem } from "./RepositoryItem.tsx";
import { localRepositories, useCatalog } from "./repositories.ts";
import css from "./Registries.module.css";

/** The repositories that a registry lists; where it lists none, those that images here come from, and a field to type one. */
export function RepositoryList({ host, repository }: { readonly host: string; readonly repository: string | undefined }) {
  const catalog = useCatalog(host);
  const images = useStore(imagesStore, (state) => state.rows);
  const [query, setQuery] = useKept(`repositories.${host}`, "");
  const local = useMemo(() => localRepositories(host, images), [host, images]);
  const unlisted = catalog.error !== undefined && ["notImplemented", "forbidden", "notFound", "unauthorized"].includes(catalog.error.code);
  const all = catalog.error ? local : catalog.repositories;
  const shown = useMemo(() => all.filter((name) => name.includes(query.trim().toLowerCase())), [all, query]);

  return (
    <nav className={css["repositories"]} aria-label="Repositories">
      <RepositoryField host={host} value={query} onChange={setQuery} label="Search or type a repository" />
      {catalog.error && unlisted && (
        <div className={css["note"]}>
          <p>{catalog.error.code === "unauthorized" ? "The registry lists its repositories only after a login." : "This registry does not list its repositories."} Type one above{local.length > 0 ? ", or choose one that images here come from." : "."}</p>
          {catalog.error.code === "unauthorized" && <Button size="small" onClick={() => openLogin(host)}>Log in</Button>}
        </div>
      )}
      {catalog.error && !unlisted && <div><Problem title="The repositories could not be listed." cause={sentence(catalog.error.message)} raw={catalog.error.cause} actions={<Button size="small" onClick={catalog.again}>Try again</Button>} /></div>}
      <ul className={css["list"]} aria-label="Repositories">
        {shown.map((name) => <li key={name}><RepositoryItem host={host} name={name} current={name === repository} mark={local.includes(name) && !catalog.error ? "here" : ""} /></li>)}
        {catalog.loading && catalog.repositories.length === 0 && [60, 44, 70, 52].map((width) => <li key={width} className={css["ghost"]}><Skeleton width={`${width}%`} /></li>)}
      </ul>
      {!catalog.loading && !catalog.error && all.length === 0 && <p className={css["note"]}>This registry is empty. A push fills it: docker push {host}/NAME</p>}
      {all.length > 0 && shown.length === 0 && <p className={css["note"]}>No repository that was read matches. Enter opens what is typed.</p>}
      {!catalog.error && !catalog.isLast && catalog.repositories.length > 0 && <More loading={catalog.loading} onMore={catalog.more} />}
    </nav>
  );
}

/** Reads on when it scrolls into view, or when it is pressed. */
function More({ loading, onMore }: { readonly loading: boolean; readonly onMore: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef(onMore);
  useEffect(() => {
    latest.current = onMore;
  });
  useEffect(() => {
    const element = end.current;
    if (!element) return;
    const observer = new IntersectionObserver(([entry]) => { if (entry?.isIntersecting) latest.current(); });
    observer.observe(element);
    return () => observer.disconnect();
  }, [loading]);
  return <div ref={end} className={css["listEnd"]}><Button size="small" disabled={loading} onClick={onMore}>{loading ? "Reading" : "More"}</Button></div>;
}
