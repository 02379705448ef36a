import { CirclePause, TriangleAlert } from "lucide-react";
import { useState, type ReactNode } from "react";
import { cx } from "../../lib/cx.ts";
import { CopyButton } from "../display/Copy.tsx";
import css from "./Feedback.module.css";

export interface ProblemProps {
  /** What happened, one sentence with the value. */
  readonly title: string;
  /** Why, where it is known. */
  readonly cause?: ReactNode;
  /** Buttons that help. */
  readonly actions?: ReactNode;
  /** What the tool said, shown on demand. */
  readonly raw?: string | undefined;
  readonly fill?: boolean;
  /** Nothing is wrong, something is merely off: no alarm. */
  readonly calm?: boolean;
  /** More help, between the cause and the buttons. */
  readonly children?: ReactNode;
}

/** An error in its place: what happened, why, and what helps. */
export function Problem({ title, cause, actions, raw, fill = false, calm = false, children }: ProblemProps) {
  const [open, setOpen] = useState(false);
  const Icon = calm ? CirclePause : TriangleAlert;
  return (
    <div className={cx(css["problem"], fill && css["problemFill"], calm && css["calm"])} role={calm ? "status" : "alert"}>
      <Icon className={css["problemIcon"]} size={fill ? 28 : 16} aria-hidden="true" />
      <div className={css["problemText"]}>
        <p className={css["problemTitle"]}>{title}</p>
        {cause && <p className={css["cause"]}>{cause}</p>}
        {children && <div className={css["more"]}>{children}</div>}
        {(actions || raw) && (
          <div className={css["actions"]}>
            {actions}
            {raw && <button type="button" className={css["link"]} aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide details" : "Details"}</button>}
          </div>
        )}
        {raw && open && <div className={css["raw"]}><pre className="mono">{raw}</pre><CopyButton text={raw} label="Copy details" always /></div>}
      </div>
    </div>
  );
}
