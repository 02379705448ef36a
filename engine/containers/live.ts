import type { Container } from "./container.ts";
import type { ContainerRecord } from "./containers.ts";
import { saveRecord, type Context } from "./context.ts";

export function setRecord(context: Context, container: Container, record: ContainerRecord): void {
  container.record = record;
  saveRecord(context, container);
}

/**
 * Changes a running container: `apply` tells the kernel, then `next` is its record. That it is to be so is on record first, and an engine that starts after the death
 * of this one finishes (SPEC LIVE-1). Runs in the queue; when `apply` fails the record is what it was.
 */
export async function changeLive(context: Context, container: Container, next: ContainerRecord, apply: () => Promise<void>): Promise<void> {
  const before = container.record;
  setRecord(context, container, { ...before, applying: next });
  try {
    await apply();
  } catch (error) {
    setRecord(context, container, before);
    throw error;
  }
  setRecord(context, container, next);
}
