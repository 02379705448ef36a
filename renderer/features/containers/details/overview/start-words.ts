/** How a start is told and drawn. Pure. */
import type { ContainerStart, StartStep } from "../../../../../electron/ipc/contract/containers.ts";
import { took } from "../../../../lib/time.ts";

export const stepWords: Readonly<Record<StartStep, { readonly name: string; readonly means: string }>> = {
  wait: { name: "Clean-up", means: "Waiting for the clean-up of the last run" },
  resolve: { name: "Resolve", means: "Looking up the networks" },
  network: { name: "Network", means: "Namespace, addresses, published ports" },
  mount: { name: "Mount", means: "The root file system, from the image’s layers and the container’s own" },
  log: { name: "Log", means: "The log file" },
  files: { name: "Files", means: "hosts, resolv.conf and the OCI configuration" },
  create: { name: "OCI create", means: "conmon and the OCI runtime make the container" },
  attach: { name: "Attach", means: "Connecting clients that wait for output" },
  start: { name: "Start", means: "The process begins" },
};

/** A bar, in hundredths of the width. */
export interface Bar {
  readonly left: number;
  readonly width: number;
}

export interface StepRow {
  readonly step: StartStep;
  readonly took: string;
  readonly failed: boolean;
  readonly bar: Bar;
  /** The same step of the start before, if it got that far. */
  readonly before: { readonly took: string; readonly bar: Bar } | undefined;
}

/** The steps of a start as rows, on one scale with the start before. */
export function stepRows(start: ContainerStart, before: ContainerStart | undefined): StepRow[] {
  const end = Math.max(lengthOf(start), before === undefined ? 0 : lengthOf(before), 0.01);
  const bar = ({ at, milliseconds }: { at: number; milliseconds: number | null }): Bar => ({ left: (at / end) * 100, width: ((milliseconds ?? end - at) / end) * 100 });
  return start.spans.map((span) => {
    const earlier = before?.spans.find(({ step }) => step === span.step);
    return {
      step: span.step,
      took: span.milliseconds === null ? "under way" : `${took(span.milliseconds)}${span.failed ? ", failed" : ""}`,
      failed: span.failed,
      bar: bar(span),
      before: earlier?.milliseconds == null ? undefined : { took: took(earlier.milliseconds), bar: bar(earlier) },
    };
  });
}

/** Up to the end of the last step: what comes after a failure, its undoing, is no step. */
function lengthOf({ spans }: ContainerStart): number {
  return spans.reduce((most, { at, milliseconds }) => Math.max(most, at + (milliseconds ?? 0)), 0);
}

/** What became of a start, in a sentence. */
export function startSays(start: ContainerStart, before: ContainerStart | undefined): string {
  const by = start.byPolicy ? " Started by the restart policy." : "";
  if (start.outcome === "starting") return `Starting.${by}`;
  if (start.outcome === "failed") {
    const failed = start.spans.find((span) => span.failed);
    return `${failed === undefined ? `Not started, after ${took(start.milliseconds)}` : `Stopped at ${stepWords[failed.step].name} after ${took(failed.at + (failed.milliseconds ?? 0))}`}.${by}`;
  }
  return `Running after ${took(start.milliseconds)}${compared(start, before)}.${by}${endSays(start)}`;
}

/** Differences below a tenth are noise. */
function compared(start: ContainerStart, before: ContainerStart | undefined): string {
  if (before?.outcome !== "running") return "";
  const difference = start.milliseconds - before.milliseconds;
  if (Math.abs(difference) < before.milliseconds / 10) return ", as the start before";
  return `, ${took(Math.abs(difference))} ${difference < 0 ? "faster" : "slower"} than the start before`;
}

function endSays({ ended }: ContainerStart): string {
  return ended === null ? "" : ` Ended with ${ended.exitCode} after ${took(ended.milliseconds)}.`;
}

/** How long it took to be healthy; undefined without a check. */
export function healthSays({ health }: ContainerStart): string | undefined {
  if (health === null) return undefined;
  if (health.milliseconds === null) return "not yet";
  return health.status === "unhealthy" ? `no, after ${took(health.milliseconds)}` : took(health.milliseconds);
}
