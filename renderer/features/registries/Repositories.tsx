import { Library } from "lucide-react";
import { useStore } from "zustand";
import { transfersStore } from "../../stores/transfers.ts";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { HubSearch } from "./HubSearch.tsx";
import { PlainEngine } from "./PlainEngine.tsx";
import { RepositoryList } from "./RepositoryList.tsx";
import { TagsTable } from "./TagsTable.tsx";
import css from "./Registries.module.css";

/** Repositories of a registry at the left, the tags of the one that is chosen beside them. */
export function Repositories({ host, repository }: { readonly host: string; readonly repository: string | undefined }) {
  const kept = useStore(transfersStore, (state) => state.kept);
  if (kept === false) return <PlainEngine host={host} />;
  return (
    <div className={css["browser"]}>
      {host === "docker.io" ? <HubSearch repository={repository} /> : <RepositoryList host={host} repository={repository} />}
      {repository !== undefined ? <TagsTable key={repository} host={host} repository={repository} /> : (
        <div className={css["tags"]}>
          <Empty icon={<Library />} title="Choose a repository">{host === "docker.io" ? "Its tags show here with platforms, size and age, and whether yours are behind. Search, or type a name such as nginx." : "Its tags show here with platforms, size and age, and whether yours are behind."}</Empty>
        </div>
      )}
    </div>
  );
}
