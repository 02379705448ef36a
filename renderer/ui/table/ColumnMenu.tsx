import { Menu } from "@base-ui/react/menu";
import { Check, Columns3 } from "lucide-react";
import { IconButton } from "../button/Button.tsx";
import overlay from "../overlay/Overlay.module.css";
import { plainLayout, type Column, type TableLayout } from "./columns.ts";

export interface ColumnMenuProps<T> {
  readonly columns: readonly Column<T>[];
  readonly visible: readonly Column<T>[];
  readonly layout: TableLayout;
  readonly onLayout: (layout: TableLayout) => void;
}

/** Chooses the columns of a list. */
export function ColumnMenu<T>({ columns, visible, layout, onLayout }: ColumnMenuProps<T>) {
  const on = new Set(visible.map((column) => column.id));
  return (
    <Menu.Root>
      <Menu.Trigger render={<IconButton label="Columns"><Columns3 /></IconButton>} />
      <Menu.Portal role="region" aria-label="Columns">
        <Menu.Positioner align="end" sideOffset={4} className={overlay["positioner"]}>
          <Menu.Popup className={overlay["menu"]}>
            {columns.filter((column) => !column.fixed && !column.always).map((column) => (
              <Menu.CheckboxItem key={column.id} className={overlay["item"]} checked={on.has(column.id)} closeOnClick={false} onCheckedChange={(checked) => onLayout({ ...layout, shown: { ...layout.shown, [column.id]: checked } })}>
                <span className={overlay["itemLabel"]}>{column.header}</span>
                <Menu.CheckboxItemIndicator><Check /></Menu.CheckboxItemIndicator>
              </Menu.CheckboxItem>
            ))}
            <Menu.Item className={`${overlay["item"]} ${overlay["apart"]}`} disabled={layout === plainLayout || (Object.keys(layout.shown).length === 0 && Object.keys(layout.widths).length === 0)} onClick={() => onLayout(plainLayout)}>
              <span className={overlay["itemLabel"]}>As they were</span>
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
