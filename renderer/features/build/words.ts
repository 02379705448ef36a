/** What builds say, in words. */
import type { BuildStatus, BuildSummary, CacheReason, StepOutcome } from "../../../electron/ipc/contract/builds.ts";
import type { GlyphState } from "../../lib/glyph.ts";
import { plural } from "../../lib/time.ts";

/** Why a step ran, in a few words: "src/a.ts changed and 2 more". Capital letter first, no full stop. */
export function reasonWords(reason: CacheReason): string {
  switch (reason.type) {
    case "new":
      return "First build of this step";
    case "disabled":
      return "The cache is off for this build";
    case "removed":
      return "Its earlier result was removed";
    case "base":
      return `The base image changed from ${shortDigest(reason.before)} to ${shortDigest(reason.now)}`;
    case "earlierStep":
      return `Step ${reason.step} changed: ${reason.text}`;
    case "instruction":
      return "The instruction changed";
    case "argument":
      return `The argument ${reason.name} changed`;
    case "environment":
      return `The variable ${reason.name} changed`;
    case "files": {
      const [first, ...rest] = fileChanges(reason);
      const more = Math.max(reason.total - 1, rest.length);
      return first === undefined ? "Its files changed" : `${first}${more > 0 ? ` and ${more} more` : ""}`;
    }
  }
}

/** Everything a reason knows, a line each, where it knows more than its words: paths, or the instruction as it was. */
export function reasonDetails(reason: CacheReason): readonly string[] {
  if (reason.type === "instruction") return [`Before: ${reason.before}`];
  if (reason.type !== "files" || reason.total < 2) return [];
  const lines = fileChanges(reason);
  return reason.total > lines.length ? [...lines, `and ${plural(reason.total - lines.length, "more file")}`] : lines;
}

function fileChanges({ changed, added, removed }: Extract<CacheReason, { type: "files" }>): string[] {
  return [...changed.map((path) => `${path} changed`), ...added.map((path) => `${path} is new`), ...removed.map((path) => `${path} was removed`)];
}

function shortDigest(text: string): string {
  return text.replace(/^sha256:/, "").slice(0, 12);
}

export const statusWords: Record<BuildStatus, string> = { running: "Running", built: "Built", failed: "Failed", cancelled: "Cancelled", interrupted: "Interrupted" };
export const statusGlyphs: Record<BuildStatus, GlyphState> = { running: "busy", built: "running", failed: "failed", cancelled: "exited", interrupted: "dead" };
export const outcomeWords: Record<StepOutcome, string> = { cached: "Cached", executed: "Executed", failed: "Failed", cancelled: "Cancelled" };

/** "7 cached, 2 executed", what a build has come to so far. */
export function countWords({ steps, cached, executed }: Pick<BuildSummary, "steps" | "cached" | "executed">): string {
  if (steps === 0) return "";
  if (cached === 0 && executed === 0) return plural(steps, "step");
  return [cached > 0 && `${cached} cached`, executed > 0 && `${executed} executed`].filter(Boolean).join(", ");
}

/** What a Dockerfile's step is called: its instruction and the rest. */
export function splitStep(text: string): { readonly keyword: string; readonly rest: string } {
  const space = text.search(/\s/);
  return space < 0 ? { keyword: text.toUpperCase(), rest: "" } : { keyword: text.slice(0, space).toUpperCase(), rest: text.slice(space).trim() };
}
