import { EngineError } from "../base/errors.ts";
import type { RuntimeCapabilities } from "../runtime/runtime.ts";
import type { CreateRequest, RestartPolicy } from "./config.ts";
import { checkLogConfig } from "./log-config.ts";
import { checkExtraHosts } from "../networks/etc-files.ts";
import { normalisePorts, portRequests } from "./ports.ts";
import { specWarnings } from "../runtime/spec/build.ts";
import { ownHardLimits } from "../runtime/spec/limits.ts";
import { parseSignal } from "./signals.ts";
import { checkModes } from "./validate-modes.ts";
import { checkResources } from "./validate-resources.ts";

/** Runtimes of Docker's daemon: who asks for one of them gets this engine's, which does the same. */
const DOCKER_RUNTIMES = ["runc", "io.containerd.runc.v2"];

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
  checkLogConfig(host.LogConfig);
  if (host.Runtime && ![capabilities.runtime, ...DOCKER_RUNTIMES].includes(host.Runtime)) throw invalid(`unknown or invalid runtime name: ${host.Runtime}: this engine has ${capabilities.runtime}`);
  if (Object.keys(host.StorageOpt ?? {}).length > 0) throw invalid(`--storage-opt is not supported: this engine's layers take no ${Object.keys(host.StorageOpt ?? {}).join(", ")}`);
  if ((host.DeviceRequests ?? []).length > 0) throw invalid("could not select device driver: this engine does not support device requests (--gpus)");
  checkResources(host);
  const ownLimits = (host.Ulimits ?? []).length > 0 ? ownHardLimits() : new Map<string, number>();
  const endless = host.OomKillDisable === true && !host.Memory ? ["OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources."] : [];
  return [...checkModes(request, host), ...specWarnings(host, capabilities, ownLimits), ...endless];
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

/** @throws EngineError `invalidArgument` */
export function checkRestartPolicy(policy: RestartPolicy | undefined, autoRemove: boolean): void {
  const name = policy?.Name ?? "";
  const retries = policy?.MaximumRetryCount ?? 0;
  if (!["", "no", "always", "unless-stopped", "on-failure"].includes(name)) throw new EngineError("invalidArgument", `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`);
  if (name !== "on-failure" && retries !== 0) throw new EngineError("invalidArgument", "invalid restart policy: maximum retry count can only be used with 'on-failure'");
  if (retries < 0) throw new EngineError("invalidArgument", "invalid restart policy: maximum retry count cannot be negative");
  if (autoRemove && name !== "" && name !== "no") throw new EngineError("invalidArgument", "can't create 'AutoRemove' container with restart policy");
}
