/**
 * Builds of our own engine: what it has built and is building, a build's events, its failed step, and the Dockerfile. Any other daemon has none of
 * it: `watch` says `unsupported`, everything else fails with `notFound`.
 */
import { eventIterator, oc, type } from "@orpc/contract";
import { z } from "zod";
import { imageRef, streamId } from "./common.ts";
import type { TerminalEvent } from "./terminal.ts";

/** Lines and columns count from 1; offsets are UTF-16 code units from 0. */
export interface SourcePosition {
  line: number;
  column: number;
  offset: number;
}

/** From `start` up to, not including, `end`. */
export interface SourceRange {
  start: SourcePosition;
  end: SourcePosition;
}

export interface BuildDiagnostic {
  /** Name of Docker's build check, or `ParseError`. */
  rule: string;
  severity: "error" | "warning";
  message: string;
  range: SourceRange;
  help?: string;
}

export type BuildStatus = "running" | "built" | "failed" | "cancelled" | "interrupted";
export type StepOutcome = "cached" | "executed" | "failed" | "cancelled";

/** Why a step had to run. */
export type CacheReason =
  | { type: "new" | "disabled" | "removed" }
  | { type: "base"; before: string; now: string }
  | { type: "earlierStep"; step: number; text: string }
  | { type: "instruction"; before: string }
  | { type: "argument" | "environment"; name: string }
  /** Up to ten paths; `total` counts all. */
  | { type: "files"; changed: string[]; added: string[]; removed: string[]; total: number };

export interface BuildStepInfo {
  /** From 1, over all stages. */
  number: number;
  fromTrigger: boolean;
  stage: number;
  stageName: string;
  text: string;
  range: SourceRange;
  type: "from" | "config" | "directory" | "run" | "copy";
}

export interface StepStatistics {
  /** Milliseconds since the epoch. */
  startedAt: number;
  durationMs: number;
  cpuMs: number | null;
  layerBytes: number | null;
}

/** Everything a build says, in order. Times in milliseconds since the epoch. */
export type BuildEvent =
  | { type: "started"; buildId: string; at: number; title: string }
  | { type: "context"; bytes: number; files: number; done: boolean }
  | { type: "planned"; steps: BuildStepInfo[]; skippedStages: string[] }
  | { type: "warning"; diagnostic: BuildDiagnostic }
  | { type: "stepStarted"; step: number; at: number }
  | { type: "stepMissed"; step: number; reason: CacheReason }
  | { type: "stepStatus"; step: number; status: string; id?: string; progress?: { current: number; total: number } }
  | { type: "stepOutput"; step: number; stream: "stdout" | "stderr"; text: string }
  | { type: "stepEnded"; step: number; outcome: StepOutcome; reason: CacheReason | null; statistics: StepStatistics; result: string | null }
  | { type: "exporting"; layer: number; of: number }
  | { type: "ended"; at: number; outcome: "built"; imageId: string; tags: string[] }
  | { type: "ended"; at: number; outcome: "failed" | "cancelled"; error: string; details: Record<string, unknown> };

/** A build without its steps. */
export interface BuildSummary {
  id: string;
  title: string;
  status: BuildStatus;
  startedAt: number;
  endedAt: number | null;
  error: string | null;
  imageId: string | null;
  tags: string[];
  target: string | null;
  /** Directory or address; null for one that was sent as an archive. */
  contextPath: string | null;
  /** Path in the context; empty for one that was sent as text. */
  dockerfile: string;
  steps: number;
  cached: number;
  executed: number;
  warnings: number;
  /** The step whose file system is kept. */
  failedStep: number | null;
}

export type BuildListEvent =
  /** The daemon keeps no builds; the stream ends. */
  | { type: "unsupported" }
  /** The first one: running builds, then ended ones, newest first. */
  | { type: "list"; builds: BuildSummary[] }
  /** At most five times a second for a build. */
  | { type: "changed"; build: BuildSummary }
  | { type: "removed"; id: string };

export interface BuildBatch {
  events: BuildEvent[];
  /** Cost for `streams.ack`. */
  bytes: number;
}

export interface ForecastStep extends BuildStepInfo {
  /** Steps after a miss depend on results nobody has: they are `unknown`. */
  forecast: "hit" | "miss" | "unknown";
  reason: CacheReason | null;
}

export interface BuildForecast {
  steps: ForecastStep[];
  warnings: BuildDiagnostic[];
}

/** A node of a Dockerfile: the texts of all nodes, one after the other, are the file. `disabled` is an instruction in comments. */
export interface DockerfileNode {
  type: "blank" | "comment" | "directive" | "instruction" | "disabled";
  start: number;
  end: number;
  line: number;
  /** Of an instruction, in capitals. */
  name: string | null;
  argument: string | null;
  flags: string[];
  /** What disables an instruction or enables it, in the place of its text; null for what cannot be disabled. */
  toggled: string | null;
}

export interface DockerfileDescription {
  nodes: DockerfileNode[];
  stages: { index: number; name: string | null; image: string; line: number }[];
  args: { name: string; value: string | null }[];
  diagnostics: BuildDiagnostic[];
}

export interface FolderListing {
  path: string;
  /** Directories first, by name; the first 500. */
  entries: { name: string; directory: boolean }[];
  truncated: boolean;
}

export interface HostFile {
  text: string;
  /** Of exactly this text; null for a file that is not there. */
  version: string | null;
}

const buildId = z.string().min(1).max(64).regex(/^[0-9a-f]+$/, "is not the id of a build");
const one = z.object({ id: buildId });
const hostPath = z.string().min(1).max(4096).regex(/^\/[^\0]*$/, "is not an absolute path");
const dockerfileText = z.string().max(1024 * 1024);
const size = z.number().int().min(1).max(1000);

/** Where a secret's value is on the desktop's machine: a file, or a variable of the desktop's environment. */
const secretSource = z.object({ from: z.enum(["file", "env"]), source: z.string().min(1).max(4096).regex(/^[^\0]+$/) }).refine(({ from, source }) => (from === "env" ? !source.includes("=") : /^(\/|~\/)/.test(source)), "is neither the name of a variable nor an absolute path");
export type SecretSource = z.output<typeof secretSource>;

const named = z.object({ name: z.string().min(1).max(255), value: z.string().max(32_768) });

export const buildForm = z.object({
  /** An absolute path on the engine's machine, or an address. */
  context: z.string().min(1).max(4096).regex(/^(\/[^\0]*|(https?|git|ssh):\/\/\S+|git@\S+)$/, "is neither an absolute path nor an address"),
  dockerfile: z.string().min(1).max(4096).optional(),
  target: z.string().min(1).max(255).optional(),
  tags: z.array(imageRef).max(64).default([]),
  args: z.array(named).max(256).default([]),
  labels: z.array(named).max(256).default([]),
  /** Values are read when the build begins, and are nowhere else. */
  secrets: z.array(z.intersection(z.object({ id: z.string().min(1).max(255).regex(/^[^\s,"=]+$/) }), secretSource)).max(64).default([]),
  /** Lends the build the SSH agent of the desktop's user. */
  ssh: z.boolean().default(false),
  /** Of RUN, where it names none itself. */
  network: z.string().max(255).regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/).optional(),
  extraHosts: z.array(z.object({ name: z.string().min(1).max(255).regex(/^[^\s:]+$/), address: z.string().min(1).max(255).regex(/^\S+$/) })).max(256).default([]),
  platform: z.string().max(64).regex(/^[a-z0-9]+(\/[a-z0-9_.-]+){0,2}$/).optional(),
  noCache: z.boolean().default(false),
  pull: z.boolean().default(false),
});

export type BuildForm = z.input<typeof buildForm>;
export type CompleteBuildForm = z.output<typeof buildForm>;

export const builds = {
  watch: oc.output(eventIterator(type<BuildListEvent>())),
  /** A build's events from its beginning, until it has ended. Bulk: flows with credit. */
  follow: oc.input(one.extend({ streamId })).output(eventIterator(type<BuildBatch>())),
  /** Resolves when the build runs; it goes on whatever becomes of the window. */
  start: oc.input(buildForm).output(type<{ id: string }>()),
  /** Which steps would run, without running any. */
  plan: oc.input(buildForm).output(type<BuildForecast>()),
  cancel: oc.input(one).output(type<void>()),
  /** Builds a failed build again, with an edited Dockerfile where one is given. `notFound` once its step was dismissed. */
  retry: oc.input(one.extend({ dockerfileText: dockerfileText.optional() })).output(type<{ id: string }>()),
  /** Gives up the file system that a failed step keeps. */
  dismiss: oc.input(one).output(type<void>()),
  /** Takes an ended build out of the history. */
  remove: oc.input(one).output(type<void>()),
  /** A shell in the file system of the failed step, as it was when the step failed; goes on as `terminal.open` does. */
  shell: oc
    .input(one.extend({ streamId, command: z.array(z.string().min(1).max(32_768)).max(64).default([]), columns: size.default(80), rows: size.default(24) }))
    .output(eventIterator(type<TerminalEvent>())),
  /** Why the value of a secret cannot be read; null where it can. Never the value. */
  checkSecret: oc.input(secretSource).output(type<string | null>()),
  describe: oc.input(z.object({ text: dockerfileText })).output(type<DockerfileDescription>()),
  /** `~` is the home directory. `notFound`, `forbidden`, `invalidArgument` for what is no directory. */
  listFolder: oc.input(z.object({ path: z.string().min(1).max(4096).regex(/^[/~][^\0]*$/, "is not an absolute path") })).output(type<FolderListing>()),
  readFile: oc.input(z.object({ path: hostPath })).output(type<HostFile>()),
  /** Writes the whole file or nothing. `conflict` when it is not the version that was read: `version` null means that there was none. */
  saveFile: oc.input(z.object({ path: hostPath, text: dockerfileText, version: z.string().max(128).nullable() })).output(type<HostFile>()),
};
