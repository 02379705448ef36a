import { Menu } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
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

export interface MenuButtonProps {
  readonly trigger: ReactElement<Record<string, unknown>>;
  readonly actions: readonly MenuAction[];
  readonly align?: "start" | "end";
}

/** A button that opens a list of actions. */
export function MenuButton({ trigger, actions, align = "end" }: MenuButtonProps) {
  return (
    <Menu.Root>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner align={align} sideOffset={4} className={css["positioner"]}>
          <Menu.Popup className={css["menu"]}>
            {actions.map((action) => (
              <Menu.Item key={action.label} disabled={action.disabled} onClick={action.run} className={cx(css["item"], action.danger && css["itemDanger"], action.apart && css["apart"])}>
                {action.icon}
                <span className={cx(css["itemLabel"], "cut")}>{action.label}</span>
                {action.shortcut && <Keys combo={action.shortcut} />}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
