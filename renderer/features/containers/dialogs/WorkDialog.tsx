import { useState, type ReactNode } from "react";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { helpFor } from "../../../stores/report.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { CommandLine } from "../../../ui/display/Copy.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { FormDialog } from "../../../ui/overlay/FormDialog.tsx";
import { closeContainerDialog } from "./store.ts";

export interface WorkDialogProps {
  readonly open: boolean;
  readonly title: string;
  readonly description: string;
  readonly command: string;
  /** What the button does, and what it says meanwhile. */
  readonly action: string;
  readonly doing: string;
  readonly danger?: boolean;
  /** Whether what was filled in can be sent. */
  readonly ready: boolean;
  /** Rejects with what went wrong; the dialog stays then. */
  readonly run: () => Promise<void>;
  /** Leaves work that is under way. */
  readonly onCancel?: () => void;
  readonly children: ReactNode;
}

/** A small form that does one thing with one container, and stays open until that has worked. */
export function WorkDialog({ open, title, description, command, action, doing, danger = false, ready, run, onCancel, children }: WorkDialogProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<IpcErrorInfo>();
  async function start(): Promise<void> {
    if (!ready || busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await run();
      closeContainerDialog();
    } catch (problem) {
      const info = toIpcErrorInfo(problem);
      if (info.code !== "cancelled") setError(info);
    } finally {
      setBusy(false);
    }
  }
  function close(): void {
    if (busy) onCancel?.();
    closeContainerDialog();
  }
  return (
    <FormDialog
      open={open}
      onClose={close}
      title={title}
      description={<p>{description}</p>}
      pinned={<CommandLine command={command} />}
      submit={{ label: busy ? doing : action, disabled: !ready || busy, danger }}
      onSubmit={() => void start()}
    >
      {children}
      {error && <Problem title={error.message} raw={error.cause === error.message ? undefined : error.cause} actions={helpFor(error).map((help) => <Button key={help.label} size="small" onClick={help.run}>{help.label}</Button>)} />}
    </FormDialog>
  );
}
