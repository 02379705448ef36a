import { useRef } from "react";

/**
 * A value worked out again when `inputs` change, but only while `active`; otherwise the last one stays: a dialog that is
 * closed costs nothing and keeps its content while it fades out.
 * @param inputs always of the same length
 */
export function useWhile<T>(active: boolean, work: () => T, inputs: readonly unknown[]): T {
  const last = useRef<{ readonly inputs: readonly unknown[]; readonly value: T }>(undefined);
  const known = last.current;
  if (known && (!active || known.inputs.every((input, at) => Object.is(input, inputs[at])))) return known.value;
  const value = work();
  last.current = { inputs, value };
  return value;
}
