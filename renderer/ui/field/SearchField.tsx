import { Search, X } from "lucide-react";
import { useRef } from "react";
import { Keys } from "../display/Keys.tsx";
import { Input } from "./Field.tsx";
import css from "./Field.module.css";

export interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Narrows a list. `/` brings the focus here, Escape empties it. */
export function SearchField({ label, value, onChange }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className={css["search"]} role="search" aria-label={label}>
      <Search aria-hidden="true" />
      <Input
        ref={input}
        type="search"
        data-search
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          if (value) onChange("");
          else input.current?.blur();
        }}
      />
      <span className={css["searchEnd"]}>
        {value ? (
          <button type="button" className={css["clear"]} aria-label="Clear search" onClick={() => { onChange(""); input.current?.focus(); }}><X size={13} /></button>
        ) : (
          <span aria-hidden="true"><Keys combo="/" /></span>
        )}
      </span>
    </div>
  );
}
