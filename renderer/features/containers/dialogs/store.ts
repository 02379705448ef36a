import { createStore } from "zustand/vanilla";

export type ContainerDialogKind = "rename" | "kill" | "commit" | "export";

export interface ContainerDialogState {
  readonly open: boolean;
  readonly kind: ContainerDialogKind;
  /** The container it is about. */
  readonly id: string;
  /** Counts openings: each begins anew. */
  readonly round: number;
}

/** The dialog about one container that is open, over whatever screen is shown; closed, the last one. */
export const containerDialogStore = createStore<ContainerDialogState>(() => ({ open: false, kind: "rename", id: "", round: 0 }));

export function openContainerDialog(kind: ContainerDialogKind, id: string): void {
  containerDialogStore.setState(({ round }) => ({ open: true, kind, id, round: round + 1 }));
}

export function closeContainerDialog(): void {
  containerDialogStore.setState({ open: false });
}
