/** What a container is made of, as the run dialog sends it. Absent means "as the image says" or Docker's default. */
import { z } from "zod";
import { imageRef, port, protocol } from "./common.ts";

export const containerName = z.string().max(255).regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, "may contain letters, digits, _ . - and begins with a letter or digit");
const absolutePath = z.string().min(1).max(4096).regex(/^\/[^\0]*$/, "must be an absolute path");
export const text = z.string().max(32_768).regex(/^[^\0]*$/, "must not contain a NUL character");
const word = z.string().min(1, "must not be empty").max(4096).regex(/^[^\0\s]*$/, "must not contain blanks");
const words = z.array(word).max(1024);
const named = z.record(z.string().min(1).max(4096), text);
const bytes = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const milliseconds = z.number().int().min(0).max(1_000_000_000_000);
const macAddress = z.string().regex(/^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/, "is not six pairs of hexadecimal digits, like 02:42:ac:11:00:02");

/** Publishes `containerPort`; without `hostPort` the engine picks a free one, from `hostPort` to `hostPortEnd` where both are given; without `hostIp` it listens on every address. */
export const portMapping = z.object({
  hostIp: z.union([z.ipv4(), z.ipv6()]).optional(),
  hostPort: port.optional(),
  hostPortEnd: port.optional(),
  containerPort: port,
  protocol: protocol.default("tcp"),
});

export const volumeMapping = z.discriminatedUnion("type", [
  /** A folder of the engine's machine; it is made when it is missing, as `docker run -v` does. `options`: `z`, `Z`, and propagations such as `rslave`. */
  z.object({ type: z.literal("bind"), source: absolutePath, target: absolutePath, readOnly: z.boolean().default(false), options: z.array(z.string().regex(/^([zZ]|r?(private|shared|slave)|consistent|cached|delegated)$/, "is not z, Z or a propagation such as rslave")).max(8).default([]) }),
  /** Without a source: an anonymous volume. `options`: `nocopy`, `z`, `Z`. */
  z.object({
    type: z.literal("volume"),
    source: z.string().max(255).regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "is not a volume name").optional(),
    target: absolutePath,
    readOnly: z.boolean().default(false),
    options: z.array(z.string().regex(/^(nocopy|[zZ])$/, "is not nocopy, z or Z")).max(8).default([]),
  }),
  /** `options` as mount(8) has them for a tmpfs: `size=64m`, `mode=1777`, `exec`. */
  z.object({ type: z.literal("tmpfs"), target: absolutePath, readOnly: z.boolean().default(false), options: z.array(z.string().max(256).regex(/^[\w.%-]+(=[\w.%:-]+)?$/, "is not an option such as size=64m")).max(32).default([]) }),
]);

export const restartPolicy = z.object({
  name: z.enum(["no", "always", "unless-stopped", "on-failure"]),
  /** Only for `on-failure`; 0 means no limit. */
  maximumRetryCount: z.number().int().min(0).max(1_000_000).default(0),
});

/** One network of the container. The first one is its mode, and may be `host`, `none` or `container:NAME`. */
export const networkJoin = z.object({ name: word.max(255), aliases: words.default([]), ipAddress: z.ipv4("is not an IPv4 address").optional(), macAddress: macAddress.optional() });

export const healthCheck = z.discriminatedUnion("type", [
  z.object({ type: z.literal("none") }),
  /** A command of the container's shell, or words that need none; what is left out is as the image says. */
  z.object({ type: z.literal("command"), command: z.union([text, z.array(text).min(1).max(4096)]).optional(), intervalMs: milliseconds.optional(), timeoutMs: milliseconds.optional(), startPeriodMs: milliseconds.optional(), retries: z.number().int().min(0).max(1_000_000).optional() }),
]);

export const containerForm = z.object({
  image: imageRef,
  name: containerName.optional(),
  platform: z.string().max(64).regex(/^[a-z0-9]+(\/[a-z0-9_.-]+){0,2}$/, "is not a platform such as linux/arm64").optional(),
  /** Arguments after the image: they replace CMD and are appended to ENTRYPOINT. */
  command: z.array(text).max(4096).optional(),
  /** One empty word clears the image's. */
  entrypoint: z.array(text).max(4096).optional(),
  env: z.array(z.object({ name: z.string().min(1).max(4096).regex(/^[^=\0]+$/, "must not be empty or contain ="), value: text })).max(4096).default([]),
  ports: z.array(portMapping).max(4096).default([]),
  /** `-P`: every exposed port on a free host port. */
  publishAllPorts: z.boolean().default(false),
  expose: z.array(z.object({ port, protocol: protocol.default("tcp") })).max(4096).default([]),
  volumes: z.array(volumeMapping).max(1024).default([]),
  volumesFrom: words.default([]),
  labels: named.default({}),
  restartPolicy: restartPolicy.default({ name: "no", maximumRetryCount: 0 }),
  autoRemove: z.boolean().default(false),
  tty: z.boolean().default(false),
  /** Keeps standard input open. */
  interactive: z.boolean().default(false),
  init: z.boolean().default(false),
  readOnlyRootfs: z.boolean().default(false),
  privileged: z.boolean().default(false),
  user: word.max(256).optional(),
  workingDir: absolutePath.optional(),
  hostname: z.string().max(253).regex(/^[a-zA-Z0-9_]([a-zA-Z0-9_.-]*[a-zA-Z0-9_])?$/, "is not a host name").optional(),
  domainname: z.string().max(253).regex(/^[a-zA-Z0-9_]([a-zA-Z0-9_.-]*[a-zA-Z0-9_])?$/, "is not a domain name").optional(),
  networks: z.array(networkJoin).max(128).default([]),
  dns: z.array(z.union([z.ipv4(), z.ipv6()], "is not an IP address")).max(16).default([]),
  dnsSearch: words.default([]),
  dnsOptions: words.default([]),
  /** `NAME:ADDRESS`; the address may be `host-gateway`. */
  extraHosts: z.array(word.regex(/^[^:=]+[:=].+$/, "is not NAME:ADDRESS")).max(1024).default([]),
  memoryBytes: bytes.min(6 * 1024 * 1024, "must be at least 6 MB").optional(),
  /** Memory and swap together; -1 is no limit. */
  memorySwapBytes: z.union([z.literal(-1), bytes]).optional(),
  memoryReservationBytes: bytes.optional(),
  /** Number of CPUs, fractions allowed. */
  cpus: z.number().positive().max(4096).optional(),
  cpuShares: z.number().int().min(2).max(262_144).optional(),
  cpusetCpus: z.string().max(256).regex(/^\d+(-\d+)?(,\d+(-\d+)?)*$/, "is not a list of processors such as 0-2,5").optional(),
  /** -1 is no limit. */
  pidsLimit: z.number().int().min(-1).max(4_194_304).optional(),
  shmSizeBytes: bytes.optional(),
  ulimits: z.array(z.object({ name: z.string().regex(/^[a-z]+$/, "is not a limit such as nofile"), soft: z.number().int().min(-1), hard: z.number().int().min(-1) })).max(32).default([]),
  /** All GPUs is -1. */
  gpus: z.union([z.object({ count: z.number().int().min(-1).max(1024) }), z.object({ deviceIds: words })]).optional(),
  devices: z.array(z.object({ host: absolutePath, container: absolutePath, permissions: z.string().regex(/^[rwm]{1,3}$/, "is made of r, w and m") })).max(1024).default([]),
  health: healthCheck.optional(),
  capAdd: words.default([]),
  capDrop: words.default([]),
  securityOpt: words.default([]),
  groupAdd: words.default([]),
  pidMode: word.max(255).optional(),
  ipcMode: word.max(255).optional(),
  sysctls: named.default({}),
  logging: z.object({ driver: z.string().max(64).regex(/^[a-z0-9][\w./:-]*$/, "is not a logging driver").optional(), options: named.default({}) }).optional(),
  stopSignal: z.string().max(16).regex(/^((SIG)?[A-Z][A-Z0-9+-]*|\d{1,2})$/, "is not a signal such as SIGINT").optional(),
  /** -1 waits for ever. */
  stopTimeoutSeconds: z.number().int().min(-1).max(86_400).optional(),
});

/** What a screen fills in: defaults may be left out. */
export type ContainerForm = z.input<typeof containerForm>;
/** What the host receives: defaults are filled in. */
export type CompleteContainerForm = z.output<typeof containerForm>;
export type PortMapping = z.input<typeof portMapping>;
export type VolumeMapping = z.input<typeof volumeMapping>;
