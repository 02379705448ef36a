import { EngineError } from "../base/errors.ts";
import type { CreateRequest, HostConfig } from "./config.ts";

/**
 * Checks whose namespaces a container shares, and that nothing else that was asked for contradicts it.
 * @returns warnings
 * @throws EngineError `invalidArgument`
 */
export function checkModes(request: CreateRequest, host: HostConfig): string[] {
  checkMode("IPC", host.IpcMode, ["none", "private", "shareable", "host"], true);
  checkMode("PID", host.PidMode, ["host"], true);
  checkMode("UTS", host.UTSMode, ["host"]);
  checkMode("cgroup namespace", host.CgroupnsMode, ["host", "private"]);
  checkMode("user namespace", host.UsernsMode, ["host"]);
  if (!["", "default"].includes(host.Isolation ?? "")) throw invalid(`invalid isolation: ${JSON.stringify(host.Isolation)}: Linux only supports 'default'`);
  if (host.UTSMode === "host" && request.Hostname) throw conflicting("hostname and the UTS mode");
  return checkNetworkMode(request, host);
}

function checkMode(what: string, mode: string | undefined, modes: readonly string[], joins = false): void {
  if (!mode || modes.includes(mode) || (joins && /^container:./.test(mode))) return;
  throw invalid(`invalid ${what} mode: ${mode}: it is one of ${[...modes, ...(joins ? ["container:NAME"] : [])].join(", ")}`);
}

function checkNetworkMode(request: CreateRequest, host: HostConfig): string[] {
  const mode = host.NetworkMode ?? "";
  const publishes = Object.keys(host.PortBindings ?? {}).length > 0;
  const hasLinks = (host.Links ?? []).length > 0;
  if (mode === "host") {
    if (hasLinks) throw conflicting("links and host type networking");
    return publishes ? ["Published ports are discarded when using host network mode"] : [];
  }
  if (!mode.startsWith("container:")) return [];
  if (mode === "container:") throw invalid("invalid container format container:<name|id>");
  if (request.Hostname) throw conflicting("hostname and the network mode");
  if (hasLinks) throw conflicting("container type network can't be used with links");
  if ((host.Dns ?? []).length > 0) throw conflicting("dns and the network mode");
  if ((host.ExtraHosts ?? []).length > 0) throw conflicting("custom host-to-IP mapping and the network mode");
  if (publishes || host.PublishAllPorts === true) throw conflicting("port publishing and the container type network mode");
  if (Object.keys(request.ExposedPorts ?? {}).length > 0) throw conflicting("port exposing and the container type network mode");
  return [];
}

function conflicting(what: string): EngineError {
  return invalid(`conflicting options: ${what}`);
}

function invalid(message: string): EngineError {
  return new EngineError("invalidArgument", message);
}
