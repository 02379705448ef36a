import { Toast } from "@base-ui/react/toast";

export interface ToastData {
  readonly actions?: readonly { readonly label: string; readonly run: () => void }[];
  readonly raw?: string;
}

/** The one list of toasts; callable from stores as well as from components. */
export const toasts = Toast.createToastManager<ToastData>();
