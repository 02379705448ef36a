/** Containers: list, look, create and the lifecycle. */
import { eventIterator, oc, type } from "@orpc/contract";
import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import { z } from "zod";
import { containerRef, filters, imageRef, port, protocol, seconds } from "./common.ts";

const containerName = z.string().max(255).regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, "may contain letters, digits, _ . - and begins with a letter or digit");
const absolutePath = z.string().min(1).max(4096).regex(/^\/[^\0]*$/, "must be an absolute path");
const text = z.string().max(32_768).regex(/^[^\0]*$/, "must not contain a NUL character");

/** Publishes `containerPort`; without `hostPort` the engine picks a free one, without `hostIp` it listens on every address. */
export const portMapping = z.object({
  hostIp: z.union([z.ipv4(), z.ipv6()]).optional(),
  hostPort: port.optional(),
  containerPort: port,
  protocol: protocol.default("tcp"),
});

export const volumeMapping = z.discriminatedUnion("type", [
  z.object({ type: z.literal("bind"), source: absolutePath, target: absolutePath, readOnly: z.boolean().default(false) }),
  /** Without a source: an anonymous volume. */
  z.object({
    type: z.literal("volume"),
    source: z.string().max(255).regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "is not a volume name").optional(),
    target: absolutePath,
    readOnly: z.boolean().default(false),
  }),
  z.object({ type: z.literal("tmpfs"), target: absolutePath, sizeBytes: z.number().int().min(1).optional() }),
]);

export const restartPolicy = z.object({
  name: z.enum(["no", "always", "unless-stopped", "on-failure"]),
  /** Only for `on-failure`; 0 means no limit. */
  maximumRetryCount: z.number().int().min(0).max(1_000_000).default(0),
});

/** The run dialog's form. Absent means "as the image says" or Docker's default. */
export const containerForm = z.object({
  image: imageRef,
  name: containerName.optional(),
  platform: z.string().max(64).regex(/^[a-z0-9]+(\/[a-z0-9_.-]+){0,2}$/).optional(),
  /** Arguments after the image: they replace CMD and are appended to ENTRYPOINT. */
  command: z.array(text).max(4096).optional(),
  entrypoint: z.array(text).max(4096).optional(),
  env: z.array(z.object({ name: z.string().min(1).max(4096).regex(/^[^=\0]+$/, "must not be empty or contain ="), value: text })).max(4096).default([]),
  ports: z.array(portMapping).max(4096).default([]),
  /** `-P`: every exposed port on a free host port. */
  publishAllPorts: z.boolean().default(false),
  volumes: z.array(volumeMapping).max(1024).default([]),
  labels: z.record(z.string().min(1).max(4096), text).default({}),
  restartPolicy: restartPolicy.default({ name: "no", maximumRetryCount: 0 }),
  autoRemove: z.boolean().default(false),
  tty: z.boolean().default(false),
  /** Keeps standard input open. */
  interactive: z.boolean().default(false),
  init: z.boolean().default(false),
  readOnlyRootfs: z.boolean().default(false),
  privileged: z.boolean().default(false),
  user: z.string().max(256).optional(),
  workingDir: absolutePath.optional(),
  hostname: z.string().max(253).regex(/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/, "is not a host name").optional(),
  network: z.string().min(1).max(255).optional(),
  memoryBytes: z.number().int().min(6 * 1024 * 1024, "must be at least 6 MB").optional(),
  /** Number of CPUs, fractions allowed. */
  cpus: z.number().positive().max(4096).optional(),
});

/** What a screen fills in: defaults may be left out. */
export type ContainerForm = z.input<typeof containerForm>;
/** What the host receives: defaults are filled in. */
export type CompleteContainerForm = z.output<typeof containerForm>;
export type PortMapping = z.input<typeof portMapping>;
export type VolumeMapping = z.input<typeof volumeMapping>;

export interface CreatedContainer {
  id: string;
  warnings: string[];
}

/** A path of a container that is not what its image has there. */
export interface ContainerChange {
  path: string;
  kind: "modified" | "added" | "deleted";
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

const one = z.object({ id: containerRef });

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
