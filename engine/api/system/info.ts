import { readFileSync } from "node:fs";
import { availableParallelism, hostname, release, totalmem } from "node:os";
import type { SystemBackend } from "./backend.ts";

/** Go's names of machines, as `uname -m` has them. */
const MACHINES: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };

/** The answer of `GET /info`. */
export function infoJson(backend: SystemBackend): object {
  const { capabilities, images, root } = backend;
  const containers = backend.containers.list();
  const count = (...statuses: readonly string[]): number => containers.filter((view) => statuses.includes(view.state.status)).length;
  const has = (controller: "cpu" | "cpuset" | "memory" | "pids" | "blkio"): boolean => capabilities.controllers.has(controller);
  const running = count("running", "restarting");
  const paused = count("paused");
  const security = [...(capabilities.apparmor ? ["name=apparmor"] : []), ...(capabilities.seccomp ? ["name=seccomp,profile=builtin"] : []), ...(capabilities.rootless ? ["name=rootless"] : []), ...(capabilities.cgroupVersion === 2 ? ["name=cgroupns"] : [])];
  return {
    ID: backend.engineId,
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: containers.length - running - paused,
    Images: images.list().length,
    Driver: "overlay2",
    DriverStatus: [["Backing Filesystem", backingFileSystem(root)], ["Supports d_type", "true"], ["userxattr", String(capabilities.rootless)]],
    Plugins: { Volume: ["local"], Network: ["bridge", "host", "null"], Authorization: null, Log: ["json-file", "local", "none"] },
    MemoryLimit: has("memory"),
    SwapLimit: has("memory"),
    CpuCfsPeriod: has("cpu"),
    CpuCfsQuota: has("cpu"),
    CPUShares: has("cpu"),
    CPUSet: has("cpuset"),
    PidsLimit: has("pids"),
    // Turned on with the first network; until then older clients would warn of what is never missed.
    IPv4Forwarding: true,
    Debug: false,
    NFd: -1,
    OomKillDisable: has("memory") && capabilities.cgroupVersion === 1,
    NGoroutines: -1,
    SystemTime: new Date().toISOString(),
    LoggingDriver: "json-file",
    CgroupDriver: capabilities.cgroupDriver,
    CgroupVersion: String(capabilities.cgroupVersion),
    NEventsListener: 0,
    KernelVersion: release(),
    OperatingSystem: operatingSystem("PRETTY_NAME"),
    OSVersion: operatingSystem("VERSION_ID"),
    OSType: "linux",
    Architecture: MACHINES[images.hostPlatform.architecture] ?? images.hostPlatform.architecture,
    IndexServerAddress: "https://index.docker.io/v1/",
    RegistryConfig: {
      AllowNondistributableArtifactsCIDRs: [], AllowNondistributableArtifactsHostnames: [], InsecureRegistryCIDRs: ["127.0.0.0/8", "::1/128"],
      IndexConfigs: { "docker.io": { Name: "docker.io", Mirrors: backend.registryMirrors, Secure: true, Official: true }, ...Object.fromEntries(backend.insecureRegistries.map((name) => [name, { Name: name, Mirrors: [], Secure: false, Official: false }])) },
      Mirrors: backend.registryMirrors,
    },
    NCPU: availableParallelism(),
    MemTotal: totalmem(),
    GenericResources: null,
    DockerRootDir: root,
    HttpProxy: masked(process.env.HTTP_PROXY),
    HttpsProxy: masked(process.env.HTTPS_PROXY),
    NoProxy: process.env.NO_PROXY ?? "",
    Name: hostname(),
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: backend.version,
    Runtimes: { [capabilities.runtime]: { path: capabilities.runtime } },
    DefaultRuntime: capabilities.runtime,
    Swarm: { NodeID: "", NodeAddr: "", LocalNodeState: "inactive", ControlAvailable: false, Error: "", RemoteManagers: null },
    LiveRestoreEnabled: true,
    Isolation: "",
    InitBinary: "docker-init",
    ContainerdCommit: { ID: "", Expected: "" },
    RuncCommit: { ID: capabilities.runtimeVersion, Expected: capabilities.runtimeVersion },
    InitCommit: { ID: "", Expected: "" },
    SecurityOptions: security,
    CDISpecDirs: [],
    Warnings: warnings(backend),
  };
}

function warnings({ capabilities }: SystemBackend): string[] {
  const lacking = (["memory", "cpu", "cpuset", "pids"] as const).filter((controller) => !capabilities.controllers.has(controller));
  return lacking.length === 0 ? [] : [`WARNING: No ${lacking.join(", ")} limit support: the cgroup ${lacking.length === 1 ? "controller is" : "controllers are"} not available to this engine`];
}

function backingFileSystem(root: string): string {
  let best = { at: "", type: "unknown" };
  for (const line of readText("/proc/self/mounts").split("\n")) {
    const [, at = "", type = ""] = line.split(" ");
    if ((at === "/" || root === at || root.startsWith(`${at}/`)) && at.length >= best.at.length) best = { at, type };
  }
  return best.type === "ext4" || best.type === "ext3" ? "extfs" : best.type;
}

function operatingSystem(key: string): string {
  return new RegExp(`^${key}="?([^"\\n]*)"?$`, "m").exec(readText("/etc/os-release"))?.[1] ?? "";
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** A proxy's address without its user name and password, as Docker shows it. */
function masked(address: string | undefined): string {
  return (address ?? "").replace(/^((?:[a-z]+:\/\/)?)[^/]*@/i, "$1xxxxx:xxxxx@");
}
