import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";

/** logs, exec, attach. */
export const streamsSuite: Suite = (lab, capabilities) => {
  const start = async (command: string, ...flags: string[]): Promise<string> => {
    const name = newName();
    await lab().docker.ok("run", "-d", "--name", name, ...flags, lab().busybox, "sh", "-c", command);
    return name;
  };
  const remove = (name: string): Promise<string> => lab().docker.ok("rm", "-f", name);

  it("logs separates stdout and stderr and keeps lines whole", async () => {
    const name = await start("for i in 1 2 3; do echo out $i; echo err $i >&2; done; printf unfinished");
    await lab().docker.ok("wait", name);
    const result = await lab().docker.run(["logs", name]);
    expect(result).toEqual({ code: 0, stdout: "out 1\nout 2\nout 3\nunfinished", stderr: "err 1\nerr 2\nerr 3\n" });
    await remove(name);
  });

  it("logs --tail, --since, --until and -t", async () => {
    const { docker } = lab();
    const name = await start("for i in 1 2 3 4; do echo line $i; sleep 0.4; done");
    await docker.ok("wait", name);
    expect(await docker.ok("logs", "--tail", "2", name)).toBe("line 3\nline 4");
    expect(await docker.ok("logs", "--tail", "0", name)).toBe("");
    const stamped = (await docker.ok("logs", "-t", name)).split("\n");
    for (const line of stamped) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line \d$/);
    const third = stamped[2]!.split(" ")[0]!;
    expect(await docker.ok("logs", "--since", third, name)).toBe("line 3\nline 4");
    expect(await docker.ok("logs", "--until", stamped[1]!.split(" ")[0]!, name)).toMatch(/^line 1(\nline 2)?$/);
    expect(await docker.ok("logs", "--since", "1h", name)).toBe("line 1\nline 2\nline 3\nline 4");
    await remove(name);
  });

  it("logs -f follows until the container ends", async () => {
    const { docker } = lab();
    const name = await start("echo first; while [ ! -e /go ]; do sleep 0.05; done; echo second; exit 0");
    const session = docker.start("logs", "-f", "--tail", "1", name);
    await session.until("first");
    await docker.ok("exec", name, "touch", "/go");
    await session.until("second");
    expect(await session.exited).toBe(0);
    await remove(name);
  });

  it("logs of 100,000 lines are complete and in order", async () => {
    const { docker } = lab();
    const name = await start("seq 1 100000");
    await docker.ok("wait", name);
    const lines = (await docker.ok("logs", name)).split("\n");
    expect(lines).toHaveLength(100_000);
    expect(lines[99_999]).toBe("100000");
    expect(lines.every((line, index) => line === String(index + 1))).toBe(true);
    expect(await docker.ok("logs", "--tail", "3", name)).toBe("99998\n99999\n100000");
    await remove(name);
  });

  it("logs of very long lines and binary bytes are unchanged", async () => {
    const { docker } = lab();
    const name = await start("head -c 100000 /dev/zero | tr '\\0' x; echo; printf '\\377\\000\\001\\n'");
    await docker.ok("wait", name);
    const bytes = await docker.bytes(["logs", name]);
    expect(bytes.subarray(0, 100_001).toString()).toBe(`${"x".repeat(100_000)}\n`);
    if (capabilities.exactLogs) expect([...bytes.subarray(100_001)]).toEqual([0xff, 0, 1, 10]);
    await remove(name);
  });

  it("logs of a terminal container, and of each start in turn", async () => {
    const { docker } = lab();
    const name = await start("echo shown; test -t 1 && echo terminal", "-t");
    await docker.ok("wait", name);
    expect(await docker.ok("logs", name)).toBe("shown\r\nterminal\r");
    await docker.ok("start", name);
    await docker.ok("wait", name);
    expect((await docker.ok("logs", name)).match(/shown/g)).toHaveLength(2);
    await remove(name);
  });

  it("exec passes output, exit code, stdin, environment, directory and user", async () => {
    const { docker } = lab();
    const name = await start("sleep 1000");
    expect(await docker.run(["exec", name, "sh", "-c", "echo out; echo err >&2; exit 17"])).toEqual({ code: 17, stdout: "out\n", stderr: "err\n" });
    expect((await docker.run(["exec", "-i", name, "cat"], { input: "through" })).stdout).toBe("through");
    expect(await docker.ok("exec", "-e", "X=y", "-w", "/etc", "-u", "app", name, "sh", "-c", "echo $X $(pwd) $(id -un) $HOME")).toBe("y /etc app /home/app");
    expect(await docker.ok("exec", "-d", name, "touch", "/detached")).toBe("");
    await expect.poll(async () => (await docker.run(["exec", name, "test", "-e", "/detached"])).code).toBe(0);
    await remove(name);
  });

  it("exec -it gives a terminal with resize", async () => {
    const { docker } = lab();
    const name = await start("sleep 1000");
    const session = docker.terminal(["exec", "-it", name, "sh"]);
    await session.until("/ # ");
    session.write("stty size\r");
    await session.until("30 100");
    await session.resize(12, 77);
    session.write("sleep 0.3; stty size; exit 4\r");
    await session.until("12 77");
    expect(await session.exited).toBe(4);
    await remove(name);
  });

  it("exec detaches with the detach keys and the process goes on", async () => {
    const { docker } = lab();
    const name = await start("sleep 1000");
    const session = docker.terminal(["exec", "-it", "--detach-keys", "ctrl-x,q", name, "sh"]);
    await session.until("/ # ");
    session.write("\x18q");
    await session.exited;
    expect(await docker.ok("top", name, "-o", "pid,args")).toMatch(/\bsh\b/);
    await remove(name);
  });

  it("exec of a missing command answers 127, of a file that is not executable 126", async () => {
    const { docker } = lab();
    const name = await start("sleep 1000");
    expect((await docker.run(["exec", name, "no-such-command"])).code).toBe(capabilities.current ? 127 : 126);
    expect((await docker.run(["exec", name, "/etc/not-executable"])).code).toBe(126);
    await remove(name);
  });

  it("exec into a stopped container is refused", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("create", "--name", name, busybox);
    const result = await docker.run(["exec", name, "true"]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/is not running/);
    await remove(name);
  });

  it("twenty execs at once all answer", async () => {
    const { docker } = lab();
    const name = await start("sleep 1000");
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => docker.ok("exec", name, "echo", String(index))));
    expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
    await remove(name);
  });

  it("attach shows new output, takes input, and ends with the container's exit code", async () => {
    const { docker } = lab();
    const name = await start("read line; echo got $line; exit 6", "-i");
    const session = docker.start("attach", name);
    await new Promise((resolve) => setTimeout(resolve, 300));
    session.write("words\n");
    await session.until("got words");
    expect(await session.exited).toBe(6);
    await remove(name);
  });

  it("attach detaches with the default and with chosen keys, and the container runs on", async () => {
    const { docker } = lab();
    const name = await start("while :; do echo tick; sleep 0.1; done", "-it");
    for (const [flags, keys] of [[[], "\x10\x11"], [["--detach-keys", "ctrl-a,d"], "\x01d"]] as const) {
      const session = docker.terminal(["attach", ...flags, name]);
      await session.until("tick");
      session.write(keys[0]!);
      await new Promise((resolve) => setTimeout(resolve, 100));
      session.write(keys[1]!);
      await session.until(/read escape sequence/);
      await session.exited;
      expect(await docker.ok("inspect", "-f", "{{.State.Running}}", name)).toBe("true");
    }
    await remove(name);
  });

  it("attach passes signals on with --sig-proxy", async () => {
    const { docker } = lab();
    const name = await start("trap 'echo interrupted; exit 8' INT; while :; do echo tick; sleep 0.1; done");
    const session = docker.start("attach", name);
    await session.until("tick");
    session.kill("SIGINT");
    await session.until("interrupted");
    await remove(name);
  });
};
