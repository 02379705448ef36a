import type { ContainerInspectInfo } from "dockerode";
import { useMemo } from "react";
import { CopyButton } from "../../../ui/display/Copy.tsx";
import { jsonTokens } from "./json.ts";
import css from "./Details.module.css";

/** The engine's own answer, as `docker inspect` prints it. */
export function Inspect({ info }: { readonly info: ContainerInspectInfo }) {
  const text = useMemo(() => JSON.stringify(info, null, 2), [info]);
  const tokens = useMemo(() => jsonTokens(text), [text]);
  return (
    <div className={css["inspect"]}>
      <div className={css["inspectCopy"]}><CopyButton text={text} label="Copy JSON" always /></div>
      <pre className={css["json"]} tabIndex={0} aria-label="Inspect">{tokens.map((token, index) => (token.kind === "plain" ? token.text : <span key={index} className={css[token.kind]}>{token.text}</span>))}</pre>
    </div>
  );
}
