import { expect, it } from "vitest";
import { expectNoLeaks, newName } from "../lab.ts";
import type { Lab, Suite } from "../lab.ts";
import { must, PATIENCE, waitFor } from "../../fixtures/exec.ts";
import { generator } from "../../fixtures/random.ts";
import { freePort } from "../../fixtures/registry.ts";

const MOMENTS = Number(process.env["SLIPWAY_CRASH_MOMENTS"] ?? 8);
const SEED = Number(process.env["SLIPWAY_CRASH_SEED"] ?? Date.now() % 100_000);

/** The engine is killed, or stopped, and comes back. */
export const crashSuite: Suite = (lab, capabilities) => {
  it("a container started before kill -9 runs on, with its complete log, in the next engine", async () => {
    const { engine, docker, busybox } = lab();
    const name = newName();
    const port = await freePort();
    await docker.ok("run", "-d", "--name", name, "-p", `127.0.0.1:${port}:80`, busybox, "sh", "-c", "httpd -p 80 -h /var/www; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.01; done");
    await expect.poll(() => docker.ok("logs", name)).toContain("line 5\n");
    const before = await docker.ok("inspect", "-f", "{{.State.Pid}} {{.State.StartedAt}}", name);
    await engine.kill9();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await engine.start();
    expect(await docker.ok("inspect", "-f", "{{.State.Pid}} {{.State.StartedAt}}", name)).toBe(before);
    expect(await docker.ok("ps", "--format", "{{.Names}} {{.State}}", "-f", `name=${name}`)).toBe(`${name} running`);
    expect(await docker.ok("exec", name, "echo", "still here")).toBe("still here");
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("hello from slipway\n");
    const count = (await docker.ok("logs", name)).split("\n").length;
    await expect.poll(async () => (await docker.ok("logs", name)).split("\n").length).toBeGreaterThan(count + 10);
    const lines = (await docker.ok("logs", name)).split("\n");
    expect(lines).toEqual(lines.map((_, index) => `line ${index + 1}`));
    await docker.ok("stop", "-t", "0", name);
    expect(await docker.ok("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name)).toBe("exited 137");
    await docker.ok("rm", name);
  });

  it("a container that ends while the engine is away has its exit code, --rm takes effect", async () => {
    const { engine, docker, busybox } = lab();
    const kept = newName();
    const removed = newName();
    await docker.ok("run", "-d", "--name", kept, busybox, "sh", "-c", "sleep 1; echo last words; exit 21");
    await docker.ok("run", "-d", "--rm", "--name", removed, busybox, "sleep", "1");
    await engine.kill9();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await engine.start();
    await expect.poll(() => docker.ok("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", kept)).toBe("exited 21");
    if (capabilities.crashProof) expect(await docker.ok("logs", kept)).toBe("last words");
    await expect.poll(() => docker.ok("ps", "-aq", "-f", `name=${removed}`)).toBe("");
    await docker.ok("rm", kept);
  });

  it("SIGTERM leaves containers running, the next engine adopts them", async () => {
    const { engine, docker, busybox } = lab();
    const name = newName();
    await docker.ok("run", "-d", "--name", name, busybox, "sleep", "1000");
    const pid = await docker.ok("inspect", "-f", "{{.State.Pid}}", name);
    await engine.stop();
    await engine.start();
    expect(await docker.ok("inspect", "-f", "{{.State.Pid}} {{.State.Running}}", name)).toBe(`${pid} true`);
    await docker.ok("rm", "-f", name);
  });

  it("restart policies hold over a crash: unless-stopped stays stopped, always comes back", async () => {
    const { engine, docker, busybox } = lab();
    const stopped = newName();
    const always = newName();
    await docker.ok("run", "-d", "--name", stopped, "--restart", "unless-stopped", busybox, "sleep", "1000");
    await docker.ok("run", "-d", "--name", always, "--restart", "always", busybox, "sleep", "1000");
    await docker.ok("stop", "-t", "0", stopped);
    const pid = Number(await docker.ok("inspect", "-f", "{{.State.Pid}}", always));
    await engine.kill9();
    process.kill(pid, "SIGKILL");
    await engine.start();
    await expect.poll(() => docker.ok("inspect", "-f", "{{.State.Running}}", always)).toBe("true");
    expect(await docker.ok("inspect", "-f", "{{.State.Running}}", stopped)).toBe("false");
    await docker.ok("rm", "-f", stopped, always);
  });

  it(`kill -9 at ${MOMENTS} random moments (seed ${SEED}) never breaks the store or leaks`, { timeout: (60_000 + MOMENTS * 20_000) * PATIENCE, skip: !capabilities.crashProof }, async () => {
    const { engine, docker, busybox } = lab();
    const random = generator(SEED);
    const keeper = newName("keeper");
    await docker.ok("run", "-d", "--name", keeper, busybox, "sh", "-c", "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done");
    const layered = lab().image("library/layered");
    const works: readonly { name: string; within: number; prepare: (id: string) => Promise<unknown>; args: (id: string) => string[]; input?: string }[] = [
      { name: "pull", within: 250, prepare: () => docker.run(["rmi", "-f", layered]), args: () => ["pull", "-q", layered] },
      { name: "run", within: 300, prepare: async () => undefined, args: (id) => ["run", "-d", "--name", id, "-p", "127.0.0.1::80", "-v", "/anonymous", busybox, "sleep", "1000"] },
      { name: "create", within: 120, prepare: async () => undefined, args: (id) => ["create", "--name", id, busybox, "true"] },
      { name: "start", within: 200, prepare: (id) => docker.ok("create", "--name", id, "-p", "127.0.0.1::80", busybox, "sleep", "1000"), args: (id) => ["start", id] },
      { name: "stop", within: 200, prepare: (id) => docker.ok("run", "-d", "--name", id, "-p", "127.0.0.1::80", busybox, "sleep", "1000"), args: (id) => ["stop", "-t", "0", id] },
      { name: "rm", within: 200, prepare: (id) => docker.ok("run", "-d", "--name", id, "-v", "/anonymous", busybox, "sleep", "1000"), args: (id) => ["rm", "-fv", id] },
      { name: "commit", within: 200, prepare: (id) => docker.ok("run", "-d", "--name", id, busybox, "sleep", "1000"), args: (id) => ["commit", id, id] },
      { name: "update", within: 100, prepare: (id) => docker.ok("run", "-d", "--name", id, busybox, "sleep", "1000"), args: (id) => ["update", "--restart", "always", id] },
      { name: "exec", within: 150, prepare: (id) => docker.ok("run", "-d", "--name", id, busybox, "sleep", "1000"), args: (id) => ["exec", id, "sh", "-c", "echo in; sleep 0.1"] },
      { name: "build", within: 700, prepare: async () => undefined, args: (id) => ["build", "-q", "--no-cache", "-t", id, "-"], input: `FROM ${busybox}\nRUN echo one > /one\nENV a=b\nRUN mv /one /two\n` },
    ];
    const ids = new Set<string>();
    for (let moment = 0; moment < MOMENTS; moment++) {
      const work = works[Math.floor(random() * works.length)]!;
      const delay = random() * work.within * PATIENCE;
      const label = `moment ${moment + 1}, ${work.name} after ${delay.toFixed(0)} ms`;
      const id = newName("moment");
      await work.prepare(id);
      const running = docker.run(work.args(id), { timeout: 20_000, ...(work.input === undefined ? {} : { input: work.input }) });
      await new Promise((resolve) => setTimeout(resolve, delay));
      await engine.kill9();
      await running;
      await engine.start();
      for (const full of (await docker.ok("ps", "-aq", "--no-trunc")).split("\n")) ids.add(full);
      await expectConsistent(lab(), label);
      expect(await docker.ok("inspect", "-f", "{{.State.Status}}", keeper), label).toBe("running");
      await docker.run(["rm", "-fv", id]);
    }
    const lines = (await docker.ok("logs", keeper)).split("\n");
    expect(lines).toEqual(lines.map((_, index) => `line ${index + 1}`));
    await expectNoLeaks(lab());
    await docker.pruneVolumes();
    await docker.ok("builder", "prune", "-af");
    await docker.ok("image", "prune", "-af");
    expect(await docker.ok("images", "-aq")).toBe("");
    const left = await waitFor("the store to shrink", async () => {
      // The database is apart: its write-ahead log keeps its room.
      const kilobytes = Number((await must("du", ["-sk", "--exclude=engine.db*", engine.root])).split("\t")[0]);
      return kilobytes < 1_000 ? `${kilobytes} kB` : undefined;
    }, 10_000).catch(async (error: unknown) => `${String(error)}: ${await must("du", ["-k", engine.root])}`);
    expect(left).toMatch(/^\d+ kB$/);
    await docker.ok("pull", "-q", busybox);
  });
};

/** What the engine says is so: running ones take an exec, ended ones do not run, images have all their layers. */
async function expectConsistent({ docker }: Lab, label: string): Promise<void> {
  const containers = (await docker.ok("ps", "-a", "--format", "{{.Names}} {{.State}}")).split("\n").filter(Boolean);
  for (const [name, state] of containers.map((row) => row.split(" "))) {
    expect(["created", "running", "exited"], `${label}: state of ${name}`).toContain(state);
    if (state === "running") expect((await docker.run(["exec", name!, "true"])).code, `${label}: exec in ${name}`).toBe(0);
    else expect(await docker.ok("inspect", "-f", "{{.State.Pid}}", name!), label).toBe("0");
  }
  for (const image of (await docker.ok("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n").filter((row) => row && !row.includes("<none>"))) {
    const result = await docker.run(["run", "--rm", "--network", "none", "--entrypoint", "true", image]);
    expect(result, `${label}: image ${image}`).toMatchObject({ code: 0 });
  }
}
