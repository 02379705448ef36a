import { Plus } from "lucide-react";
import { useState } from "react";
import { useStore } from "zustand";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { ecrRegion, parseHost } from "../../lib/registry.ts";
import { addRegistry, registriesStore, testRegistry } from "../../stores/registries.ts";
import { closeDialog, href, navigate, routeStore } from "../../stores/route.ts";
import { transfersStore } from "../../stores/transfers.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Field, Input } from "../../ui/field/Field.tsx";
import { FormDialog } from "../../ui/overlay/FormDialog.tsx";
import { TestSteps } from "./TestSteps.tsx";

/** Puts a registry on the list, after a test where that is wanted. */
export function AddDialog() {
  const open = useStore(routeStore, (route) => route.dialog?.kind === "add-registry");
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<IpcErrorInfo>();
  const list = useStore(registriesStore, (state) => state.list);
  const kept = useStore(transfersStore, (state) => state.kept);
  const parsed = parseHost(text.trim());
  const host = parsed.ok ? parsed.host : undefined;
  const test = useStore(registriesStore, (state) => (host === undefined ? undefined : state.tests.get(host)));
  const known = list.find((each) => each.host === host);
  const wrong = !parsed.ok && (tried || text !== "") ? parsed.message : undefined;

  async function add() {
    setTried(true);
    if (host === undefined || busy) return;
    setBusy(true);
    setError(undefined);
    try {
      if (!known) await addRegistry(host);
      setText("");
      setTried(false);
      closeDialog();
      navigate(href.registry(host, "connection"));
      if (test === undefined && kept !== false) void testRegistry(host);
    } catch (problem) {
      setError(toIpcErrorInfo(problem));
    } finally {
      setBusy(false);
    }
  }

  return (
    <FormDialog
      open={open}
      onClose={closeDialog}
      title="Add a registry"
      others={kept !== false && <Button disabled={host === undefined || test === "running"} onClick={() => { if (host !== undefined) void testRegistry(host); }}>{test === "running" ? "Testing" : "Test"}</Button>}
      submit={{ label: known ? "Show" : "Add", icon: <Plus />, disabled: busy || (tried && host === undefined) }}
      onSubmit={() => void add()}
    >
      <Field label="Address" error={wrong} hint={known ? `${known.name} is on the list already.` : host === undefined ? "What stands before an image's name: ghcr.io, registry.example.com:5000." : hintOf(host)}>
        {(props) => <Input {...props} mono autoFocus placeholder="registry.example.com:5000" value={text} onChange={(event) => { setText(event.target.value); setError(undefined); }} />}
      </Field>
      {host !== undefined && test !== undefined && <TestSteps host={host} state={test} />}
      {error && <Problem title={error.message} raw={error.cause} />}
    </FormDialog>
  );
}

function hintOf(host: string): string {
  if (host === "public.ecr.aws") return "Amazon ECR Public: logs in by AWS credentials too.";
  const region = ecrRegion(host);
  if (region !== undefined) return `Amazon ECR in ${region}: logs in by AWS credentials too.`;
  return `Images of it are named ${host}/NAME.`;
}
