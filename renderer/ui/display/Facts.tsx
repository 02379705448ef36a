import { Fragment, type ReactNode } from "react";
import css from "./Display.module.css";

/** Names and values in two columns. Rows without a value are left out. */
export function Facts({ rows }: { readonly rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={css["facts"]}>
      {rows.filter(([, value]) => value !== undefined && value !== null && value !== "").map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** A bordered group with a heading. */
export function Card({ title, actions, children }: { readonly title: string; readonly actions?: ReactNode; readonly children: ReactNode }) {
  return (
    <section className={css["card"]} aria-label={title}>
      <header className={css["cardHead"]}><h2 style={{ flex: 1 }}>{title}</h2>{actions}</header>
      <div className={css["cardBody"]}>{children}</div>
    </section>
  );
}

/** Cards in as many columns as fit, each as tall as what it holds. */
export function Cards({ children }: { readonly children: ReactNode }) {
  return <div className={css["stack"]}>{children}</div>;
}
