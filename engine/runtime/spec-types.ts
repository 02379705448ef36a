/** The parts of an OCI runtime specification config.json that the engine writes; names as in the specification. */

export interface SpecUser { uid: number; gid: number; additionalGids?: number[]; umask?: number }

export interface SpecCapabilities { bounding: string[]; effective: string[]; permitted: string[]; inheritable?: string[]; ambient?: string[] }

export interface SpecProcess {
  terminal: boolean;
  consoleSize?: { width: number; height: number };
  user: SpecUser;
  args: string[];
  env: string[];
  cwd: string;
  capabilities?: SpecCapabilities;
  rlimits?: { type: string; hard: number; soft: number }[];
  noNewPrivileges?: boolean;
  apparmorProfile?: string;
  oomScoreAdj?: number;
}

export interface SpecMount { destination: string; type?: string; source?: string; options?: string[] }

export interface SpecNamespace { type: "pid" | "network" | "ipc" | "uts" | "mount" | "user" | "cgroup"; path?: string }

export interface SpecDevice { path: string; type: "c" | "b" | "p"; major: number; minor: number; fileMode?: number; uid?: number; gid?: number }

export interface SpecResources {
  devices?: { allow: boolean; type?: string; major?: number; minor?: number; access?: string }[];
  memory?: { limit?: number; reservation?: number; swap?: number; kernel?: number; swappiness?: number; disableOOMKiller?: boolean };
  cpu?: { shares?: number; quota?: number; period?: number; realtimeRuntime?: number; realtimePeriod?: number; cpus?: string; mems?: string };
  pids?: { limit: number };
  blockIO?: { weight?: number; throttleReadBpsDevice?: object[]; throttleWriteBpsDevice?: object[]; throttleReadIOPSDevice?: object[]; throttleWriteIOPSDevice?: object[] };
  unified?: Record<string, string>;
}

export interface RuntimeSpec {
  ociVersion: string;
  process: SpecProcess;
  root: { path: string; readonly: boolean };
  hostname?: string;
  domainname?: string;
  mounts: SpecMount[];
  annotations?: Record<string, string>;
  linux: {
    namespaces: SpecNamespace[];
    uidMappings?: { containerID: number; hostID: number; size: number }[];
    gidMappings?: { containerID: number; hostID: number; size: number }[];
    devices?: SpecDevice[];
    resources?: SpecResources;
    cgroupsPath?: string;
    sysctl?: Record<string, string>;
    seccomp?: object;
    maskedPaths?: string[];
    readonlyPaths?: string[];
    rootfsPropagation?: string;
    mountLabel?: string;
  };
}
