import { chmodSync, chownSync, mkdirSync, statSync } from "node:fs";
import { dirname, normalize } from "node:path/posix";
import { EngineError } from "../../base/errors.ts";
import { userInRoot } from "../../runtime/accounts.ts";
import type { RuntimeCapabilities } from "../../runtime/runtime.ts";
import { buildSpec } from "../../runtime/spec/build.ts";
import { hostDevices } from "../../runtime/spec/devices.ts";
import { containerEnvironment } from "../../runtime/spec/environment.ts";
import type { SpecInput, SpecMountInput } from "../../runtime/spec/input.ts";
import { ownHardLimits } from "../../runtime/spec/limits.ts";
import type { RuntimeSpec } from "../../runtime/spec-types.ts";
import { resolveInRoot } from "../../sys/rooted-path.ts";
import type { RunRequest } from "./run.ts";

/** A process of a step. */
export interface StepProcess {
  readonly args: readonly string[];
  /** Without the defaults. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  readonly tty: boolean;
  /** Make the working directory when it is missing: only while nothing runs in the root, which could put a link in its way. */
  readonly makesCwd: boolean;
}

/** Where it runs. */
export interface StepPlace {
  /** Mounted. */
  readonly rootfs: string;
  readonly mounts: readonly SpecMountInput[];
  readonly network: SpecInput["network"];
  readonly capabilities: RuntimeCapabilities;
}

const HOSTNAME = "buildkitsandbox";

/** The name that a step's processes see as the host's. */
export function hostnameOf({ hostname }: RunRequest): string {
  return hostname ?? HOSTNAME;
}

/**
 * The specification of a process of a step: a container with Docker's defaults, or a privileged one where the step is `insecure`. A working directory
 * that does not exist is made, the user's own, as Docker does.
 * @throws EngineError `invalidArgument` for an unknown user or a bad limit
 */
export function stepSpec(request: RunRequest, process: StepProcess, place: StepPlace): RuntimeSpec {
  const { operation: { security }, limits } = request;
  const privileged = security === "insecure";
  const user = userInRoot(place.rootfs, process.user);
  const cwd = normalize(`/${process.cwd}`);
  if (process.makesCwd && !place.mounts.some(({ destination }) => isInside(cwd, destination))) makeDirectory(place.rootfs, cwd, user);
  return buildSpec({
    hostConfig: { ...limits, Privileged: privileged },
    args: process.args,
    env: containerEnvironment(process.env, { hostname: "", tty: process.tty, home: user.home }),
    cwd,
    user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    tty: process.tty,
    rootfs: place.rootfs,
    hostname: hostnameOf(request),
    domainname: "",
    mounts: place.mounts,
    devices: privileged ? hostDevices() : [],
    network: place.network,
    capabilities: place.capabilities,
    ownLimits: ownHardLimits(),
  });
}

/** Whether a path is a directory or lies in it. */
export function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

function makeDirectory(root: string, path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  const real = resolveInRoot(root, path);
  const missing: string[] = [];
  for (let directory = real; directory !== root; directory = dirname(directory)) {
    const stats = statSync(directory, { throwIfNoEntry: false });
    if (stats?.isDirectory() === false) throw new EngineError("invalidArgument", `the working directory ${JSON.stringify(path)} cannot be made: ${JSON.stringify(directory.slice(root.length))} is not a directory`);
    if (stats !== undefined) break;
    missing.unshift(directory);
  }
  for (const directory of missing) {
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    chownSync(directory, uid, gid);
  }
}
