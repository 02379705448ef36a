import type { BuildEvent, BuildRecord } from "../build.ts";

/** How an event changes what is known of a build; null when it does not. */
export function followRecord(record: BuildRecord, event: BuildEvent): Partial<BuildRecord> | null {
  switch (event.type) {
    case "planned": {
      const known = new Map(record.steps.map((step) => [step.number, step]));
      return { steps: event.steps.map((info) => known.get(info.number) ?? { ...info, outcome: null, reason: null, statistics: null }) };
    }
    case "warning":
      return { warnings: [...record.warnings, event.diagnostic] };
    case "stepEnded": {
      const { step: number, outcome, reason, statistics } = event;
      return { steps: record.steps.map((step) => (step.number === number ? { ...step, outcome, reason, statistics } : step)) };
    }
    case "ended":
      return event.outcome === "built"
        ? { status: "built", endedAt: event.at, imageId: event.imageId, tags: event.tags }
        : { status: event.outcome, endedAt: event.at, error: event.error };
    default:
      return null;
  }
}
