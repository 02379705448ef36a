import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { api } from "../../fixtures/api.ts";
import { PATIENCE } from "../../fixtures/exec.ts";
import { generator } from "../../fixtures/random.ts";
import { freePort } from "../../fixtures/registry.ts";

const MOMENTS = Number(process.env["SLIPWAY_CRASH_MOMENTS"] ?? 4);
const SEED = Number(process.env["SLIPWAY_CRASH_SEED"] ?? Date.now() % 100_000);

interface Entry {
  readonly Id: string;
  readonly Kind: string;
  readonly Name: string;
  readonly Detail: string;
  readonly Volumes: number;
  readonly Size: number | null;
}
interface Brought {
  readonly Id: string;
  readonly Name: string;
  readonly Warnings: readonly string[];
}

/** What a client removes with `/slipway/bin` is gone for Docker's clients, and comes back whole. */
export const slipwayBinSuite: Suite = (lab) => {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await api(lab().engine.socket, method, `/slipway/bin${path}`, body);
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.message}`);
    return JSON.parse(answer.body) as T;
  };
  const put = (Kind: string, Name: string, more: object = {}): Promise<Entry> => call("POST", "", { Kind, Name, ...more });
  const restore = (id: string, name = ""): Promise<Brought> => call("POST", `/${id}/restore?name=${name}`);
  const list = (): Promise<Entry[]> => call("GET", "");
  const empty = (): Promise<unknown> => call("DELETE", "");
  const freed = async (path: string): Promise<number> => (JSON.parse((await api(lab().engine.socket, "POST", path)).body) as { SpaceReclaimed: number }).SpaceReclaimed;
  const folder = (...parts: string[]): Promise<string[]> => readdir(join(lab().engine.root, ...parts)).catch(() => []);

  // What one test leaves would be another one's surprise.
  afterEach(async () => void (await empty()));

  it("ASIDE-1 a running container is gone at once, with name and port, and comes back stopped with its files, log and anonymous volume", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    const port = await freePort();
    const publish = ["-p", `127.0.0.1:${port}:80`];
    const id = await docker.ok("run", "-d", "--name", name, ...publish, "-v", "/anonymous", "-e", "A=b", busybox, "sh", "-c", "echo began; httpd -f -p 80 -h /var/www");
    await docker.ok("exec", name, "sh", "-c", "echo kept > /kept; echo kept > /anonymous/kept");
    const volume = await docker.ok("inspect", "-f", "{{(index .Mounts 0).Name}}", name);
    await expect(put("container", name)).rejects.toThrow("409 cannot remove container");
    const since = (Date.now() / 1000).toFixed(3);
    const entry = await put("container", name, { Force: true, Volumes: true });
    expect(entry).toMatchObject({ Id: id, Kind: "container", Name: name, Detail: busybox, Volumes: 1 });
    const events = await docker.ok("events", "--since", since, "--until", String(Date.now() / 1000 + 0.01), "--filter", "type=container", "--format", "{{.Action}}");
    expect(events.split("\n")).toEqual(["kill", "die", "destroy"]);
    expect(await docker.ok("ps", "-aq", "-f", `name=${name}`)).toBe("");
    expect((await docker.run(["inspect", id])).code).toBe(1);
    expect((await docker.run(["rm", "-f", id])).stderr).toContain("No such container");
    expect(await docker.ok("volume", "ls", "-q")).not.toContain(volume);
    // Name and port are free.
    await docker.ok("run", "-d", "--name", name, ...publish, busybox, "sleep", "1000");
    await expect(restore(id)).rejects.toThrow(`409 Conflict. The container name "/${name}" is already in use`);
    const again = newName();
    expect(await restore(id, again)).toEqual({ Kind: "container", Id: id, Name: again, Warnings: [] });
    expect(await docker.ok("inspect", "-f", "{{.Name}} {{.State.Status}} {{(index .Mounts 0).Name}} {{index .Config.Env 0}}", id)).toBe(`/${again} exited ${volume} A=b`);
    expect(await docker.ok("logs", id)).toBe("began");
    await docker.ok("rm", "-f", name);
    await docker.ok("start", id);
    expect(await docker.ok("exec", id, "cat", "/kept", "/anonymous/kept")).toBe("kept\nkept");
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("hello from slipway\n");
    expect(await list()).toEqual([]);
    await docker.ok("rm", "-fv", id);
    expect(await docker.ok("volume", "ls", "-q")).not.toContain(volume);
  });

  it("ASIDE-2 a container of --rm comes back to stay, also over the next start of the engine", async () => {
    const { engine, docker, busybox } = lab();
    const name = newName();
    const id = await docker.ok("run", "-d", "--rm", "--name", name, busybox, "sleep", "1000");
    await put("container", name, { Force: true });
    await engine.kill9();
    await engine.start();
    expect((await list()).map(({ Id }) => Id)).toEqual([id]);
    await restore(id);
    await engine.stop();
    await engine.start();
    expect(await docker.ok("inspect", "-f", "{{.State.Status}} {{.HostConfig.AutoRemove}}", name)).toBe("exited false");
    await docker.ok("rm", name);
  });

  it("a container whose image, network and volume are gone comes back, and says what it lacks", async () => {
    const { docker, busybox } = lab();
    const [name, image, network, volume] = [newName(), `${newName("image")}:1`, newName("net"), newName("vol")];
    await docker.ok("network", "create", network);
    const base = await docker.ok("create", busybox, "true");
    await docker.ok("commit", base, image);
    await docker.ok("rm", base);
    const id = await docker.ok("run", "-d", "--name", name, "--network", network, "-v", `${volume}:/data`, image, "sleep", "1000");
    await put("container", name, { Force: true });
    await docker.ok("rmi", image);
    await docker.ok("network", "rm", network);
    await docker.ok("volume", "rm", volume);
    const { Warnings } = await restore(id);
    expect(new Set(Warnings.map((warning) => /^its (\w+)/.exec(warning)?.[1]))).toEqual(new Set(["image", "network", "volume"]));
    expect((await docker.run(["start", name])).stderr).toContain(network);
    await docker.ok("network", "create", network);
    await docker.ok("volume", "create", volume);
    await docker.ok("start", name);
    expect(await docker.ok("exec", name, "cat", "/var/www/index.html")).toBe("hello from slipway");
    await docker.ok("rm", "-f", name);
    await docker.ok("network", "rm", network);
    await docker.ok("volume", "rm", volume);
  });

  it("a volume is gone at once, and comes back with its files, under another name where its own is taken", async () => {
    const { docker, busybox } = lab();
    const name = newName("vol");
    await docker.ok("run", "--rm", "-v", `${name}:/data`, busybox, "sh", "-c", "echo kept > /data/kept; chown 99:98 /data/kept");
    const user = await docker.ok("create", "-v", `${name}:/data`, busybox, "true");
    await expect(put("volume", name)).rejects.toThrow(/409 .*volume is in use/);
    await docker.ok("rm", user);
    const { Id } = await put("volume", name);
    expect(await docker.ok("volume", "ls", "-q", "-f", `name=${name}`)).toBe("");
    expect((await docker.run(["volume", "rm", name])).stderr).toMatch(/no such volume/i);
    expect(await docker.ok("run", "--rm", "-v", `${name}:/data`, busybox, "ls", "/data")).toBe("");
    await expect(restore(Id)).rejects.toThrow(`409 a volume named ${name} exists again`);
    expect(await restore(Id, `${name}-2`)).toMatchObject({ Name: `${name}-2`, Warnings: [] });
    expect(await docker.ok("run", "--rm", "-v", `${name}-2:/data`, busybox, "stat", "-c", "%u %g %s", "/data/kept")).toBe("99 98 5");
    await docker.ok("volume", "rm", name, `${name}-2`);
  });

  it("a tag and an image are gone at once, and come back with their layers", async () => {
    const { docker, busybox } = lab();
    const [first, second] = [`${newName("image")}:1`, `${newName("image")}:2`];
    const base = await docker.ok("create", busybox, "cat", "/made");
    await docker.ok("cp", "/etc/hostname", `${base}:/made`);
    const id = await docker.ok("commit", base, first);
    await docker.ok("rm", base);
    await docker.ok("tag", first, second);
    const tag = await put("image", second);
    const whole = await put("image", first);
    expect(tag).toMatchObject({ Kind: "image", Name: second, Size: 0 });
    expect(whole.Size).toBeGreaterThan(0);
    expect(await docker.ok("images", "-aq", "--no-trunc")).not.toContain(id);
    expect((await docker.run(["image", "inspect", id])).code).toBe(1);
    await docker.ok("image", "prune", "-f");
    // The name means another image now.
    await docker.ok("tag", busybox, first);
    await expect(restore(whole.Id)).rejects.toThrow(`409 ${first} names another image now`);
    await docker.ok("rmi", first);
    expect(await restore(tag.Id)).toMatchObject({ Id: id, Name: second });
    expect(await docker.ok("images", "-q", "--no-trunc", second)).toBe(id);
    expect(await restore(whole.Id)).toMatchObject({ Id: id, Name: first });
    expect((await docker.ok("run", "--rm", first)).length).toBeGreaterThan(0);
    expect(await docker.ok("images", "-q", "--no-trunc", first)).toBe(id);
    await docker.ok("rmi", first, second);
    expect(await list()).toEqual([]);
  });

  it("a network is gone at once, and comes back with its id and its subnet", async () => {
    const { docker } = lab();
    const name = newName("net");
    const id = await docker.ok("network", "create", "--subnet", "10.123.45.0/24", "--label", "a=b", name);
    const entry = await put("network", name);
    expect(entry).toMatchObject({ Kind: "network", Name: name, Detail: "10.123.45.0/24" });
    expect(await docker.ok("network", "ls", "-q", "-f", `name=${name}`)).toBe("");
    await docker.ok("network", "create", "--subnet", "10.123.45.0/24", `${name}-other`);
    await expect(restore(entry.Id)).rejects.toThrow("Pool overlaps with other one");
    await docker.ok("network", "rm", `${name}-other`);
    expect(await restore(entry.Id)).toMatchObject({ Id: id, Name: name, Warnings: [] });
    expect(await docker.ok("network", "inspect", "-f", "{{.Id}} {{(index .IPAM.Config 0).Subnet}} {{.Labels.a}}", name)).toBe(`${id} 10.123.45.0/24 b`);
    await docker.ok("network", "rm", name);
    await expect(put("network", "bridge")).rejects.toThrow("403 bridge is a pre-defined network");
    expect(await list()).toEqual([]);
  });

  it("what is removed for good leaves nothing on the disk; prunes of everything take it along and count it", async () => {
    const { docker, busybox } = lab();
    const [name, volume] = [newName(), newName("vol")];
    const kept = await docker.ok("create", busybox, "true");
    const id = await docker.ok("run", "-d", "--name", name, "-v", "/anonymous", busybox, "sh", "-c", "head -c 3000000 /dev/zero > /large; sleep 1000");
    await expect.poll(() => docker.ok("exec", name, "stat", "-c", "%s", "/large")).toBe("3000000");
    const before = (await folder("snapshots")).length;
    await put("container", name, { Force: true, Volumes: true });
    expect(await folder("containers")).toContain(id);
    await expect.poll(async () => (await list())[0]?.Size).toBeGreaterThan(3_000_000);
    await call("DELETE", `/${id}`);
    expect(await folder("containers")).not.toContain(id);
    expect(await folder("snapshots")).toHaveLength(before - 1);
    expect(await folder("volumes", ".kept")).toEqual([]);
    await expect(restore(id)).rejects.toThrow("404 there is nothing removed with the id");

    await docker.ok("run", "--rm", "-v", `${volume}:/data`, busybox, "sh", "-c", "head -c 2000000 /dev/zero > /data/large");
    const entry = await put("volume", volume);
    const second = await docker.ok("run", "-d", busybox, "sh", "-c", "head -c 3000000 /dev/zero > /large; sleep 1000");
    await expect.poll(() => docker.ok("exec", second, "stat", "-c", "%s", "/large")).toBe("3000000");
    await put("container", second, { Force: true });
    await expect.poll(async () => (await list()).every(({ Size }) => Size !== null)).toBe(true);
    await docker.ok("container", "prune", "-f", "--filter", "label=none-has-it");
    expect(await list()).toHaveLength(2);
    await docker.ok("image", "prune", "-f");
    expect(await list()).toHaveLength(2);
    // The CLI adds up only where an image went, too.
    expect(await freed("/images/prune?filters={\"dangling\":[\"false\"]}")).toBeGreaterThan(3_000_000);
    expect((await list()).map(({ Id }) => Id)).toEqual([entry.Id]);
    expect(await freed("/volumes/prune?filters={\"all\":[\"true\"]}")).toBeGreaterThanOrEqual(2_000_000);
    expect(await list()).toEqual([]);
    await docker.ok("rm", kept);
  });

  it("the ledger of the disk has it as one line, which can be freed", async () => {
    const { docker, busybox, engine } = lab();
    const id = await docker.ok("run", "-d", "-v", "/anonymous", busybox, "sh", "-c", "head -c 3000000 /dev/zero > /large; head -c 2000000 /dev/zero > /anonymous/large; touch /done; sleep 1000");
    await expect.poll(async () => (await docker.run(["exec", id, "ls", "/done"])).code).toBe(0);
    const image = `${newName("image")}:1`;
    await docker.ok("commit", id, image);
    await put("container", id, { Force: true, Volumes: true });
    await put("image", image);
    const lines = (await api(engine.socket, "GET", "/slipway/disk")).body.trim().split("\n").map((line) => JSON.parse(line) as { Items: { Kind: string; Id: string; Size: number | null }[] });
    const items = new Map(lines.flatMap(({ Items }) => Items).map((item) => [item.Id, item]));
    expect(items.get("removed")).toMatchObject({ Kind: "other" });
    expect(items.get("removed")!.Size).toBeGreaterThan(8_000_000);
    // Nothing of it counts as work under way.
    expect(items.get("working")?.Size ?? 0).toBeLessThan(1_000_000);
    const steps = (await api(engine.socket, "POST", "/slipway/disk/free", { Items: [{ Kind: "other", Id: "removed" }] })).body.trim().split("\n").map((line) => JSON.parse(line) as { Type: string; FreedBytes?: number });
    expect(steps.at(-1)!.FreedBytes).toBeGreaterThan(8_000_000);
    expect(await list()).toEqual([]);
  });

  it("the stream tells the list, and again after each change", async () => {
    const { docker, busybox, engine } = lab();
    const id = await docker.ok("create", busybox, "true");
    const { request } = await import("node:http");
    const lines: string[] = [];
    const stream = request({ socketPath: engine.socket, path: "/slipway/bin/events" }, (response) => response.setEncoding("utf8").on("data", (text: string) => lines.push(...text.split("\n").filter(Boolean))).on("error", () => undefined));
    stream.on("error", () => undefined).end();
    const last = (): string[] | undefined => (lines.at(-1) === undefined ? undefined : (JSON.parse(lines.at(-1)!) as Entry[]).map(({ Id }) => Id));
    await expect.poll(last).toEqual([]);
    await put("container", id);
    await expect.poll(last).toEqual([id]);
    await restore(id);
    await expect.poll(last).toEqual([]);
    stream.destroy();
    await docker.ok("rm", id);
  });

  it("a request that is none is refused with a sentence", async () => {
    await expect(put("pod", "x")).rejects.toThrow('400 Kind must be one of container, volume, image, network, not "pod"');
    await expect(put("volume", "")).rejects.toThrow("400 Name is required: the volume to remove");
    await expect(put("container", "nobody")).rejects.toThrow("404 No such container: nobody");
    await expect(put("volume", "x", { KeepSeconds: 0 })).rejects.toThrow("400 what is removed can be kept for up to 2678400 seconds, not for 0");
    await expect(restore("0a")).rejects.toThrow("404 there is nothing removed with the id 0a");
  });

  it(`ASIDE-2 kill -9 at ${MOMENTS} random moments (seed ${SEED}) of removing and bringing back loses and leaks nothing`, { timeout: (30_000 + MOMENTS * 15_000) * PATIENCE }, async () => {
    const { engine, docker, busybox } = lab();
    const random = generator(SEED);
    for (let moment = 0; moment < MOMENTS; moment++) {
      const name = newName("moment");
      const id = await docker.ok("run", "-d", "--name", name, "-v", "/anonymous", busybox, "sh", "-c", "echo kept > /kept; echo kept > /anonymous/kept; sleep 1000");
      await expect.poll(async () => (await docker.run(["exec", name, "cat", "/anonymous/kept"])).stdout).toBe("kept\n");
      const back = moment % 2 === 1;
      if (back) await put("container", name, { Force: true, Volumes: true });
      const delay = random() * (back ? 15 : 120) * PATIENCE;
      const label = `moment ${moment + 1}, ${back ? "bringing back" : "removing"} after ${delay.toFixed(0)} ms`;
      const work = (back ? restore(id) : put("container", name, { Force: true, Volumes: true })).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await engine.kill9();
      await work;
      await engine.start();
      const listed = (await docker.ok("ps", "-aq", "--no-trunc", "-f", `id=${id}`)) === id;
      const entries = await list();
      expect([listed, ...entries.map(({ Id }) => Id === id)].filter(Boolean), label).toHaveLength(1);
      if (!listed) {
        expect(entries[0]!.Volumes, label).toBe(1);
        await restore(id);
      }
      await docker.run(["start", id]);
      expect(await docker.ok("exec", id, "cat", "/kept", "/anonymous/kept"), label).toBe("kept\nkept");
      await docker.ok("rm", "-fv", id);
      expect(await list(), label).toEqual([]);
      expect(await docker.ok("volume", "ls", "-q"), label).toBe("");
      expect(await folder("volumes", ".kept"), label).toEqual([]);
      expect(await folder("containers"), label).toEqual([]);
    }
  });
};
