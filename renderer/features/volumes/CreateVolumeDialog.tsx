import { Plus } from "lucide-react";
import { useMemo } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { notice } from "../../stores/notices.ts";
import { helpFor } from "../../stores/report.ts";
import { closeDialog, href, navigate, routeStore } from "../../stores/route.ts";
import { createVolume, volumesStore } from "../../stores/volumes.ts";
import { Button } from "../../ui/button/Button.tsx";
import { CommandLine } from "../../ui/display/Copy.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Field, Input } from "../../ui/field/Field.tsx";
import { LabelRows } from "../../ui/field/LabelRows.tsx";
import { FormDialog } from "../../ui/overlay/FormDialog.tsx";
import { emptyVolumeText, parseVolumeText, volumeLine, type VolumeText } from "./volume-form.ts";

interface FormState {
  readonly text: VolumeText;
  /** Fields that show what is wrong with them; all of them once Create was pressed. */
  readonly touched: ReadonlySet<string>;
  readonly tried: boolean;
  readonly busy: boolean;
  readonly error: IpcErrorInfo | undefined;
}

const fresh: FormState = { text: emptyVolumeText, touched: new Set(), tried: false, busy: false, error: undefined };

/** Kept until the volume exists, whatever happens meanwhile. */
const formStore = createStore<FormState>(() => fresh);

function type(part: Partial<VolumeText>): void {
  formStore.setState(({ text }) => ({ text: { ...text, ...part }, error: undefined }));
}

function touch(path: string): void {
  formStore.setState(({ touched }) => (touched.has(path) ? {} : { touched: new Set(touched).add(path) }));
}

/** Creates a volume. */
export function CreateVolumeDialog() {
  const open = useStore(routeStore, (route) => route.dialog?.kind === "new-volume");
  const { text, touched, tried, busy, error } = useStore(formStore);
  const rows = useStore(volumesStore, (state) => state.rows);
  const taken = useMemo(() => new Set(rows.map((row) => row.name)), [rows]);
  const { form, errors } = useMemo(() => parseVolumeText(text, taken), [text, taken]);
  const wrong = (path: string) => (tried || touched.has(path) ? errors[path] : undefined);

  async function create() {
    formStore.setState({ tried: true });
    if (!form || busy) return;
    formStore.setState({ busy: true, error: undefined });
    try {
      const made = await createVolume(form);
      formStore.setState(fresh);
      closeDialog();
      notice({ kind: "done", title: `The volume ${made.name} is there.`, actions: [{ label: "Show volume", run: () => navigate(href.volume(made.name)) }] });
    } catch (problem) {
      formStore.setState({ busy: false, error: toIpcErrorInfo(problem) });
    }
  }

  return (
    <FormDialog
      open={open}
      onClose={closeDialog}
      title="Create a volume"
      pinned={<CommandLine command={volumeLine(text)} />}
      submit={{ label: busy ? "Creating" : "Create", icon: <Plus />, disabled: busy || (tried && !form) }}
      onSubmit={() => void create()}
    >
      <Field label="Name" error={wrong("name")} hint="Containers mount it by this name.">
        {(props) => <Input {...props} mono autoFocus placeholder="pgdata" value={text.name} onChange={(event) => { type({ name: event.target.value }); touch("name"); }} />}
      </Field>
      <LabelRows rows={text.labels} wrong={wrong} onChange={(labels) => type({ labels })} onTouch={touch} />
      {error && <Problem title={error.message} raw={error.cause} actions={helpFor(error).map((help) => <Button key={help.label} size="small" onClick={help.run}>{help.label}</Button>)} />}
    </FormDialog>
  );
}
