import { describe, expect, it } from "vitest";
import { ALLOWED_ON, ALLOWED_WITH, ALWAYS_ALLOWED } from "./seccomp-table.ts";
import { customSeccomp, defaultSeccomp } from "./seccomp.ts";

const allowed = (capabilities: string[]): Set<string> => new Set(defaultSeccomp(capabilities, "x64").syscalls.filter(({ action, args }) => action === "SCMP_ACT_ALLOW" && args === undefined).flatMap(({ names }) => names));

describe("defaultSeccomp", () => {
  it("allows what programs need and refuses what reaches the host", () => {
    const calls = allowed([]);
    for (const name of ["read", "openat", "futex", "clock_gettime", "execve", "epoll_wait", "arch_prctl"]) expect(calls).toContain(name);
    for (const name of ["mount", "bpf", "kexec_load", "add_key", "keyctl", "io_uring_setup", "userfaultfd", "setns", "unshare", "reboot", "init_module"]) expect(calls).not.toContain(name);
  });

  it("opens calls with their capability", () => {
    expect(allowed(["CAP_SYS_ADMIN"])).toContain("mount");
    expect(allowed(["CAP_SYS_CHROOT"])).toContain("chroot");
    expect(allowed(["CAP_SYS_ADMIN"])).toContain("clone3");
    expect(defaultSeccomp([], "x64").syscalls).toContainEqual({ names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 });
  });

  it("names no call twice", () => {
    for (const list of [ALWAYS_ALLOWED, ...Object.values(ALLOWED_WITH), ...Object.values(ALLOWED_ON)]) expect(new Set(list).size).toBe(list.length);
    for (const list of Object.values(ALLOWED_WITH)) for (const name of list) expect(ALWAYS_ALLOWED).not.toContain(name);
  });
});

describe("customSeccomp", () => {
  const profile = (syscalls: object[]): string => JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }], syscalls });

  it("applies conditions", () => {
    const text = profile([
      { names: ["a"], action: "SCMP_ACT_ALLOW" },
      { names: ["b"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_ADMIN"] } },
      { names: ["c"], action: "SCMP_ACT_ALLOW", excludes: { caps: ["CAP_KILL"] } },
      { names: ["d"], action: "SCMP_ACT_ALLOW", includes: { arches: ["amd64"], minKernel: "4.8" } },
      { names: ["e"], action: "SCMP_ACT_ALLOW", includes: { minKernel: "99.1" } },
      { name: "f", action: "SCMP_ACT_KILL", args: null },
    ]);
    const result = customSeccomp(text, ["CAP_KILL"], "6.1.0-9-amd64", "x64");
    expect(result.syscalls.flatMap(({ names }) => names)).toEqual(["a", "d", "f"]);
    expect(result.architectures).toEqual(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]);
  });

  it("refuses what is no profile", () => {
    for (const text of ["{", "[]", "null", "{}", '{"defaultAction":1}']) expect(() => customSeccomp(text, [], "6.1")).toThrow("Decoding seccomp profile failed");
  });
});
