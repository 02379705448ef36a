import { ArrowDownToLine, Play } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { quoteWord } from "../../lib/shell.ts";
import { parseReference } from "../../lib/reference.ts";
import { closeDialog, href, navigate, routeStore } from "../../stores/route.ts";
import { isUnderWay } from "../../stores/transfer.ts";
import { cancelTransfer, pauseTransfer, pull, resumeTransfer, transfersStore, watchTransfer } from "../../stores/transfers.ts";
import { Button } from "../../ui/button/Button.tsx";
import { CommandLine } from "../../ui/display/Copy.tsx";
import { Field, Input } from "../../ui/field/Field.tsx";
import { Dialog } from "../../ui/overlay/Dialog.tsx";
import { TransferView } from "./TransferView.tsx";
import css from "./Transfers.module.css";

/** Pulls an image and shows each layer's way here. Closing it leaves the pull running. */
export function PullDialog() {
  const dialog = useStore(routeStore, (route) => route.dialog);
  const open = dialog?.kind === "pull";
  const asked = open ? dialog.image : "";
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const [transferId, setTransferId] = useState<number>();
  const transfer = useStore(transfersStore, (state) => state.list.find((each) => each.id === transferId));

  useEffect(() => {
    if (!open) return;
    if (asked) setText(asked);
    setTried(false);
    setTransferId(asked ? transfersStore.getState().list.find((each) => each.kind === "pull" && each.image === asked && isUnderWay(each))?.id : undefined);
  }, [open, asked]);

  useEffect(() => {
    watchTransfer(open ? transferId : undefined);
    return () => watchTransfer(undefined);
  }, [open, transferId]);

  const image = text.trim();
  const parsed = parseReference(image);
  const error = !parsed.ok && (tried || image !== "") ? parsed.message : undefined;
  const running = transfer !== undefined && isUnderWay(transfer);

  function start() {
    setTried(true);
    if (!parsed.ok || running) return;
    if (transfer?.remote !== undefined && (transfer.phase === "interrupted" || transfer.phase === "failed")) return resumeTransfer(transfer.id);
    const id = pull(parsed.reference.familiar);
    watchTransfer(id);
    setTransferId(id);
  }

  return (
    <Dialog
      open={open}
      onClose={closeDialog}
      title="Pull an image"
      footer={
        running ? (
          <>
            <Button onClick={() => cancelTransfer(transfer.id)}>Cancel pull</Button>
            {transfer.phase === "paused" ? <Button onClick={() => resumeTransfer(transfer.id)}>Resume</Button> : transfer.remote !== undefined && <Button onClick={() => pauseTransfer(transfer.id)}>Pause</Button>}
            <Button variant="primary" onClick={closeDialog}>Continue in background</Button>
          </>
        ) : transfer?.phase === "done" ? (
          <>
            <Button onClick={closeDialog}>Close</Button>
            <Button variant="primary" icon={<Play />} onClick={() => navigate(href.images({ run: transfer.image }))}>Run</Button>
          </>
        ) : (
          <>
            <Button onClick={closeDialog}>Cancel</Button>
            <Button variant="primary" icon={<ArrowDownToLine />} disabled={tried && !parsed.ok} onClick={start}>{transfer?.phase === "failed" ? "Pull again" : transfer?.phase === "interrupted" ? "Resume" : "Pull"}</Button>
          </>
        )
      }
    >
      <form className={css["form"]} onSubmit={(event) => { event.preventDefault(); start(); }}>
        <Field label="Image" error={error} hint={parsed.ok ? `${parsed.reference.path} from ${parsed.reference.registry === "docker.io" ? "Docker Hub" : parsed.reference.registry}${parsed.reference.tag && image !== parsed.reference.familiar ? `, tag ${parsed.reference.tag}` : ""}` : "Name, tag or digest; without a registry it comes from Docker Hub."}>
          {(props) => <Input {...props} mono autoFocus placeholder="nginx:alpine" value={text} readOnly={running} onChange={(event) => { setText(event.target.value); setTransferId(undefined); }} />}
        </Field>
        {transfer ? <TransferView transfer={transfer} /> : <CommandLine command={`docker pull ${parsed.ok ? quoteWord(image) : "IMAGE"}`} />}
      </form>
    </Dialog>
  );
}
