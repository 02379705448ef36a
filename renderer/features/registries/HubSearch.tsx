import { Star } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import type { FoundRepository } from "../../../electron/ipc/contract/registries.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { useKept } from "../../lib/useKept.ts";
import { client } from "../../stores/host.ts";
import { imagesStore } from "../../stores/images.ts";
import { href, navigate } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Badge } from "../../ui/display/Badge.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { localRepositories, typedRepository } from "./repositories.ts";
import { RepositoryField, RepositoryItem } from "./RepositoryItem.tsx";
import css from "./Registries.module.css";

type Found = { readonly term: string; readonly list: readonly FoundRepository[] } | { readonly term: string; readonly error: IpcErrorInfo };

const host = "docker.io";
const count = new Intl.NumberFormat("en", { notation: "compact" });

/** Docker Hub lists no repositories: it is searched. Those that images here come from are a click away. */
export function HubSearch({ repository }: { readonly repository: string | undefined }) {
  const [query, setQuery] = useKept("hub.query", "");
  const [found, setFound] = useKept<Found | undefined>("hub.found", undefined);
  const [busy, setBusy] = useState(false);
  const asking = useRef<AbortController>(undefined);
  const images = useStore(imagesStore, (state) => state.rows);
  const local = useMemo(() => localRepositories(host, images), [images]);
  const term = query.trim();
  const typed = typedRepository(host, term);

  async function search() {
    if (term === "") return;
    asking.current?.abort();
    const { signal } = (asking.current = new AbortController());
    setBusy(true);
    try {
      const list = await client().registries.search({ term: term.replaceAll(/\s+/g, "-"), limit: 50 }, { signal });
      setFound({ term, list });
    } catch (error) {
      if (!signal.aborted) setFound({ term, error: toIpcErrorInfo(error) });
    } finally {
      if (asking.current?.signal === signal) setBusy(false);
    }
  }

  return (
    <nav className={css["repositories"]} aria-label="Repositories">
      <RepositoryField host={host} value={query} onChange={setQuery} label="Search Docker Hub" onEnter={() => void search()} />
      <div className={css["ask"]}>
        <Button size="small" disabled={term === "" || busy} onClick={() => void search()}>{busy ? "Searching" : "Search"}</Button>
        {typed !== undefined && <Button size="small" variant="ghost" onClick={() => navigate(href.registry(host, "repositories", typed))}>{`Open ${term}`}</Button>}
      </div>
      {found && "error" in found && (
        <div>
          <Problem
            title={found.error.code === "unavailable" || found.error.code === "deadlineExceeded" ? "Docker Hub cannot be reached from here." : `“${found.term}” was not searched for.`}
            cause={found.error.code === "unavailable" || found.error.code === "deadlineExceeded" ? "Searching needs the internet. Images that are here, and other registries, work without it." : found.error.message}
            raw={found.error.cause ?? found.error.message}
            actions={<Button size="small" onClick={() => void search()}>Try again</Button>}
          />
        </div>
      )}
      {found && "list" in found && found.list.length === 0 && <p className={css["note"]}>Docker Hub has nothing for “{found.term}”.</p>}
      {found && "list" in found && found.list.length > 0 && (
        <ul className={css["list"]} aria-label={`Found for ${found.term}`}>
          {found.list.map((each) => {
            const path = typedRepository(host, each.name) ?? each.name;
            return (
              <li key={each.name}>
                <RepositoryItem host={host} name={path} current={path === repository} mark={<span className={css["stars"]} title={`${each.stars.toLocaleString("en")} stars`}><Star aria-hidden="true" />{count.format(each.stars)}</span>}>
                  <span className={css["about"]}>{each.official && <Badge tone="info">Official</Badge>}<span className="cut" title={each.description.length > 40 ? each.description : undefined}>{each.description}</span></span>
                </RepositoryItem>
              </li>
            );
          })}
        </ul>
      )}
      {local.length > 0 && (
        <>
          <h2 className={css["listHead"]}>On this machine</h2>
          <ul className={css["list"]} aria-label="On this machine">{local.map((name) => <li key={name}><RepositoryItem host={host} name={name} current={name === repository} /></li>)}</ul>
        </>
      )}
    </nav>
  );
}
