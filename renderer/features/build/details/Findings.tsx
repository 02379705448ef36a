import { useState } from "react";
import type { BuildDiagnostic } from "../../../../electron/ipc/contract/builds.ts";
import { plural } from "../../../lib/time.ts";
import { Button } from "../../../ui/button/Button.tsx";
import css from "../Build.module.css";

const few = 3;

/** What the build checks found, each with its line and rule. */
export function Warnings({ warnings }: { readonly warnings: readonly BuildDiagnostic[] }) {
  const [all, setAll] = useState(false);
  if (warnings.length === 0) return null;
  const shown = all ? warnings : warnings.slice(0, few);
  return (
    <section className={css["warnings"]} aria-label={plural(warnings.length, "warning")}>
      <ul>
        {shown.map((warning, index) => (
          <li key={index}>
            <span className={css["line"]}>Line {warning.range.start.line}</span>
            <span>{warning.message}{warning.help && <span className="quiet"> {warning.help}</span>}</span>
            <span className={css["rule"]}>{warning.rule}</span>
          </li>
        ))}
      </ul>
      {warnings.length > few && <Button size="small" variant="ghost" onClick={() => setAll(!all)}>{all ? "Show fewer" : `Show all ${warnings.length}`}</Button>}
    </section>
  );
}
