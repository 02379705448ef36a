import { useId, type ReactNode } from "react";
import { Button } from "../button/Button.tsx";
import { Dialog, type DialogProps } from "./Dialog.tsx";
import css from "./Overlay.module.css";

export interface FormDialogProps extends Omit<DialogProps, "footer" | "alert" | "reading"> {
  /** The button that sends the form off; Enter in a field does the same. */
  readonly submit: { readonly label: string; readonly icon?: ReactNode; readonly disabled?: boolean; readonly danger?: boolean };
  readonly onSubmit: () => void;
  /** Buttons between Cancel and the one that submits. */
  readonly others?: ReactNode;
}

/** A modal window with fields to fill in, Cancel and a button that does it. */
export function FormDialog({ submit, onSubmit, others, children, ...dialog }: FormDialogProps) {
  const id = useId();
  return (
    <Dialog
      {...dialog}
      footer={
        <>
          <Button onClick={dialog.onClose}>Cancel</Button>
          {others}
          <Button type="submit" form={id} variant={submit.danger ? "danger" : "primary"} icon={submit.icon} disabled={submit.disabled}>{submit.label}</Button>
        </>
      }
    >
      <form id={id} className={css["form"]} onSubmit={(event) => { event.preventDefault(); onSubmit(); }}>{children}</form>
    </Dialog>
  );
}
