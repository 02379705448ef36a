import type { ContainerCreateOptions } from "dockerode";
import { emptyMount, emptyNetwork, emptyRun, type MountText, type NamedText, type NetworkText, type PortText, type RunText } from "./form.ts";
import { joinWords } from "./networks.ts";
import { formatBytes, formatDuration } from "./units.ts";

/** Older and newer fields that dockerode's types lack. */
type Host = NonNullable<ContainerCreateOptions["HostConfig"]> & { readonly GroupAdd?: string[] | undefined; readonly Init?: boolean | undefined };
type Endpoint = { readonly Aliases?: string[] | null; readonly IPAMConfig?: { readonly IPv4Address?: string } | null; readonly MacAddress?: string };

const NS_PER_MS = 1_000_000;
const DEFAULT_SHM = 64 * 1024 * 1024;

/**
 * The form that a create request came from, as far as the form has fields for it.
 * @param name of the container, without a slash
 */
export function textOfRequest(request: ContainerCreateOptions, name: string): RunText {
  const host = (request.HostConfig ?? {}) as Host;
  const words = (list: readonly string[] | string | null | undefined): string => joinWords(typeof list === "string" ? [list] : (list ?? []));
  return {
    ...emptyRun,
    image: request.Image ?? "",
    name,
    command: words(request.Cmd),
    entrypoint: words(request.Entrypoint),
    workingDir: request.WorkingDir ?? "",
    user: request.User ?? "",
    hostname: request.Hostname ?? "",
    domainname: request.Domainname ?? "",
    tty: request.Tty === true,
    interactive: request.OpenStdin === true,
    init: host.Init === true,
    remove: host.AutoRemove === true,
    env: (request.Env ?? []).map(entry),
    ports: ports(host),
    publishAll: host.PublishAllPorts === true,
    expose: joinWords(Object.keys(request.ExposedPorts ?? {}).filter((port) => host.PortBindings === undefined || !Object.hasOwn(host.PortBindings as object, port)).map((port) => port.replace(/\/tcp$/, ""))),
    mounts: mounts(request, host),
    volumesFrom: words(host.VolumesFrom),
    networks: networks(request, host),
    dns: words(host.Dns),
    dnsSearch: words(host.DnsSearch),
    dnsOptions: words(host.DnsOptions),
    addHosts: words(host.ExtraHosts),
    memory: bytes(host.Memory),
    memorySwap: host.MemorySwap === -1 ? "-1" : bytes(host.MemorySwap),
    memoryReservation: bytes(host.MemoryReservation),
    cpus: host.NanoCpus ? String(host.NanoCpus / 1e9) : "",
    cpuShares: number(host.CpuShares),
    cpusetCpus: host.CpusetCpus ?? "",
    pidsLimit: number(host.PidsLimit),
    shmSize: host.ShmSize === DEFAULT_SHM ? "" : bytes(host.ShmSize),
    ulimits: joinWords(((host.Ulimits ?? []) as { Name?: string; Soft?: number; Hard?: number }[]).map(({ Name = "", Soft = 0, Hard = 0 }) => `${Name}=${Soft === Hard ? Soft : `${Soft}:${Hard}`}`)),
    gpus: gpus(host),
    devices: joinWords(((host.Devices ?? []) as { PathOnHost?: string; PathInContainer?: string; CgroupPermissions?: string }[]).map(({ PathOnHost = "", PathInContainer = "", CgroupPermissions = "rwm" }) => [PathOnHost, ...(PathInContainer !== PathOnHost || CgroupPermissions !== "rwm" ? [PathInContainer] : []), ...(CgroupPermissions === "rwm" ? [] : [CgroupPermissions])].join(":"))),
    ...restart(host),
    ...health(request),
    privileged: host.Privileged === true,
    readOnlyRoot: host.ReadonlyRootfs === true,
    capAdd: words(host.CapAdd as string[] | null | undefined),
    capDrop: words(host.CapDrop as string[] | null | undefined),
    securityOpt: words(host.SecurityOpt as string[] | null | undefined),
    groupAdd: words(host.GroupAdd),
    pid: host.PidMode ?? "",
    ipc: host.IpcMode === "private" ? "" : (host.IpcMode ?? ""),
    sysctls: named(host.Sysctls),
    labels: named(request.Labels),
    logDriver: host.LogConfig?.Type === "json-file" ? "" : (host.LogConfig?.Type ?? ""),
    logOptions: named(host.LogConfig?.Config as Record<string, string> | undefined),
    stopSignal: request.StopSignal ?? "",
    stopTimeout: request.StopTimeout === undefined ? "" : String(request.StopTimeout),
  };
}

function entry(text: string): NamedText {
  const at = text.indexOf("=");
  return at < 0 ? { name: text, value: "" } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

function named(values: Readonly<Record<string, string>> | undefined): NamedText[] {
  return Object.entries(values ?? {}).map(([name, value]) => ({ name, value }));
}

function bytes(value: number | undefined): string {
  return value ? formatBytes(value) : "";
}

function number(value: number | null | undefined): string {
  return value ? String(value) : "";
}

function ports({ PortBindings }: Host): PortText[] {
  return Object.entries((PortBindings ?? {}) as Record<string, { HostIp?: string; HostPort?: string }[] | null>).flatMap(([key, bindings]) => {
    const [container = "", protocol = "tcp"] = key.split("/");
    return (bindings ?? []).map(({ HostIp: ip = "", HostPort: port = "" }): PortText => ({ host: ip === "" ? port.replace(/^0$/, "") : `${ip.includes(":") ? `[${ip}]` : ip}:${port.replace(/^0$/, "")}`, container, protocol: protocol === "udp" ? "udp" : "tcp" }));
  });
}

function mounts(request: ContainerCreateOptions, host: Host): MountText[] {
  const binds = (host.Binds ?? []).map((bind): MountText => {
    const [source = "", target = "", modes = ""] = bind.split(":");
    if (target === "") return { ...emptyMount, target: source };
    const words = modes.split(",").filter(Boolean);
    return { type: source.startsWith("/") ? "bind" : "volume", source, target, readOnly: words.includes("ro"), options: words.filter((word) => word !== "ro" && word !== "rw").join(",") };
  });
  const long = (host.Mounts ?? []).map((mount): MountText => {
    const type = mount.Type === "bind" || mount.Type === "tmpfs" ? mount.Type : "volume";
    const tmpfs = mount.TmpfsOptions;
    const options = [...(mount.BindOptions?.Propagation && mount.BindOptions.Propagation !== "rprivate" ? [mount.BindOptions.Propagation] : []), ...(mount.VolumeOptions?.NoCopy === true ? ["nocopy"] : []), ...(tmpfs?.SizeBytes ? [`size=${tmpfs.SizeBytes}`] : []), ...(tmpfs?.Mode ? [`mode=${tmpfs.Mode.toString(8)}`] : [])];
    return { type, source: mount.Source ?? "", target: mount.Target, readOnly: mount.ReadOnly === true, options: options.join(",") };
  });
  const tmpfs = Object.entries((host.Tmpfs ?? {}) as Record<string, string>).map(([target, options]): MountText => {
    const words = options.split(",").filter(Boolean);
    return { type: "tmpfs", source: "", target, readOnly: words.includes("ro"), options: words.filter((word) => word !== "ro" && word !== "rw").join(",") };
  });
  const anonymous = Object.keys(request.Volumes ?? {}).map((target): MountText => ({ ...emptyMount, target }));
  return [...binds, ...long, ...tmpfs, ...anonymous];
}

function networks(request: ContainerCreateOptions, { NetworkMode = "bridge" }: Host): NetworkText[] {
  const endpoints = (request.NetworkingConfig?.EndpointsConfig ?? {}) as Record<string, Endpoint>;
  const names = [...new Set([NetworkMode === "default" ? "bridge" : NetworkMode, ...Object.keys(endpoints)])];
  const rows = names.map((name): NetworkText => {
    const { Aliases: aliases, IPAMConfig: addresses, MacAddress: mac } = endpoints[name] ?? {};
    return { ...emptyNetwork, name, aliases: joinWords(aliases ?? []), ip: addresses?.IPv4Address ?? "", mac: mac ?? "" };
  });
  const [first] = rows;
  return rows.length === 1 && first?.name === "bridge" && first.mac === "" && first.ip === "" && first.aliases === "" ? [] : rows;
}

function gpus({ DeviceRequests }: Host): string {
  const [request] = (DeviceRequests ?? []) as { Count?: number; DeviceIDs?: string[] | null; Capabilities?: string[][] | null }[];
  if (request?.Capabilities?.flat().includes("gpu") !== true) return "";
  if (request.DeviceIDs?.length) return `device=${request.DeviceIDs.join(",")}`;
  return request.Count === -1 ? "all" : String(request.Count ?? 1);
}

function restart({ RestartPolicy: policy }: Host): Pick<RunText, "restart" | "restartRetries"> {
  const name = policy?.Name;
  const known = name === "always" || name === "unless-stopped" || name === "on-failure" ? name : "no";
  return { restart: known, restartRetries: known === "on-failure" && policy?.MaximumRetryCount ? String(policy.MaximumRetryCount) : "" };
}

function health({ Healthcheck: check }: ContainerCreateOptions): Pick<RunText, "health" | "healthCommand" | "healthInterval" | "healthTimeout" | "healthRetries" | "healthStartPeriod"> {
  const [kind, ...rest] = check?.Test ?? [];
  const duration = (ns: number | undefined): string => (ns ? formatDuration(Math.round(ns / NS_PER_MS)) : "");
  const figures = { healthInterval: duration(check?.Interval), healthTimeout: duration(check?.Timeout), healthRetries: number(check?.Retries), healthStartPeriod: duration(check?.StartPeriod) };
  if (check === undefined || check === null) return { health: "image", healthCommand: "", ...figures };
  if (kind === "NONE") return { health: "none", healthCommand: "", healthInterval: "", healthTimeout: "", healthRetries: "", healthStartPeriod: "" };
  return { health: "command", healthCommand: kind === "CMD" ? JSON.stringify(rest) : rest.join(" "), ...figures };
}
