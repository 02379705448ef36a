import { release } from "node:os";
import { EngineError } from "../../base/errors.ts";
import type { RuntimeSpec, SpecDevice, SpecMount, SpecNamespace, SpecProcess, SpecUser } from "../spec-types.ts";
import type { SpecHostConfig, SpecInput } from "./input.ts";
import { resourceUlimits } from "./limits.ts";
import { rootfsPropagation, specMounts } from "./mounts.ts";
import { capabilitySets, effectiveCapabilities, parseSecurityOptions } from "./privileges.ts";
import type { SecurityOptions } from "./privileges.ts";
import { deviceRules, resourceLimits } from "./resources.ts";
import { customSeccomp, defaultSeccomp } from "./seccomp.ts";
import type { SeccompProfile } from "./seccomp.ts";

const OCI_VERSION = "1.0.2";
const INIT_PATH = "/sbin/docker-init";

/** What of /proc and /sys tells too much about the host, or lets it be changed. */
const MASKED_PATHS = [
  "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
  "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
];
const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/**
 * The specification of a container, as Docker would run it. What this host does not allow is left out; {@link specWarnings} tells what.
 * `linux.cgroupsPath` is the runtime's to fill in.
 * @throws EngineError `invalidArgument` naming the wrong value
 */
export function buildSpec(input: SpecInput): RuntimeSpec {
  const { hostConfig, capabilities } = input;
  const privileged = hostConfig.Privileged === true;
  const security = parseSecurityOptions(hostConfig.SecurityOpt ?? []);
  const { process, granted } = buildProcess(input, security);
  const unconfined = privileged || security.systemPathsUnconfined;
  const seccomp = seccompOf(security, privileged, granted, capabilities.seccomp);
  const mounts = specMounts(input);
  if (hostConfig.Init === true) mounts.push(initMount(input.initProgram));
  // A user namespace may make no device nodes: the host's are mounted.
  if (capabilities.rootless) mounts.push(...input.devices.map(deviceMount));
  return {
    ociVersion: OCI_VERSION,
    process,
    root: { path: input.rootfs, readonly: hostConfig.ReadonlyRootfs === true },
    ...(hostConfig.UTSMode === "host" ? {} : { hostname: input.hostname, ...(input.domainname === "" ? {} : { domainname: input.domainname }) }),
    mounts,
    ...(hostConfig.Annotations == null ? {} : { annotations: { ...hostConfig.Annotations } }),
    linux: {
      namespaces: namespaces(input),
      devices: capabilities.rootless ? [] : input.devices.map(specDevice),
      resources: { ...resourceLimits(hostConfig, capabilities).resources, ...(capabilities.controllers.has("devices") ? { devices: deviceRules(hostConfig, input.devices) } : {}) },
      sysctl: sysctls(input),
      ...(seccomp === undefined ? {} : { seccomp }),
      maskedPaths: unconfined ? [] : [...(hostConfig.MaskedPaths ?? MASKED_PATHS)],
      readonlyPaths: unconfined ? [] : [...(hostConfig.ReadonlyPaths ?? READONLY_PATHS)],
      rootfsPropagation: rootfsPropagation(input.mounts),
    },
  };
}

/** A process in a running container. */
export interface ExecInput {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: SpecUser;
  readonly tty: boolean;
  /** Of the exec request. */
  readonly privileged: boolean;
  /** Of the exec request: rows and columns of the terminal. */
  readonly consoleSize?: readonly [height: number, width: number] | undefined;
  /** The container's. */
  readonly hostConfig: SpecHostConfig;
  readonly capabilities: SpecInput["capabilities"];
  readonly ownLimits: SpecInput["ownLimits"];
}

/** The process of `docker exec`: the container's rights, or all the engine has when privileged. */
export function buildExecProcess(input: ExecInput): SpecProcess {
  const hostConfig = { ...input.hostConfig, Init: false, ConsoleSize: input.consoleSize, OomScoreAdj: 0, Privileged: input.privileged || input.hostConfig.Privileged === true };
  return buildProcess({ ...input, hostConfig }, parseSecurityOptions(hostConfig.SecurityOpt ?? [])).process;
}

/**
 * What {@link buildSpec} will leave out of a configuration: for the answer to the container's creation.
 * @throws EngineError `invalidArgument` naming the wrong value
 */
export function specWarnings(hostConfig: SpecHostConfig, capabilities: SpecInput["capabilities"], ownLimits: SpecInput["ownLimits"]): string[] {
  parseSecurityOptions(hostConfig.SecurityOpt ?? []);
  deviceRules(hostConfig, []);
  return [...resourceLimits(hostConfig, capabilities).warnings, ...rightsOf(hostConfig, capabilities, ownLimits).warnings];
}

type ProcessInput = Pick<SpecInput, "hostConfig" | "args" | "env" | "cwd" | "user" | "tty" | "capabilities" | "ownLimits">;

function buildProcess(input: ProcessInput, security: SecurityOptions): { readonly process: SpecProcess; readonly granted: readonly string[] } {
  const { hostConfig, capabilities } = input;
  const privileged = hostConfig.Privileged === true;
  const { granted, rlimits, oomScoreAdj } = rightsOf(hostConfig, capabilities, input.ownLimits);
  const [height = 0, width = 0] = hostConfig.ConsoleSize ?? [];
  const apparmor = apparmorProfile(security, privileged, capabilities.apparmor);
  const process: SpecProcess = {
    terminal: input.tty,
    ...(input.tty && height > 0 && width > 0 ? { consoleSize: { height, width } } : {}),
    user: input.user,
    args: hostConfig.Init === true ? [INIT_PATH, "--", ...input.args] : [...input.args],
    env: [...input.env],
    cwd: input.cwd || "/",
    capabilities: capabilitySets(granted, input.user.uid),
    ...(rlimits.length === 0 ? {} : { rlimits }),
    noNewPrivileges: security.noNewPrivileges,
    ...(apparmor === undefined ? {} : { apparmorProfile: apparmor }),
    ...(oomScoreAdj === 0 ? {} : { oomScoreAdj }),
  };
  return { process, granted };
}

/** What a container's processes may do and use, within what the engine may itself. */
function rightsOf(hostConfig: SpecHostConfig, capabilities: SpecInput["capabilities"], ownLimits: SpecInput["ownLimits"]): { readonly granted: readonly string[]; readonly rlimits: NonNullable<SpecProcess["rlimits"]>; readonly oomScoreAdj: number; readonly warnings: string[] } {
  const { CapAdd: add, CapDrop: drop, Privileged: privileged, Ulimits: ulimits, OomScoreAdj: score } = hostConfig;
  const mayExceed = !capabilities.rootless && capabilities.capabilities.has("CAP_SYS_RESOURCE");
  const rights = effectiveCapabilities({ add: add ?? [], drop: drop ?? [], privileged: privileged === true }, capabilities.capabilities);
  const limits = resourceUlimits(ulimits, ownLimits, mayExceed);
  const discarded = (score ?? 0) < 0 && !mayExceed;
  return {
    granted: rights.capabilities, rlimits: limits.rlimits, oomScoreAdj: discarded ? 0 : (score ?? 0),
    warnings: [...rights.warnings, ...limits.warnings, ...(discarded ? [`This engine may not lower an OOM score: OomScoreAdj ${score} discarded.`] : [])],
  };
}

function apparmorProfile(security: SecurityOptions, privileged: boolean, available: boolean): string | undefined {
  if (!available || security.apparmor === null) return undefined;
  return privileged && security.apparmor === "" ? "unconfined" : security.apparmor;
}

function seccompOf(security: SecurityOptions, privileged: boolean, granted: readonly string[], available: boolean): SeccompProfile | undefined {
  if (!available || security.seccomp === "unconfined") return undefined;
  if (security.seccomp !== null) return customSeccomp(security.seccomp, granted, release());
  return privileged ? undefined : defaultSeccomp(granted);
}

function namespaces(input: SpecInput): SpecNamespace[] {
  const { hostConfig, joins, network } = input;
  const result: SpecNamespace[] = [{ type: "mount" }];
  if (network !== "host") result.push({ type: "network", ...(network === "private" ? {} : { path: network.path }) });
  if (hostConfig.UTSMode !== "host") result.push({ type: "uts" });
  if (hostConfig.PidMode !== "host") result.push({ type: "pid", ...(joins?.pid === undefined ? {} : { path: `/proc/${joins.pid}/ns/pid` }) });
  if (hostConfig.IpcMode !== "host") result.push({ type: "ipc", ...(joins?.ipc === undefined ? {} : { path: `/proc/${joins.ipc}/ns/ipc` }) });
  const cgroupMode = hostConfig.CgroupnsMode || (input.capabilities.cgroupVersion === 2 ? "private" : "host");
  if (cgroupMode === "private") result.push({ type: "cgroup" });
  return result;
}

function sysctls(input: SpecInput): Record<string, string> {
  const own: Record<string, string> = {};
  if (input.network !== "host") {
    // As Docker: no port needs a privilege inside, and any user may ping.
    own["net.ipv4.ip_unprivileged_port_start"] = "0";
    if (!input.capabilities.rootless) own["net.ipv4.ping_group_range"] = "0 2147483647";
  }
  return { ...own, ...input.hostConfig.Sysctls };
}

function specDevice({ path, type, major, minor, fileMode, uid, gid }: SpecInput["devices"][number]): SpecDevice {
  return { path, type, major, minor, fileMode, uid, gid };
}

function deviceMount({ path, hostPath, access }: SpecInput["devices"][number]): SpecMount {
  return { destination: path, type: "bind", source: hostPath, options: ["bind", "rprivate", "nosuid", "noexec", access.includes("w") ? "rw" : "ro"] };
}

function initMount(program: string | undefined): SpecMount {
  if (program === undefined) throw new EngineError("unavailable", "no init program is installed for --init: install the package tini");
  return { destination: INIT_PATH, type: "bind", source: program, options: ["bind", "ro"] };
}
