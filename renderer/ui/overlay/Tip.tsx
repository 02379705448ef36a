import { cloneElement, type FocusEvent, type PointerEvent, type ReactElement } from "react";
import { approach, hide, leave, show, type TipContent } from "./tips.ts";

export interface TipProps {
  readonly text: TipContent["text"];
  readonly shortcut?: string | undefined;
  readonly side?: TipContent["side"];
  readonly children: ReactElement<Handlers>;
}

interface Handlers {
  readonly onPointerEnter?: (event: PointerEvent) => void;
  readonly onPointerLeave?: (event: PointerEvent) => void;
  readonly onPointerDown?: (event: PointerEvent) => void;
  readonly onFocus?: (event: FocusEvent) => void;
  readonly onBlur?: (event: FocusEvent) => void;
}

/** A tooltip over any one element. It repeats or completes a label, it never carries the only copy of one. */
export function Tip({ text, shortcut, side = "top", children }: TipProps) {
  const { onPointerEnter, onPointerLeave, onPointerDown, onFocus, onBlur } = children.props;
  const content = { text, shortcut, side };
  return cloneElement(children, {
    onPointerEnter(event) {
      onPointerEnter?.(event);
      if (event.pointerType !== "touch") approach(event.currentTarget, content);
    },
    onPointerLeave(event) {
      onPointerLeave?.(event);
      leave();
    },
    onPointerDown(event) {
      onPointerDown?.(event);
      hide();
    },
    onFocus(event) {
      onFocus?.(event);
      if (event.currentTarget.matches(":focus-visible")) show(event.currentTarget, content);
    },
    onBlur(event) {
      onBlur?.(event);
      hide();
    },
  });
}
