import { Tooltip } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";
import { Keys } from "../display/Keys.tsx";
import css from "./Overlay.module.css";

export interface TipProps {
  readonly text: ReactNode;
  readonly shortcut?: string | undefined;
  readonly side?: "top" | "bottom" | "left" | "right";
  readonly children: ReactElement<Record<string, unknown>>;
}

/** A tooltip over any one element. It repeats or completes a label, it never carries the only copy of one. */
export function Tip({ text, shortcut, side = "top", children }: TipProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={children} />
      <Tooltip.Portal>
        <Tooltip.Positioner side={side} sideOffset={6} className={css["positioner"]}>
          <Tooltip.Popup className={css["tip"]}>
            {text}
            {shortcut && <Keys combo={shortcut} />}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
