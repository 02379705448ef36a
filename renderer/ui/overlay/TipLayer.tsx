import { Tooltip } from "@base-ui/react/tooltip";
import { useStore } from "zustand";
import { Keys } from "../display/Keys.tsx";
import { hide, leave, stay, tipStore } from "./tips.ts";
import css from "./Overlay.module.css";

/** Draws the tooltip of whichever element has one now. Once in the window. Not for screen readers: they have the labels that it repeats. */
export function TipLayer() {
  const { open, anchor, content } = useStore(tipStore);
  if (!anchor || !content) return null;
  const { text, shortcut, side } = content;
  return (
    <Tooltip.Root open={open} onOpenChange={(stays) => !stays && hide()}>
      <Tooltip.Portal>
        <Tooltip.Positioner aria-hidden="true" anchor={anchor} side={side} sideOffset={6} className={css["positioner"]}>
          <Tooltip.Popup className={css["tip"]} onPointerEnter={stay} onPointerLeave={leave}>
            {typeof text === "function" ? text() : text}
            {shortcut && <Keys combo={shortcut} />}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
