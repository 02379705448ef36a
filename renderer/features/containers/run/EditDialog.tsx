import { ArrowLeft, History, Pencil, RotateCw } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useStore } from "zustand";
import { containersStore } from "../../../stores/containers.ts";
import { closeDialog, routeStore } from "../../../stores/route.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Dialog } from "../../../ui/overlay/Dialog.tsx";
import { ContainerForm } from "./ContainerForm.tsx";
import { applyEdit, edit, editStore, isChanged, previewEdit, resetEdit, typeEdit } from "./edit-store.ts";
import { Copies } from "./Copies.tsx";
import { specials } from "./fields.ts";
import { FormError } from "./FormError.tsx";
import { Preview } from "./Preview.tsx";
import { parseRun } from "./run-form.ts";
import { RunLine } from "./RunLine.tsx";
import css from "./Run.module.css";

/** Changes the configuration of a container that exists: the form, then what it would do, then doing it. */
export function EditDialog() {
  const dialog = useStore(routeStore, (route) => route.dialog);
  const open = dialog?.kind === "edit";
  const [id = "", part] = open ? dialog.image.split(":") : [];
  const row = useStore(containersStore, (state) => state.byId.get(id) ?? state.rows.find((each) => each.name === id));
  const state = useStore(editStore);
  const target = row?.id ?? "";
  const name = row?.name ?? id;
  useEffect(() => {
    if (target !== "") void edit(target, name);
  }, [target, name]);
  const { form, errors } = useMemo(() => parseRun(state.text), [state.text]);
  const { phase, preview, tried, touched, undo, error } = state;
  const busy = phase === "asking" || phase === "applying";
  const running = row?.state === "running" || row?.state === "paused" || row?.state === "restarting";
  const at = specials.find((each) => each.id === part)?.id;

  async function review() {
    editStore.setState({ tried: true });
    if (form && !busy) await previewEdit(form);
  }
  async function apply() {
    if (await applyEdit(form, name)) closeDialog();
  }

  if (!open) return null;
  return (
    <Dialog
      open
      onClose={closeDialog}
      width="wide"
      title={preview ? `Changes to ${name}` : `Edit ${name}`}
      pinned={phase === "loading" || phase === "failed" || preview ? undefined : <RunLine text={state.text} />}
      footer={
        preview ? (
          <>
            <span className={css["left"]}><Button variant="ghost" icon={<ArrowLeft />} disabled={busy} onClick={() => editStore.setState({ preview: undefined, back: false })}>Edit</Button></span>
            <Button onClick={closeDialog}>Cancel</Button>
            <Button variant="primary" icon={preview.restarts ? <RotateCw /> : <Pencil />} disabled={busy || preview.changes.length === 0} onClick={() => void apply()}>{phase === "applying" ? "Applying" : preview.restarts ? "Apply and restart" : "Apply"}</Button>
          </>
        ) : (
          <>
            <Copies text={state.text} />
            {isChanged(state) && <Button variant="ghost" disabled={busy} onClick={resetEdit}>Reset</Button>}
            <Button onClick={closeDialog}>Cancel</Button>
            <Button variant="primary" disabled={busy || phase !== "idle" || !isChanged(state) || (tried && !form)} onClick={() => void review()}>{phase === "asking" ? "Asking" : "Review changes"}</Button>
          </>
        )
      }
    >
      {row === undefined ? <Problem title={`There is no container ${id.slice(0, 12)}.`} cause="It may have been removed, here or by another client." />
      : phase === "loading" ? <p className={css["nothing"]} role="status">Reading the configuration of {name}.</p>
      : phase === "failed" ? <FormError error={error} again={() => void edit(target, name)} />
      : preview ? <Preview name={name} preview={preview} running={running} />
      : (
        <ContainerForm
          form={{ text: state.text, wrong: (path) => (tried || touched.has(path) ? errors[path] : undefined), type: typeEdit, active: open, image: state.text.image, self: target }}
          here
          at={at}
          tools={undo && <Button variant="ghost" size="small" icon={<History />} disabled={busy} onClick={() => editStore.setState({ preview: undo, back: true, error: undefined })}>Go back to before</Button>}
          onSubmit={() => void review()}
        >
          {tried && !form && <p className={css["conflict"]} role="alert">{Object.values(errors)[0]}</p>}
          <FormError error={error} />
        </ContainerForm>
      )}
    </Dialog>
  );
}
