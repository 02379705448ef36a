import type { RuntimeCapabilities } from "../runtime.ts";
import type { SpecUser } from "../spec-types.ts";

/** The parts of Docker's HostConfig that shape a specification; names and units as in the Docker Engine API. */
export interface SpecHostConfig {
  readonly CapAdd?: readonly string[] | null | undefined;
  readonly CapDrop?: readonly string[] | null | undefined;
  readonly CgroupnsMode?: string | undefined;
  readonly ConsoleSize?: readonly number[] | null | undefined;
  readonly IpcMode?: string | undefined;
  readonly Init?: boolean | null | undefined;
  readonly OomScoreAdj?: number | undefined;
  readonly PidMode?: string | undefined;
  readonly Privileged?: boolean | undefined;
  readonly ReadonlyRootfs?: boolean | undefined;
  readonly SecurityOpt?: readonly string[] | null | undefined;
  readonly ShmSize?: number | undefined;
  readonly Sysctls?: Readonly<Record<string, string>> | null | undefined;
  readonly UTSMode?: string | undefined;
  readonly Ulimits?: readonly { readonly Name?: string | undefined; readonly Hard?: number | undefined; readonly Soft?: number | undefined }[] | null | undefined;
  readonly MaskedPaths?: readonly string[] | null | undefined;
  readonly ReadonlyPaths?: readonly string[] | null | undefined;
  readonly DeviceCgroupRules?: readonly string[] | null | undefined;
  readonly Annotations?: Readonly<Record<string, string>> | null | undefined;
  readonly CpuShares?: number | undefined;
  readonly CpuPeriod?: number | undefined;
  readonly CpuQuota?: number | undefined;
  readonly CpuRealtimePeriod?: number | undefined;
  readonly CpuRealtimeRuntime?: number | undefined;
  readonly CpusetCpus?: string | undefined;
  readonly CpusetMems?: string | undefined;
  readonly NanoCpus?: number | undefined;
  readonly Memory?: number | undefined;
  readonly MemoryReservation?: number | undefined;
  readonly MemorySwap?: number | undefined;
  readonly MemorySwappiness?: number | null | undefined;
  readonly OomKillDisable?: boolean | null | undefined;
  readonly PidsLimit?: number | null | undefined;
  readonly BlkioWeight?: number | undefined;
}

/** One mount of the user's: a host path (bind, volume) or a tmpfs. */
export interface SpecMountInput {
  readonly type: "bind" | "volume" | "tmpfs";
  /** Host path; empty for tmpfs. */
  readonly source: string;
  readonly destination: string;
  readonly readWrite: boolean;
  /** `rprivate`, `rslave`, ...; empty is `rprivate`. */
  readonly propagation?: string | undefined;
  readonly nonRecursive?: boolean | undefined;
  /** Further options of a bind as mount(8) spells them, such as `noexec`. */
  readonly options?: readonly string[] | undefined;
  readonly tmpfs?: { readonly sizeBytes?: number | undefined; readonly mode?: number | undefined; readonly options?: string | undefined } | null | undefined;
}

/** A device node to make in the container; see devices.ts. */
export interface DeviceInput {
  readonly path: string;
  readonly hostPath: string;
  readonly type: "c" | "b";
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
  /** Some of `rwm`. */
  readonly access: string;
}

export interface SpecInput {
  readonly hostConfig: SpecHostConfig;
  /** Program and arguments, without an init. */
  readonly args: readonly string[];
  /** Complete, of environment.ts. */
  readonly env: readonly string[];
  /** Empty is `/`. */
  readonly cwd: string;
  readonly user: SpecUser;
  readonly tty: boolean;
  /** The root file system's host path. */
  readonly rootfs: string;
  readonly hostname: string;
  readonly domainname: string;
  readonly mounts: readonly SpecMountInput[];
  readonly devices: readonly DeviceInput[];
  /** A network namespace's path; `host` shares the engine's; `private` makes an empty one. */
  readonly network: { readonly path: string } | "host" | "private";
  /** First processes of the containers whose ipc and pid namespaces are joined (`container:ID`). */
  readonly joins?: { readonly ipc?: number | undefined; readonly pid?: number | undefined } | undefined;
  /** Host path of a tmpfs that becomes /dev/shm: of `container:ID`, or to be shared. Without it, a private one is made. */
  readonly shmSource?: string | undefined;
  /** Host path of the init program; needed with `Init`. */
  readonly initProgram?: string | undefined;
  readonly capabilities: RuntimeCapabilities;
  /** Hard limits of this process by name (`RLIMIT_NOFILE`), of limits.ts. */
  readonly ownLimits: ReadonlyMap<string, number>;
}
