import type { ReactNode } from "react";
import css from "./Layout.module.css";

export interface ScreenProps {
  readonly title: string;
  readonly count?: number | undefined;
  /** Search and filters, after the title. */
  readonly tools?: ReactNode;
  /** The primary action, at the right. */
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** One screen: header with title, count, tools and primary action, then the content. */
export function Screen({ title, count, tools, action, children }: ScreenProps) {
  return (
    <main className={css["screen"]} aria-label={title}>
      <header className={css["header"]}>
        <h1 className={css["title"]}>{title}{count !== undefined && <span className={css["count"]}>{count.toLocaleString("en")}</span>}</h1>
        <div className={css["tools"]}>{tools}</div>
        {action}
      </header>
      {children}
    </main>
  );
}
