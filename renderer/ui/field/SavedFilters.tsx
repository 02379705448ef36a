import { X } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Button, IconButton } from "../button/Button.tsx";
import { Input } from "./Field.tsx";
import css from "./SavedFilters.module.css";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export interface SavedFiltersProps<T extends { readonly name: string }> {
  readonly saved: readonly T[];
  /** What would be saved under a name; undefined while nothing is filtered. */
  readonly now: Omit<T, "name"> | undefined;
  /** A filter in the words of its search. */
  readonly words: (saved: T) => string;
  readonly onApply: (saved: T) => void;
  readonly onSave: (saved: readonly T[]) => void;
}

/** Filters of a list that were given a name: to use, to keep one more, to forget. */
export function SavedFilters<T extends { readonly name: string }>({ saved, now, words, onApply, onSave }: SavedFiltersProps<T>) {
  const [name, setName] = useState("");
  const trimmed = name.trim();
  function save(event: FormEvent): void {
    event.preventDefault();
    if (trimmed === "" || now === undefined) return;
    onSave([...saved.filter((each) => each.name !== trimmed), { ...now, name: trimmed } as T].sort((a, b) => names.compare(a.name, b.name)));
    setName("");
  }
  return (
    <>
      <form className={css["save"]} onSubmit={save}>
        <Input aria-label="Name for this filter" placeholder="Name for this filter" value={name} maxLength={60} disabled={now === undefined} onChange={(event) => setName(event.target.value)} />
        <Button type="submit" disabled={trimmed === "" || now === undefined}>Save</Button>
      </form>
      {saved.length > 0 && (
        <ul className={css["saved"]} aria-label="Saved filters">
          {saved.map((each) => (
            <li key={each.name} className={css["savedRow"]}>
              <button type="button" className={css["savedApply"]} aria-label={`Filter ${each.name}`} onClick={() => onApply(each)}><span className="cut">{each.name}</span><span className="mono cut">{words(each)}</span></button>
              <IconButton label={`Forget ${each.name}`} tip="Forget" onClick={() => onSave(saved.filter((other) => other !== each))}><X /></IconButton>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
