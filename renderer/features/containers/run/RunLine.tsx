import { useMemo } from "react";
import type { RunText } from "../../../lib/run/form.ts";
import { runLine } from "../../../lib/run/print.ts";
import { withoutSecrets } from "../../../lib/secrets.ts";
import { CommandLine } from "../../../ui/display/Copy.tsx";

/** The form as a line to copy. Secrets are copied, and not shown. */
export function RunLine({ text }: { readonly text: RunText }) {
  const line = useMemo(() => runLine(text), [text]);
  const shown = useMemo(() => runLine(withoutSecrets(text)), [text]);
  return <CommandLine command={line} shown={shown} />;
}
