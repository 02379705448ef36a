import { useEffect, useState } from "react";
import { composeFile } from "../../../lib/run/compose.ts";
import type { RunText } from "../../../lib/run/form.ts";
import { runLine } from "../../../lib/run/print.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { copyText } from "../../../ui/display/Copy.tsx";
import css from "./Run.module.css";

const saidMs = 1500;

/** The form to take along: as a line, and as a compose file. */
export function Copies({ text }: { readonly text: RunText }) {
  const [copied, setCopied] = useState<"run" | "compose">();
  useEffect(() => {
    if (copied === undefined) return;
    const timer = setTimeout(() => setCopied(undefined), saidMs);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <div className={css["left"]}>
      <Button size="small" variant="ghost" onClick={() => void copyText(runLine(text)).then(() => setCopied("run"))}>{copied === "run" ? "Copied" : "Copy as docker run"}</Button>
      <Button size="small" variant="ghost" onClick={() => void copyText(composeFile(text)).then(() => setCopied("compose"))}>{copied === "compose" ? "Copied" : "Copy as compose"}</Button>
    </div>
  );
}
