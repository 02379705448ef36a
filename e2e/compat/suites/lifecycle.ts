import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { PATIENCE } from "../../fixtures/exec.ts";

/** create, start, stop, kill, restart, pause, wait, rename, update, rm, ps, top, stats, events. */
export const lifecycleSuite: Suite = (lab, capabilities) => {
  const state = (name: string, template = "{{.State.Status}} {{.State.ExitCode}}"): Promise<string> => lab().docker.ok("inspect", "-f", template, name);
  const sleeper = async (...flags: string[]): Promise<string> => {
    const name = newName();
    await lab().docker.ok("run", "-d", "--name", name, ...flags, lab().busybox, "sleep", "1000");
    return name;
  };
  /** Exits 9 on TERM and 5 on USR1. */
  const trapper = async (...flags: string[]): Promise<string> => {
    const name = newName();
    await lab().docker.ok("run", "-d", "--name", name, ...flags, lab().busybox, "sh", "-c", "trap 'echo term; exit 9' TERM; trap 'echo usr1; exit 5' USR1; echo ready; while :; do sleep 0.1; done");
    await expect.poll(() => lab().docker.ok("logs", name)).toContain("ready");
    return name;
  };
  const remove = (name: string): Promise<string> => lab().docker.ok("rm", "-fv", name);

  it("create, start, start -a, and start of a running container", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    expect(await docker.ok("create", "--name", name, busybox, "echo", "hello")).toMatch(/^[0-9a-f]{64}$/);
    expect(await state(name)).toBe("created 0");
    expect(await docker.ok("start", "-a", name)).toBe("hello");
    expect(await state(name)).toBe("exited 0");
    expect(await docker.ok("start", "-a", name)).toBe("hello");
    await remove(name);
    const running = await sleeper();
    expect(await docker.ok("start", running)).toBe(running);
    await remove(running);
  });

  it("stop sends the stop signal, then kills after the time-out", async () => {
    const { docker } = lab();
    const polite = await trapper();
    await docker.ok("stop", polite);
    expect(await state(polite)).toBe("exited 9");
    expect(await docker.ok("logs", polite)).toContain("term");
    const custom = await trapper("--stop-signal", "USR1");
    await docker.ok("stop", custom);
    expect(await state(custom)).toBe("exited 5");
    const deaf = await sleeper();
    const begin = Date.now();
    await docker.ok("stop", "-t", "1", deaf);
    expect(Date.now() - begin).toBeLessThan(6_000 * PATIENCE);
    expect(await state(deaf)).toBe("exited 137");
    for (const name of [polite, custom, deaf]) await remove(name);
  });

  it("kill sends any signal, and is refused for a stopped container", async () => {
    const { docker } = lab();
    const name = await trapper();
    await docker.ok("kill", "-s", "USR1", name);
    expect(await docker.ok("wait", name)).toBe("5");
    const refused = await docker.run(["kill", name]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/is not running/);
    await docker.ok("start", name);
    await docker.ok("kill", name);
    expect(await docker.ok("wait", name)).toBe("137");
    await remove(name);
  });

  it("restart gives a new process and keeps the files", async () => {
    const { docker } = lab();
    const name = await sleeper();
    await docker.ok("exec", name, "touch", "/kept");
    const before = await state(name, "{{.State.Pid}} {{.State.StartedAt}}");
    await docker.ok("restart", "-t", "0", name);
    expect(await state(name, "{{.State.Pid}} {{.State.StartedAt}}")).not.toBe(before);
    await docker.ok("exec", name, "test", "-e", "/kept");
    await remove(name);
  });

  it("pause freezes, unpause thaws, and exec into a paused container is refused", async () => {
    const { docker } = lab();
    const name = await sleeper();
    if (!capabilities.limits) {
      expect((await docker.run(["pause", name])).stderr).toMatch(/no cgroup freezer/);
      expect(await state(name, "{{.State.Status}} {{.State.Paused}}")).toBe("running false");
      return void (await remove(name));
    }
    await docker.ok("pause", name);
    expect(await state(name, "{{.State.Status}} {{.State.Paused}}")).toBe("paused true");
    expect(await docker.ok("ps", "-f", "status=paused", "--format", "{{.Names}}")).toContain(name);
    const refused = await docker.run(["exec", name, "true"]);
    expect(refused.stderr).toMatch(/is paused/);
    await docker.ok("unpause", name);
    await docker.ok("exec", name, "true");
    const twice = await docker.run(["unpause", name]);
    expect(twice.stderr).toMatch(/is not paused/);
    await remove(name);
  });

  it("wait answers the exit code, of a container that is running or has ended", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("run", "-d", "--name", name, busybox, "sh", "-c", "sleep 0.5; exit 33");
    expect(await docker.ok("wait", name)).toBe("33");
    expect(await docker.ok("wait", name)).toBe("33");
    await remove(name);
  });

  it("rename changes the name, and a name in use is refused", async () => {
    const { docker } = lab();
    const name = await sleeper();
    const other = newName();
    await docker.ok("rename", name, other);
    expect(await state(other, "{{.Name}}")).toBe(`/${other}`);
    expect((await docker.run(["inspect", "--type", "container", name])).code).toBe(1);
    const third = await sleeper();
    const refused = await docker.run(["rename", third, other]);
    expect(refused.stderr).toMatch(/is already in use/);
    await remove(other);
    await remove(third);
  });

  it("update changes limits and the restart policy of a running container", async () => {
    const { docker } = lab();
    const name = await sleeper();
    const result = await docker.run(["update", "--memory", "100m", "--memory-swap", "200m", "--restart", "on-failure:3", name]);
    expect(result.code).toBe(0);
    expect(await state(name, "{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}")).toBe("on-failure 3");
    if (capabilities.limits) expect(await state(name, "{{.HostConfig.Memory}}")).toBe("104857600");
    else expect(result.stderr + result.stdout).toMatch(/not enforced/);
    await remove(name);
  });

  it("rm refuses a running container, -f removes it, -v removes its anonymous volumes", async () => {
    const { docker } = lab();
    const name = await sleeper("-v", "/anonymous");
    const volume = await state(name, "{{(index .Mounts 0).Name}}");
    const refused = await docker.run(["rm", name]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/running container|is running/);
    expect(await docker.ok("rm", "-fv", name)).toBe(name);
    expect((await docker.run(["volume", "inspect", volume])).code).toBe(1);
    expect((await docker.run(["inspect", "--type", "container", name])).stderr).toMatch(/No such container/);
  });

  it("restart policies: always, on-failure with a limit, and stop ends them", async () => {
    const { docker, busybox } = lab();
    const failing = newName();
    await docker.ok("run", "-d", "--name", failing, "--restart", "on-failure:2", busybox, "sh", "-c", "echo try; exit 3");
    await expect.poll(() => state(failing, "{{.State.Status}} {{.RestartCount}}")).toBe("exited 2");
    expect(await docker.ok("logs", failing)).toBe("try\ntry\ntry");
    const always = newName();
    await docker.ok("run", "-d", "--name", always, "--restart", "always", busybox, "sh", "-c", "echo try; sleep 0.2");
    await expect.poll(async () => Number(await state(always, "{{.RestartCount}}"))).toBeGreaterThanOrEqual(2);
    await docker.ok("stop", "-t", "0", always);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await state(always, "{{.State.Running}}")).toBe("false");
    await remove(failing);
    await remove(always);
  });

  it("ps filters by name, id, status, label, exit code, ancestor, volume, and before and since", async () => {
    const { docker, busybox } = lab();
    const mark = newName("mark");
    const running = await sleeper("--label", `group=${mark}`, "-v", `${mark}:/v`);
    const ended = newName();
    await docker.run(["run", "--name", ended, "--label", `group=${mark}`, busybox, "sh", "-c", "exit 4"]);
    const names = async (...filters: string[]): Promise<string[]> => {
      const rows = await docker.ok("ps", "-a", "--format", "{{.Names}}", "-f", `label=group=${mark}`, ...filters.flatMap((filter) => ["-f", filter]));
      return rows.split("\n").filter(Boolean).sort();
    };
    expect(await names()).toEqual([running, ended].sort());
    expect(await names(`name=${running}`)).toEqual([running]);
    expect(await names(`id=${await state(ended, "{{.Id}}")}`)).toEqual([ended]);
    expect(await names("status=running")).toEqual([running]);
    expect(await names("status=exited", "status=created")).toEqual([ended]);
    expect(await names("exited=4")).toEqual([ended]);
    expect(await names(`ancestor=${busybox}`)).toEqual([running, ended].sort());
    expect(await names(`volume=${mark}`)).toEqual([running]);
    expect(await names(`before=${ended}`)).toEqual([running]);
    expect(await names(`since=${running}`)).toEqual([ended]);
    expect(await names("network=bridge")).toContain(running);
    await remove(running);
    await remove(ended);
    await docker.ok("volume", "rm", mark);
  });

  it("ps formats, -q, -n, -l, --no-trunc and -s", async () => {
    const { docker, busybox } = lab();
    const name = await sleeper("-p", "127.0.0.1::80", "--label", "a=b");
    const row = await docker.ok("ps", "-f", `name=${name}`, "--format", "{{.ID}}|{{.Image}}|{{.Command}}|{{.Status}}|{{.Ports}}|{{.Names}}|{{.Labels}}|{{.State}}|{{.RunningFor}}");
    expect(row).toMatch(new RegExp(`^[0-9a-f]{12}\\|${busybox}\\|"sleep 1000"\\|Up .*\\|127\\.0\\.0\\.1:\\d+->80/tcp\\|${name}\\|a=b\\|running\\|.* ago$`));
    expect(JSON.parse(await docker.ok("ps", "-f", `name=${name}`, "--format", "{{json .}}"))).toMatchObject({ Names: name, Networks: "bridge" });
    expect(await docker.ok("ps", "-lq", "--no-trunc")).toBe(await state(name, "{{.Id}}"));
    expect((await docker.ok("ps", "-n", "1", "-q")).split("\n")).toHaveLength(1);
    await remove(name);
  });

  it("top lists processes, with ps options", async () => {
    const { docker } = lab();
    const name = await sleeper();
    expect(await docker.ok("top", name)).toMatch(/^UID +PID +PPID.*CMD\n.*sleep 1000/);
    expect(await docker.ok("top", name, "-o", "pid,args")).toMatch(/^PID +COMMAND\n\d+ +sleep 1000$/);
    await remove(name);
    const stopped = newName();
    await docker.ok("create", "--name", stopped, lab().busybox);
    expect((await docker.run(["top", stopped])).stderr).toMatch(/is not running/);
    await remove(stopped);
  });

  it("stats --no-stream shows CPU, memory, network and processes", async () => {
    const { docker } = lab();
    const name = await sleeper();
    const row = JSON.parse(await docker.ok("stats", "--no-stream", "--format", "{{json .}}", name)) as Record<string, string>;
    expect(row["Name"]).toBe(name);
    expect(row["CPUPerc"]).toMatch(/^\d+\.\d+%$/);
    expect(row["MemUsage"]).toMatch(/^[0-9.]+[kKM]?i?B \/ [0-9.]+[GM]iB$/);
    expect(row["NetIO"]).toMatch(/B \/ /);
    await remove(name);
  });

  it("stats streams", async () => {
    const { docker } = lab();
    const name = await sleeper();
    const session = docker.start("stats", "--format", "{{.Name}} {{.MemPerc}}", name);
    await session.until(new RegExp(`(${name} \\d[^]*){2}`), 10_000);
    session.kill();
    await remove(name);
  });

  it("records the out-of-memory kill", { skip: !capabilities.limits }, async () => {
    const { docker, busybox } = lab();
    const name = newName();
    const result = await docker.run(["run", "--name", name, "--memory", "16m", "--memory-swap", "16m", busybox, "sh", "-c", "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done"], { timeout: 30_000 });
    if (!/WARNING/.test(result.stderr)) {
      expect(result.code).toBe(137);
      expect(await state(name, "{{.State.OOMKilled}}")).toBe("true");
    }
    await remove(name);
  });

  it("events tell of a container's life, with filters, since and until", async () => {
    const { docker, busybox } = lab();
    const since = (Date.now() / 1000 - 0.001).toFixed(3);
    const name = newName();
    await docker.ok("run", "--name", name, busybox, "true");
    await docker.ok("rm", name);
    const until = (Date.now() / 1000 + 0.5).toFixed(3);
    const all = await docker.ok("events", "--since", since, "--until", until, "--filter", `container=${name}`, "--format", "{{.Type}} {{.Action}}");
    const actions = all.split("\n").filter((line) => line.startsWith("container "));
    expect(actions).toEqual(["container create", "container attach", "container start", "container die", "container destroy"]);
    const died = await docker.ok("events", "--since", since, "--until", until, "--filter", `container=${name}`, "--filter", "event=die", "--format", "{{.Actor.Attributes.exitCode}} {{.Actor.Attributes.name}}");
    expect(died).toBe(`0 ${name}`);
  });

  it("events are live", async () => {
    const { docker } = lab();
    const session = docker.start("events", "--filter", "type=container", "--filter", "event=start", "--format", "{{.Actor.Attributes.name}}");
    await new Promise((resolve) => setTimeout(resolve, 300 * PATIENCE));
    const name = await sleeper();
    await session.until(name);
    session.kill();
    await remove(name);
  });

  it("container prune removes the stopped ones only", async () => {
    const { docker, busybox } = lab();
    const running = await sleeper();
    const ended = newName();
    await docker.ok("run", "--name", ended, busybox, "true");
    const id = await state(ended, "{{.Id}}");
    expect(await docker.ok("container", "prune", "-f")).toContain(id);
    expect(await state(running)).toBe("running 0");
    await remove(running);
  });
};
