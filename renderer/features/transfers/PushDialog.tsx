import { ArrowUpFromLine } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useStore } from "zustand";
import { plural } from "../../lib/time.ts";
import { imagesStore } from "../../stores/images.ts";
import { readRegistries, registriesStore } from "../../stores/registries.ts";
import { helpFor } from "../../stores/report.ts";
import { closeDialog, routeStore } from "../../stores/route.ts";
import { isUnderWay } from "../../stores/transfer.ts";
import { cancelTransfer, pauseTransfer, resumeTransfer, transfersStore, watchTransfer } from "../../stores/transfers.ts";
import { Button } from "../../ui/button/Button.tsx";
import { CommandLine } from "../../ui/display/Copy.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Check, Field, Input } from "../../ui/field/Field.tsx";
import { Dialog } from "../../ui/overlay/Dialog.tsx";
import { parsePush, pushLines } from "./push-form.ts";
import { beginPush, leavePush, pushStore, submitPush, typePush } from "./push-store.ts";
import { TargetLogin } from "./TargetLogin.tsx";
import { TransferView } from "./TransferView.tsx";
import css from "./Transfers.module.css";

/** Pushes an image to a registry, under its own name or another, and shows each layer's way. Closing it leaves the push running. */
export function PushDialog() {
  const dialog = useStore(routeStore, (route) => route.dialog);
  const open = dialog?.kind === "push";
  const asked = open ? dialog.image : "";
  const { text, tried, busy, transfer: id, error } = useStore(pushStore);
  const images = useStore(imagesStore, (state) => state.rows);
  const transfer = useStore(transfersStore, (state) => state.list.find((each) => each.id === id));
  useEffect(() => {
    if (open) void readRegistries();
  }, [open]);
  useEffect(() => {
    if (asked !== "") beginPush(asked);
  }, [asked]);
  useEffect(() => {
    watchTransfer(open ? id : undefined);
    return () => watchTransfer(undefined);
  }, [open, id]);

  const source = images.find((row) => row.reference === text.source);
  const siblings = useMemo(() => (source?.tag ? images.filter((row) => row.repository === source.repository && row.tag !== "").map((row) => row.reference) : []), [images, source]);
  const parsed = useMemo(() => parsePush(text, siblings), [text, siblings]);
  const form = "form" in parsed ? parsed.form : undefined;
  const underWay = isUnderWay(transfer);
  const wrong = "error" in parsed && (tried || text.target.trim() !== "") ? parsed.error : undefined;

  const hubUser = useStore(registriesStore, ({ list }) => list.find((each) => each.host === "docker.io")?.login?.username);
  const bare = /^(?:docker\.io\/)?(?:library\/)?([^/]+)$/.exec(text.target.trim())?.[1];
  const own = wrong !== undefined && bare !== undefined && hubUser !== undefined ? `${hubUser}/${bare}` : undefined;

  function close() {
    leavePush();
    closeDialog();
  }
  function start() {
    pushStore.setState({ tried: true });
    if (!form || busy || underWay) return;
    if (transfer?.remote !== undefined && (transfer.phase === "interrupted" || transfer.phase === "failed")) resumeTransfer(transfer.id);
    else void submitPush(form, text.allTags);
  }

  return (
    <Dialog
      open={open}
      onClose={close}
      title={`Push ${text.source}`}
      pinned={transfer ? undefined : <CommandLine command={pushLines(form, text.allTags)} />}
      footer={
        transfer && underWay ? (
          <>
            <Button onClick={() => cancelTransfer(transfer.id)}>Cancel push</Button>
            {transfer.phase === "paused" ? <Button onClick={() => resumeTransfer(transfer.id)}>Resume</Button> : transfer.remote !== undefined && <Button onClick={() => pauseTransfer(transfer.id)}>Pause</Button>}
            <Button variant="primary" onClick={close}>Continue in background</Button>
          </>
        ) : transfer?.phase === "done" ? <Button variant="primary" onClick={close}>Close</Button>
        : (
          <>
            <Button onClick={close}>Cancel</Button>
            <Button variant="primary" icon={<ArrowUpFromLine />} disabled={busy || (tried && !form)} onClick={start}>{transfer?.phase === "failed" ? "Push again" : transfer?.phase === "interrupted" ? "Resume" : "Push"}</Button>
          </>
        )
      }
    >
      <form className={css["form"]} onSubmit={(event) => { event.preventDefault(); start(); }}>
        <Field label={text.allTags ? "Target repository" : "Target"} error={wrong} hint={form && (form.tags.length === 0 ? `${form.reference.path} at ${form.reference.registry === "docker.io" ? "Docker Hub" : form.reference.registry}` : form.tags.length === 1 ? `The image gets the tag ${form.tags[0]?.to} too.` : `${plural(form.tags.length, "tag")} are made first.`)}>
          {(props) => <Input {...props} mono autoFocus placeholder="registry.example.com/team/app:1.0" value={text.target} readOnly={underWay} onChange={(event) => typePush({ target: event.target.value })} />}
        </Field>
        {own !== undefined && !transfer && <Suggestion target={own} />}
        {siblings.length > 1 && !transfer && <Check label={`All ${siblings.length} tags of ${source?.repository}`} checked={text.allTags} onChange={(event) => typePush({ allTags: event.target.checked })} />}
        {!transfer && form && open && <TargetLogin key={form.reference.registry} host={form.reference.registry} />}
        {transfer && <TransferView transfer={transfer} />}
        {error && <Problem title={error.message} raw={error.cause} actions={helpFor(error).map((help) => <Button key={help.label} size="small" onClick={help.run}>{help.label}</Button>)} />}
        <button type="submit" className="visually-hidden" tabIndex={-1} aria-hidden="true">Push</button>
      </form>
    </Dialog>
  );
}

/** A name that Docker Hub takes from who is logged in. */
function Suggestion({ target }: { readonly target: string }) {
  return <p className={css["login"]}><span className="quiet">You are logged in to Docker Hub.</span><Button size="small" onClick={() => typePush({ target })}>{`Use ${target}`}</Button></p>;
}
