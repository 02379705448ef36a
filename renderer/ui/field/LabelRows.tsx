import { emptyLabel, type LabelText } from "../../lib/labels.ts";
import { Input } from "./Field.tsx";
import { Cell, Rows } from "./Rows.tsx";
import css from "./Field.module.css";

export interface LabelRowsProps {
  readonly rows: readonly LabelText[];
  /** What is wrong with a field, by its path `labels.0.name`. */
  readonly wrong: (path: string) => string | undefined;
  readonly onChange: (rows: readonly LabelText[]) => void;
  /** A field was typed into or left. */
  readonly onTouch: (path: string) => void;
}

/** Labels of an object: names with values. */
export function LabelRows({ rows, wrong, onChange, onTouch }: LabelRowsProps) {
  return (
    <Rows label="Labels" noun="label" rows={rows} blank={emptyLabel} onChange={onChange}>
      {(row, index, change) => {
        const path = `labels.${index}.name`;
        return (
          <>
            <Cell width="first" error={wrong(path)}>
              <Input mono aria-label={`Label name ${index + 1}`} placeholder="Name" value={row.name} aria-invalid={wrong(path) !== undefined} onChange={(event) => { change({ name: event.target.value }); onTouch(path); }} onBlur={() => onTouch(path)} />
            </Cell>
            <span className={css["between"]} aria-hidden="true">=</span>
            <Cell><Input mono aria-label={`Label value ${index + 1}`} placeholder="Value" value={row.value} onChange={(event) => change({ value: event.target.value })} /></Cell>
          </>
        );
      }}
    </Rows>
  );
}
