import { Toast } from "@base-ui/react/toast";
import { CircleCheck, TriangleAlert, X } from "lucide-react";
import { Button } from "../button/Button.tsx";
import { CopyButton } from "../display/Copy.tsx";
import { toasts, type ToastData } from "./toasts.ts";
import css from "./Feedback.module.css";

/** The corner where toasts appear. F6 moves the focus there. */
export function Toasts() {
  return (
    <Toast.Provider toastManager={toasts} limit={4}>
      <Toast.Portal>
        <Toast.Viewport className={css["toasts"]}><List /></Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const manager = Toast.useToastManager<ToastData>();
  return manager.toasts.map((toast) => (
    // Base UI hides from screen readers an error that it also speaks, and how to close a toast that the pointer is not at. Both can be reached by key, so both must be found.
    <Toast.Root key={toast.id} toast={toast} className={css["toast"]} swipeDirection={["right"]} aria-hidden={false}>
      <span className={css["toastIcon"]} data-type={toast.type} aria-hidden="true">{toast.type === "error" ? <TriangleAlert size={16} /> : <CircleCheck size={16} />}</span>
      <div className={css["toastText"]}>
        <Toast.Title className={css["toastTitle"]} render={<p />} />
        {toast.description && <Toast.Description className={css["cause"]} />}
        {(toast.data?.actions || toast.data?.raw) && (
          <div className={css["actions"]}>
            {toast.data.actions?.map((action) => (
              <Button key={action.label} size="small" onClick={() => { action.run(); manager.close(toast.id); }}>{action.label}</Button>
            ))}
            {toast.data.raw && <CopyButton text={toast.data.raw} label="Copy details" always />}
          </div>
        )}
      </div>
      <Toast.Close className={css["toastClose"]} aria-label="Dismiss" aria-hidden={false}><X size={14} /></Toast.Close>
    </Toast.Root>
  ));
}
