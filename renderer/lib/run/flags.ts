import type { FlagKey, TextKey } from "./form.ts";

/** Flags that are one field of the form each, in the order in which they are printed. */
export const textFlags: readonly { readonly flag: string; readonly key: TextKey }[] = [
  { flag: "name", key: "name" }, { flag: "hostname", key: "hostname" }, { flag: "domainname", key: "domainname" }, { flag: "platform", key: "platform" },
  { flag: "user", key: "user" }, { flag: "workdir", key: "workingDir" }, { flag: "memory", key: "memory" }, { flag: "memory-swap", key: "memorySwap" },
  { flag: "memory-reservation", key: "memoryReservation" }, { flag: "cpus", key: "cpus" }, { flag: "cpu-shares", key: "cpuShares" }, { flag: "cpuset-cpus", key: "cpusetCpus" },
  { flag: "pids-limit", key: "pidsLimit" }, { flag: "shm-size", key: "shmSize" }, { flag: "gpus", key: "gpus" }, { flag: "pid", key: "pid" }, { flag: "ipc", key: "ipc" },
  { flag: "log-driver", key: "logDriver" }, { flag: "stop-signal", key: "stopSignal" }, { flag: "stop-timeout", key: "stopTimeout" },
];

/** Flags that can be given several times: each adds a word to its field. */
export const wordFlags: readonly { readonly flag: string; readonly key: TextKey }[] = [
  { flag: "expose", key: "expose" }, { flag: "volumes-from", key: "volumesFrom" }, { flag: "dns", key: "dns" }, { flag: "dns-search", key: "dnsSearch" }, { flag: "dns-option", key: "dnsOptions" },
  { flag: "add-host", key: "addHosts" }, { flag: "ulimit", key: "ulimits" }, { flag: "device", key: "devices" }, { flag: "cap-add", key: "capAdd" }, { flag: "cap-drop", key: "capDrop" },
  { flag: "security-opt", key: "securityOpt" }, { flag: "group-add", key: "groupAdd" },
];

/** Flags `NAME=VALUE` that can be given several times. */
export const namedFlags: readonly { readonly flag: string; readonly key: "env" | "labels" | "logOptions" | "sysctls" }[] = [
  { flag: "env", key: "env" }, { flag: "label", key: "labels" }, { flag: "log-opt", key: "logOptions" }, { flag: "sysctl", key: "sysctls" },
];

/** Flags without a value. */
export const switchFlags: readonly { readonly flag: string; readonly key: FlagKey }[] = [
  { flag: "interactive", key: "interactive" }, { flag: "tty", key: "tty" }, { flag: "init", key: "init" }, { flag: "rm", key: "remove" }, { flag: "publish-all", key: "publishAll" },
  { flag: "privileged", key: "privileged" }, { flag: "read-only", key: "readOnlyRoot" },
];

/** Flags of the health check's figures. */
export const healthFlags = { "health-interval": "healthInterval", "health-timeout": "healthTimeout", "health-retries": "healthRetries", "health-start-period": "healthStartPeriod" } as const;

/** Short forms, and older names. */
export const shortFlags: Readonly<Record<string, string>> = { a: "attach", c: "cpu-shares", d: "detach", e: "env", h: "hostname", i: "interactive", l: "label", m: "memory", p: "publish", P: "publish-all", q: "quiet", t: "tty", u: "user", v: "volume", w: "workdir" };
export const otherNames: Readonly<Record<string, string>> = { net: "network", "net-alias": "network-alias", "dns-opt": "dns-option" };

/** What is no part of the form though docker has it, and why. An empty reason is left out without a word. */
export const leftOut: Readonly<Record<string, string>> = {
  detach: "", "sig-proxy": "", "disable-content-trust": "", quiet: "", help: "",
  attach: "the window shows the output under Logs",
  "detach-keys": "a terminal here is closed, not detached from",
  cidfile: "the window opens the new container instead of writing its ID to a file",
  "env-file": "choose the file under Environment",
  "label-file": "add its labels under Labels",
  pull: "an image that is not here is pulled, and one that is here is used",
};

/** Flags of `docker run` with a value that the form does not have. */
export const strangeValues: ReadonlySet<string> = new Set([
  "annotation", "attach", "blkio-weight", "blkio-weight-device", "cgroup-parent", "cgroupns", "cidfile", "cpu-count", "cpu-percent", "cpu-period", "cpu-quota", "cpu-rt-period", "cpu-rt-runtime",
  "cpuset-mems", "detach-keys", "device-cgroup-rule", "device-read-bps", "device-read-iops", "device-write-bps", "device-write-iops", "env-file", "health-start-interval", "io-maxbandwidth", "io-maxiops",
  "ip6", "isolation", "kernel-memory", "label-file", "link", "link-local-ip", "memory-swappiness", "oom-score-adj", "pull", "runtime", "storage-opt", "userns", "uts", "volume-driver",
]);

/** The same without a value. */
export const strangeSwitches: ReadonlySet<string> = new Set(["detach", "disable-content-trust", "help", "oom-kill-disable", "quiet", "sig-proxy", "use-api-socket"]);
