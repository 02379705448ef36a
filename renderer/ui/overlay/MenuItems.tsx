import { Menu } from "@base-ui/react/menu";
import type { ReactNode } from "react";
import { cx } from "../../lib/cx.ts";
import { Keys } from "../display/Keys.tsx";
import css from "./Overlay.module.css";

export interface MenuAction {
  readonly label: string;
  readonly icon?: ReactNode;
  readonly shortcut?: string | undefined;
  readonly danger?: boolean;
  readonly disabled?: boolean | undefined;
  /** Draws a line above. */
  readonly apart?: boolean;
  readonly run: () => void;
}

/** A list of actions, inside a menu. */
export function MenuItems({ actions }: { readonly actions: readonly MenuAction[] }) {
  return actions.map((action) => (
    <Menu.Item key={action.label} disabled={action.disabled} onClick={action.run} className={cx(css["item"], action.danger && css["itemDanger"], action.apart && css["apart"])}>
      {action.icon}
      <span className={cx(css["itemLabel"], "cut")}>{action.label}</span>
      {action.shortcut && <Keys combo={action.shortcut} />}
    </Menu.Item>
  ));
}
