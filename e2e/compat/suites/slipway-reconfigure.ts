import { chmod } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { api } from "../../fixtures/api.ts";
import { PATIENCE, tempDir, waitFor } from "../../fixtures/exec.ts";
import { generator } from "../../fixtures/random.ts";
import { freePort } from "../../fixtures/registry.ts";

const MOMENTS = Number(process.env["SLIPWAY_CRASH_MOMENTS"] ?? 3);
const SEED = Number(process.env["SLIPWAY_CRASH_SEED"] ?? Date.now() % 100_000);

interface CreateRequest {
  Env: string[];
  Cmd?: string[];
  Labels: Record<string, string>;
  HostConfig: Record<string, unknown>;
  NetworkingConfig: { EndpointsConfig: Record<string, object> };
}
interface Outcome {
  readonly Changes: readonly { readonly Setting: string; readonly Before: unknown; readonly After: unknown; readonly Effect: string }[];
  readonly Restarts: boolean;
}

/** Of the engine's record of a container, what tests rewrite. */
interface ContainerRecord {
  name: string;
  hostConfig: { [setting: string]: unknown };
  endpoints: { [network: string]: object };
  applying?: ContainerRecord;
  reconfiguring?: string;
}

/** Rewrites what an engine that was killed had on record. */
function forge(root: string, id: string, edit: (record: ContainerRecord) => ContainerRecord): void {
  using database = new DatabaseSync(join(root, "engine.db"));
  const { record } = database.prepare("SELECT record FROM containers WHERE id = ?").get(id) as { record: string };
  const forged = edit(JSON.parse(record) as ContainerRecord);
  database.prepare("UPDATE containers SET record = ?, name = ? WHERE id = ?").run(JSON.stringify(forged), forged.name, id);
}

/** Changing the configuration of a container that exists, over the same writable layer. */
export const slipwayReconfigureSuite: Suite = (lab, capabilities) => {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await api(lab().engine.socket, method, `/slipway/containers/${path}`, body);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.message}`);
    return JSON.parse(answer.body) as T;
  };
  const read = async (name: string): Promise<CreateRequest> => (await call<{ Request: CreateRequest }>("GET", `${name}/reconfigure`)).Request;
  /** Changes what `edit` changes in the request the container is made of. */
  const change = async (name: string, edit: (request: CreateRequest) => void, query = ""): Promise<Outcome> => {
    const request = await read(name);
    edit(request);
    return call<Outcome>("POST", `${name}/reconfigure${query}`, request);
  };
  const effects = ({ Changes }: Outcome): string[] => Changes.map(({ Setting, Effect }) => `${Setting} ${Effect}`);
  const run = (name: string, ...words: string[]): Promise<string> => lab().docker.ok("run", "-d", "--stop-timeout", "0", "--name", name, ...words);

  it("RECONFIGURE-1 environment, ports and mounts change; files, log, id and anonymous volumes stay; undo goes back", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    const [first, second] = [await freePort(), await freePort()];
    const id = await run(name, "-p", `127.0.0.1:${first}:80`, "-v", "/anonymous", "-e", "MODE=old", busybox, "sh", "-c", "echo began as $MODE; httpd -f -p 80 -h /var/www");
    await docker.ok("exec", name, "sh", "-c", "echo kept > /kept; echo kept > /anonymous/kept");
    expect(await (await fetch(`http://127.0.0.1:${first}/`)).text()).toBe("hello from slipway\n");
    const edit = (request: CreateRequest): void => {
      request.Env = ["MODE=new"];
      request.HostConfig["PortBindings"] = { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: String(second) }] };
      request.HostConfig["Binds"] = ["/anonymous", `${name}-data:/data`];
    };
    const pid = await docker.ok("inspect", "-f", "{{.State.Pid}}", name);
    const foreseen = await change(name, edit, "?dry-run=1");
    expect(effects(foreseen).sort()).toEqual(["Config.Env restart", "HostConfig.PortBindings restart", "Mounts restart"]);
    expect(foreseen.Changes.find(({ Setting }) => Setting === "Config.Env")).toMatchObject({ Before: expect.arrayContaining(["MODE=old"]) as unknown, After: expect.arrayContaining(["MODE=new"]) as unknown });
    expect(await docker.ok("inspect", "-f", "{{.State.Pid}}", name)).toBe(pid);
    const since = (Date.now() / 1000).toFixed(3);
    expect(await change(name, edit)).toEqual(foreseen);
    expect(await docker.ok("inspect", "-f", "{{.Id}} {{.State.Status}}", name)).toBe(`${id} running`);
    expect(await docker.ok("exec", name, "cat", "/kept", "/anonymous/kept")).toBe("kept\nkept");
    expect(await docker.ok("exec", name, "sh", "-c", "echo $MODE; ls -d /data")).toBe("new\n/data");
    expect(await (await fetch(`http://127.0.0.1:${second}/`)).text()).toBe("hello from slipway\n");
    await expect(fetch(`http://127.0.0.1:${first}/`)).rejects.toThrow();
    await expect.poll(() => docker.ok("logs", name)).toBe("began as old\nbegan as new");
    expect(await docker.ok("ps", "--filter", `name=${name}`, "--format", "{{.Ports}}")).toContain(`127.0.0.1:${second}->80/tcp`);
    const events = (await docker.ok("events", "--since", since, "--until", (Date.now() / 1000).toFixed(3), "--filter", `container=${name}`, "--filter", "type=container", "--format", "{{.Action}}")).split("\n");
    expect(events.filter((action) => !/^(exec_|kill)/.test(action))).toEqual(["die", "stop", "start", "restart", "update"]);
    expect(effects(await call<Outcome>("POST", `${name}/reconfigure/undo`)).length).toBe(3);
    expect(await docker.ok("exec", name, "sh", "-c", "echo $MODE; cat /kept /anonymous/kept; ls -d /data")).toContain("old\nkept\nkept");
    expect(await (await fetch(`http://127.0.0.1:${first}/`)).text()).toBe("hello from slipway\n");
    await call("POST", `${name}/reconfigure/undo`);
    expect(await docker.ok("exec", name, "sh", "-c", "echo $MODE")).toBe("new");
    await docker.ok("rm", "-fv", name);
    expect(await docker.ok("volume", "ls", "-q")).toBe(`${name}-data`);
    await docker.ok("volume", "rm", `${name}-data`);
  });

  it("changes live what needs no restart: name, labels, restart policy, limits, further networks", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    const net = newName("net");
    await docker.ok("network", "create", net);
    await run(name, busybox, "sleep", "1000");
    const before = await docker.ok("inspect", "-f", "{{.State.Pid}} {{.State.StartedAt}}", name);
    const outcome = await change(name, (request) => {
      request.Labels = { team: "red" };
      request.HostConfig["RestartPolicy"] = { Name: "on-failure", MaximumRetryCount: 3 };
      if (capabilities.limits) request.HostConfig["Memory"] = 64 << 20;
      request.NetworkingConfig.EndpointsConfig[net] = {};
    }, `?name=${name}-renamed`);
    expect(outcome.Restarts).toBe(false);
    expect(outcome.Changes.every(({ Effect }) => Effect === "live")).toBe(true);
    expect(await docker.ok("inspect", "-f", "{{.State.Pid}} {{.State.StartedAt}}", `${name}-renamed`)).toBe(before);
    expect(await docker.ok("inspect", "-f", "{{.Config.Labels.team}} {{.HostConfig.RestartPolicy.Name}} {{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}", `${name}-renamed`)).toBe(`red on-failure bridge ${net} `);
    if (capabilities.limits) expect(await docker.ok("inspect", "-f", "{{.HostConfig.Memory}}", `${name}-renamed`)).toBe(String(64 << 20));
    expect(await docker.ok("exec", `${name}-renamed`, "ls", "/sys/class/net")).toContain("eth1");
    expect((await docker.run(["inspect", name])).code).not.toBe(0);
    const back = await call<Outcome>("POST", `${name}-renamed/reconfigure/undo?dry-run=1`);
    // A limit cannot be taken away live.
    expect(back.Restarts).toBe(capabilities.limits);
    await call("POST", `${name}-renamed/reconfigure/undo`);
    expect(await docker.ok("inspect", "-f", "{{.Config.Labels.team}} {{.HostConfig.RestartPolicy.Name}} {{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}", name)).toBe("<no value> no bridge ");
    await docker.ok("rm", "-f", name);
    await docker.ok("network", "rm", net);
  });

  it("a container that does not run takes everything, and has it at its next start", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("create", "--name", name, "-e", "A=1", busybox, "sh", "-c", "echo $A$B");
    const outcome = await change(name, (request) => (request.Env = ["A=2", "B=3"]));
    expect(effects(outcome)).toEqual(["Config.Env start"]);
    expect(await docker.ok("start", "-a", name)).toBe("23");
    await docker.ok("rm", name);
  });

  it("RECONFIGURE-2 the old configuration runs again when the new one does not start, and the error says why", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    const id = await run(name, "-e", "MODE=old", "-v", "/data", busybox, "sleep", "1000");
    await docker.ok("exec", name, "touch", "/data/kept");
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const { port } = holder.address() as AddressInfo;
    try {
      await expect(change(name, (request) => {
        request.Env = ["MODE=new"];
        request.HostConfig["PortBindings"] = { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] };
      }, `?name=${name}-x`)).rejects.toThrow(new RegExp(`did not start, so ${name} runs with the one it had.*${port}`));
    } finally {
      holder.close();
    }
    expect(await docker.ok("inspect", "-f", "{{.Id}} {{.State.Status}} {{.HostConfig.PortBindings}}", name)).toBe(`${id} running map[]`);
    expect(await docker.ok("exec", name, "sh", "-c", "echo $MODE; ls /data")).toBe("old\nkept");
    await expect(change(name, (request) => (request.HostConfig["NetworkMode"] = "nowhere"))).rejects.toThrow(/nowhere/);
    await expect(call("POST", `${name}/reconfigure/undo`)).rejects.toThrow("409");
    await expect(call("POST", `${name}/reconfigure`, { Image: "other" })).rejects.toThrow(/another image \(other\) needs a new container/);
    await docker.ok("rm", "-fv", name);
    expect(await docker.ok("volume", "ls", "-q")).toBe("");
  });

  it("RECONFIGURE-2 kill -9 before the new configuration failed to start: the old one runs again", async () => {
    const { docker, busybox, engine } = lab();
    const name = newName();
    const id = await run(name, "-e", "MODE=old", busybox, "sleep", "1000");
    {
      await using mounted = await tempDir("mounted");
      await chmod(mounted.path, 0o755);
      await change(name, (request) => {
        request.Env = ["MODE=new"];
        request.HostConfig["Binds"] = [`${mounted.path}:/data`];
      }, `?name=${name}-new`);
      const pid = Number(await docker.ok("inspect", "-f", "{{.State.Pid}}", id));
      await engine.kill9();
      process.kill(pid, "SIGKILL");
    }
    // As if the engine had not come to starting it, which is not possible any more.
    forge(engine.root, id, (record) => ({ ...record, reconfiguring: "starting" }));
    await engine.start();
    await expect.poll(() => docker.ok("inspect", "-f", "{{.Name}} {{.State.Status}} {{.HostConfig.Binds}}", id)).toBe(`/${name} running []`);
    expect(await docker.ok("exec", name, "sh", "-c", "echo $MODE")).toBe("old");
    expect(await engine.log()).toContain("with its new configuration, so it goes back to the one before");
    await docker.ok("rm", "-f", name);
  });

  it("LIVE-1 a change of networks and limits that kill -9 cuts short is finished, wherever it was", async () => {
    const { docker, busybox, engine } = lab();
    const [name, joined, left] = [newName(), newName("joined"), newName("left")];
    await docker.ok("network", "create", joined);
    await docker.ok("network", "create", left);
    const id = await run(name, "--network", left, busybox, "sleep", "1000");
    await docker.ok("network", "connect", "bridge", name);
    const pid = await docker.ok("inspect", "-f", "{{.State.Pid}}", name);
    const networks = (): Promise<string> => docker.ok("inspect", "-f", "{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}", name);
    const addresses = async (): Promise<string[]> => (await docker.ok("exec", name, "ip", "-o", "-4", "addr")).split("\n").filter((line) => !line.includes("127.0.0.1"));
    const intended = ({ endpoints: { bridge: _, ...kept }, ...record }: ContainerRecord): ContainerRecord => ({ ...record, name: `${name}-new`, hostConfig: { ...record.hostConfig, ...(capabilities.limits ? { Memory: 64 << 20 } : {}) }, endpoints: { ...kept, [joined]: {} } });
    for (const moment of ["nothing", "the new network is joined", "the old one is left too"]) {
      if (moment !== "nothing") await docker.ok("network", "connect", joined, name);
      if (moment === "the old one is left too") await docker.ok("network", "disconnect", "bridge", name);
      await engine.kill9();
      forge(engine.root, id, (record) => {
        const before = { ...record, endpoints: { bridge: {}, [left]: {} } };
        return { ...before, applying: intended(before) };
      });
      await engine.start();
      expect(await docker.ok("inspect", "-f", "{{.Name}} {{.State.Pid}}", id), moment).toBe(`/${name}-new ${pid}`);
      await docker.ok("rename", `${name}-new`, name);
      expect((await networks()).trim().split(" ").sort(), moment).toEqual([joined, left].sort());
      expect(await addresses(), moment).toHaveLength(2);
      expect(await docker.ok("network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{end}}", joined), moment).toBe(`${name} `);
      if (capabilities.limits) expect(await docker.ok("stats", "--no-stream", "--format", "{{.MemUsage}}", name), moment).toMatch(/ \/ 64MiB$/);
      await docker.ok("network", "disconnect", joined, name);
      await docker.ok("network", "connect", "bridge", name);
    }
    await docker.ok("rm", "-f", name);
    await docker.ok("network", "rm", joined, left);
  });

  it(`RECONFIGURE-2 kill -9 at any moment leaves the old or the new one, running, with its data (seed ${SEED})`, { timeout: (60_000 + MOMENTS * 20_000) * PATIENCE }, async () => {
    const { engine, docker, busybox } = lab();
    const random = generator(SEED);
    const name = newName();
    await run(name, "--rm", "-e", "MODE=0", busybox, "sleep", "1000");
    await docker.ok("exec", name, "touch", "/kept");
    for (let moment = 1; moment <= MOMENTS; moment++) {
      const request = await read(name);
      request.Env = [`MODE=${moment}`];
      request.Labels = { mode: String(moment) };
      const label = `moment ${moment}`;
      const work = api(engine.socket, "POST", `/slipway/containers/${name}/reconfigure`, request).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, random() * 250 * PATIENCE));
      await engine.kill9();
      await work;
      await engine.start();
      await expect.poll(() => docker.ok("inspect", "-f", "{{.State.Status}}", name), { message: label }).toBe("running");
      const mode = await docker.ok("inspect", "-f", "{{.Config.Labels.mode}}", name);
      // A process that the dead engine had told to stop is seen running before it is started again.
      const inside = await waitFor(`${label}: a process`, async () => {
        const { code, stdout } = await docker.run(["exec", name, "sh", "-c", "ls /kept; tr '\\0' '\\n' < /proc/1/environ | grep MODE"]);
        return code === 0 ? stdout.trim() : undefined;
      });
      expect([`/kept\nMODE=${moment}`, `/kept\nMODE=${moment - 1}`], label).toContain(inside);
      if (mode !== "<no value>") expect(inside, label).toBe(`/kept\nMODE=${mode}`);
      if (inside.endsWith(`=${moment - 1}`)) await change(name, (again) => { again.Env = request.Env; again.Labels = request.Labels; });
    }
    await docker.ok("rm", "-f", name);
  });
};
