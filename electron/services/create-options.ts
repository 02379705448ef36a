import type { ContainerCreateOptions, MountSettings } from "dockerode";
import type { CompleteContainerForm } from "../ipc/contract/container-form.ts";

const NS_PER_MS = 1_000_000;
const defaultLogDriver = "json-file";

/** The request body that `docker run` would send for this form. Pure. */
export function toCreateOptions(form: CompleteContainerForm): ContainerCreateOptions {
  const { exposed, bindings } = portsOf(form);
  return {
    Image: form.image,
    ...(form.command === undefined || form.command.length === 0 ? {} : { Cmd: form.command }),
    ...given("Entrypoint", form.entrypoint),
    Env: form.env.map(({ name, value }) => `${name}=${value}`),
    Labels: form.labels,
    ExposedPorts: exposed,
    Tty: form.tty,
    OpenStdin: form.interactive,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ...given("User", form.user),
    ...given("WorkingDir", form.workingDir),
    ...given("Hostname", form.hostname),
    ...given("Domainname", form.domainname),
    ...given("StopSignal", form.stopSignal),
    ...given("StopTimeout", form.stopTimeoutSeconds),
    ...(form.health === undefined ? {} : { Healthcheck: healthOf(form.health) }),
    ...volumesOf(form),
    ...networksOf(form),
    HostConfig: {
      PortBindings: bindings,
      PublishAllPorts: form.publishAllPorts,
      ...mountsOf(form),
      ...list("VolumesFrom", form.volumesFrom),
      RestartPolicy: { Name: form.restartPolicy.name, MaximumRetryCount: form.restartPolicy.name === "on-failure" ? form.restartPolicy.maximumRetryCount : 0 },
      AutoRemove: form.autoRemove,
      Init: form.init,
      ReadonlyRootfs: form.readOnlyRootfs,
      Privileged: form.privileged,
      ...given("NetworkMode", form.networks[0]?.name),
      ...list("Dns", form.dns),
      ...list("DnsSearch", form.dnsSearch),
      ...list("DnsOptions", form.dnsOptions),
      ...list("ExtraHosts", form.extraHosts.map((entry) => entry.replace("=", ":"))),
      ...given("Memory", form.memoryBytes),
      ...given("MemorySwap", form.memorySwapBytes),
      ...given("MemoryReservation", form.memoryReservationBytes),
      ...(form.cpus === undefined ? {} : { NanoCpus: Math.round(form.cpus * 1e9) }),
      ...given("CpuShares", form.cpuShares),
      ...given("CpusetCpus", form.cpusetCpus),
      ...given("PidsLimit", form.pidsLimit),
      ...given("ShmSize", form.shmSizeBytes),
      ...list("Ulimits", form.ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard }))),
      ...(form.gpus === undefined ? {} : { DeviceRequests: [{ Driver: "", Capabilities: [["gpu"]], Options: {}, ...("count" in form.gpus ? { Count: form.gpus.count } : { Count: 0, DeviceIDs: form.gpus.deviceIds }) }] }),
      ...list("Devices", form.devices.map(({ host, container, permissions }) => ({ PathOnHost: host, PathInContainer: container, CgroupPermissions: permissions }))),
      ...list("CapAdd", form.capAdd),
      ...list("CapDrop", form.capDrop),
      ...list("SecurityOpt", form.securityOpt),
      ...list("GroupAdd", form.groupAdd),
      ...given("PidMode", form.pidMode),
      ...given("IpcMode", form.ipcMode),
      ...(Object.keys(form.sysctls).length === 0 ? {} : { Sysctls: form.sysctls }),
      ...(form.logging === undefined ? {} : { LogConfig: { Type: form.logging.driver ?? defaultLogDriver, Config: form.logging.options } }),
    },
  };
}

/** The keys of a request that the form decides alone; others of an existing container stay as they are. */
const FORM_KEYS = new Set(["Image", "Cmd", "Entrypoint", "Env", "Labels", "ExposedPorts", "Volumes", "Tty", "OpenStdin", "User", "WorkingDir", "Hostname", "Domainname", "StopSignal", "StopTimeout", "Healthcheck", "NetworkingConfig", "MacAddress", "HostConfig"]);
const FORM_HOST_KEYS = new Set(["PortBindings", "PublishAllPorts", "Binds", "Mounts", "Tmpfs", "VolumesFrom", "RestartPolicy", "AutoRemove", "Init", "ReadonlyRootfs", "Privileged", "NetworkMode", "Dns", "DnsSearch", "DnsOptions", "ExtraHosts", "Memory", "MemorySwap", "MemoryReservation", "NanoCpus", "CpuShares", "CpusetCpus", "PidsLimit", "ShmSize", "Ulimits", "DeviceRequests", "Devices", "CapAdd", "CapDrop", "SecurityOpt", "GroupAdd", "PidMode", "IpcMode", "Sysctls", "LogConfig"]);

/**
 * The request that gives an existing container what the form says, and keeps what the form has no field for. Pure.
 * @param current the request that makes it as it is
 */
export function overlayRequest(current: ContainerCreateOptions, form: CompleteContainerForm): ContainerCreateOptions {
  const { HostConfig: host = {}, Volumes: volumes = {}, AttachStdin: _in, AttachStdout: _out, AttachStderr: _err, ...request } = toCreateOptions(form);
  const mounts = withLongMounts(current, host, volumes);
  const kept = (object: object, ours: ReadonlySet<string>): object => Object.fromEntries(Object.entries(object).filter(([key]) => !ours.has(key)));
  const { StartInterval: interval } = (current.Healthcheck ?? {}) as { readonly StartInterval?: number };
  return {
    ...kept(current, FORM_KEYS), ...request, Volumes: mounts.volumes,
    ...(request.Healthcheck && interval ? { Healthcheck: { ...request.Healthcheck, ...given("StartInterval", interval) } } : {}),
    HostConfig: { ...kept(current.HostConfig ?? {}, FORM_HOST_KEYS), ...kept(host, new Set(["Binds", "Mounts"])), ...list("Binds", mounts.binds), ...list("Mounts", mounts.long) },
  };
}

interface MountParts {
  readonly binds: string[];
  readonly long: MountSettings[];
  /** Anonymous ones. */
  readonly volumes: Record<string, object>;
}

/** Mounts of the container's request that the form did not touch stay as they were written, with the options that the form cannot say. */
function withLongMounts(current: ContainerCreateOptions, host: NonNullable<ContainerCreateOptions["HostConfig"]>, volumes: Record<string, object>): MountParts {
  const long = (host.Mounts ?? []) as MountSettings[];
  const binds = (host.Binds ?? []).map((bind) => ({ bind, parts: bind.split(":") }));
  const untouched = ((current.HostConfig?.Mounts ?? []) as MountSettings[]).filter(({ Type: type, Source: written, Target: target, ReadOnly: readOnly = false }: Omit<MountSettings, "Source"> & { readonly Source?: string }) => {
    const source = written ?? "";
    if (type === "tmpfs") return false;
    if (source === "" && !readOnly) return Object.hasOwn(volumes, target);
    return binds.some(({ parts: [from, to, modes = ""] }) => from === source && to === target && modes.split(",").includes("ro") === readOnly) || long.some((mount) => mount.Target === target && mount.Source === source && mount.ReadOnly === readOnly);
  });
  const has = (target: string | undefined): boolean => untouched.some((mount) => mount.Target === target);
  return {
    binds: binds.filter(({ parts }) => !has(parts[1])).map(({ bind }) => bind),
    long: [...long.filter((mount) => !has(mount.Target)), ...untouched],
    volumes: Object.fromEntries(Object.entries(volumes).filter(([target]) => !has(target))),
  };
}

function given<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}

function list<K extends string, T>(key: K, values: readonly T[]): { [P in K]?: T[] } {
  return values.length === 0 ? {} : ({ [key]: [...values] } as { [P in K]?: T[] });
}

function portsOf(form: CompleteContainerForm): { exposed: Record<string, object>; bindings: Record<string, { HostIp: string; HostPort: string }[]> } {
  const exposed: Record<string, object> = {};
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { hostIp, hostPort, hostPortEnd, containerPort, protocol } of form.ports) {
    const key = `${containerPort}/${protocol}`;
    exposed[key] = {};
    (bindings[key] ??= []).push({ HostIp: hostIp ?? "", HostPort: hostPort === undefined ? "" : hostPortEnd === undefined ? String(hostPort) : `${hostPort}-${hostPortEnd}` });
  }
  for (const { port, protocol } of form.expose) exposed[`${port}/${protocol}`] = {};
  return { exposed, bindings };
}

type Volume = CompleteContainerForm["volumes"][number];

/** Anonymous volumes, as `-v /path` asks for them. */
function volumesOf(form: CompleteContainerForm): { Volumes?: Record<string, object> } {
  const anonymous = form.volumes.filter((volume) => volume.type === "volume" && volume.source === undefined && isPlain(volume));
  return anonymous.length === 0 ? {} : { Volumes: Object.fromEntries(anonymous.map(({ target }) => [target, {}])) };
}

function mountsOf(form: CompleteContainerForm): { Binds?: string[]; Mounts?: MountSettings[]; Tmpfs?: Record<string, string> } {
  const binds: string[] = [];
  const mounts: MountSettings[] = [];
  const tmpfs: Record<string, string> = {};
  for (const volume of form.volumes) {
    if (volume.type === "tmpfs") tmpfs[volume.target] = [...(volume.readOnly ? ["ro"] : []), ...volume.options].join(",");
    else if (volume.source === undefined ? !isPlain(volume) : volume.source.includes(":") || volume.target.includes(":")) mounts.push(toMount(volume));
    else if (volume.source !== undefined) {
      const modes = [...(volume.readOnly ? ["ro"] : []), ...volume.options].join(",");
      binds.push([volume.source, volume.target, ...(modes === "" ? [] : [modes])].join(":"));
    }
  }
  return { ...list("Binds", binds), ...list("Mounts", mounts), ...(Object.keys(tmpfs).length === 0 ? {} : { Tmpfs: tmpfs }) };
}

function isPlain({ readOnly, options }: Volume): boolean {
  return !readOnly && options.length === 0;
}

/** What `-v` cannot say: paths with a colon, and options of volumes without a name. */
function toMount(volume: Exclude<Volume, { type: "tmpfs" }>): MountSettings {
  const base = { Type: volume.type, Source: volume.source ?? "", Target: volume.target, ReadOnly: volume.readOnly };
  const propagation = volume.options.find((option) => /^r?(private|shared|slave)$/.test(option));
  if (volume.type === "volume") return volume.options.includes("nocopy") ? { ...base, VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: "", Options: {} } } } : base;
  // dockerode's types are older than CreateMountpoint.
  const options: object = { CreateMountpoint: true, ...given("Propagation", propagation) };
  return { ...base, BindOptions: options as NonNullable<MountSettings["BindOptions"]> };
}

function networksOf(form: CompleteContainerForm): Pick<ContainerCreateOptions, "NetworkingConfig"> {
  const endpoints = form.networks.filter(({ name }, index) => index > 0 || !/^(host|none|container:.*)$/.test(name)).map(({ name, aliases, ipAddress, macAddress }) => [name, {
    ...list("Aliases", aliases), ...(ipAddress === undefined ? {} : { IPAMConfig: { IPv4Address: ipAddress } }), ...given("MacAddress", macAddress),
  }] as const);
  return endpoints.length === 0 ? {} : { NetworkingConfig: { EndpointsConfig: Object.fromEntries(endpoints) } };
}

function healthOf(health: NonNullable<CompleteContainerForm["health"]>): object {
  if (health.type === "none") return { Test: ["NONE"] };
  const ns = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms * NS_PER_MS);
  return {
    ...(health.command === undefined ? {} : { Test: typeof health.command === "string" ? ["CMD-SHELL", health.command] : ["CMD", ...health.command] }),
    ...given("Interval", ns(health.intervalMs)), ...given("Timeout", ns(health.timeoutMs)), ...given("StartPeriod", ns(health.startPeriodMs)), ...given("Retries", health.retries),
  };
}
