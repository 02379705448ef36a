import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useRef, type ReactNode } from "react";
import { cx } from "../../lib/cx.ts";
import css from "./Overlay.module.css";

export interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly description?: ReactNode;
  /** Stays in view between the body and the footer. */
  readonly pinned?: ReactNode;
  readonly footer?: ReactNode;
  readonly width?: "narrow" | "normal" | "wide";
  readonly children?: ReactNode;
  readonly alert?: boolean;
  /** Nothing to fill in: the focus goes to the dialog itself, not to its first button. */
  readonly reading?: boolean;
}

/** A modal window with a title, a body that scrolls and a footer that stays. Escape and the cross close it. */
export function Dialog({ open, onClose, title, description, pinned, footer, width = "normal", children, alert = false, reading = false }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} onOpenChange={(next) => { if (!next) onClose(); }} disablePointerDismissal={alert}>
      <Base.Portal>
        <Base.Backdrop className={css["backdrop"]} />
        <Base.Viewport className={css["viewport"]}>
          <Base.Popup ref={popup} initialFocus={reading ? popup : undefined} className={cx(css["dialog"], css[width])} role={alert ? "alertdialog" : "dialog"}>
            <header className={css["head"]}>
              <Base.Title className={cx(css["title"], "cut")}>{title}</Base.Title>
              <Base.Close className={css["close"]} aria-label="Close"><X size={16} /></Base.Close>
            </header>
            {description && <Base.Description className={css["description"]} render={<div />}>{description}</Base.Description>}
            {children && <div className={css["body"]}>{children}</div>}
            {pinned && <div className={css["pinned"]}>{pinned}</div>}
            {footer && <footer className={css["foot"]}>{footer}</footer>}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}
