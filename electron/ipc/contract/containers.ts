/** Containers: list, look, create and the lifecycle. */
import { eventIterator, oc, type } from "@orpc/contract";
import type { ContainerCreateOptions, ContainerInfo, ContainerInspectInfo } from "dockerode";
import { z } from "zod";
import { containerRef, filters, imageRef, seconds } from "./common.ts";
import { containerForm, containerName, text } from "./container-form.ts";

export interface CreatedContainer {
  id: string;
  warnings: string[];
}

/** A path of a container that is not what its image has there. */
export interface ContainerChange {
  path: string;
  kind: "modified" | "added" | "deleted";
  /** Length of a file that was added or changed, where the engine says it. */
  bytes?: number;
}

/** What a container would give back if it were removed. */
export interface ContainerSize {
  id: string;
  /** Bytes written inside it. */
  bytes: number;
}

/** Bytes written so far; `done` comes last. */
export type ExportEvent = { type: "progress" | "done"; bytes: number; path: string };

/** `docker commit`. `changes` are Dockerfile instructions such as `CMD ["sh"]`. */
export const commitForm = z.object({
  id: containerRef,
  /** Name with or without tag; absent: an image without a name. */
  image: imageRef.optional(),
  author: z.string().max(1024).regex(/^[^\0]*$/).optional(),
  comment: z.string().max(4096).regex(/^[^\0]*$/).optional(),
  /** Holds the container still while its files are read. */
  pause: z.boolean().default(true),
  changes: z.array(text).max(100).default([]),
});

export type CommitForm = z.input<typeof commitForm>;
export type CompleteCommitForm = z.output<typeof commitForm>;

/** One setting that a reconfiguration changes. `live`: at once; `restart`: the container is restarted for it; `start`: at its next start. */
export interface SettingChange {
  /** Its place in inspect: `Config.Env`, `HostConfig.Memory`, `Networks.NAME`; `Name` and `Mounts`. */
  setting: string;
  before: unknown;
  after: unknown;
  effect: "live" | "restart" | "start";
}

export interface Reconfiguration {
  changes: SettingChange[];
  restarts: boolean;
  warnings: string[];
}

/** How a container is configured. */
export interface ContainerConfiguration {
  /** The request that makes it as it is, without what its image says anyway. */
  request: ContainerCreateOptions;
  /** What going back to the configuration before would change; null when there is none. */
  undo: Reconfiguration | null;
}

const one = z.object({ id: containerRef });

/** `wait` for the clean-up of the last run; `network`, `mount` and `log` go on side by side; `create` is the OCI runtime's. */
export type StartStep = "wait" | "resolve" | "network" | "mount" | "log" | "files" | "create" | "attach" | "start";

/** Times in ms since the start began. */
export interface StartSpan {
  step: StartStep;
  at: number;
  /** Null while it goes on. */
  milliseconds: number | null;
  failed: boolean;
}

/** One start: what took how long, and how it went on. */
export interface ContainerStart {
  /** Milliseconds since the epoch. */
  at: number;
  /** The restart policy asked, not a user. */
  byPolicy: boolean;
  outcome: "starting" | "running" | "failed";
  /** Until the process ran, or the failure was undone. */
  milliseconds: number;
  /** Why it failed; empty otherwise. */
  error: string;
  spans: StartSpan[];
  /** Null without a health check; `milliseconds` until it first said so. */
  health: { status: "starting" | "healthy" | "unhealthy"; milliseconds: number | null } | null;
  ended: { exitCode: number; milliseconds: number } | null;
}

export const containers = {
  /** All containers, running or not, newest first; `filters` as Docker's (`id`, `name`, `status`, `label`, `ancestor`, ...). Never with sizes. */
  list: oc.input(z.object({ filters: filters.optional() }).default({})).output(type<ContainerInfo[]>()),
  inspect: oc.input(one).output(type<ContainerInspectInfo>()),
  create: oc.input(containerForm).output(type<CreatedContainer>()),
  /** Create and start. When the start fails the new container is removed again and the error says why. A missing image is `notFound` with hint `imageMissing`. */
  run: oc.input(containerForm).output(type<CreatedContainer>()),
  /** Starting a running container, stopping a stopped one: succeeds. */
  start: oc.input(one).output(type<void>()),
  stop: oc.input(one.extend({ timeoutSeconds: seconds.optional() })).output(type<void>()),
  restart: oc.input(one.extend({ timeoutSeconds: seconds.optional() })).output(type<void>()),
  pause: oc.input(one).output(type<void>()),
  unpause: oc.input(one).output(type<void>()),
  kill: oc.input(one.extend({ signal: z.string().max(16).regex(/^(SIG)?[A-Z0-9+-]+$/, "is not a signal").default("SIGKILL") })).output(type<void>()),
  /** `force` kills a running one; `volumes` also removes its anonymous volumes. */
  remove: oc.input(one.extend({ force: z.boolean().default(false), volumes: z.boolean().default(false) })).output(type<void>()),
  /** The last starts since the engine started, the newest first. On an engine that is not Slipway's `notImplemented`. */
  starts: oc.input(one).output(type<ContainerStart[]>()),
  /** Slipway's own engine only, as the two below: others answer `notImplemented`. */
  configuration: oc.input(one).output(type<ContainerConfiguration>()),
  /** Gives an existing container another configuration over the same files. Settings that the form does not know stay. `dryRun` only says what would change. */
  reconfigure: oc.input(one.extend({ form: containerForm, dryRun: z.boolean().default(false) })).output(type<Reconfiguration>()),
  /** Brings back what the last reconfiguration replaced. */
  undoReconfiguration: oc.input(one.extend({ dryRun: z.boolean().default(false) })).output(type<Reconfiguration>()),
  rename: oc.input(one.extend({ name: containerName })).output(type<void>()),
  /** What was written, against the image; in the order of the paths. */
  changes: oc.input(one).output(type<ContainerChange[]>()),
  /** Bytes written inside each of these; it walks their files, so only a click leads here. Absent: gone. */
  sizes: oc.input(z.object({ ids: z.array(containerRef).max(20_000) })).output(type<ContainerSize[]>()),
  commit: oc.input(commitForm).output(type<{ imageId: string }>()),
  /**
   * The container's files as a tar on the host's disk. The file appears under its name when it is complete. `~` is the home of the host's user.
   * @throws `alreadyExists` unless `replace`
   */
  export: oc.input(one.extend({ path: z.string().min(1).max(4096).regex(/^(\/|~\/)[^\0]+$/, "must be an absolute path, or begin with ~/"), replace: z.boolean().default(false) })).output(eventIterator(type<ExportEvent>())),
};
