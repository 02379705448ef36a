import { describe, expect, it } from "vitest";
import { CAPABILITY_NAMES, ownCapabilities } from "./capabilities.ts";
import { parseIoStat, parseNetDev } from "./cgroups/stats.ts";
import { sharesToWeight, writesV1, writesV2 } from "./cgroups/update.ts";
import { runtimeFailure, runtimeSentence } from "./failure.ts";

describe("runtimeFailure", () => {
  it.each([
    ['time="2026-01-01T00:00:00Z" level=error msg="runc create failed: unable to start container process: exec: \\"nope\\": executable file not found in $PATH"', "commandNotFound"],
    ['level=error msg="runc create failed: unable to start container process: exec: \\"/bin/nope\\": stat /bin/nope: no such file or directory"', "commandNotFound"],
    ['level=error msg="exec failed: unable to start container process: exec: \\"/etc\\": permission denied"', "commandNotExecutable"],
    ['level=error msg="runc create failed: unable to start container process: error during container init: error mounting \\"/nope\\" to rootfs at \\"/x\\": stat /nope: no such file or directory"', "invalidArgument"],
    ["2026-01-01T00:00:00.000000Z: executable file `nope` not found in $PATH: No such file or directory", "commandNotFound"],
    ["2026-01-01T00:00:00.000000Z: open executable: Permission denied", "commandNotExecutable"],
    ["something else", "internal"],
    ["", "internal"],
  ])("%s is %s", (stderr, code) => {
    expect(runtimeFailure("create", stderr, "runc")).toMatchObject({ code, message: expect.stringMatching(/^OCI runtime create failed: /) as string });
  });

  it.each([
    ["executable file `nope` not found in $PATH: No such file or directory", 'exec: "nope": executable file not found in $PATH'],
    ["executable file `/nope` not found in $PATH: No such file or directory", 'exec: "/nope": stat /nope: no such file or directory'],
    ["open executable: Operation not permitted", 'exec: "/etc/motd": permission denied'],
    ["chdir `/etc/passwd`: Not a directory", "Cannot mkdir: /etc/passwd is not a directory: choose another working directory"],
  ])("tells crun's %s in the words that the docker CLI looks for", (stderr, sentence) => {
    expect(runtimeSentence(stderr, "/etc/motd")).toBe(sentence);
  });

  it("takes the last error of several", () => {
    expect(runtimeSentence('level=warning msg="w"\nlevel=error msg="first"\nlevel=error msg=second\n')).toBe("second");
  });
});

describe("control files", () => {
  it("orders memory and swap so that neither write is refused", () => {
    const files = (limit: number, swap: number, current: number): string[] => writesV1({ memory: { limit, swap } }, current).map(({ file }) => file);
    expect(files(200, 400, 100)).toEqual(["memory.memsw.limit_in_bytes", "memory.limit_in_bytes"]);
    expect(files(50, 100, 100)).toEqual(["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"]);
  });

  it("translates to version 2", () => {
    expect(writesV2({ memory: { limit: 100, swap: 250 }, cpu: { shares: 1024, quota: 5000, period: 10_000 }, pidsLimit: -1 })).toEqual([
      { controller: "memory", file: "memory.swap.max", value: "150" }, { controller: "memory", file: "memory.max", value: "100" },
      { controller: "cpu", file: "cpu.weight", value: "39" }, { controller: "cpu", file: "cpu.max", value: "5000 10000" }, { controller: "pids", file: "pids.max", value: "max" },
    ]);
    expect([sharesToWeight(0), sharesToWeight(2), sharesToWeight(262_144), sharesToWeight(1e9)]).toEqual([1, 1, 10_000, 10_000]);
  });
});

describe("counters", () => {
  it("reads io.stat", () => {
    expect(parseIoStat("8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n")).toEqual([
      { major: 8, minor: 0, op: "read", bytes: 1, operations: 3 }, { major: 8, minor: 0, op: "write", bytes: 2, operations: 4 },
    ]);
  });

  it("reads net/dev without loopback", () => {
    const text = "Inter-|   Receive  |  Transmit\n face |bytes packets\n    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n  eth0:1000 10 1 2 0 0 0 0 2000 20 3 4 0 0 0 0\n";
    expect(parseNetDev(text)).toEqual({ eth0: { rxBytes: 1000, rxPackets: 10, rxErrors: 1, rxDropped: 2, txBytes: 2000, txPackets: 20, txErrors: 3, txDropped: 4 } });
  });
});

describe("ownCapabilities", () => {
  it("is the bounding set as far as it is permitted", () => {
    expect(ownCapabilities("CapPrm:\t0000000000000003\nCapBnd:\t0000000000000006\n")).toEqual(new Set([CAPABILITY_NAMES[1]]));
    expect(ownCapabilities("")).toEqual(new Set());
  });
});
