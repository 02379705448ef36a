import { Plug } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { NetworkDetails, NetworkInfo } from "../../../electron/ipc/contract/networks.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import type { ContainerRow } from "../../stores/container-row.ts";
import { client } from "../../stores/host.ts";
import { notice } from "../../stores/notices.ts";
import { CommandLine } from "../../ui/display/Copy.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Field, Input, Select } from "../../ui/field/Field.tsx";
import { FormDialog } from "../../ui/overlay/FormDialog.tsx";
import { connectLine, emptyConnectText, parseConnect, type ConnectText } from "./network-form.ts";
import css from "./Networks.module.css";

export interface ConnectDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly network: NetworkInfo;
  readonly endpoints: NetworkDetails["endpoints"];
  /** Containers that are not in it. */
  readonly candidates: readonly ContainerRow[];
}

/** Puts a container into a network. */
export function ConnectDialog({ open, onClose, network, endpoints, candidates }: ConnectDialogProps) {
  const [text, setText] = useState<ConnectText>(emptyConnectText);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<IpcErrorInfo>();
  const taken = useMemo(() => new Map(endpoints.flatMap((one) => [one.ipv4, one.ipv6].filter(Boolean).map((address) => [address.split("/")[0] ?? "", one.name] as const))), [endpoints]);
  const { form, errors } = parseConnect(text, network, taken);
  useEffect(() => {
    if (open) setTried(false);
  }, [open]);

  function type(part: Partial<ConnectText>) {
    setText({ ...text, ...part });
    setError(undefined);
  }

  async function connect() {
    setTried(true);
    if (!form || busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await client().networks.connect({ network: network.id, ...form });
      setText(emptyConnectText);
      onClose();
      notice({ kind: "done", title: `${form.container} is in ${network.name} now.` });
    } catch (problem) {
      setError(toIpcErrorInfo(problem));
    } finally {
      setBusy(false);
    }
  }

  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={`Connect a container to ${network.name}`}
      pinned={<CommandLine command={connectLine(text, network.name)} />}
      submit={{ label: busy ? "Connecting" : "Connect", icon: <Plug />, disabled: busy || (tried && !form) }}
      onSubmit={() => void connect()}
    >
      <Field label="Container" error={tried ? errors["container"] : undefined} hint={candidates.length === 0 ? "Every container is in this network already." : "One that runs is connected at once, another one when it starts."}>
        {(props) => <Select {...props} autoFocus options={[{ value: "", label: "Choose a container" }, ...candidates.map((row) => ({ value: row.name, label: `${row.name} (${row.words.toLowerCase()})` }))]} value={text.container} onChange={(event) => type({ container: event.target.value })} />}
      </Field>
      <div className={css["two"]}>
        <Field label="Address" error={errors["address"]} hint="Left empty, the engine chooses one.">
          {(props) => <Input {...props} mono placeholder={network.subnets[0] ? `In ${network.subnets[0].subnet}` : "Chosen by the engine"} value={text.address} onChange={(event) => type({ address: event.target.value })} />}
        </Field>
        <Field label="Other names" error={errors["aliases"]} hint="Under which others find it here.">
          {(props) => <Input {...props} mono placeholder="db, postgres" value={text.aliases} onChange={(event) => type({ aliases: event.target.value })} />}
        </Field>
      </div>
      {error && <Problem title={error.code === "notImplemented" ? "This engine does not connect containers to other networks." : error.message} cause={error.code === "notImplemented" ? error.message : undefined} raw={error.cause} />}
    </FormDialog>
  );
}
