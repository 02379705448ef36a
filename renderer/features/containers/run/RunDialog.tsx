import { ClipboardPaste, Eraser, Play } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { parseReference } from "../../../lib/reference.ts";
import { emptyRun } from "../../../lib/run/form.ts";
import { parseRunLine } from "../../../lib/run/parse.ts";
import { size } from "../../../lib/size.ts";
import { imagesStore } from "../../../stores/images.ts";
import { notice } from "../../../stores/notices.ts";
import { closeDialog, href, navigate, routeStore } from "../../../stores/route.ts";
import { cancelTransfer, transfersStore } from "../../../stores/transfers.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Bar } from "../../../ui/display/Bar.tsx";
import { Dialog } from "../../../ui/overlay/Dialog.tsx";
import { ContainerForm } from "./ContainerForm.tsx";
import { Copies } from "./Copies.tsx";
import { FormError } from "./FormError.tsx";
import { Notes } from "./Notes.tsx";
import { PasteLine } from "./PasteLine.tsx";
import { parseRun } from "./run-form.ts";
import { RunLine } from "./RunLine.tsx";
import { beginWith, replaceText, runStore, submit, type } from "./run-store.ts";
import css from "./Run.module.css";

/** Runs an image as a new container. */
export function RunDialog() {
  const dialog = useStore(routeStore, (route) => route.dialog);
  const open = dialog?.kind === "run";
  const asked = open ? dialog.image : "";
  const { text, touched, tried, phase, transfer: transferId, error } = useStore(runStore);
  const images = useStore(imagesStore, (state) => state.rows);
  const transfer = useStore(transfersStore, (state) => state.list.find((each) => each.id === transferId));
  const [pasting, setPasting] = useState(false);
  const [notes, setNotes] = useState<readonly string[]>([]);
  useEffect(() => beginWith(asked), [asked]);

  const { form, errors } = useMemo(() => parseRun(text), [text]);
  const here = useMemo(() => isHere(text.image.trim(), images.map((row) => row.reference), images.map((row) => row.id)), [text.image, images]);
  const pullFirst = form !== undefined && !here;

  async function run() {
    runStore.setState({ tried: true });
    if (!form || phase !== "idle") return;
    const created = await submit(form, pullFirst);
    if (!created) return;
    setNotes([]);
    if (created.warnings.length > 0) notice({ kind: "error", title: "The container runs, with a warning.", description: created.warnings.join("\n") });
    navigate(href.container(created.id, "logs"));
  }

  function fill(line: string): boolean {
    const parsed = parseRunLine(line);
    if ("error" in parsed) return false;
    replaceText(parsed.text);
    setNotes(parsed.notes);
    return true;
  }

  return (
    <Dialog
      open={open}
      onClose={closeDialog}
      width="wide"
      title="Run a container"
      pinned={<RunLine text={text} />}
      footer={
        <>
          {phase === "pulling" && transfer ? (
            <div className={css["progress"]}>
              <span className="num">Pulling, {size(transfer.downloadedBytes)}{transfer.totalBytes > 0 && ` of ${size(transfer.totalBytes)}`}</span>
              <Bar label="Pull" value={transfer.totalBytes ? transfer.downloadedBytes / transfer.totalBytes : undefined} />
            </div>
          ) : <Copies text={text} />}
          {phase === "pulling" && transferId !== undefined ? <Button onClick={() => cancelTransfer(transferId)}>Cancel pull</Button> : <Button onClick={closeDialog}>Cancel</Button>}
          <Button variant="primary" icon={<Play />} disabled={phase !== "idle" || (tried && !form)} onClick={() => void run()}>
            {phase === "starting" ? "Starting" : pullFirst ? "Pull and run" : "Run"}
          </Button>
        </>
      }
    >
      {pasting && <PasteLine onClose={() => setPasting(false)} onFill={(next, left) => { replaceText(next); setNotes(left); setPasting(false); }} />}
      <Notes notes={notes} onClose={() => setNotes([])} />
      <ContainerForm
        form={{ text, wrong: (path) => (tried || touched.has(path) ? errors[path] : undefined), type, active: open, image: here ? text.image.trim() : "", self: undefined, fill }}
        here={here}
        onSubmit={() => void run()}
        tools={
          <>
            {text !== emptyRun && <Button variant="ghost" size="small" icon={<Eraser />} disabled={phase !== "idle"} onClick={() => { replaceText(emptyRun); setNotes([]); }}>Clear</Button>}
            {!pasting && <Button size="small" icon={<ClipboardPaste />} onClick={() => setPasting(true)}>Paste docker run</Button>}
          </>
        }
      >
        {tried && !form && <p className={css["conflict"]} role="alert">{summary(errors)}</p>}
        <FormError error={error} />
      </ContainerForm>
    </Dialog>
  );
}

/** What keeps the form from being sent: the field may be folded or out of view. */
function summary(errors: Readonly<Record<string, string>>): string {
  const [first = "", ...rest] = Object.values(errors);
  return rest.length === 0 ? first : `${first} ${rest.length} more ${rest.length === 1 ? "field is" : "fields are"} wrong.`;
}

function isHere(image: string, references: readonly string[], ids: readonly string[]): boolean {
  const parsed = parseReference(image);
  if (/^[0-9a-f]{12,64}$/.test(image) && ids.some((id) => id.includes(image))) return true;
  return parsed.ok && references.some((each) => each === parsed.reference.familiar || each === image);
}
