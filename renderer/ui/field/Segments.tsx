import { useRef } from "react";
import css from "./Field.module.css";

export interface SegmentsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string; readonly count?: number | undefined }[];
  readonly onChange: (value: T) => void;
}

/** One of two to four choices, all visible. A radio group: arrow keys move the choice. */
export function Segments<T extends string>({ label, value, options, onChange }: SegmentsProps<T>) {
  const group = useRef<HTMLDivElement>(null);
  function move(step: number) {
    const at = options.findIndex((option) => option.value === value);
    const next = options[(at + step + options.length) % options.length];
    if (!next) return;
    onChange(next.value);
    group.current?.querySelector<HTMLElement>(`[data-value="${next.value}"]`)?.focus();
  }
  return (
    <div
      ref={group}
      className={css["segments"]}
      role="radiogroup"
      aria-label={label}
      onKeyDown={(event) => {
        if (event.key === "ArrowRight" || event.key === "ArrowDown") move(1);
        else if (event.key === "ArrowLeft" || event.key === "ArrowUp") move(-1);
        else return;
        event.preventDefault();
      }}
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          data-value={option.value}
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          className={css["segment"]}
          onClick={() => onChange(option.value)}
        >
          {option.label}
          {option.count !== undefined && <span className={`${css["count"]} num`}>{option.count.toLocaleString("en")}</span>}
        </button>
      ))}
    </div>
  );
}
