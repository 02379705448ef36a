import { memo, useState, type MouseEvent, type ReactNode } from "react";
import { cx } from "../../lib/cx.ts";
import type { Column } from "./columns.ts";
import css from "./Table.module.css";

interface RowProps<T> {
  readonly id: string;
  readonly index: number;
  /** Distance from the top of the list in pixels. */
  readonly top: number;
  readonly row: T;
  readonly name: string;
  readonly columns: readonly Column<T>[];
  readonly template: string;
  readonly active: boolean;
  readonly selected: boolean;
  /** It is shown beside the list. */
  readonly opened: boolean;
  /** Why it cannot be selected. */
  readonly blocked: string | null;
  readonly gone: boolean;
  /** It stands under the heading of a group. */
  readonly grouped: boolean;
  readonly onToggle: (id: string, range: boolean) => void;
  readonly onClick: (event: MouseEvent, id: string) => void;
  readonly onFocus: (id: string) => void;
}

function RowView<T>(props: RowProps<T>): ReactNode {
  const { id, row, columns } = props;
  const [met, setMet] = useState(false);
  return (
    <div
      role="row"
      data-row={id}
      data-active={props.active || undefined}
      aria-rowindex={props.index + 2}
      aria-selected={props.selected}
      aria-current={props.opened || undefined}
      aria-label={props.name}
      aria-disabled={props.gone || undefined}
      tabIndex={props.active ? 0 : -1}
      className={cx(css["row"], props.gone && css["gone"], props.grouped && css["grouped"])}
      style={{ gridTemplateColumns: props.template, top: props.top }}
      onClick={(event) => props.onClick(event, id)}
      // Not when it is entered: it also is when the list moves below a pointer at rest.
      onMouseMove={() => setMet(true)}
      onFocus={() => {
        setMet(true);
        props.onFocus(id);
      }}
    >
      <div role="gridcell" className={css["tickCell"]}>
        <input
          type="checkbox"
          className={css["tick"]}
          aria-label={`Select ${props.name}${props.blocked === null ? "" : `: ${props.blocked}`}`}
          title={props.blocked ?? undefined}
          disabled={props.blocked !== null}
          checked={props.selected}
          tabIndex={-1}
          onChange={(event) => props.onToggle(id, event.nativeEvent instanceof MouseEventClass && event.nativeEvent.shiftKey)}
        />
      </div>
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={cx(css["cell"], column.align && css["end"], column.id === "actions" && css["rowActions"])}>{column.late && !met ? null : column.cell(row)}</div>
      ))}
    </div>
  );
}

const MouseEventClass = globalThis.MouseEvent;

/** One row; drawn again only when something it shows has changed. Handlers are left out of the comparison: they act on ids. */
export const Row = memo(RowView, (a, b) => a.row === b.row && a.top === b.top && a.index === b.index && a.columns === b.columns && a.template === b.template && a.active === b.active && a.selected === b.selected && a.opened === b.opened && a.blocked === b.blocked && a.gone === b.gone && a.grouped === b.grouped) as typeof RowView;
