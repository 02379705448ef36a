import { ChevronRight } from "lucide-react";
import type { MouseEvent, ReactNode } from "react";
import { cx } from "../../lib/cx.ts";
import css from "./Table.module.css";

export interface GroupRowProps {
  readonly id: string;
  readonly index: number;
  readonly top: number;
  readonly name: string;
  readonly open: boolean;
  readonly active: boolean;
  readonly selected: "none" | "some" | "all";
  readonly heading: ReactNode;
  readonly onFold: () => void;
  readonly onToggle: (id: string, range: boolean) => void;
  readonly onClick: (event: MouseEvent, id: string) => void;
  readonly onFocus: (id: string) => void;
}

/** The heading of rows that belong together. */
export function GroupRow(props: GroupRowProps) {
  const { id, name, open } = props;
  return (
    <div
      role="row"
      data-row={id}
      data-active={props.active || undefined}
      aria-rowindex={props.index + 2}
      aria-label={`Group ${name}`}
      tabIndex={props.active ? 0 : -1}
      className={cx(css["row"], css["group"])}
      style={{ top: props.top }}
      onClick={(event) => props.onClick(event, id)}
      onFocus={() => props.onFocus(id)}
    >
      <div role="gridcell" className={css["tickCell"]}>
        <input
          type="checkbox"
          className={css["tick"]}
          aria-label={`Select all of ${name}`}
          checked={props.selected === "all"}
          ref={(box) => { if (box) box.indeterminate = props.selected === "some"; }}
          tabIndex={-1}
          onChange={() => props.onToggle(id, false)}
        />
      </div>
      <div role="gridcell" className={css["groupCell"]}>
        <button type="button" className={css["fold"]} aria-expanded={open} aria-label={`${open ? "Close" : "Open"} ${name}`} tabIndex={-1} onClick={props.onFold}><ChevronRight data-open={open || undefined} aria-hidden="true" /></button>
        <span className={`${css["groupName"]} cut`} title={name.length > 40 ? name : undefined}>{name}</span>
        {props.heading}
      </div>
    </div>
  );
}
