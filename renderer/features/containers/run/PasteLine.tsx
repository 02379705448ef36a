import { useState } from "react";
import { parseRunLine } from "../../../lib/run/parse.ts";
import type { RunText } from "../../../lib/run/form.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Field, TextArea } from "../../../ui/field/Field.tsx";
import css from "./Run.module.css";

export interface PasteLineProps {
  readonly onFill: (text: RunText, notes: readonly string[]) => void;
  readonly onClose: () => void;
}

/** Takes a `docker run` line and fills the form with it. */
export function PasteLine({ onFill, onClose }: PasteLineProps) {
  const [line, setLine] = useState("");
  const [error, setError] = useState<string>();
  function fill() {
    const parsed = parseRunLine(line);
    if ("error" in parsed) setError(parsed.error);
    else onFill(parsed.text, parsed.notes);
  }
  return (
    <div className={css["paste"]}>
      <Field label="A docker run line" error={error} hint="It replaces what the form has now.">
        {(props) => <TextArea {...props} autoFocus rows={4} placeholder={"docker run -d --name web -p 8080:80 \\\n  -e MODE=production nginx:alpine"} value={line} onChange={(event) => { setLine(event.target.value); setError(undefined); }} />}
      </Field>
      <div className={css["pasteActions"]}>
        <Button size="small" onClick={onClose}>Cancel</Button>
        <Button size="small" variant="primary" disabled={line.trim() === ""} onClick={fill}>Fill the form</Button>
      </div>
    </div>
  );
}
