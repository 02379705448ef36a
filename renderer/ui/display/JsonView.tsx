import { useMemo } from "react";
import { jsonTokens } from "../../lib/json-tokens.ts";
import { CopyButton } from "./Copy.tsx";
import css from "./JsonView.module.css";

/** A daemon's own answer, printed and coloured, with a button that copies all of it. */
export function JsonView({ value, label = "Inspect" }: { readonly value: object; readonly label?: string }) {
  const text = useMemo(() => JSON.stringify(value, null, 2), [value]);
  const tokens = useMemo(() => jsonTokens(text), [text]);
  return (
    <div className={css["inspect"]}>
      <div className={css["copy"]}><CopyButton text={text} label="Copy JSON" always /></div>
      <pre className={css["json"]} tabIndex={0} aria-label={label}>{tokens.map((token, index) => (token.kind === "plain" ? token.text : <span key={index} className={css[token.kind]}>{token.text}</span>))}</pre>
    </div>
  );
}
