import { findHint, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { helpFor } from "../../../stores/report.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";

export interface FormErrorProps {
  readonly error: IpcErrorInfo | undefined;
  /** Tries what failed once more. */
  readonly again?: () => void;
}

/** Why the engine did not take the form, or did not give it. */
export function FormError({ error, again }: FormErrorProps) {
  if (!error) return null;
  const owner = findHint(error, "portInUse")?.owner;
  const actions = [...(again ? [{ label: "Try again", run: again }] : []), ...helpFor(error)];
  return (
    <Problem
      title={error.message}
      raw={error.cause}
      cause={owner?.process ? `It is held by ${owner.process}${owner.pid === undefined ? "" : `, PID ${owner.pid}`}.` : undefined}
      actions={actions.length > 0 && actions.map((action) => <Button key={action.label} size="small" onClick={action.run}>{action.label}</Button>)}
    />
  );
}
