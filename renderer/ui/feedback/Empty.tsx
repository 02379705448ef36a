import type { ReactNode } from "react";
import { CommandLine } from "../display/Copy.tsx";
import css from "./Feedback.module.css";

export interface EmptyProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
  /** One line to copy that does the same from a terminal. */
  readonly command?: string;
}

/** What a screen is for, when there is nothing in it yet. */
export function Empty({ icon, title, children, action, command }: EmptyProps) {
  return (
    <div className={css["empty"]}>
      <div className={css["emptyIcon"]} aria-hidden="true">{icon}</div>
      <h2 className={css["emptyTitle"]}>{title}</h2>
      <p className={css["emptyText"]}>{children}</p>
      {action && <div className={css["actions"]}>{action}</div>}
      {command && <div className={css["emptyCommand"]}><CommandLine command={command} label="Same from a terminal" /></div>}
    </div>
  );
}
