import { Menu } from "@base-ui/react/menu";
import type { ReactElement } from "react";
import { MenuItems, type MenuAction } from "./MenuItems.tsx";
import css from "./Overlay.module.css";

export type { MenuAction } from "./MenuItems.tsx";

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
      <Menu.Portal role="region" aria-label="Menu">
        <Menu.Positioner align={align} sideOffset={4} className={css["positioner"]}>
          <Menu.Popup className={css["menu"]}><MenuItems actions={actions} /></Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
