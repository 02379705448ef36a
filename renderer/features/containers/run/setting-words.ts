/** Settings of a reconfiguration in the window's words. Pure. */
import type { SettingChange } from "../../../../electron/ipc/contract/containers.ts";
import { formatBytes } from "../../../lib/run/units.ts";
import { masked } from "../../../lib/secrets.ts";
import { quoteWord } from "../../../lib/shell.ts";

const names: Readonly<Record<string, string>> = {
  Name: "Name", Mounts: "Mounts",
  "Config.Env": "Environment", "Config.Cmd": "Command", "Config.Entrypoint": "Entrypoint", "Config.WorkingDir": "Working directory", "Config.User": "User", "Config.Hostname": "Host name", "Config.Domainname": "Domain name",
  "Config.Labels": "Labels", "Config.ExposedPorts": "Exposed ports", "Config.Tty": "Terminal", "Config.OpenStdin": "Standard input", "Config.StopSignal": "Stop signal", "Config.StopTimeout": "Seconds until it is killed", "Config.Healthcheck": "Health check",
  "HostConfig.PortBindings": "Ports", "HostConfig.PublishAllPorts": "Publish all exposed ports", "HostConfig.RestartPolicy": "Restart", "HostConfig.AutoRemove": "Remove when it exits", "HostConfig.NetworkMode": "Network mode",
  "HostConfig.Memory": "Memory", "HostConfig.MemorySwap": "Memory and swap", "HostConfig.MemoryReservation": "Memory reservation", "HostConfig.NanoCpus": "CPUs", "HostConfig.CpuShares": "CPU shares", "HostConfig.CpusetCpus": "CPU set",
  "HostConfig.PidsLimit": "Process limit", "HostConfig.ShmSize": "Shared memory", "HostConfig.Ulimits": "Limits per process", "HostConfig.Devices": "Devices", "HostConfig.DeviceRequests": "GPUs", "HostConfig.Privileged": "Privileged",
  "HostConfig.ReadonlyRootfs": "Read-only root", "HostConfig.CapAdd": "Added capabilities", "HostConfig.CapDrop": "Dropped capabilities", "HostConfig.SecurityOpt": "Security options", "HostConfig.GroupAdd": "Further groups",
  "HostConfig.Dns": "DNS servers", "HostConfig.DnsSearch": "DNS search domains", "HostConfig.DnsOptions": "DNS options", "HostConfig.ExtraHosts": "Further hosts", "HostConfig.Init": "Init process", "HostConfig.LogConfig": "Logging",
  "HostConfig.Sysctls": "Kernel parameters", "HostConfig.PidMode": "Process namespace", "HostConfig.IpcMode": "IPC namespace",
};

export function settingName({ setting }: SettingChange): string {
  return names[setting] ?? (setting.startsWith("Networks.") ? `Network ${setting.slice("Networks.".length)}` : setting.replace(/^(Config|HostConfig)\./, ""));
}

export function effectWords({ effect }: SettingChange): string {
  return effect === "live" ? "At once" : effect === "restart" ? "Restarts it" : "At its next start";
}

export interface DiffLine {
  readonly kind: "minus" | "plus";
  readonly text: string;
  /** The text with what looks secret left out; undefined where nothing does. */
  readonly masked?: string;
}

/** What of a setting goes and what comes, a line each. Entries that stay are left out. */
export function diffLines(change: SettingChange): DiffLine[] {
  const [before, after] = [lines(change.setting, change.before), lines(change.setting, change.after)];
  return [
    ...before.filter((line) => !after.includes(line)).map((text) => diffLine(change.setting, "minus", text)),
    ...after.filter((line) => !before.includes(line)).map((text) => diffLine(change.setting, "plus", text)),
  ];
}

function diffLine(setting: string, kind: DiffLine["kind"], text: string): DiffLine {
  const [name = "", value = ""] = setting === "Config.Env" ? [text.split("=", 1)[0], text.slice(text.indexOf("=") + 1)] : [];
  const hidden = masked(name, value);
  return hidden === undefined ? { kind, text } : { kind, text, masked: `${name}=${hidden}` };
}

const bytes = /\.(Memory|MemorySwap|MemoryReservation|ShmSize)$/;
const commands = /\.(Cmd|Entrypoint)$/;

function lines(setting: string, value: unknown): string[] {
  if (value === null || value === undefined || value === "") return [];
  if (setting.startsWith("Networks.")) return ["connected", ...(typeof value === "object" ? Object.entries(value).map(([key, entry]) => `${key} ${JSON.stringify(entry)}`) : [])];
  if (typeof value === "number") return value === 0 && setting !== "Config.StopTimeout" ? [] : [setting.endsWith(".NanoCpus") ? String(value / 1e9) : bytes.test(setting) && value > 0 ? formatBytes(value) : String(value)];
  if (typeof value !== "object") return [typeof value === "boolean" ? (value ? "yes" : "no") : String(value)];
  if (commands.test(setting) && Array.isArray(value)) return value.length === 0 ? [] : [value.map((word) => quoteWord(String(word))).join(" ")];
  if (setting === "HostConfig.PortBindings") return portLines(value as Record<string, { HostIp?: string; HostPort?: string }[] | null>);
  if (setting === "Mounts" && Array.isArray(value)) return value.map((mount) => mountLine(mount as Record<string, unknown>));
  if (setting === "HostConfig.RestartPolicy") {
    const { Name: name = "no", MaximumRetryCount: count = 0 } = value as { Name?: string; MaximumRetryCount?: number };
    return [count > 0 ? `${name}, at most ${count} times` : name];
  }
  if (Array.isArray(value)) return value.map((entry) => (typeof entry === "string" ? entry : JSON.stringify(entry)));
  return Object.entries(value).map(([key, entry]) => (isEmpty(entry) ? key : `${key}=${typeof entry === "string" ? entry : JSON.stringify(entry)}`));
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function portLines(bindings: Record<string, { HostIp?: string; HostPort?: string }[] | null>): string[] {
  return Object.entries(bindings).flatMap(([port, list]) => (list ?? []).map(({ HostIp: ip = "", HostPort: host = "" }) => `${ip === "" ? "" : `${ip.includes(":") ? `[${ip}]` : ip}:`}${host || "any free port"} → ${port}`));
}

function mountLine({ Type: type, Name: name, Source: source, Destination: target, RW: writable, Options: options }: Record<string, unknown>): string {
  const from = type === "tmpfs" ? "memory" : String(type === "bind" ? source : (name ?? "a new volume"));
  return `${from} → ${String(target)}${writable === false ? ", read-only" : ""}${options ? `, ${String(options)}` : ""}`;
}
