import { useStore } from "zustand";
import { engineStore } from "../../stores/engine.ts";

/** Whether the engine lists the files of images: ours does, Docker's does not. */
export function useHasFiles(): boolean {
  return useStore(engineStore, (state) => state.status?.version?.name === "Slipway");
}
