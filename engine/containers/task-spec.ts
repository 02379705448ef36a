import { EngineError } from "../base/errors.ts";
import { userInRoot } from "../runtime/accounts.ts";
import { findInit } from "../runtime/host.ts";
import { buildExecProcess, buildSpec } from "../runtime/spec/build.ts";
import { findDevices, hostDevices } from "../runtime/spec/devices.ts";
import { containerEnvironment } from "../runtime/spec/environment.ts";
import type { SpecInput, SpecMountInput } from "../runtime/spec/input.ts";
import { ownHardLimits } from "../runtime/spec/limits.ts";
import type { RuntimeSpec, SpecProcess } from "../runtime/spec-types.ts";
import type { Container } from "./container.ts";
import type { ExecRequest, MountPoint } from "./containers.ts";
import type { Context } from "./context.ts";
import type { NetworkFiles } from "./network-files.ts";
import { isAlive } from "./state.ts";

/** What the start has prepared. */
export interface TaskPlace {
  readonly rootfs: string;
  readonly files: NetworkFiles;
  /** Null for the host's network. */
  readonly networkPath: string | null;
  readonly hostname: string;
}

/** The OCI specification of a container. @throws EngineError `invalidArgument`, `conflict` (a container to join does not run) */
export function taskSpec(context: Context, container: Container, place: TaskPlace): RuntimeSpec {
  const { config, hostConfig, args, mounts } = container.record;
  const user = userInRoot(place.rootfs, config.User, hostConfig.GroupAdd ?? []);
  const joins = { ipc: joinedPid(context, hostConfig.IpcMode), pid: joinedPid(context, hostConfig.PidMode) };
  const input: SpecInput = {
    hostConfig,
    args,
    env: containerEnvironment(config.Env, { hostname: place.hostname, tty: config.Tty, home: user.home }),
    cwd: config.WorkingDir,
    user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    tty: config.Tty,
    rootfs: place.rootfs,
    hostname: place.hostname,
    domainname: config.Domainname,
    mounts: [...networkMounts(place.files, mounts), ...mounts.map(mountInput)],
    devices: [...(hostConfig.Privileged === true ? hostDevices() : []), ...findDevices(hostConfig.Devices ?? [])],
    network: place.networkPath === null ? "host" : { path: place.networkPath },
    joins,
    shmSource: joins.ipc === undefined ? undefined : `/proc/${joins.ipc}/root/dev/shm`,
    initProgram: hostConfig.Init === true ? findInit() : undefined,
    capabilities: context.runtime.capabilities,
    ownLimits: ownHardLimits(),
  };
  return buildSpec(input);
}

/** What an exec or a health check runs. */
export type ExecCommand = Pick<ExecRequest, "command" | "env" | "user" | "workingDirectory" | "privileged" | "tty"> & Partial<Pick<ExecRequest, "consoleSize">>;

/** The process of an exec in a running container. @throws EngineError `invalidArgument` for an unknown user */
export function execProcess(context: Context, container: Container, request: ExecCommand): SpecProcess {
  const { config, hostConfig } = container.record;
  const user = userInRoot(`/proc/${container.state.pid}/root`, request.user || config.User, request.user === "" ? (hostConfig.GroupAdd ?? []) : []);
  if (request.workingDirectory !== "" && !request.workingDirectory.startsWith("/")) throw new EngineError("invalidArgument", `the working directory '${request.workingDirectory}' is invalid, it needs to be an absolute path`);
  return buildExecProcess({
    args: request.command,
    env: containerEnvironment([...config.Env, ...request.env], { hostname: config.Hostname, tty: request.tty, home: user.home }),
    cwd: request.workingDirectory || config.WorkingDir,
    user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    tty: request.tty,
    consoleSize: request.consoleSize,
    privileged: request.privileged,
    hostConfig,
    capabilities: context.runtime.capabilities,
    ownLimits: ownHardLimits(),
  });
}

/** The process id behind `container:ID` of an ipc or pid mode. */
function joinedPid(context: Context, mode: string | undefined): number | undefined {
  if (mode === undefined || !mode.startsWith("container:")) return undefined;
  const other = context.directory.find(mode.slice("container:".length));
  if (!isAlive(other.state)) throw new EngineError("conflict", `cannot join the namespace of a non running container: ${other.id}`);
  return other.state.pid;
}

/** /etc/hostname, hosts and resolv.conf, unless the user mounts something there. */
function networkMounts(files: NetworkFiles, mounts: readonly MountPoint[]): SpecMountInput[] {
  const own = [["/etc/resolv.conf", files.resolvConf], ["/etc/hostname", files.hostname], ["/etc/hosts", files.hosts]] as const;
  return own.filter(([destination]) => !mounts.some((mount) => mount.destination === destination))
    .map(([destination, source]) => ({ type: "bind", source, destination, readWrite: true, propagation: "rprivate" }));
}

function mountInput(mount: MountPoint): SpecMountInput {
  const { type, destination, readWrite, propagation, nonRecursive, tmpfs } = mount;
  const source = mount.subpath === "" ? mount.source : `${mount.source}/${mount.subpath}`;
  return { type, source, destination, readWrite, propagation, nonRecursive, tmpfs };
}
