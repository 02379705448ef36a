import { describe, expect, it } from "vitest";
import type { RuntimeCapabilities } from "../runtime.ts";
import { CAPABILITY_NAMES } from "../capabilities.ts";
import { buildExecProcess, buildSpec, specWarnings } from "./build.ts";
import type { RuntimeSpec } from "../spec-types.ts";
import type { SpecHostConfig, SpecInput } from "./input.ts";
import { containerEnvironment } from "./environment.ts";
import { ownHardLimits } from "./limits.ts";

const CAPABILITIES: RuntimeCapabilities = {
  runtime: "runc", runtimeVersion: "1", conmonVersion: "2", cgroupVersion: 1, cgroupDriver: "cgroupfs",
  controllers: new Set(["cpu", "cpuset", "memory", "pids", "blkio", "devices", "freezer"]),
  capabilities: new Set(CAPABILITY_NAMES), seccomp: true, apparmor: false, rootless: false, swapLimit: true, blockIoWeight: true,
};
const NO_CGROUPS: RuntimeCapabilities = { ...CAPABILITIES, rootless: true, cgroupDriver: "none", controllers: new Set() };

interface Built {
  readonly spec: RuntimeSpec;
  readonly warnings: string[];
}

function build(hostConfig: SpecHostConfig = {}, more: Partial<SpecInput> = {}): Built {
  const input: SpecInput = {
    hostConfig, args: ["/app", "-x"], env: ["PATH=/bin"], cwd: "", user: { uid: 0, gid: 0 }, tty: false, rootfs: "/run/rootfs", hostname: "box", domainname: "",
    mounts: [], devices: [], network: { path: "/run/netns/a" }, capabilities: CAPABILITIES, ownLimits: new Map(), ...more,
  };
  return { spec: buildSpec(input), warnings: specWarnings(hostConfig, input.capabilities, input.ownLimits) };
}

const mountAt = (result: Built, destination: string) => result.spec.mounts.find((mount) => mount.destination === destination);
const namespace = (result: Built, type: string) => result.spec.linux.namespaces.find((entry) => entry.type === type);

describe("buildSpec", () => {
  it("runs the process as given", () => {
    const { spec, warnings } = build();
    expect(spec.process).toMatchObject({ args: ["/app", "-x"], env: ["PATH=/bin"], cwd: "/", terminal: false, noNewPrivileges: false });
    expect(spec.process.capabilities?.effective).toHaveLength(14);
    expect(spec.root).toEqual({ path: "/run/rootfs", readonly: false });
    expect(spec.hostname).toBe("box");
    expect(warnings).toEqual([]);
  });

  it("gives every container its own namespaces, and the host's where asked", () => {
    expect(build().spec.linux.namespaces).toEqual([{ type: "mount" }, { type: "network", path: "/run/netns/a" }, { type: "uts" }, { type: "pid" }, { type: "ipc" }]);
    const host = build({ PidMode: "host", IpcMode: "host", UTSMode: "host" }, { network: "host" });
    expect(host.spec.linux.namespaces).toEqual([{ type: "mount" }]);
    expect(host.spec.hostname).toBeUndefined();
    expect(host.spec.linux.sysctl).toEqual({});
    expect(namespace(build({}, { joins: { pid: 7, ipc: 8 } }), "pid")).toEqual({ type: "pid", path: "/proc/7/ns/pid" });
    expect(namespace(build({}, { joins: { pid: 7, ipc: 8 } }), "ipc")).toEqual({ type: "ipc", path: "/proc/8/ns/ipc" });
    expect(namespace(build({}, { network: "private" }), "network")).toEqual({ type: "network" });
    expect(namespace(build({}, { capabilities: { ...CAPABILITIES, cgroupVersion: 2 } }), "cgroup")).toBeDefined();
    expect(namespace(build({ CgroupnsMode: "host" }, { capabilities: { ...CAPABILITIES, cgroupVersion: 2 } }), "cgroup")).toBeUndefined();
  });

  it("adds and drops capabilities, never more than the engine holds", () => {
    const effective = (hostConfig: SpecHostConfig, own: ReadonlySet<string> = CAPABILITIES.capabilities) => {
      const { spec, warnings } = build(hostConfig, { capabilities: { ...CAPABILITIES, capabilities: own } });
      return { set: spec.process.capabilities?.bounding, warnings };
    };
    expect(effective({ CapDrop: ["ALL"], CapAdd: ["net_admin", "CAP_CHOWN"] }).set).toEqual(["CAP_CHOWN", "CAP_NET_ADMIN"]);
    expect(effective({ CapAdd: ["ALL"], CapDrop: ["SYS_ADMIN"] }).set).toHaveLength(CAPABILITY_NAMES.length - 1);
    expect(effective({ Privileged: true }).set).toHaveLength(CAPABILITY_NAMES.length);
    const few = new Set(["CAP_CHOWN", "CAP_KILL"]);
    expect(effective({ CapAdd: ["SYS_RESOURCE"] }, few)).toEqual({ set: ["CAP_CHOWN", "CAP_KILL"], warnings: [expect.stringContaining("CAP_SYS_RESOURCE")] });
    expect(effective({ Privileged: true }, few)).toEqual({ set: ["CAP_CHOWN", "CAP_KILL"], warnings: [] });
    expect(() => build({ CapAdd: ["FLY"] })).toThrow('unknown capability: "FLY"');
  });

  it("gives other users than root no capabilities in effect", () => {
    const { spec } = build({}, { user: { uid: 1000, gid: 1000 } });
    expect(spec.process.capabilities).toMatchObject({ effective: [], permitted: [], bounding: expect.arrayContaining(["CAP_KILL"]) as string[] });
  });

  it("limits resources in Docker's units", () => {
    const { resources } = build({ Memory: 1000, NanoCpus: 1.5e9, PidsLimit: 9, CpuShares: 512, CpusetCpus: "0-1", MemoryReservation: 500, BlkioWeight: 300 }).spec.linux;
    expect(resources).toMatchObject({
      memory: { limit: 1000, swap: 2000, reservation: 500 }, cpu: { period: 100_000, quota: 150_000, shares: 512, cpus: "0-1" }, pids: { limit: 9 }, blockIO: { weight: 300 },
    });
    expect(build({ Memory: 1000, MemorySwap: -1 }).spec.linux.resources?.memory).toEqual({ limit: 1000, swap: -1 });
    expect(build({ PidsLimit: -1 }).spec.linux.resources?.pids).toEqual({ limit: -1 });
  });

  it("discards limits that the host cannot enforce, and says so", () => {
    const { spec, warnings } = build({ Memory: 1000, NanoCpus: 1e9, PidsLimit: 5 }, { capabilities: NO_CGROUPS });
    expect(spec.linux.resources).toEqual({});
    expect(warnings).toContain('Memory limits are not enforced: this engine has no access to the "memory" cgroup controller. Limit discarded.');
    expect(warnings).toHaveLength(3);
    expect(mountAt({ spec, warnings }, "/sys/fs/cgroup")).toBeUndefined();
    expect(build({ Memory: 9, MemorySwap: 10 }, { capabilities: { ...CAPABILITIES, swapLimit: false } })).toMatchObject({ warnings: [expect.stringContaining("Memory limited without swap.")] });
  });

  it("opens devices one by one, or all", () => {
    const device = { path: "/dev/x", hostPath: "/dev/fuse", type: "c" as const, major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0, access: "rw" };
    const { linux } = build({ DeviceCgroupRules: ["c 42:* rmw"] }, { devices: [device] }).spec;
    expect(linux.devices).toEqual([{ path: "/dev/x", type: "c", major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0 }]);
    expect(linux.resources?.devices).toEqual([
      { allow: false, access: "rwm" }, { allow: true, type: "c", major: 10, minor: 229, access: "rw" }, { allow: true, type: "c", major: 42, minor: -1, access: "rmw" },
    ]);
    expect(build({ Privileged: true }).spec.linux.resources?.devices).toEqual([{ allow: true, access: "rwm" }]);
    expect(() => build({ DeviceCgroupRules: ["d 1:2 r"] })).toThrow("invalid device cgroup rule format");
  });

  it("confines system paths and calls, unless privileged", () => {
    const plain = build().spec.linux;
    expect(plain.maskedPaths).toContain("/proc/kcore");
    expect(plain.readonlyPaths).toContain("/proc/sys");
    expect(plain.seccomp).toMatchObject({ defaultAction: "SCMP_ACT_ERRNO" });
    const privileged = build({ Privileged: true });
    expect(privileged.spec.linux).toMatchObject({ maskedPaths: [], readonlyPaths: [] });
    expect(privileged.spec.linux.seccomp).toBeUndefined();
    expect(mountAt(privileged, "/sys")?.options).toContain("rw");
    expect(build({ SecurityOpt: ["seccomp=unconfined", "systempaths=unconfined", "no-new-privileges"] }).spec).toMatchObject({ process: { noNewPrivileges: true }, linux: { maskedPaths: [] } });
    expect(() => build({ SecurityOpt: ["magic=1"] })).toThrow("invalid security option");
  });

  it("mounts outer directories first and lets the user's mounts replace the system's", () => {
    const result = build({ ShmSize: 1 << 20 }, {
      mounts: [
        { type: "bind", source: "/src/b", destination: "/a/b", readWrite: false },
        { type: "volume", source: "/src/a", destination: "/a", readWrite: true, propagation: "rshared" },
        { type: "tmpfs", source: "", destination: "/dev/mqueue", readWrite: true, tmpfs: { options: "exec,size=1m", mode: 0o700 } },
      ],
    });
    expect(result.spec.mounts.slice(-3)).toEqual([
      { destination: "/a", type: "bind", source: "/src/a", options: ["rbind", "rw", "rshared"] },
      { destination: "/a/b", type: "bind", source: "/src/b", options: ["rbind", "ro", "rprivate"] },
      { destination: "/dev/mqueue", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "exec", "size=1m", "mode=700"] },
    ]);
    expect(result.spec.mounts.filter(({ destination }) => destination === "/dev/mqueue")).toHaveLength(1);
    expect(mountAt(result, "/dev/shm")?.options).toContain("size=1048576");
    expect(result.spec.linux.rootfsPropagation).toBe("shared");
  });

  it("puts an init before the program", () => {
    const result = build({ Init: true }, { initProgram: "/usr/bin/tini-static" });
    expect(result.spec.process.args).toEqual(["/sbin/docker-init", "--", "/app", "-x"]);
    expect(mountAt(result, "/sbin/docker-init")?.source).toBe("/usr/bin/tini-static");
    expect(() => build({ Init: true })).toThrow("install the package tini");
  });

  it("bounds ulimits by the engine's own", () => {
    const own = new Map([["RLIMIT_NOFILE", 1000]]);
    const request = { Ulimits: [{ Name: "nofile", Soft: 500, Hard: 5000 }, { Name: "core", Soft: -1, Hard: -1 }] };
    const bounded = build(request, { ownLimits: own, capabilities: NO_CGROUPS });
    expect(bounded.spec.process.rlimits?.[0]).toEqual({ type: "RLIMIT_NOFILE", soft: 500, hard: 1000 });
    expect(bounded.warnings).toHaveLength(1);
    expect(build(request, { ownLimits: own }).spec.process.rlimits?.[0]).toMatchObject({ hard: 5000 });
    expect(() => build({ Ulimits: [{ Name: "speed", Hard: 1, Soft: 1 }] })).toThrow("invalid ulimit type: speed");
    expect(() => build({ Ulimits: [{ Name: "nofile", Hard: 1, Soft: 2 }] })).toThrow("soft limit must be less");
    expect(ownHardLimits("Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 4096                 files     \nMax stack size            8388608              unlimited            bytes     \n"))
      .toEqual(new Map([["RLIMIT_NOFILE", 4096], ["RLIMIT_STACK", Number.POSITIVE_INFINITY]]));
  });

  it("lowers no OOM score without the right to", () => {
    expect(build({ OomScoreAdj: -500 }).spec.process.oomScoreAdj).toBe(-500);
    expect(build({ OomScoreAdj: -500 }, { capabilities: NO_CGROUPS })).toMatchObject({ warnings: [expect.stringContaining("OomScoreAdj -500 discarded")] });
    expect(build({ OomScoreAdj: 500 }, { capabilities: NO_CGROUPS }).spec.process.oomScoreAdj).toBe(500);
  });

  it("gives an exec the container's rights, or all when privileged", () => {
    const common = { args: ["id"], env: [], cwd: "/w", user: { uid: 0, gid: 0 }, tty: true, capabilities: CAPABILITIES, ownLimits: new Map() };
    expect(buildExecProcess({ ...common, privileged: false, hostConfig: { CapDrop: ["ALL"], Init: true } })).toMatchObject({ args: ["id"], cwd: "/w", terminal: true, capabilities: { bounding: [] } });
    expect(buildExecProcess({ ...common, privileged: true, hostConfig: {} }).capabilities?.bounding).toHaveLength(CAPABILITY_NAMES.length);
  });
});

describe("containerEnvironment", () => {
  it("adds Docker's defaults and lets the user's values win", () => {
    expect(containerEnvironment(["A=1", "A=2", "HOME=/h"], { hostname: "box", tty: true, home: "/root" }))
      .toEqual(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=box", "TERM=xterm", "A=2", "HOME=/h"]);
    expect(containerEnvironment(["PATH", "X=a=b"], { hostname: "", tty: false, home: "/root" })).toEqual(["X=a=b", "HOME=/root"]);
  });
});
