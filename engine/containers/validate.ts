import { availableParallelism } from "node:os";
import { EngineError } from "../base/errors.ts";
import type { RuntimeCapabilities } from "../runtime/runtime.ts";
import type { CreateRequest, HostConfig, RestartPolicy } from "./config.ts";
import { checkExtraHosts } from "../networks/etc-files.ts";
import { normalisePorts, portRequests } from "./ports.ts";
import { parseSignal } from "./signals.ts";

const MINIMUM_MEMORY = 6 * 1024 * 1024;
const LOG_DRIVERS = ["json-file", "local", "none"];

/**
 * Checks a create request, as far as that needs no image.
 * @returns warnings about what this host cannot enforce
 * @throws EngineError `invalidArgument` naming the wrong value
 */
export function checkRequest(request: CreateRequest, capabilities: RuntimeCapabilities): string[] {
  const host = request.HostConfig ?? {};
  const invalid = (message: string): EngineError => new EngineError("invalidArgument", message);
  if (request.StopSignal) parseSignal(request.StopSignal);
  for (const entry of request.Env ?? []) if (entry === "" || entry.startsWith("=")) throw invalid(`invalid environment variable: ${entry}`);
  if (request.WorkingDir && !request.WorkingDir.startsWith("/")) throw invalid(`the working directory '${request.WorkingDir}' is invalid, it needs to be an absolute path`);
  checkHealth(request);
  normalisePorts(request.ExposedPorts ?? {});
  portRequests({ ...host, PortBindings: normalisePorts(host.PortBindings ?? {}) }, {});
  checkRestartPolicy(host.RestartPolicy, host.AutoRemove === true);
  checkExtraHosts(host.ExtraHosts ?? []);
  const driver = host.LogConfig?.Type || "json-file";
  if (!LOG_DRIVERS.includes(driver)) throw invalid(`logger: no log driver named '${driver}' is registered: this engine has ${LOG_DRIVERS.join(", ")}`);
  // On a user-defined network they are the endpoint's too.
  if ((host.Links ?? []).length > 0 && ["", "default", "bridge"].includes(host.NetworkMode ?? "")) throw invalid("links are not supported on the default bridge: connect the containers by a user-defined network or --network container:NAME");
  if ((host.DeviceRequests ?? []).length > 0) throw invalid("could not select device driver: this engine does not support device requests (--gpus)");
  checkNetworkMode(request, host);
  return checkResources(host, capabilities);
}

function checkHealth(request: CreateRequest): void {
  const health = request.Healthcheck;
  if (health === undefined) return;
  for (const name of ["Interval", "Timeout", "StartPeriod", "StartInterval"] as const) {
    const value = health[name] ?? 0;
    if (value !== 0 && value < 1_000_000) throw new EngineError("invalidArgument", `${name} in Healthcheck cannot be less than 1ms`);
  }
  if ((health.Retries ?? 0) < 0) throw new EngineError("invalidArgument", "Retries in Healthcheck cannot be negative");
}

function checkNetworkMode(request: CreateRequest, host: HostConfig): void {
  const mode = host.NetworkMode ?? "";
  const published = Object.keys(host.PortBindings ?? {}).length > 0;
  if (mode.startsWith("container:")) {
    if (mode === "container:") throw new EngineError("invalidArgument", "invalid container format container:<name|id>");
    if (request.Hostname) throw new EngineError("invalidArgument", "conflicting options: hostname and the network mode");
    if (published || host.PublishAllPorts === true) throw new EngineError("invalidArgument", "conflicting options: port publishing and the container type network mode");
    if ((host.Dns ?? []).length > 0) throw new EngineError("invalidArgument", "conflicting options: dns and the network mode");
    if ((host.ExtraHosts ?? []).length > 0) throw new EngineError("invalidArgument", "conflicting options: custom host-to-IP mapping and the network mode");
  }
}

/** @throws EngineError `invalidArgument` */
export function checkRestartPolicy(policy: RestartPolicy | undefined, autoRemove: boolean): void {
  const name = policy?.Name ?? "";
  const retries = policy?.MaximumRetryCount ?? 0;
  if (!["", "no", "always", "unless-stopped", "on-failure"].includes(name)) throw new EngineError("invalidArgument", `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`);
  if (name !== "on-failure" && retries !== 0) throw new EngineError("invalidArgument", "invalid restart policy: maximum retry count can only be used with 'on-failure'");
  if (retries < 0) throw new EngineError("invalidArgument", "invalid restart policy: maximum retry count cannot be negative");
  if (autoRemove && name !== "" && name !== "no") throw new EngineError("invalidArgument", "can't create 'AutoRemove' container with restart policy");
}

/**
 * Checks resource limits and drops, with a warning, what this host cannot enforce.
 * @throws EngineError `invalidArgument` for values that are wrong everywhere
 */
export function checkResources(host: HostConfig, capabilities: Pick<RuntimeCapabilities, "controllers" | "cgroupDriver">): string[] {
  const invalid = (message: string): EngineError => new EngineError("invalidArgument", message);
  const { Memory: memory = 0, MemorySwap: swap = 0, MemoryReservation: reservation = 0 } = host;
  if (memory < 0 || (memory > 0 && memory < MINIMUM_MEMORY)) throw invalid("Minimum memory limit allowed is 6MB");
  if (swap > 0 && memory === 0) throw invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
  if (memory > 0 && swap > 0 && swap < memory) throw invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
  if (reservation > 0 && memory > 0 && memory < reservation) throw invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
  const processors = availableParallelism();
  const nanoCpus = host.NanoCpus ?? 0;
  if (nanoCpus < 0 || nanoCpus > processors * 1e9) throw invalid(`range of CPUs is from 0.01 to ${processors.toFixed(2)}, as there are only ${processors} CPUs available`);
  if ((host.NanoCpus ?? 0) > 0 && ((host.CpuPeriod ?? 0) > 0 || (host.CpuQuota ?? 0) > 0)) throw invalid("Conflicting options: Nano CPUs and CPU Period or Quota cannot both be set");
  const period = host.CpuPeriod ?? 0;
  if (period !== 0 && (period < 1000 || period > 1_000_000)) throw invalid("CPU cfs period cannot be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  if ((host.CpuQuota ?? 0) > 0 && host.CpuQuota! < 1000) throw invalid("CPU cfs quota cannot be less than 1ms (i.e. 1000)");
  const weight = host.BlkioWeight ?? 0;
  if (weight !== 0 && (weight < 10 || weight > 1000)) throw invalid("Range of blkio weight is from 10 to 1000");
  return missingControllers(host, capabilities);
}

function missingControllers(host: HostConfig, capabilities: Pick<RuntimeCapabilities, "controllers" | "cgroupDriver">): string[] {
  const wanted = [
    { controller: "memory", asked: (host.Memory ?? 0) > 0 || (host.MemoryReservation ?? 0) > 0, what: "Memory limits" },
    { controller: "cpu", asked: (host.NanoCpus ?? 0) > 0 || (host.CpuShares ?? 0) > 0 || (host.CpuQuota ?? 0) > 0, what: "CPU limits" },
    { controller: "cpuset", asked: Boolean(host.CpusetCpus) || Boolean(host.CpusetMems), what: "Processor sets" },
    { controller: "pids", asked: (host.PidsLimit ?? 0) > 0, what: "Process limits" },
    { controller: "blkio", asked: (host.BlkioWeight ?? 0) > 0, what: "Block I/O weights" },
  ] as const;
  return wanted.filter(({ controller, asked }) => asked && !capabilities.controllers.has(controller))
    .map(({ controller, what }) => `${what} are not enforced: this engine has no access to the "${controller}" cgroup controller. Limit discarded.`);
}
