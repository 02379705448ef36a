import type { ImageStep } from "../../../../electron/ipc/contract/image-contents.ts";

/** A step with a layer, or neighbours without one. */
export type StepGroup = { readonly layer: ImageStep; readonly empty?: undefined } | { readonly layer?: undefined; readonly empty: readonly ImageStep[] };

/** Puts steps that only changed the configuration together. */
export function foldSteps(steps: readonly ImageStep[]): readonly StepGroup[] {
  const groups: StepGroup[] = [];
  let empty: ImageStep[] = [];
  const close = () => {
    if (empty.length > 0) groups.push({ empty });
    empty = [];
  };
  for (const step of steps) {
    if (step.layer === null) empty.push(step);
    else {
      close();
      groups.push({ layer: step });
    }
  }
  close();
  return groups;
}
