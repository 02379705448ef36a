import { chmodSync, chownSync, mkdirSync, readlinkSync, rmdirSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { sleep } from "../../base/abort.ts";
import type { SnapshotKey } from "../../base/ids.ts";
import { CAPABILITY_NAMES } from "../../runtime/capabilities.ts";
import { findProgram } from "../../runtime/programs.ts";
import { DEFAULT_CAPABILITIES } from "../../runtime/spec/privileges.ts";
import { makeBusyboxRoot } from "../../runtime/testing/busybox-root.ts";
import { StepLab, mountOf } from "./testing/step-lab.ts";

const installed = (["crun", "runc"] as const).filter((name) => findProgram(name) !== undefined);

describe.each(installed)("a step under %s", (runtime) => {
  let lab: StepLab;
  beforeAll(async () => {
    lab = await StepLab.open({ runtime });
  });
  afterEach(() => lab.expectNothingLeft());
  afterAll(() => lab.close());

  describe("the process", () => {
    it("ends with its exit code, and what it wrote", async () => {
      const { exitCode, oomKilled, cpuMs, stdout, stderr, root } = await lab.output({ script: "echo out; echo err >&2; exit 7" });
      expect({ exitCode, oomKilled, stdout, stderr }).toEqual({ exitCode: 7, oomKilled: false, stdout: "out\n", stderr: "err\n" });
      if (lab.runtime.capabilities.cgroupDriver === "none") expect(cpuMs).toBeNull();
      else expect(cpuMs).toBeGreaterThan(0);
      await root[Symbol.asyncDispose]();
      const killed = await lab.output({ script: "sleep 10 & kill -9 $!; wait $!" });
      expect(killed.exitCode).toBe(137);
      await killed.root[Symbol.asyncDispose]();
    });

    it("counts the time of its own processes", async () => {
      const busy = await lab.output({ script: "x=0; while test $x -lt 100000; do x=$((x+1)); done" });
      await busy.root[Symbol.asyncDispose]();
      const idle = await lab.output({ script: "sleep 0.3" });
      await idle.root[Symbol.asyncDispose]();
      if (lab.runtime.capabilities.cgroupDriver === "none") expect([busy.cpuMs, idle.cpuMs]).toEqual([null, null]);
      else expect(busy.cpuMs!).toBeGreaterThan(idle.cpuMs! + 30);
    });

    it("has Docker's environment, name and rights", async () => {
      const said = await lab.say({ script: "/bin/busybox env; hostname; pwd; grep CapEff /proc/self/status", env: ["B=two words", "A=1"] });
      const variables = said.split("\n").filter((line) => /^[A-Z]+=/.test(line) && !/^(SHLVL|PWD|OLDPWD)=/.test(line));
      expect(variables.sort()).toEqual(["A=1", "B=two words", "HOME=/root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]);
      expect(said).toContain("\nbuildkitsandbox\n/\n");
      expect(rightsOf(said)).toEqual(DEFAULT_CAPABILITIES.filter((name) => lab.runtime.capabilities.capabilities.has(name)).sort());
      expect(await lab.say({ script: "hostname", hostname: "other" })).toBe("other\n");
    });

    it("has all rights where the step is insecure", async () => {
      const said = await lab.say({ script: "grep CapEff /proc/self/status; mount -t tmpfs none /bin && echo mounted", security: "insecure" });
      expect(rightsOf(said)).toEqual([...lab.runtime.capabilities.capabilities].sort());
      expect(said).toContain("mounted");
      await expect(lab.say({ script: "mount -t tmpfs none /bin" })).rejects.toThrow(/permission denied|not permitted/i);
    });

    it("is the user it is to be, with the image's groups and home", async () => {
      const said = await lab.say({ script: "id; echo $HOME", user: "alice" });
      expect(said).toMatch(/^uid=1000\(alice\) gid=1000\(alice\) groups=(50\(staff\),1000\(alice\)|1000\(alice\),50\(staff\))\n\/home\/alice\n$/);
      expect(await lab.say({ script: "id -u; id -g", user: "1234:50" })).toBe("1234\n50\n");
      await expect(lab.start({ user: "bob" })).rejects.toMatchObject({ code: "invalidArgument", message: "unable to find user bob: no matching entries in passwd file" });
      await expect(lab.start({ user: "alice:nope" })).rejects.toMatchObject({ code: "invalidArgument", message: "unable to find group nope: no matching entries in group file" });
    });

    it("says which command it has not found, or may not execute", async () => {
      await expect(lab.start({ args: ["nope", "x"] })).rejects.toMatchObject({ code: "commandNotFound", details: { exitCode: 127 }, message: expect.stringMatching(/^failed to create task for container: OCI runtime create failed: .*exec: "nope": executable file not found in \$PATH/) as string });
      await expect(lab.start({ args: ["/nope"] })).rejects.toMatchObject({ code: "commandNotFound", message: expect.stringContaining("/nope: no such file or directory") as string });
      await expect(lab.start({ args: ["/etc"] })).rejects.toMatchObject({ code: "commandNotExecutable", details: { exitCode: 126 } });
      const missing = await lab.output({ script: "nope" });
      expect(missing).toMatchObject({ exitCode: 127, stderr: expect.stringContaining("nope: not found") as string });
      await missing.root[Symbol.asyncDispose]();
    });

    it("finds its working directory, made when it is missing, as its own", async () => {
      const key = "with-cwd" as SnapshotKey;
      const { stdout, root } = await lab.output({ script: "pwd; touch made", cwd: "/deep/er/place", user: "alice" });
      expect(stdout).toBe("/deep/er/place\n");
      await root.commit(key);
      const [layer] = lab.snapshots.layerDirectories(key);
      for (const path of ["deep", "deep/er", "deep/er/place", "deep/er/place/made"]) expect(statSync(join(layer!, path))).toMatchObject({ uid: 1000, gid: 1000 });
      expect(await lab.layerOf({ cwd: "/deep/er", parent: key })).toEqual([]);
      await expect(lab.start({ cwd: "/bin/busybox/x" })).rejects.toMatchObject({ code: "invalidArgument", message: 'the working directory "/bin/busybox/x" cannot be made: "/bin/busybox" is not a directory' });
    });

    it("runs the scripts of heredocs, which nobody can change", async () => {
      const files = [{ path: "/dev/pipes/EOF", content: "#!/bin/sh\necho from $0; echo x > $0" }, { path: "/scripts/two", content: "#!/bin/sh\necho two\n" }];
      const { stdout, stderr, root } = await lab.output({ script: "/dev/pipes/EOF; /scripts/two", files });
      expect(stdout).toBe("from /dev/pipes/EOF\ntwo\n");
      expect(stderr).toMatch(/Read-only file system/i);
      await root[Symbol.asyncDispose]();
      expect(await lab.layerOf({ files })).toEqual([]);
    });

    it("keeps to its limits", async (context) => {
      expect(await lab.say({ script: "ulimit -n; ulimit -Hn; grep /dev/shm /proc/mounts", limits: { ShmSize: 1 << 20, Ulimits: [{ Name: "nofile", Soft: 100, Hard: 200 }] } })).toMatch(/^100\n200\n.*size=1024k/);
      await expect(lab.start({ limits: { Ulimits: [{ Name: "speed", Soft: 1, Hard: 1 }] } })).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining("invalid ulimit type: speed") as string });
      if (!lab.runtime.capabilities.controllers.has("memory")) return context.skip("no memory cgroup here");
      const { exitCode, oomKilled, root } = await lab.output({ script: "sleep 0.1; x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; done", limits: { Memory: 12 << 20, MemorySwap: 12 << 20 } });
      expect({ exitCode, oomKilled }).toEqual({ exitCode: 137, oomKilled: true });
      await root[Symbol.asyncDispose]();
    });

    it("runs beside others", async () => {
      const results = await Promise.all(Array.from({ length: 8 }, (_, code) => lab.output({ script: `echo ${code}; exit ${code}`, network: "default" })));
      expect(results.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual(results.map((_, code) => [code, `${code}\n`]));
      await Promise.all(results.map(({ root }) => root[Symbol.asyncDispose]()));
    });

    it("takes processes that it left behind along", async () => {
      await lab.say({ script: "sleep 1000 & sleep 1000 > /dev/null 2>&1 & echo left" });
      expect(lab.processes()).toEqual([]);
    });
  });

  describe("its output", () => {
    it("comes whole and in order, a million lines of it", async () => {
      let rest = "";
      let line = 0;
      const result = await lab.start({
        args: ["/bin/seq", "1", "1000000"],
        onOutput: (_stream, data) => {
          const lines = (rest + Buffer.from(data).toString()).split("\n");
          rest = lines.pop()!;
          for (const text of lines) if (Number(text) !== ++line) throw new Error(`line ${line} is ${text}`);
        },
      });
      expect({ line, rest, exitCode: result.exitCode }).toEqual({ line: 1_000_000, rest: "", exitCode: 0 });
      await result.root[Symbol.asyncDispose]();
    });

    it("waits for who takes it", async () => {
      let bytes = 0;
      let ended = false;
      const gate = Promise.withResolvers<void>();
      const running = lab.start({
        args: ["/bin/seq", "1", "1000000"],
        onOutput: (_stream, data) => {
          bytes += data.length;
          return gate.promise;
        },
      }).finally(() => (ended = true));
      await sleep(600);
      expect(ended).toBe(false);
      expect(lab.processes().length).toBeGreaterThan(0);
      expect(bytes).toBeLessThan(100_000);
      gate.resolve();
      const { exitCode, root } = await running;
      expect({ exitCode, bytes }).toEqual({ exitCode: 0, bytes: 6_888_896 });
      await root[Symbol.asyncDispose]();
    });

    it("ends the step when it cannot be taken", async () => {
      await expect(lab.start({ script: "echo x; sleep 1000", onOutput: () => Promise.reject(new Error("full")) })).rejects.toThrow("full");
    });
  });

  describe("the layer", () => {
    it("is empty when the process did nothing, whatever the root lacked", async () => {
      const bare = await lab.layer("bare", null, (directory) => {
        makeBusyboxRoot(directory);
        rmdirSync(join(directory, "etc"));
      });
      const mounts = [mountOf.cache("/var/cache/apt/deep"), mountOf.tmpfs("/mnt/t"), mountOf.secret("s"), mountOf.bind("/src/a")];
      const step = { parent: bare, mounts, sources: new Map([[3, lab.root]]), secrets: new Map([["s", Buffer.from("x")]]), network: "default" as const };
      expect(await lab.layerOf(step)).toEqual([]);
      expect(await lab.layerOf({ ...step, cwd: "/src/a" })).toEqual([]);
      expect(await lab.layerOf({ ...step, script: "touch /etc/made; mkdir /var/cache/own" })).toEqual(["/etc/", "/etc/made", "/var/", "/var/cache/", "/var/cache/own/"]);
    });

    it("has nothing of directories that were only looked at, and leaves those that were written to as they were", async () => {
      const parent = await lab.layer("special-etc", lab.base, (directory) => {
        mkdirSync(join(directory, "etc"));
        chmodSync(join(directory, "etc"), 0o2751);
        chownSync(join(directory, "etc"), 12, 34);
        utimesSync(join(directory, "etc"), 1_000_000_000, 1_000_000_000);
      });
      expect(await lab.layerOf({ parent })).toEqual([]);
      expect(await lab.say({ parent, script: "/bin/busybox stat -c '%a %u %g %Y' /etc" })).toBe("2751 12 34 1000000000\n");
      const { root } = await lab.output({ parent, script: "touch /etc/made" });
      await root.commit("etc-written" as SnapshotKey);
      const [layer] = lab.snapshots.layerDirectories("etc-written" as SnapshotKey);
      expect(statSync(join(layer!, "etc"))).toMatchObject({ mode: 0o42751, uid: 12, gid: 34 });
      const touched = await lab.output({ parent, script: "chmod 700 /etc" });
      await touched.root.commit("etc-changed" as SnapshotKey);
      const [changed] = lab.snapshots.layerDirectories("etc-changed" as SnapshotKey);
      expect(statSync(join(changed!, "etc"))).toMatchObject({ mode: 0o40700, mtimeMs: 1_000_000_000_000 });
    });

    it("follows the root's symlinks to mount points, never out of it", async () => {
      const parent = await lab.layer("linked", lab.base, (directory) => {
        mkdirSync(join(directory, "etc"));
        symlinkSync("../../../../run/systemd/resolve/stub", join(directory, "etc/resolv.conf"));
        symlinkSync("/../../tmp/outside", join(directory, "out"));
        symlinkSync("run", join(directory, "var-run"));
      });
      const step = { parent, mounts: [mountOf.secret("s", { target: "/var-run/secrets/s" }), mountOf.tmpfs("/out/t")], secrets: new Map([["s", Buffer.from("value")]]) };
      expect(await lab.say({ ...step, script: "cat /run/secrets/s /etc/resolv.conf; grep /out /proc/mounts" })).toMatch(/^valuenameserver .*\n(.*\n)*tmpfs \/tmp\/outside\/t /);
      expect(await lab.layerOf(step)).toEqual([]);
    });

    it("says why a mount point cannot be made", async () => {
      for (const [target, message] of [
        ["relative", "expected an absolute path"], ["/", "nothing can be mounted on the root directory"], ["/bin/busybox", "it is not a directory in the image"], ["/bin/busybox/x", '"/bin/busybox" is not a directory'],
      ]) await expect(lab.start({ mounts: [mountOf.tmpfs(target!)] })).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining(message!) as string });
      await expect(lab.start({ mounts: [mountOf.secret("s", { target: "/bin" })], secrets: new Map([["s", Buffer.from("x")]]) })).rejects.toMatchObject({ message: 'cannot mount a file on "/bin": it is a directory in the image' });
    });

    it("can stand on nothing", async () => {
      const sources = new Map([[0, `${lab.snapshots.layerDirectories(lab.base)[0]!}/bin`]]);
      expect(await lab.layerOf({ parent: null, mounts: [mountOf.bind("/bin")], sources, script: "echo > /made" })).toEqual(["/made"]);
    });
  });

  describe("the network", () => {
    it("is the default bridge, with names of its own", async () => {
      const said = await lab.say({ network: "default", script: "ls /sys/class/net; cat /etc/hosts /etc/resolv.conf", extraHosts: ["db:10.1.2.3", "v6:[::1]", "host.docker.internal:host-gateway"] });
      expect(said).toMatch(/^eth0\nlo\n127\.0\.0\.1\tlocalhost\n/);
      const gateway = lab.networks.get("bridge").subnets[0]!.gateway;
      expect(said).toContain(`\n10.1.2.3\tdb\n::1\tv6\n${gateway}\thost.docker.internal\n127.0.0.1\tbuildkitsandbox\nnameserver `);
      expect(await lab.say({ network: "default", script: `/bin/busybox ping -c 1 -W 5 ${gateway}` })).toContain("1 packets received");
      await expect(lab.start({ network: "default", extraHosts: ["bad"] })).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining("expected name:address") as string });
    });

    it("is loopback alone, or the host's", async () => {
      expect(await lab.say({ network: "none", script: "ls /sys/class/net; /bin/busybox ping -c 1 -W 1 127.0.0.1 > /dev/null && echo up" })).toBe("lo\nup\n");
      expect(await lab.say({ network: "host", script: "/bin/busybox readlink /proc/self/ns/net" })).toBe(`${readlinkSync("/proc/self/ns/net")}\n`);
    });

    it("is the build's unless RUN names another", async () => {
      const links = async (own: "default" | "none", build: "default" | "none"): Promise<string> => {
        const request = lab.request({ network: build, script: "ls /sys/class/net" });
        let text = "";
        const { root } = await lab.runner.run({ ...request, operation: { ...request.operation, network: own }, onOutput: (_stream, data) => void (text += Buffer.from(data).toString()) });
        await root[Symbol.asyncDispose]();
        return text;
      };
      expect(await links("none", "default")).toBe("lo\n");
      expect(await links("default", "none")).toBe("lo\n");
    });

    it("cannot be renamed: the files in /etc are read-only, as Docker has them", async () => {
      await expect(lab.say({ network: "default", script: "echo > /etc/hosts" })).rejects.toThrow(/Read-only file system/i);
      expect(await lab.layerOf({ script: "echo name > /etc/hostname" })).toEqual(["/etc/", "/etc/hostname"]);
      expect(await lab.say({ mounts: [mountOf.bind("/etc/hosts")], sources: new Map([[0, `${lab.snapshots.layerDirectories(lab.base)[0]!}/etc/passwd`]]), script: "head -n 1 /etc/hosts" })).toBe("root:x:0:0:root:/root:/bin/sh\n");
    });
  });
});

function rightsOf(status: string): string[] {
  const bits = BigInt(`0x${/CapEff:\s+([0-9a-f]+)/.exec(status)![1]!}`);
  return CAPABILITY_NAMES.filter((_, bit) => (bits >> BigInt(bit)) % 2n === 1n).sort();
}
