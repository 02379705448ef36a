import { Search } from "lucide-react";
import type { ReactNode } from "react";
import { href, navigate } from "../../stores/route.ts";
import { Input } from "../../ui/field/Field.tsx";
import { familiarRepository, typedRepository } from "./repositories.ts";
import css from "./Registries.module.css";

/** One repository, to open. */
export function RepositoryItem({ host, name, current, mark, children }: { readonly host: string; readonly name: string; readonly current: boolean; readonly mark?: ReactNode; readonly children?: ReactNode }) {
  return (
    <a className={css["item"]} href={href.registry(host, "repositories", name)} aria-current={current ? "true" : undefined} draggable={false}>
      <span className={css["itemName"]}><span className="cut" title={name.length > 26 ? name : undefined}>{host === "docker.io" ? familiarRepository(host, name) : name}</span>{mark !== undefined && mark !== "" && <span className={css["mark"]}>{mark}</span>}</span>
      {children}
    </a>
  );
}

/** Narrows the list; Enter opens the repository that is typed, also one that is on no list. */
export function RepositoryField({ host, value, label, onChange, onEnter }: { readonly host: string; readonly value: string; readonly label: string; readonly onChange: (text: string) => void; readonly onEnter?: () => void }) {
  return (
    <form
      className={css["field"]}
      role="search"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        if (onEnter) return onEnter();
        const typed = typedRepository(host, value);
        if (typed !== undefined) navigate(href.registry(host, "repositories", typed));
      }}
    >
      <Search aria-hidden="true" />
      <Input type="search" data-search mono={host !== "docker.io"} aria-label={label} placeholder={label} value={value} onChange={(event) => onChange(event.target.value)} />
    </form>
  );
}
