import { useRef, type ReactNode } from "react";
import css from "./Tabs.module.css";

export interface TabsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly tabs: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
  readonly end?: ReactNode;
}

/** The tabs of a page. The panel is drawn by the page, inside a TabPanel with the same value. */
export function Tabs<T extends string>({ label, value, tabs, onChange, end }: TabsProps<T>) {
  const list = useRef<HTMLDivElement>(null);
  function move(step: number) {
    const at = tabs.findIndex((tab) => tab.value === value);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    onChange(next.value);
    list.current?.querySelector<HTMLElement>(`#tab-${next.value}`)?.focus();
  }
  return (
    <div className={css["bar"]}>
      <div
        ref={list}
        role="tablist"
        aria-label={label}
        className={css["tabs"]}
        onKeyDown={(event) => {
          if (event.key === "ArrowRight") move(1);
          else if (event.key === "ArrowLeft") move(-1);
        }}
      >
        {tabs.map((tab) => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`tab-${tab.value}`}
            aria-selected={tab.value === value}
            aria-controls={tab.value === value ? `panel-${tab.value}` : undefined}
            tabIndex={tab.value === value ? 0 : -1}
            className={css["tab"]}
            onClick={() => onChange(tab.value)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      {end}
    </div>
  );
}

/** The content of the tab that is open. */
export function TabPanel({ value, children }: { readonly value: string; readonly children: ReactNode }) {
  return <div role="tabpanel" id={`panel-${value}`} aria-labelledby={`tab-${value}`} className={css["panel"]}>{children}</div>;
}
