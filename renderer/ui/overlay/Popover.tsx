import { Popover as Base } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";
import css from "./Overlay.module.css";

export interface PopoverProps {
  readonly trigger: ReactElement<Record<string, unknown>>;
  readonly label: string;
  readonly align?: "start" | "end";
  readonly children: ReactNode;
}

/** Something small to fill in, beside the button that opens it. Escape and a click elsewhere close it. */
export function Popover({ trigger, label, align = "end", children }: PopoverProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={6} className={css["positioner"]}>
          <Base.Popup className={css["popover"]} aria-label={label}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
