import { Menu } from "@base-ui/react/menu";
import { useRef } from "react";
import { MenuItems, type MenuAction } from "./MenuItems.tsx";
import css from "./Overlay.module.css";

export interface MenuPlace {
  /** Where it opens, in pixels of the window. */
  readonly x: number;
  readonly y: number;
  readonly actions: readonly MenuAction[];
  /** Gets the focus back. */
  readonly from: HTMLElement | null;
}

/** A list of actions at the pointer, or below what has the focus. */
export function ContextMenu({ place, label, onClose }: { readonly place: MenuPlace | null; readonly label: string; readonly onClose: () => void }) {
  const last = useRef(place);
  if (place) last.current = place;
  const shown = last.current;
  if (!shown) return null;
  const anchor = { getBoundingClientRect: () => new DOMRect(shown.x, shown.y, 0, 0) };
  return (
    <Menu.Root open={place !== null} onOpenChange={(open) => { if (!open) onClose(); }}>
      <Menu.Portal role="region" aria-label={label}>
        <Menu.Positioner anchor={anchor} side="bottom" align="start" className={css["positioner"]}>
          <Menu.Popup className={css["menu"]} aria-label={label} finalFocus={() => shown.from ?? true}><MenuItems actions={shown.actions} /></Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
