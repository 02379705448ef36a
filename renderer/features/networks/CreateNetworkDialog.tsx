import { Plus } from "lucide-react";
import { useEffect } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { useWhile } from "../../lib/useWhile.ts";
import { createNetwork, networksStore, readNetworks } from "../../stores/networks.ts";
import { notice } from "../../stores/notices.ts";
import { helpFor } from "../../stores/report.ts";
import { closeDialog, href, navigate, routeStore } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { CommandLine } from "../../ui/display/Copy.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Check, Field, Input } from "../../ui/field/Field.tsx";
import { LabelRows } from "../../ui/field/LabelRows.tsx";
import { FormDialog } from "../../ui/overlay/FormDialog.tsx";
import { defaultGateway, emptyNetworkText, networkLine, parseNetworkText, type NetworkText } from "./network-form.ts";
import css from "./Networks.module.css";

interface FormState {
  readonly text: NetworkText;
  /** Fields that show what is wrong with them; all of them once Create was pressed. */
  readonly touched: ReadonlySet<string>;
  readonly tried: boolean;
  readonly busy: boolean;
  readonly error: IpcErrorInfo | undefined;
}

const fresh: FormState = { text: emptyNetworkText, touched: new Set(), tried: false, busy: false, error: undefined };

/** Kept until the network exists, whatever happens meanwhile. */
const formStore = createStore<FormState>(() => fresh);

function type(part: Partial<NetworkText>, path: string): void {
  formStore.setState(({ text, touched }) => ({ text: { ...text, ...part }, touched: touched.has(path) ? touched : new Set(touched).add(path), error: undefined }));
}

/** Creates a network. */
export function CreateNetworkDialog() {
  const open = useStore(routeStore, (route) => route.dialog?.kind === "new-network");
  const { text, touched, tried, busy, error } = useStore(formStore);
  const networks = useStore(networksStore, (state) => state.rows);
  const { form, errors } = useWhile(open, () => parseNetworkText(text, networks), [text, networks]);
  useEffect(() => {
    // An engine may choose its bridge's subnet with the first container, of which no event tells.
    if (open && networksStore.getState().phase === "ready") void readNetworks();
  }, [open]);
  const wrong = (path: string) => (tried || touched.has(path) ? errors[path] : undefined);

  async function create() {
    formStore.setState({ tried: true });
    if (!form || busy) return;
    formStore.setState({ busy: true, error: undefined });
    try {
      const { id, warning } = await createNetwork(form);
      formStore.setState(fresh);
      closeDialog();
      notice({ kind: "done", title: `The network ${form.name} is there.`, ...(warning && { description: warning }), actions: [{ label: "Show network", run: () => navigate(href.network(id)) }] });
    } catch (problem) {
      formStore.setState({ busy: false, error: toIpcErrorInfo(problem) });
    }
  }

  return (
    <FormDialog
      open={open}
      onClose={closeDialog}
      title="Create a network"
      pinned={<CommandLine command={networkLine(text)} />}
      submit={{ label: busy ? "Creating" : "Create", icon: <Plus />, disabled: busy || (tried && !form) }}
      onSubmit={() => void create()}
    >
      <Field label="Name" error={wrong("name")} hint="Its containers reach each other by their own names.">
        {(props) => <Input {...props} mono autoFocus placeholder="backend" value={text.name} onChange={(event) => type({ name: event.target.value }, "name")} />}
      </Field>
      <div className={css["two"]}>
        <Field label="Subnet" error={wrong("subnet")} hint="Left empty, the engine chooses a free one.">
          {(props) => <Input {...props} mono placeholder="10.10.0.0/24" value={text.subnet} onChange={(event) => type({ subnet: event.target.value }, "subnet")} />}
        </Field>
        <Field label="Gateway" error={wrong("gateway")} hint="Left empty, the first address.">
          {(props) => <Input {...props} mono placeholder={defaultGateway(text.subnet) || "10.10.0.1"} value={text.gateway} onChange={(event) => type({ gateway: event.target.value }, "gateway")} />}
        </Field>
      </div>
      <Check label="Internal" hint="Its containers reach each other and nothing outside." checked={text.internal} onChange={(event) => type({ internal: event.target.checked }, "internal")} />
      <LabelRows rows={text.labels} wrong={wrong} onChange={(labels) => type({ labels }, "labels")} onTouch={(path) => type({}, path)} />
      {error && (
        <Problem
          title={error.code === "notImplemented" ? "This engine does not offer networks of your own." : error.message}
          cause={error.code === "notImplemented" ? error.message : undefined}
          raw={error.cause}
          actions={helpFor(error).map((help) => <Button key={help.label} size="small" onClick={help.run}>{help.label}</Button>)}
        />
      )}
    </FormDialog>
  );
}
