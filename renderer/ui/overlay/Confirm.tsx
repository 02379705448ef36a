import { useState, type ReactNode } from "react";
import { Button } from "../button/Button.tsx";
import { Dialog } from "./Dialog.tsx";

export interface ConfirmProps {
  readonly open: boolean;
  readonly title: string;
  /** Says exactly what goes and what stays. */
  readonly children: ReactNode;
  /** The deed with the object's name: "Remove web-1". */
  readonly action: string;
  readonly disabled?: boolean;
  readonly onConfirm: () => void | Promise<void>;
  readonly onClose: () => void;
}

/** Asks once before something that cannot be undone. The focus starts on Cancel. */
export function Confirm({ open, title, children, action, disabled = false, onConfirm, onClose }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  async function confirm() {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } finally {
      setBusy(false);
    }
  }
  return (
    <Dialog
      alert
      open={open}
      onClose={onClose}
      width="narrow"
      title={title}
      description={children}
      footer={
        <>
          <Button autoFocus onClick={onClose}>Cancel</Button>
          <Button variant="danger" disabled={busy || disabled} onClick={() => void confirm()}>{action}</Button>
        </>
      }
    />
  );
}
