import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";

/** Waits for a file, then takes more and more memory. */
const GREEDY_ON_DEMAND = "while [ ! -e /go ]; do sleep 0.1; done; exec tail /dev/zero";

/** Limits on memory, processors and processes, and the freezer, looked at from inside and in the host's control groups. */
export const limitsSuite: Suite = (lab, capabilities) => {
  const state = (name: string, template: string): Promise<string> => lab().docker.ok("inspect", "-f", template, name);
  const start = async (flags: readonly string[], command: string): Promise<string> => {
    const name = newName("limited");
    const { code, stderr } = await lab().docker.run(["run", "-d", "--name", name, ...flags, lab().busybox, "sh", "-c", command]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return name;
  };
  /** A control file of the container's cgroup, as the host shows it; the names of version 1 and 2. */
  const control = async (name: string, controller: string, v1: string, v2: string): Promise<string> => {
    const memberships = await readFile(`/proc/${await state(name, "{{.State.Pid}}")}/cgroup`, "utf8");
    for (const [, controllers = "", path = ""] of memberships.matchAll(/^\d+:([^:]*):(.*)$/gm)) {
      if (controllers.split(",").includes(controller)) return (await readFile(`/sys/fs/cgroup/${controller}${path}/${v1}`, "utf8")).trim();
    }
    const unified = /^0::(.*)$/m.exec(memberships)?.[1] ?? "";
    return (await readFile(`/sys/fs/cgroup${unified}/${v2}`, "utf8")).trim();
  };

  it("info names the control groups, without a warning about limits", { skip: !capabilities.limits }, async () => {
    const info = JSON.parse(await lab().docker.ok("info", "--format", "{{json .}}")) as Record<string, unknown> & { Warnings: string[] | null };
    expect(info).toMatchObject({ MemoryLimit: true, CpuCfsQuota: true, PidsLimit: true, IPv4Forwarding: true });
    expect((info.Warnings ?? []).filter((line) => /\b(memory|cpu|pids)\b/i.test(line))).toEqual([]);
    expect(info["CgroupDriver"]).not.toBe("none");
  });

  it("--memory: the kernel ends who takes more, and State.OOMKilled says so", { skip: !capabilities.limits }, async () => {
    const { docker } = lab();
    const name = await start(["--memory", "32m"], GREEDY_ON_DEMAND);
    expect(await control(name, "memory", "memory.limit_in_bytes", "memory.max")).toBe("33554432");
    expect(await docker.ok("exec", name, "sh", "-c", "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; true")).toBe("33554432");
    const since = String(Math.floor(Date.now() / 1000) - 1);
    await docker.ok("exec", name, "touch", "/go");
    expect(await docker.ok("wait", name)).toBe("137");
    expect(await state(name, "{{.State.OOMKilled}} {{.State.ExitCode}}")).toBe("true 137");
    const events = await docker.ok("events", "--since", since, "--until", String(Math.ceil(Date.now() / 1000) + 1), "--filter", `container=${name}`, "--format", "{{.Action}}");
    expect(events.split("\n")).toContain("oom");
    await docker.ok("rm", name);
  });

  it("--cpus: a busy loop is throttled", { skip: !capabilities.limits }, async () => {
    const { docker } = lab();
    // So little that a loop wants more of it on a busy machine, too.
    const name = await start(["--cpus", "0.1"], "while :; do :; done");
    const quota = await control(name, "cpu", "cpu.cfs_quota_us", "cpu.max");
    expect(["10000", "10000 100000"]).toContain(quota);
    const throttled = async (): Promise<number> => Number(/^nr_throttled (\d+)$/m.exec(await control(name, "cpu", "cpu.stat", "cpu.stat"))?.[1]);
    await expect.poll(throttled).toBeGreaterThan(5);
    const share = Number.parseFloat(await docker.ok("stats", "--no-stream", "--format", "{{.CPUPerc}}", name));
    expect(share).toBeGreaterThan(1);
    expect(share).toBeLessThan(30);
    await docker.ok("rm", "-f", name);
  });

  it("--pids-limit: fork fails at the limit", { skip: !capabilities.limits }, async () => {
    const { docker } = lab();
    const name = await start(["--pids-limit", "20"], "sleep 1000");
    expect(await control(name, "pids", "pids.max", "pids.max")).toBe("20");
    const { code, stderr } = await docker.run(["exec", name, "sh", "-c", "i=0; while [ $i -lt 30 ]; do sleep 1000 & i=$((i+1)); done"]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/can't fork|Resource temporarily unavailable/);
    expect(Number(await control(name, "pids", "pids.current", "pids.current"))).toBeLessThanOrEqual(20);
    await docker.ok("rm", "-f", name);
  });

  it("stats --no-stream shows the use against the limits", { skip: !capabilities.limits }, async () => {
    const { docker } = lab();
    const name = await start(["--memory", "64m", "--pids-limit", "30"], "dd if=/dev/zero of=/dev/shm/ballast bs=1M count=20 2>/dev/null; sleep 1000 & sleep 1000 & wait");
    await expect.poll(async () => Number(await control(name, "memory", "memory.usage_in_bytes", "memory.current"))).toBeGreaterThan(20 << 20);
    const row = JSON.parse(await docker.ok("stats", "--no-stream", "--format", "{{json .}}", name)) as Record<string, string>;
    expect(row["MemUsage"]).toMatch(/^\d[\d.]*MiB \/ 64MiB$/);
    expect(Number.parseFloat(row["MemUsage"]!)).toBeGreaterThanOrEqual(20);
    expect(Number.parseFloat(row["MemPerc"]!)).toBeGreaterThan(30);
    expect(row["PIDs"]).toBe("3");
    await docker.ok("rm", "-f", name);
  });

  it("pause stops the clock of a container, unpause lets it go on, and a paused one can be removed", { skip: !capabilities.limits }, async () => {
    const { docker } = lab();
    const name = await start([], "while :; do echo tick; sleep 0.1; done");
    const ticks = async (): Promise<number> => (await docker.ok("logs", name)).split("\n").length;
    await expect.poll(ticks).toBeGreaterThan(2);
    await docker.ok("pause", name);
    expect(await state(name, "{{.State.Status}}")).toBe("paused");
    const frozen = await ticks();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await ticks()).toBe(frozen);
    await docker.ok("unpause", name);
    await expect.poll(ticks).toBeGreaterThan(frozen);
    await docker.ok("pause", name);
    await docker.ok("rm", "-f", name);
  });

  it("update changes the limits of a running container", { skip: !capabilities.limits }, async () => {
    const { docker } = lab();
    const name = await start(["--memory", "32m", "--memory-swap", "32m"], "sleep 1000");
    await docker.ok("update", "--memory", "48m", "--memory-swap", "48m", "--cpus", "0.25", "--pids-limit", "17", name);
    expect(await control(name, "memory", "memory.limit_in_bytes", "memory.max")).toBe("50331648");
    expect(["25000", "25000 100000"]).toContain(await control(name, "cpu", "cpu.cfs_quota_us", "cpu.max"));
    expect(await control(name, "pids", "pids.max", "pids.max")).toBe("17");
    expect(await state(name, "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}")).toBe("50331648 250000000 17");
    await docker.ok("rm", "-f", name);
  });

  it("limits outlive a crash of the engine, and the next one sees who ran out of memory", { skip: !capabilities.limits }, async () => {
    const { docker, engine } = lab();
    const name = await start(["--memory", "32m"], GREEDY_ON_DEMAND);
    const pid = await state(name, "{{.State.Pid}}");
    await engine.kill9();
    await engine.start();
    expect(await state(name, "{{.State.Status}} {{.State.Pid}}")).toBe(`running ${pid}`);
    expect(await control(name, "memory", "memory.limit_in_bytes", "memory.max")).toBe("33554432");
    await docker.ok("exec", name, "touch", "/go");
    expect(await docker.ok("wait", name)).toBe("137");
    expect(await state(name, "{{.State.OOMKilled}}")).toBe("true");
    await docker.ok("rm", name);
  });
};
