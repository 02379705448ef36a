import { normalize } from "node:path/posix";
import { EngineError } from "../base/errors.ts";
import type { ContainerConfig, HostConfig, MountRequest } from "./config.ts";
import type { MountPoint } from "./containers.ts";

/** A mount that was asked for, before volumes and host directories exist. */
export interface MountPlan extends Omit<MountPoint, "source"> {
  readonly source: string;
  /** A bind whose host path is made when missing (`-v`), or must be there (`--mount`). */
  readonly createSource: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly driverOptions: Readonly<Record<string, string>>;
}

const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const PROPAGATIONS = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];
const MODES = ["ro", "rw", "z", "Z", "nocopy", "consistent", "cached", "delegated", ...PROPAGATIONS];

const PLAN: Omit<MountPlan, "type" | "destination"> = {
  name: "", source: "", driver: "", mode: "", readWrite: true, propagation: "", nonRecursive: false, anonymous: false, copyUp: false, subpath: "", tmpfs: null,
  createSource: false, labels: {}, driverOptions: {},
};

/**
 * All mounts a container gets, sorted by destination. `-v` and `--mount` win over `--volumes-from`, that over the image's volumes.
 *
 * @param inherited mounts of the containers of `VolumesFrom`
 * @throws EngineError `invalidArgument` naming the wrong specification
 */
export function planMounts(config: ContainerConfig, host: HostConfig, inherited: readonly MountPoint[]): MountPlan[] {
  const plans = new Map<string, MountPlan>();
  const own = [...(host.Binds ?? []).map((bind) => parseBind(bind, host.VolumeDriver ?? "")), ...(host.Mounts ?? []).map(parseMount), ...Object.entries(host.Tmpfs ?? {}).map(parseTmpfs)];
  for (const plan of own) {
    if (plans.has(plan.destination)) throw new EngineError("invalidArgument", `Duplicate mount point: ${plan.destination}`);
    plans.set(plan.destination, plan);
  }
  for (const mount of inherited) {
    if (!plans.has(mount.destination)) plans.set(mount.destination, { ...mount, createSource: false, labels: {}, driverOptions: {} });
  }
  for (const path of Object.keys(config.Volumes ?? {})) {
    const destination = destinationOf(path, path);
    if (!plans.has(destination)) plans.set(destination, anonymousVolume(destination));
  }
  return [...plans.values()].sort((a, b) => (a.destination < b.destination ? -1 : 1));
}

function anonymousVolume(destination: string): MountPlan {
  return { ...PLAN, type: "volume", destination, driver: "local", anonymous: true, copyUp: true };
}

/** One `-v`: `/data`, `name:/data[:mode]` or `/host:/data[:mode]`. */
function parseBind(text: string, driver: string): MountPlan {
  const parts = text.split(":");
  if (parts.length > 3 || parts.some((part) => part === "")) throw new EngineError("invalidArgument", `invalid volume specification: '${text}': expected source:destination or source:destination:options`);
  if (parts.length === 1) return anonymousVolume(destinationOf(parts[0]!, text));
  const [source, target, mode = ""] = parts as [string, string, string?];
  const modes = mode === "" ? [] : mode.split(",");
  const unknown = modes.find((entry) => !MODES.includes(entry));
  if (unknown !== undefined) throw new EngineError("invalidArgument", `invalid mode: ${mode}: '${unknown}' is not one of ${MODES.join(", ")}`);
  const destination = destinationOf(target, text);
  const readWrite = !modes.includes("ro");
  if (source.startsWith("/")) {
    const propagation = modes.find((entry) => PROPAGATIONS.includes(entry)) ?? "rprivate";
    return { ...PLAN, type: "bind", source: normalizePath(source), destination, mode, readWrite, propagation, createSource: true };
  }
  return { ...PLAN, type: "volume", name: volumeName(source), destination, driver: driver || "local", mode: mode || "z", readWrite, copyUp: !modes.includes("nocopy") };
}

function volumeName(name: string): string {
  if (VOLUME_NAME.test(name)) return name;
  throw new EngineError("invalidArgument", `create ${name}: ${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`);
}

/** One `--mount`. */
function parseMount(mount: MountRequest): MountPlan {
  const invalid = (why: string): EngineError => new EngineError("invalidArgument", `invalid mount config for type ${JSON.stringify(mount.Type ?? "")}: ${why}`);
  const target = mount.Target ?? "";
  if (target === "") throw invalid("field Target must not be empty");
  const destination = destinationOf(target, target);
  const readWrite = mount.ReadOnly !== true;
  switch (mount.Type) {
    case "bind": {
      const source = mount.Source ?? "";
      if (source === "") throw invalid("field Source must not be empty");
      if (!source.startsWith("/")) throw invalid(`invalid mount path: '${source}' mount path must be absolute`);
      const options = mount.BindOptions ?? {};
      if (options.Propagation && !PROPAGATIONS.includes(options.Propagation)) throw invalid(`invalid propagation mode: ${options.Propagation}`);
      return { ...PLAN, type: "bind", source: normalizePath(source), destination, readWrite, propagation: options.Propagation || "rprivate", nonRecursive: options.NonRecursive === true, createSource: options.CreateMountpoint === true };
    }
    case "volume": {
      const options = mount.VolumeOptions ?? {};
      const name = mount.Source ?? "";
      const base = { ...PLAN, type: "volume" as const, destination, readWrite, mode: "z", driver: options.DriverConfig?.Name || "local", copyUp: options.NoCopy !== true, labels: options.Labels ?? {}, driverOptions: options.DriverConfig?.Options ?? {}, subpath: options.Subpath ?? "" };
      return name === "" ? { ...base, anonymous: true } : { ...base, name: volumeName(name) };
    }
    case "tmpfs":
      if (mount.Source) throw invalid("field Source must not be specified");
      return { ...PLAN, type: "tmpfs", destination, readWrite, tmpfs: { sizeBytes: mount.TmpfsOptions?.SizeBytes, mode: mount.TmpfsOptions?.Mode } };
    default:
      throw new EngineError("invalidArgument", `mount type ${JSON.stringify(mount.Type ?? "")} is not supported: this engine knows bind, volume and tmpfs`);
  }
}

/** One `--tmpfs`. */
function parseTmpfs([path, options]: [string, string]): MountPlan {
  return { ...PLAN, type: "tmpfs", destination: destinationOf(path, path), readWrite: !options.split(",").includes("ro"), mode: options, tmpfs: { options } };
}

function destinationOf(path: string, specification: string): string {
  if (!path.startsWith("/")) throw new EngineError("invalidArgument", `invalid volume specification: '${specification}': invalid mount path: '${path}' mount path must be absolute`);
  const destination = normalizePath(path);
  if (destination === "/") throw new EngineError("invalidArgument", `invalid volume specification: '${specification}': invalid specification: destination can't be '/'`);
  return destination;
}

function normalizePath(path: string): string {
  const normal = normalize(path);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}
