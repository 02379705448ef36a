import type { CreateRequest, HostConfig } from "../../containers/config.ts";
import { anything, flag, integer, list, nullable, object, record, text, words, type Shape } from "../shape.ts";

const emptyObjects = record(object({}));
const throttle = list(object({ Path: text, Rate: integer }));

export const restartPolicy = object({ Name: text, MaximumRetryCount: integer });

const resources = {
  CpuShares: integer, Memory: integer, NanoCpus: integer, CgroupParent: text, BlkioWeight: integer, BlkioWeightDevice: list(object({ Path: text, Weight: integer })),
  BlkioDeviceReadBps: throttle, BlkioDeviceWriteBps: throttle, BlkioDeviceReadIOps: throttle, BlkioDeviceWriteIOps: throttle,
  CpuPeriod: integer, CpuQuota: integer, CpuRealtimePeriod: integer, CpuRealtimeRuntime: integer, CpusetCpus: text, CpusetMems: text,
  Devices: list(object({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text })), DeviceCgroupRules: list(text), DeviceRequests: list(anything),
  MemoryReservation: integer, MemorySwap: integer, MemorySwappiness: integer, OomKillDisable: flag, PidsLimit: integer, Init: flag,
  Ulimits: list(object({ Name: text, Hard: integer, Soft: integer })),
};

const mount = object({
  Type: text, Source: text, Target: text, ReadOnly: flag, Consistency: text,
  BindOptions: object({ Propagation: text, NonRecursive: flag, CreateMountpoint: flag, ReadOnlyNonRecursive: flag, ReadOnlyForceRecursive: flag }),
  VolumeOptions: object({ NoCopy: flag, Labels: record(text), Subpath: text, DriverConfig: object({ Name: text, Options: record(text) }) }),
  TmpfsOptions: object({ SizeBytes: integer, Mode: integer }),
});

const hostConfig: Shape<HostConfig> = object({
  Binds: list(text), ContainerIDFile: text, LogConfig: object({ Type: text, Config: record(text) }), NetworkMode: text,
  PortBindings: record(nullable(list(object({ HostIp: text, HostPort: text })))), RestartPolicy: restartPolicy, AutoRemove: flag, VolumeDriver: text,
  VolumesFrom: list(text), Mounts: list(mount), ConsoleSize: list(integer), Annotations: record(text), CapAdd: words, CapDrop: words, CgroupnsMode: text,
  Dns: list(text), DnsOptions: list(text), DnsSearch: list(text), ExtraHosts: list(text), GroupAdd: list(text), IpcMode: text, Cgroup: text, Links: list(text),
  OomScoreAdj: integer, PidMode: text, Privileged: flag, PublishAllPorts: flag, ReadonlyRootfs: flag, SecurityOpt: list(text), StorageOpt: record(text),
  Tmpfs: record(text), UTSMode: text, UsernsMode: text, ShmSize: integer, Sysctls: record(text), Runtime: text, Isolation: text,
  MaskedPaths: list(text), ReadonlyPaths: list(text), ...resources,
});

/** One network of a container, as the requests to create and to connect say it. */
export const endpoint = object({
  IPAMConfig: object({ IPv4Address: text, IPv6Address: text, LinkLocalIPs: list(text) }), Links: list(text), Aliases: list(text), MacAddress: text, NetworkID: text, DriverOpts: record(text),
});

export const health = object({ Test: list(text), Interval: integer, Timeout: integer, StartPeriod: integer, StartInterval: integer, Retries: integer });

const config = {
  Hostname: text, Domainname: text, User: text, AttachStdin: flag, AttachStdout: flag, AttachStderr: flag, ExposedPorts: emptyObjects, Tty: flag, OpenStdin: flag,
  StdinOnce: flag, Env: list(text), Cmd: words, Healthcheck: health, ArgsEscaped: flag, Image: text, Volumes: emptyObjects, WorkingDir: text, Entrypoint: words,
  NetworkDisabled: flag, MacAddress: text, OnBuild: list(text), Labels: record(text), StopSignal: text, StopTimeout: integer, Shell: list(text),
};

/** Docker's `Config` alone, as the commit request sends it. */
export const configBody = object(config);

/** The body of `POST /containers/create`. */
export const createBody: Shape<CreateRequest> = (value, path) => {
  const request = createFields(value, path);
  const host = request.HostConfig;
  // Old clients say -1 for "not set".
  if (host?.MemorySwappiness === -1) delete host.MemorySwappiness;
  return request;
};

const createFields: Shape<CreateRequest> = object({ ...config, HostConfig: hostConfig, NetworkingConfig: object({ EndpointsConfig: record(nullable(endpoint)) }) });

/** The body of `POST /containers/{id}/update`. */
export const updateBody = object({ ...resources, RestartPolicy: restartPolicy });
