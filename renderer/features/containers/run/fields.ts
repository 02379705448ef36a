import type { FlagKey, RunText, TextKey } from "../../../lib/run/form.ts";

/** The groups of the dialog, in their order. The first is open, the others are folded until they are used or searched for. */
export const groups = ["General", "Process", "Network", "Resources", "Health check", "Security", "Labels", "Logging", "Stop"] as const;
export type Group = (typeof groups)[number];

/** A field that is one line of text or one tick box. */
export type FieldSpec =
  | { readonly kind: "text" | "words"; readonly key: TextKey; readonly group: Group; readonly label: string; readonly flag: string; readonly placeholder?: string; readonly hint?: string; readonly also?: string }
  | { readonly kind: "check"; readonly key: FlagKey; readonly group: Group; readonly label: string; readonly flag: string; readonly hint?: string; readonly also?: string };

/** Every simple option of `docker run`. `also` are other words that people search for. The order is that of the dialog. */
export const fields: readonly FieldSpec[] = [
  { kind: "words", key: "command", group: "General", label: "Command", flag: "COMMAND", placeholder: "As the image says", hint: "Replaces the image’s own command and is appended to its entrypoint.", also: "cmd arguments" },
  { kind: "words", key: "entrypoint", group: "Process", label: "Entrypoint", flag: "--entrypoint", placeholder: "As the image says", also: "program" },
  { kind: "text", key: "workingDir", group: "Process", label: "Working directory", flag: "--workdir -w", placeholder: "As the image says", also: "cwd folder" },
  { kind: "text", key: "user", group: "Process", label: "User", flag: "--user -u", placeholder: "As the image says", also: "uid gid" },
  { kind: "text", key: "hostname", group: "Process", label: "Host name", flag: "--hostname -h", placeholder: "The container’s short ID" },
  { kind: "text", key: "platform", group: "Process", label: "Platform", flag: "--platform", placeholder: "This machine’s", also: "architecture arm64 amd64" },
  { kind: "check", key: "interactive", group: "General", label: "Keep standard input open", flag: "--interactive -i", also: "stdin" },
  { kind: "check", key: "tty", group: "General", label: "Terminal", flag: "--tty -t", also: "pseudo-tty console" },
  { kind: "check", key: "init", group: "Process", label: "Init process", flag: "--init", hint: "reaps orphans and passes signals on", also: "tini zombie" },
  { kind: "check", key: "publishAll", group: "General", label: "Publish all exposed ports", flag: "--publish-all -P", hint: "each on a free port" },
  { kind: "words", key: "expose", group: "Network", label: "Further exposed ports", flag: "--expose", placeholder: "8080 53/udp" },
  { kind: "words", key: "volumesFrom", group: "Process", label: "Volumes from", flag: "--volumes-from", placeholder: "container other:ro" },
  { kind: "check", key: "remove", group: "General", label: "Remove when it exits", flag: "--rm", also: "auto remove" },
  { kind: "words", key: "dns", group: "Network", label: "DNS servers", flag: "--dns", placeholder: "1.1.1.1 9.9.9.9", also: "nameserver resolver" },
  { kind: "words", key: "dnsSearch", group: "Network", label: "DNS search domains", flag: "--dns-search", placeholder: "example.com" },
  { kind: "words", key: "dnsOptions", group: "Network", label: "DNS options", flag: "--dns-option", placeholder: "ndots:2" },
  { kind: "words", key: "addHosts", group: "Network", label: "Further hosts", flag: "--add-host", placeholder: "db:10.0.0.5 host.docker.internal:host-gateway", also: "etc hosts" },
  { kind: "text", key: "domainname", group: "Network", label: "Domain name", flag: "--domainname" },
  { kind: "text", key: "memory", group: "Resources", label: "Memory", flag: "--memory -m", placeholder: "No limit, or 512m", also: "ram limit" },
  { kind: "text", key: "memorySwap", group: "Resources", label: "Memory and swap", flag: "--memory-swap", placeholder: "Twice the memory; -1: no limit" },
  { kind: "text", key: "memoryReservation", group: "Resources", label: "Memory reservation", flag: "--memory-reservation", placeholder: "None, or 256m", also: "soft limit" },
  { kind: "text", key: "cpus", group: "Resources", label: "CPUs", flag: "--cpus", placeholder: "All, or 1.5", also: "processors cores limit" },
  { kind: "text", key: "cpuShares", group: "Resources", label: "CPU shares", flag: "--cpu-shares -c", placeholder: "1024", also: "weight" },
  { kind: "text", key: "cpusetCpus", group: "Resources", label: "CPU set", flag: "--cpuset-cpus", placeholder: "0-2,5", also: "pin affinity" },
  { kind: "text", key: "pidsLimit", group: "Resources", label: "Process limit", flag: "--pids-limit", placeholder: "No limit", also: "pids fork threads" },
  { kind: "text", key: "shmSize", group: "Resources", label: "Shared memory", flag: "--shm-size", placeholder: "64m", also: "/dev/shm" },
  { kind: "words", key: "ulimits", group: "Resources", label: "Limits per process", flag: "--ulimit", placeholder: "nofile=1024:4096", also: "ulimits open files" },
  { kind: "text", key: "gpus", group: "Resources", label: "GPUs", flag: "--gpus", placeholder: "all", also: "nvidia cuda" },
  { kind: "words", key: "devices", group: "Resources", label: "Devices", flag: "--device", placeholder: "/dev/ttyUSB0 /dev/snd:/dev/snd:rw", also: "usb hardware" },
  { kind: "check", key: "privileged", group: "Security", label: "Privileged", flag: "--privileged", hint: "may do nearly everything on this machine", also: "root" },
  { kind: "check", key: "readOnlyRoot", group: "Security", label: "Read-only root", flag: "--read-only", hint: "writes only into mounts" },
  { kind: "words", key: "capAdd", group: "Security", label: "Add capabilities", flag: "--cap-add", placeholder: "NET_ADMIN" },
  { kind: "words", key: "capDrop", group: "Security", label: "Drop capabilities", flag: "--cap-drop", placeholder: "ALL" },
  { kind: "words", key: "securityOpt", group: "Security", label: "Security options", flag: "--security-opt", placeholder: "no-new-privileges seccomp=unconfined", also: "apparmor selinux" },
  { kind: "words", key: "groupAdd", group: "Security", label: "Further groups", flag: "--group-add", placeholder: "audio 1000" },
  { kind: "text", key: "pid", group: "Security", label: "Process namespace", flag: "--pid", placeholder: "Its own, or host" },
  { kind: "text", key: "ipc", group: "Security", label: "IPC namespace", flag: "--ipc", placeholder: "Its own, or host", also: "shared memory" },
  { kind: "text", key: "stopSignal", group: "Stop", label: "Stop signal", flag: "--stop-signal", placeholder: "As the image says" },
  { kind: "text", key: "stopTimeout", group: "Stop", label: "Seconds until it is killed", flag: "--stop-timeout", placeholder: "10", also: "grace period timeout" },
];

/** Fields with a form of their own, as the search finds them. */
export const specials: readonly { readonly id: Special; readonly group: Group; readonly words: string }[] = [
  { id: "image", group: "General", words: "image reference tag name --name container" },
  { id: "ports", group: "General", words: "ports publish -p --publish host container protocol udp tcp" },
  { id: "env", group: "General", words: "environment variables env -e --env --env-file file" },
  { id: "mounts", group: "General", words: "mounts volumes binds tmpfs -v --volume --mount --tmpfs folder read-only" },
  { id: "restart", group: "General", words: "restart policy --restart always unless-stopped on-failure" },
  { id: "networks", group: "Network", words: "networks --network --network-alias --ip --mac-address aliases address host none mac" },
  { id: "health", group: "Health check", words: "health check --health-cmd --health-interval --health-timeout --health-retries --health-start-period --no-healthcheck" },
  { id: "sysctls", group: "Security", words: "sysctl --sysctl kernel parameters" },
  { id: "labels", group: "Labels", words: "labels -l --label" },
  { id: "logging", group: "Logging", words: "logging log driver options --log-driver --log-opt max-size" },
];
export type Special = "image" | "ports" | "env" | "mounts" | "restart" | "networks" | "health" | "sysctls" | "labels" | "logging";

/** Whether something is called what was searched for: every word of it begins somewhere. */
export function isFound(query: string, words: string): boolean {
  const text = words.toLowerCase();
  return query.toLowerCase().split(/\s+/).filter(Boolean).every((word) => text.includes(word));
}

/** The words under which a field is found. */
export function wordsOfField({ label, flag, group, also = "" }: FieldSpec): string {
  return `${label} ${flag} ${group} ${also}`;
}

/** How many settings of a group differ from a fresh form; a group that is used is unfolded. */
export function usedIn(group: Group, text: RunText): number {
  const simple = fields.filter((field) => field.group === group && (field.kind === "check" ? text[field.key] : text[field.key].trim() !== "")).length;
  const rows: Partial<Record<Group, number>> = {
    Network: text.networks.length,
    "Health check": text.health === "image" ? 0 : 1, Security: text.sysctls.length, Labels: text.labels.length, Logging: text.logOptions.length + (text.logDriver === "" ? 0 : 1),
  };
  return simple + (rows[group] ?? 0);
}
