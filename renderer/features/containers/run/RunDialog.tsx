import { Play } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useStore } from "zustand";
import { findHint } from "../../../../electron/ipc/errors.ts";
import { parseReference } from "../../../lib/reference.ts";
import { size } from "../../../lib/size.ts";
import { imagesStore } from "../../../stores/images.ts";
import { notice } from "../../../stores/notices.ts";
import { helpFor } from "../../../stores/report.ts";
import { closeDialog, href, navigate, routeStore } from "../../../stores/route.ts";
import { cancelTransfer, transfersStore } from "../../../stores/transfers.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Bar } from "../../../ui/display/Bar.tsx";
import { CommandLine } from "../../../ui/display/Copy.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Check, Field, Input, Select } from "../../../ui/field/Field.tsx";
import { Dialog } from "../../../ui/overlay/Dialog.tsx";
import { EnvRows, PortRows, VolumeRows } from "./RunRows.tsx";
import { parseRun, type Restart } from "./run-form.ts";
import { runLine } from "./run-line.ts";
import { beginWith, runStore, submit, type } from "./run-store.ts";
import css from "./Run.module.css";

const restarts: readonly { value: Restart; label: string }[] = [
  { value: "no", label: "Never" },
  { value: "on-failure", label: "When it fails" },
  { value: "unless-stopped", label: "Always, unless stopped" },
  { value: "always", label: "Always" },
];

/** Runs an image as a new container. */
export function RunDialog() {
  const dialog = useStore(routeStore, (route) => route.dialog);
  const open = dialog?.kind === "run";
  const asked = open ? dialog.image : "";
  const { text, touched, tried, phase, transfer: transferId, error } = useStore(runStore);
  const images = useStore(imagesStore, (state) => state.rows);
  const transfer = useStore(transfersStore, (state) => state.list.find((each) => each.id === transferId));
  useEffect(() => beginWith(asked), [asked]);

  const { form, errors } = useMemo(() => parseRun(text), [text]);
  const line = useMemo(() => runLine(text), [text]);
  const here = useMemo(() => isHere(text.image.trim(), images.map((row) => row.reference), images.map((row) => row.id)), [text.image, images]);
  const wrong = (path: string) => (tried || touched.has(path) ? errors[path] : undefined);
  const pullFirst = form !== undefined && !here;

  async function run() {
    runStore.setState({ tried: true });
    if (!form || phase !== "idle") return;
    const created = await submit(form, pullFirst);
    if (!created) return;
    if (created.warnings.length > 0) notice({ kind: "error", title: "The container runs, with a warning.", description: created.warnings.join("\n") });
    navigate(href.container(created.id, "logs"));
  }

  const held = error && findHint(error, "portInUse");
  return (
    <Dialog
      open={open}
      onClose={closeDialog}
      width="wide"
      title="Run a container"
      pinned={<CommandLine command={line} />}
      footer={
        <>
          <div className={css["progress"]}>
            {phase === "pulling" && transfer && (
              <>
                <span className="num">Pulling, {size(transfer.downloadedBytes)}{transfer.totalBytes > 0 && ` of ${size(transfer.totalBytes)}`}</span>
                <Bar label="Pull" value={transfer.totalBytes ? transfer.downloadedBytes / transfer.totalBytes : undefined} />
              </>
            )}
          </div>
          {phase === "pulling" && transferId !== undefined ? <Button onClick={() => cancelTransfer(transferId)}>Cancel pull</Button> : <Button onClick={closeDialog}>Cancel</Button>}
          <Button variant="primary" icon={<Play />} disabled={phase !== "idle" || (tried && !form)} onClick={() => void run()}>
            {phase === "starting" ? "Starting" : pullFirst ? "Pull and run" : "Run"}
          </Button>
        </>
      }
    >
      <form className={css["form"]} onSubmit={(event) => { event.preventDefault(); void run(); }}>
        <div className={css["two"]}>
          <Field label="Image" error={wrong("image")} hint={text.image.trim() && !errors["image"] && !here ? "Not on this machine: it is pulled first." : undefined}>
            {(props) => <Input {...props} mono autoFocus list="run-images" placeholder="nginx:alpine" value={text.image} onChange={(event) => type({ image: event.target.value }, "image")} />}
          </Field>
          <datalist id="run-images">{images.filter((row) => row.tag).map((row) => <option key={row.key} value={row.reference} />)}</datalist>
          <Field label="Name" error={wrong("name")}>
            {(props) => <Input {...props} placeholder="Chosen by the engine" value={text.name} onChange={(event) => type({ name: event.target.value }, "name")} />}
          </Field>
        </div>
        <PortRows text={text} wrong={wrong} active={open} image={here ? text.image.trim() : ""} />
        <EnvRows text={text} wrong={wrong} />
        <VolumeRows text={text} wrong={wrong} />
        <Field label="Command" error={wrong("command")} hint="Replaces the image's own command and is appended to its entrypoint.">
          {(props) => <Input {...props} mono placeholder="As the image says" value={text.command} onChange={(event) => type({ command: event.target.value }, "command")} />}
        </Field>
        <div className={css["two"]}>
          <Field label="Restart">
            {(props) => <Select {...props} options={restarts} value={text.restart} onChange={(event) => type({ restart: event.target.value as Restart }, "restart")} />}
          </Field>
          <div className={css["checks"]}>
            <Check label="Remove when stopped" checked={text.remove} onChange={(event) => type({ remove: event.target.checked }, "remove")} />
            <Check label="Interactive, with a terminal" checked={text.interactive} onChange={(event) => type({ interactive: event.target.checked }, "interactive")} />
          </div>
        </div>
        {errors["remove"] && <p className={css["conflict"]} role="alert">{errors["remove"]}</p>}
        {error && (
          <Problem
            title={error.message}
            raw={error.cause}
            cause={held?.owner?.process ? `It is held by ${held.owner.process}${held.owner.pid === undefined ? "" : `, PID ${held.owner.pid}`}.` : undefined}
            actions={helpFor(error).map((help) => <Button key={help.label} size="small" onClick={help.run}>{help.label}</Button>)}
          />
        )}
        <button type="submit" className="visually-hidden" tabIndex={-1} aria-hidden="true">Run</button>
      </form>
    </Dialog>
  );
}

function isHere(image: string, references: readonly string[], ids: readonly string[]): boolean {
  const parsed = parseReference(image);
  if (/^[0-9a-f]{12,64}$/.test(image) && ids.some((id) => id.includes(image))) return true;
  return parsed.ok && references.some((each) => each === parsed.reference.familiar || each === image);
}
