/** What is typed into the run dialog. Everything is text as it was typed; lists of words are written as a shell would split them. */

export interface NamedText { readonly name: string; readonly value: string }

/** One `-p`. The host side is nothing, a port, a range, or an address with any of them: `8080`, `8000-8010`, `127.0.0.1:8080`, `[::1]:`. */
export interface PortText { readonly host: string; readonly container: string; readonly protocol: "tcp" | "udp" }

/** One `-v` or `--tmpfs`. `options` are the rest of its words: `z`, `rslave`, `nocopy`, `size=64m,mode=1777`. */
export interface MountText { readonly type: "bind" | "volume" | "tmpfs"; readonly source: string; readonly target: string; readonly readOnly: boolean; readonly options: string }

/** One `--network`. `aliases` are words; the first network is the container's mode, which may be `host`, `none` or `container:NAME`. */
export interface NetworkText { readonly name: string; readonly aliases: string; readonly ip: string; readonly mac: string }

export type Restart = "no" | "always" | "unless-stopped" | "on-failure";
/** Whose health check counts: the image's, none, or the command given. */
export type HealthMode = "image" | "none" | "command";

export interface RunText {
  readonly image: string;
  readonly name: string;
  /** Arguments after the image. */
  readonly command: string;
  /** Words; `""` in quotation marks clears the image's. */
  readonly entrypoint: string;
  readonly workingDir: string;
  readonly user: string;
  readonly hostname: string;
  readonly domainname: string;
  readonly platform: string;
  readonly tty: boolean;
  readonly interactive: boolean;
  readonly init: boolean;
  readonly remove: boolean;
  readonly env: readonly NamedText[];
  readonly ports: readonly PortText[];
  readonly publishAll: boolean;
  /** Words such as `8080` or `53/udp`. */
  readonly expose: string;
  readonly mounts: readonly MountText[];
  readonly volumesFrom: string;
  readonly networks: readonly NetworkText[];
  readonly dns: string;
  readonly dnsSearch: string;
  readonly dnsOptions: string;
  /** Words `NAME:ADDRESS`. */
  readonly addHosts: string;
  readonly memory: string;
  readonly memorySwap: string;
  readonly memoryReservation: string;
  readonly cpus: string;
  readonly cpuShares: string;
  readonly cpusetCpus: string;
  readonly pidsLimit: string;
  readonly shmSize: string;
  /** Words `NAME=SOFT[:HARD]`. */
  readonly ulimits: string;
  /** `all`, a number, or `device=...`. */
  readonly gpus: string;
  /** Words `HOST[:CONTAINER[:rwm]]`. */
  readonly devices: string;
  readonly restart: Restart;
  readonly restartRetries: string;
  readonly health: HealthMode;
  readonly healthCommand: string;
  readonly healthInterval: string;
  readonly healthTimeout: string;
  readonly healthRetries: string;
  readonly healthStartPeriod: string;
  readonly privileged: boolean;
  readonly readOnlyRoot: boolean;
  readonly capAdd: string;
  readonly capDrop: string;
  readonly securityOpt: string;
  readonly groupAdd: string;
  readonly pid: string;
  readonly ipc: string;
  readonly sysctls: readonly NamedText[];
  readonly labels: readonly NamedText[];
  readonly logDriver: string;
  readonly logOptions: readonly NamedText[];
  readonly stopSignal: string;
  readonly stopTimeout: string;
}

export const emptyRun: RunText = {
  image: "", name: "", command: "", entrypoint: "", workingDir: "", user: "", hostname: "", domainname: "", platform: "", tty: false, interactive: false, init: false, remove: false,
  env: [], ports: [], publishAll: false, expose: "", mounts: [], volumesFrom: "", networks: [], dns: "", dnsSearch: "", dnsOptions: "", addHosts: "",
  memory: "", memorySwap: "", memoryReservation: "", cpus: "", cpuShares: "", cpusetCpus: "", pidsLimit: "", shmSize: "", ulimits: "", gpus: "", devices: "",
  restart: "no", restartRetries: "", health: "image", healthCommand: "", healthInterval: "", healthTimeout: "", healthRetries: "", healthStartPeriod: "",
  privileged: false, readOnlyRoot: false, capAdd: "", capDrop: "", securityOpt: "", groupAdd: "", pid: "", ipc: "", sysctls: [], labels: [], logDriver: "", logOptions: [],
  stopSignal: "", stopTimeout: "",
};

export const emptyNamed: NamedText = { name: "", value: "" };
export const emptyPort: PortText = { host: "", container: "", protocol: "tcp" };
export const emptyMount: MountText = { type: "volume", source: "", target: "", readOnly: false, options: "" };
export const emptyNetwork: NetworkText = { name: "", aliases: "", ip: "", mac: "" };

type KeysOf<V> = { [K in keyof RunText]: RunText[K] extends V ? (V extends RunText[K] ? K : never) : never }[keyof RunText];
/** The fields that are plain text, and those that are switched on or off. */
export type TextKey = KeysOf<string>;
export type FlagKey = KeysOf<boolean>;
