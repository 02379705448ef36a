import { useState } from "react";
import { Button } from "../../ui/button/Button.tsx";
import { Field, Input, Select } from "../../ui/field/Field.tsx";
import { Dialog } from "../../ui/overlay/Dialog.tsx";
import type { LogSession } from "./session.ts";
import css from "./Logs.module.css";

const minute = 60_000;
const options = [
  { value: "", label: "Any time" },
  { value: String(5 * minute), label: "Last 5 min" },
  { value: String(60 * minute), label: "Last hour" },
  { value: String(24 * 60 * minute), label: "Last 24 h" },
  { value: "custom", label: "Choose times" },
];

/** From when to when lines are shown. */
export function SpanSelect({ session }: { readonly session: LogSession }) {
  const [choice, setChoice] = useState("");
  const [open, setOpen] = useState(false);
  function choose(value: string) {
    if (value === "custom") {
      setOpen(true);
      return;
    }
    setChoice(value);
    session.reopen(value === "" ? {} : { since: new Date(Date.now() - Number(value)).toISOString() });
  }
  return (
    <>
      <Select aria-label="Time span" className={css["small"] ?? ""} options={options} value={session.span.since === undefined && session.span.until === undefined ? "" : choice} onChange={(event) => choose(event.target.value)} />
      {open && <SpanDialog session={session} onClose={() => setOpen(false)} onDone={() => { setChoice("custom"); setOpen(false); }} />}
    </>
  );
}

function SpanDialog({ session, onClose, onDone }: { readonly session: LogSession; readonly onClose: () => void; readonly onDone: () => void }) {
  const [since, setSince] = useState(toLocal(session.span.since));
  const [until, setUntil] = useState(toLocal(session.span.until));
  const wrong = since !== "" && until !== "" && since >= until ? "It must be later than the beginning." : undefined;
  function apply() {
    if (wrong) return;
    session.reopen({ since: fromLocal(since), until: fromLocal(until) });
    onDone();
  }
  return (
    <Dialog
      open onClose={onClose} title="Choose times" width="narrow" description="Lines printed in between are shown, in your own time zone. Leave a field empty for no limit."
      footer={<><Button onClick={onClose}>Cancel</Button><Button variant="primary" disabled={wrong !== undefined} onClick={apply}>Show</Button></>}
    >
      <form className={css["form"]} onSubmit={(event) => { event.preventDefault(); apply(); }}>
        <Field label="From">{(props) => <Input {...props} type="datetime-local" step={1} value={since} onChange={(event) => setSince(event.target.value)} />}</Field>
        <Field label="To" error={wrong}>{(props) => <Input {...props} type="datetime-local" step={1} value={until} onChange={(event) => setUntil(event.target.value)} />}</Field>
      </form>
    </Dialog>
  );
}

/** As the browser's field writes it. */
function toLocal(time: string | undefined): string {
  if (time === undefined) return "";
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * minute).toISOString().slice(0, 19);
}

function fromLocal(text: string): string | undefined {
  return text === "" ? undefined : new Date(text).toISOString();
}
