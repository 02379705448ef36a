/**
 * Builds: what was built and is being built, a build's events, its failed step, and the Dockerfile. On an engine that is not ours they go through
 * Docker's own `POST /build`, and the host keeps them: `plan`, `retry`, `dismiss` and `shell` are then `notImplemented`, and so are secrets and `ssh`.
 */
import { eventIterator, oc, type } from "@orpc/contract";
import { z } from "zod";
import type { BuildEvent, BuildForecast, BuildRecord, StepInfo } from "../../../engine/build/events.ts";
import type { DescribedNode, Diagnostic, DockerfileDescription } from "../../../engine/dockerfile/dockerfile.ts";
import { imageRef, streamId } from "./common.ts";
import type { TerminalEvent } from "./terminal.ts";

export type { BuildForecast, CacheReason, ForecastStep, StepOutcome, StepStatistics } from "../../../engine/build/events.ts";
export type { DockerfileDescription } from "../../../engine/dockerfile/dockerfile.ts";
export type BuildDiagnostic = Diagnostic;
export type DockerfileNode = DescribedNode;
export type BuildStatus = BuildRecord["status"];
export type BuildStepInfo = StepInfo;
export type { BuildEvent, BuildRecord };

/** A build without its steps. */
export interface BuildSummary extends Omit<BuildRecord, "steps" | "warnings"> {
  readonly steps: number;
  readonly cached: number;
  readonly executed: number;
  readonly warnings: number;
}

export type BuildListEvent =
  /** The first one. `keeper` is who keeps builds: our engine, which knows everything of them, or for any other engine the host, for as long as it runs. */
  | { type: "list"; keeper: "engine" | "host"; builds: BuildSummary[] }
  /** At most five times a second for a build. */
  | { type: "changed"; build: BuildSummary }
  | { type: "removed"; id: string };

export interface BuildBatch {
  events: BuildEvent[];
  /** Cost for `streams.ack`. */
  bytes: number;
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
