import { Plus } from "lucide-react";
import { useMemo } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { ConnectionTest } from "../../../../electron/ipc/contract/connections.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { addConnection, connectionsStore, switchConnection } from "../../../stores/connections.ts";
import { client } from "../../../stores/host.ts";
import { notice } from "../../../stores/notices.ts";
import { closeDialog, routeStore } from "../../../stores/route.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { CommandLine } from "../../../ui/display/Copy.tsx";
import { StateGlyph } from "../../../ui/display/StateGlyph.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Check, Field, Input } from "../../../ui/field/Field.tsx";
import { FormDialog } from "../../../ui/overlay/FormDialog.tsx";
import { contextLine, emptyConnectionText, parseConnectionText, wantsTls, type ConnectionText } from "./connection-form.ts";
import css from "./Connections.module.css";

interface FormState {
  readonly text: ConnectionText;
  readonly touched: ReadonlySet<string>;
  readonly tried: boolean;
  readonly busy: "adding" | "testing" | undefined;
  readonly error: IpcErrorInfo | undefined;
  readonly test: ConnectionTest | undefined;
}

const fresh: FormState = { text: emptyConnectionText, touched: new Set(), tried: false, busy: undefined, error: undefined, test: undefined };

/** Kept until the connection exists, whatever happens meanwhile. */
const formStore = createStore<FormState>(() => fresh);

function type(part: Partial<ConnectionText>, path: string): void {
  formStore.setState(({ text, touched }) => ({ text: { ...text, ...part }, touched: touched.has(path) ? touched : new Set(touched).add(path), error: undefined, test: undefined }));
}

/** Adds an engine by its address. */
export function AddConnectionDialog() {
  const open = useStore(routeStore, (route) => route.dialog?.kind === "add-connection");
  const { text, touched, tried, busy, error, test } = useStore(formStore);
  const rows = useStore(connectionsStore, (state) => state.rows);
  const { form, errors } = useMemo(() => parseConnectionText(text, new Set(rows.map((row) => row.name.toLowerCase()))), [text, rows]);
  const wrong = (path: string) => (tried || touched.has(path) ? errors[path] : undefined);
  const tcp = text.address.trim().startsWith("tcp://");

  async function run(what: "adding" | "testing") {
    formStore.setState({ tried: true });
    if (!form || busy) return;
    formStore.setState({ busy: what, error: undefined, test: undefined });
    try {
      if (what === "testing") {
        formStore.setState({ busy: undefined, test: await client().connections.try(form) });
        return;
      }
      const added = await addConnection(form);
      formStore.setState(fresh);
      closeDialog();
      notice({ kind: "done", title: `${added.name} was added.`, actions: [{ label: "Use it now", run: () => void switchConnection(added.id, added.name) }] });
    } catch (problem) {
      formStore.setState({ busy: undefined, error: toIpcErrorInfo(problem) });
    }
  }

  return (
    <FormDialog
      open={open}
      onClose={closeDialog}
      title="Add a connection"
      pinned={<CommandLine command={contextLine(text)} label="The same for Docker's CLI" />}
      others={<Button disabled={busy !== undefined || (tried && !form)} onClick={() => void run("testing")}>{busy === "testing" ? "Testing" : "Test"}</Button>}
      submit={{ label: busy === "adding" ? "Adding" : "Add", icon: <Plus />, disabled: busy !== undefined || (tried && !form) }}
      onSubmit={() => void run("adding")}
    >
      <Field label="Name" error={wrong("name")}>
        {(props) => <Input {...props} autoFocus placeholder="Build server" value={text.name} onChange={(event) => type({ name: event.target.value }, "name")} />}
      </Field>
      <Field label="Address" error={wrong("address")} hint="ssh uses this user's own ssh and its keys; the other side needs the docker command.">
        {(props) => <Input {...props} mono placeholder="ssh://user@host" value={text.address} onChange={(event) => type({ address: event.target.value }, "address")} />}
      </Field>
      {tcp && <Check label="Use TLS" hint="Without it, everybody on the way can read and change what is sent." checked={text.tls} onChange={(event) => type({ tls: event.target.checked }, "tls")} />}
      {wantsTls(text) && (
        <>
          <Field label="Authority" error={wrong("ca")} hint="Left empty, the authorities of this system are asked.">
            {(props) => <Input {...props} mono placeholder="/home/me/.docker/ca.pem" value={text.ca} onChange={(event) => type({ ca: event.target.value }, "ca")} />}
          </Field>
          <Field label="Client certificate" error={wrong("cert")}>
            {(props) => <Input {...props} mono placeholder="/home/me/.docker/cert.pem" value={text.cert} onChange={(event) => type({ cert: event.target.value }, "cert")} />}
          </Field>
          <Field label="Key" error={wrong("key")}>
            {(props) => <Input {...props} mono placeholder="/home/me/.docker/key.pem" value={text.key} onChange={(event) => type({ key: event.target.value }, "key")} />}
          </Field>
          <Check label="Believe any certificate" hint="Encrypted, but whoever answers is trusted." checked={text.skipVerify} onChange={(event) => type({ skipVerify: event.target.checked }, "skipVerify")} />
        </>
      )}
      {test && (
        <div className={css["result"]} role="status">
          <StateGlyph state={test.ok ? "running" : "failed"} label="" />
          <p className={test.ok ? undefined : css["wrong"]}>{test.message}</p>
        </div>
      )}
      {test?.command !== undefined && <CommandLine command={test.command} label="What may help" />}
      {error && <Problem title={error.message} raw={error.cause} />}
    </FormDialog>
  );
}
