import { findHint, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { helpFor } from "../../../stores/report.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";

/** Why the engine did not take the form. */
export function FormError({ error }: { readonly error: IpcErrorInfo | undefined }) {
  if (!error) return null;
  const owner = findHint(error, "portInUse")?.owner;
  return (
    <Problem
      title={error.message}
      raw={error.cause}
      cause={owner?.process ? `It is held by ${owner.process}${owner.pid === undefined ? "" : `, PID ${owner.pid}`}.` : undefined}
      actions={helpFor(error).map((help) => <Button key={help.label} size="small" onClick={help.run}>{help.label}</Button>)}
    />
  );
}
