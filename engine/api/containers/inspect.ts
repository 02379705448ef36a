import { join } from "node:path";
import type { ContainerRecord, ContainerView } from "../../containers/containers.ts";
import { linksOn } from "../../containers/links.ts";
import type { HealthState } from "../../containers/state.ts";
import { mountJson } from "./mounts-json.ts";
import { networksJson, portsJson } from "./networks-json.ts";

/** Go's zero time, which clients take for "never". */
const NEVER = "0001-01-01T00:00:00Z";

/** Paths that the runtime hides or protects unless the container is privileged, as Docker lists them. */
const MASKED_PATHS = ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"];
const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** Every key of Docker's HostConfig with the value it has when nothing was asked: templates over it must find them all. */
const HOST_DEFAULTS = {
  Binds: null, ContainerIDFile: "", LogConfig: { Type: "json-file", Config: {} }, NetworkMode: "bridge", PortBindings: {}, RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
  AutoRemove: false, VolumeDriver: "", VolumesFrom: null, ConsoleSize: [0, 0], CapAdd: null, CapDrop: null, CgroupnsMode: "host", Dns: [], DnsOptions: [], DnsSearch: [],
  ExtraHosts: null, GroupAdd: null, IpcMode: "private", Cgroup: "", Links: null, OomScoreAdj: 0, PidMode: "", Privileged: false, PublishAllPorts: false, ReadonlyRootfs: false,
  SecurityOpt: null, UTSMode: "", UsernsMode: "", ShmSize: 67108864, Isolation: "", CpuShares: 0, Memory: 0, NanoCpus: 0, CgroupParent: "", BlkioWeight: 0,
  BlkioWeightDevice: [], BlkioDeviceReadBps: [], BlkioDeviceWriteBps: [], BlkioDeviceReadIOps: [], BlkioDeviceWriteIOps: [], CpuPeriod: 0, CpuQuota: 0, CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0, CpusetCpus: "", CpusetMems: "", Devices: [], DeviceCgroupRules: null, DeviceRequests: null, MemoryReservation: 0, MemorySwap: 0,
  MemorySwappiness: null, OomKillDisable: false, PidsLimit: null, Ulimits: [], CpuCount: 0, CpuPercent: 0, IOMaximumIOps: 0, IOMaximumBandwidth: 0,
} as const;

/** What inspect shows beyond the container itself. */
export interface InspectFacts {
  readonly root: string;
  readonly runtime: string;
  readonly logPath: string;
  readonly graph: { readonly upper: string; readonly lower: readonly string[]; readonly merged: string };
  readonly sandboxPath: string;
  readonly networkIdOf: (name: string) => string;
  readonly size: { readonly written: number; readonly rootfs: number } | null;
}

/** The answer of `GET /containers/{id}/json`. */
export function inspectJson(view: ContainerView, facts: InspectFacts): object {
  const { record, state } = view;
  const directory = join(facts.root, "containers", record.id);
  return {
    Id: record.id,
    Created: record.createdAt.toISOString(),
    Path: record.args[0] ?? "",
    Args: record.args.slice(1),
    State: stateJson(view),
    Image: record.imageId,
    ResolvConfPath: join(directory, "resolv.conf"),
    HostnamePath: join(directory, "hostname"),
    HostsPath: join(directory, "hosts"),
    LogPath: facts.logPath,
    Name: `/${record.name}`,
    RestartCount: state.restartCount,
    Driver: "overlay2",
    Platform: record.platform,
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: view.execIds.length === 0 ? null : view.execIds,
    HostConfig: hostJson(record, facts.runtime),
    GraphDriver: {
      Data: { LowerDir: facts.graph.lower.join(":"), MergedDir: facts.graph.merged, UpperDir: facts.graph.upper, WorkDir: join(facts.graph.upper, "..", "work") },
      Name: "overlay2",
    },
    ...(facts.size === null ? {} : { SizeRw: facts.size.written, SizeRootFs: facts.size.rootfs }),
    Mounts: record.mounts.map(mountJson),
    Config: record.config,
    NetworkSettings: networkSettings(view, facts),
  };
}

function stateJson({ state }: ContainerView): object {
  return {
    Status: state.status,
    Running: state.status === "running" || state.status === "paused" || state.status === "restarting",
    Paused: state.status === "paused",
    Restarting: state.status === "restarting",
    OOMKilled: state.oomKilled,
    Dead: state.status === "dead",
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt?.toISOString() ?? NEVER,
    FinishedAt: state.finishedAt?.toISOString() ?? NEVER,
    ...(state.health === null ? {} : { Health: healthJson(state.health) }),
  };
}

function healthJson(health: HealthState): object {
  return {
    Status: health.status,
    FailingStreak: health.failingStreak,
    Log: health.log.map((entry) => ({ Start: entry.start.toISOString(), End: entry.end.toISOString(), ExitCode: entry.exitCode, Output: entry.output })),
  };
}

function hostJson(record: ContainerRecord, runtime: string): object {
  const { hostConfig: host, name } = record;
  const open = host.Privileged === true;
  const links = host.NetworkMode === "bridge" ? linksOn(record, "bridge").map(({ target, alias }) => `/${target}:/${name}/${alias}`) : [];
  return { ...HOST_DEFAULTS, MaskedPaths: open ? null : MASKED_PATHS, ReadonlyPaths: open ? null : READONLY_PATHS, ...host, ...(links.length > 0 ? { Links: links } : {}), Runtime: host.Runtime || runtime };
}

function networkSettings(view: ContainerView, facts: InspectFacts): object {
  const networks = networksJson(view, facts.networkIdOf);
  const first = view.endpoints.find((endpoint) => endpoint.networkName === "bridge");
  return {
    Bridge: "",
    SandboxID: facts.sandboxPath === "" ? "" : view.record.id,
    SandboxKey: facts.sandboxPath,
    Ports: portsJson(view),
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: first?.endpointId ?? "",
    Gateway: first?.gateway ?? "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    IPAddress: first?.ipAddress ?? "",
    IPPrefixLen: first?.prefixLength ?? 0,
    IPv6Gateway: "",
    MacAddress: first?.macAddress ?? "",
    Networks: networks,
  };
}
