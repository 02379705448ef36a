import { useState, type ReactNode } from "react";
import { Button } from "../button/Button.tsx";

const few = 50;

/** A short list inside a card: of many rows the first ones, and the rest on demand. */
export function SomeRows<T>({ rows, className, children }: { readonly rows: readonly T[]; readonly className: string | undefined; readonly children: (row: T) => ReactNode }) {
  const [all, setAll] = useState(false);
  const shown = all || rows.length <= few + 5 ? rows : rows.slice(0, few);
  return (
    <>
      <ul className={className}>{shown.map(children)}</ul>
      {shown.length < rows.length && <p style={{ padding: "8px 0" }}><Button size="small" onClick={() => setAll(true)}>Show all {rows.length.toLocaleString("en")}</Button></p>}
    </>
  );
}
