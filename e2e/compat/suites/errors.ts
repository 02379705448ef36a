import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { api } from "../../fixtures/api.ts";
import { freePort } from "../../fixtures/registry.ts";

/** Bad input: Docker's status code, one clear sentence, and no trace. */
export const errorsSuite: Suite = (lab, capabilities) => {
  const badInput = capabilities.current ? 400 : 500;
  const call = (method: string, path: string, body?: unknown): ReturnType<typeof api> => api(lab().engine.socket, method, `/v1.41${path}`, body);
  /** Creates a container over the API; answers status and message, and removes what came to be. */
  const create = async (body: object, name = newName()): Promise<{ status: number; message: string }> => {
    const answer = await call("POST", `/containers/create?name=${encodeURIComponent(name)}`, { Image: lab().busybox, ...body });
    await lab().docker.run(["rm", "-fv", name]);
    return answer;
  };

  it("unknown image: 404", async () => {
    const answer = await create({ Image: "no-such-image:tag" });
    expect(answer).toMatchObject({ status: 404, message: expect.stringMatching(/No such image: no-such-image:tag/) as string });
    const local = await lab().docker.run(["image", "inspect", "no-such-image"]);
    expect(local.stderr).toMatch(/No such image/);
  });

  it("unknown container, volume, network, exec: 404 with the name", async () => {
    expect(await call("GET", "/containers/ghost/json")).toMatchObject({ status: 404, message: "No such container: ghost" });
    expect((await call("POST", "/containers/ghost/start")).status).toBe(404);
    expect((await call("DELETE", "/containers/ghost")).status).toBe(404);
    expect((await call("GET", "/containers/ghost/logs?stdout=1")).status).toBe(404);
    expect(await call("GET", "/volumes/ghost")).toMatchObject({ status: 404, message: expect.stringMatching(/ghost/) as string });
    expect(await call("GET", "/networks/ghost")).toMatchObject({ status: 404, message: expect.stringMatching(/network ghost not found/) as string });
    expect(await call("GET", "/exec/ghost/json")).toMatchObject({ status: 404, message: expect.stringMatching(/ghost/) as string });
    expect((await call("GET", "/no/such/page")).status).toBe(404);
  });

  it("name in use: 409", async () => {
    const name = newName();
    const id = await lab().docker.ok("create", "--name", name, lab().busybox);
    const answer = await call("POST", `/containers/create?name=${name}`, { Image: lab().busybox });
    expect(answer.status).toBe(409);
    expect(answer.message).toContain(`"/${name}" is already in use by container`);
    expect(answer.message).toContain(id);
    await lab().docker.ok("rm", name);
  });

  it("bad container name, bad reference: 400", async () => {
    expect(await create({}, "bad name!")).toMatchObject({ status: 400, message: expect.stringMatching(/Invalid container name/) as string });
    expect(await create({ Image: "UPPER CASE" })).toMatchObject({ status: 400, message: expect.stringMatching(/invalid reference format/) as string });
    const pulled = await call("POST", "/images/create?fromImage=Bad%20Reference");
    expect(pulled).toMatchObject({ status: 400, message: expect.stringMatching(/invalid reference format/) as string });
    expect((await call("POST", `/images/${encodeURIComponent(lab().busybox)}/tag?repo=BAD`)).status).toBe(badInput);
  });

  it("bad JSON: 400", async () => {
    const answer = await call("POST", "/containers/create", '{"Image": ');
    expect(answer.status).toBe(badInput);
    expect(answer.message).not.toBe("");
    const typed = await call("POST", "/containers/create", '{"Image": 7}');
    expect(typed.status).toBe(badInput);
  });

  it("bad ports, bad signals, bad filters: 400", async () => {
    const port = await lab().docker.run(["run", "--rm", "-p", "99999:80", lab().busybox, "true"]);
    expect(port.code).toBe(125);
    expect(port.stderr).toMatch(/port/i);
    const viaApi = await create({ ExposedPorts: { "80/xyz": {} }, HostConfig: { PortBindings: { "80/xyz": [{ HostPort: "1" }] } } });
    if (capabilities.current) {
      expect(viaApi.status).toBe(400);
      expect((await create({ HostConfig: { PortBindings: { "80/tcp": [{ HostPort: "many" }] } } })).status).toBe(400);
    }
    const name = newName();
    await lab().docker.ok("run", "-d", "--name", name, lab().busybox, "sleep", "1000");
    expect((await call("POST", `/containers/${name}/kill?signal=SIGNONSENSE`)).status).toBe(400);
    expect((await call("GET", "/containers/json?filters=%7Bnot-json")).status).toBe(badInput);
    await lab().docker.ok("rm", "-f", name);
  });

  it("a port that is in use fails at start and leaves nothing", async () => {
    const { docker, busybox } = lab();
    const port = await freePort();
    const owner = newName("owner");
    const second = newName("second");
    await docker.ok("run", "-d", "--name", owner, "-p", `127.0.0.1:${port}:80`, busybox, "sleep", "1000");
    const result = await docker.run(["run", "-d", "--name", second, "-p", `127.0.0.1:${port}:80`, busybox, "sleep", "1000"]);
    expect(result.code).toBe(125);
    expect(result.stderr).toMatch(/already (in use|allocated)/);
    expect(result.stderr).toContain(String(port));
    if (capabilities.namesPortOwner) expect(result.stderr).toContain(owner);
    expect(await docker.ok("inspect", "-f", "{{.State.Status}} {{.State.Running}}", second)).toBe("created false");
    await docker.ok("rm", "-f", owner);
    await docker.ok("start", second);
    await docker.ok("rm", "-f", second);
  });

  it("missing command: exit 127, not executable: exit 126", async () => {
    const { docker, busybox } = lab();
    const missing = await docker.run(["run", "--rm", busybox, "no-such-command"]);
    expect(missing.code).toBe(127);
    expect(missing.stderr).toMatch(/no-such-command.*executable file not found in \$PATH/);
    const absolute = await docker.run(["run", "--rm", busybox, "/no/such/file"]);
    expect(absolute.code).toBe(127);
    expect(absolute.stderr).toMatch(/\/no\/such\/file.*no such file or directory/);
    const plain = await docker.run(["run", "--rm", busybox, "/etc/not-executable"]);
    expect(plain.code).toBe(126);
    expect(plain.stderr).toMatch(/exec: "\/etc\/not-executable": permission denied/);
    const name = newName();
    await docker.ok("create", "--name", name, busybox, "no-such-command");
    const answer = await call("POST", `/containers/${name}/start`);
    expect(answer.status).toBe(400);
    expect(await docker.ok("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name)).toBe("created 127");
    await docker.ok("rm", name);
  });

  it("unknown user or group: refused with its name", async () => {
    const user = await lab().docker.run(["run", "--rm", "-u", "nobody-here", lab().busybox, "true"]);
    expect(user.code).toBe(125);
    expect(user.stderr).toMatch(/unable to find user nobody-here/);
    const group = await lab().docker.run(["run", "--rm", "-u", "root:no-group", lab().busybox, "true"]);
    expect(group.code).toBe(125);
    expect(group.stderr).toMatch(/unable to find group no-group/);
  });

  it("wrong architecture: a warning, then exec format error or a refusal", async () => {
    const { docker } = lab();
    const foreign = lab().image("foreign");
    await docker.ok("pull", "-q", foreign);
    const result = await docker.run(["run", "--rm", "--platform", "linux/s390x", foreign, "true"]);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/platform|manifest|architecture/i);
    await docker.ok("rmi", "-f", foreign);
  });

  it("no command at all: 400", async () => {
    const { docker } = lab();
    const image = newName("empty");
    const imported = await docker.run(["import", "-", image], { input: Buffer.alloc(1024) });
    expect(imported.code).toBe(0);
    const answer = await create({ Image: image });
    expect(answer).toMatchObject({ status: 400, message: expect.stringMatching(/[Nn]o command specified/) as string });
    await docker.ok("rmi", image);
  });

  it("pull of what the registry does not have", async () => {
    const tag = await lab().docker.run(["pull", lab().image("busybox:no-such-tag")]);
    expect(tag.code).toBe(1);
    expect(tag.stderr).toMatch(/manifest.*(unknown|not found)/);
    const repository = await lab().docker.run(["pull", lab().image("no/such/repository")]);
    expect(repository.code).toBe(1);
    expect(repository.stderr).toMatch(/not found|unknown/);
  });

  it("negative or silly limits: 400", async () => {
    expect((await create({ HostConfig: { Memory: 1024 } })).status).toBe(400);
    expect((await create({ HostConfig: { NanoCpus: 1_000_000_000_000 } })).status).toBe(400);
    expect((await create({ HostConfig: { RestartPolicy: { Name: "sometimes" } } })).status).toBe(400);
    expect((await create({ HostConfig: { Binds: ["relative:path:with:many:colons"] } })).status).toBe(badInput);
  });

  it("modes, drivers and options that there are not, or that contradict each other: 400 with the value", { skip: !capabilities.current }, async () => {
    const host = async (HostConfig: object, more: object = {}): Promise<string> => {
      const { status, message } = await create({ HostConfig, ...more });
      return `${status} ${message}`;
    };
    expect(await host({ UTSMode: "host" }, { Hostname: "own" })).toBe("400 conflicting options: hostname and the UTS mode");
    expect(await host({ NetworkMode: "container:ghost" })).toBe("400 No such container: ghost");
    expect(await host({ VolumesFrom: ["ghost"] })).toBe("400 No such container: ghost");
    expect(await host({ NetworkMode: `container:${await lab().docker.ok("create", lab().busybox)}` }, { ExposedPorts: { "80/tcp": {} } })).toMatch(/^400 conflicting options: port exposing/);
    for (const [key, what] of [["IpcMode", "IPC mode"], ["PidMode", "PID mode"], ["UTSMode", "UTS mode"], ["CgroupnsMode", "cgroup namespace mode"], ["UsernsMode", "user namespace mode"]] as const) expect(await host({ [key]: "bogus" })).toMatch(new RegExp(`^400 invalid ${what}: bogus`));
    expect(await host({ Isolation: "hyperv" })).toMatch(/^400 invalid isolation: "hyperv"/);
    expect(await host({ Runtime: "bogus" })).toMatch(/^400 unknown or invalid runtime name: bogus/);
    expect(await host({ Runtime: "runc" })).toMatch(/^201/);
    expect(await host({ StorageOpt: { size: "1G" } })).toMatch(/^400 --storage-opt is not supported.* size$/);
    expect(await host({ LogConfig: { Type: "json-file", Config: { bogus: "1" } } })).toMatch(/^400 unknown log opt 'bogus' for json-file log driver/);
    expect(await host({ LogConfig: { Type: "json-file", Config: { "max-file": "0" } } })).toMatch(/^400 invalid log option max-file: "0"/);
    expect(await host({ OomScoreAdj: 5000 })).toMatch(/^400 Invalid value 5000/);
    expect(await host({ CpusetCpus: "0-9999" })).toMatch(/^400 Requested CPUs are not available - requested 0-9999, available: 0/);
    expect(await host({ CapAdd: ["FLY"] })).toMatch(/^400 .*unknown capability: "FLY"/);
    expect(await host({ SecurityOpt: ["magic=1"] })).toMatch(/^400 invalid security option: "magic=1"/);
    expect(await host({ DeviceCgroupRules: ["magic"] })).toMatch(/^400 invalid device cgroup rule format: 'magic'/);
    expect(await host({ Ulimits: [{ Name: "magic", Soft: 1, Hard: 1 }] })).toMatch(/^400 invalid ulimit type: magic/);
    expect(await host({ CpusetMems: "x" })).toMatch(/^400 invalid set of memory nodes: "x"/);
    const published = await lab().docker.run(["run", "--rm", "--network", "host", "-p", "80:80", lab().busybox, "true"]);
    expect(published).toMatchObject({ code: 0, stderr: expect.stringMatching(/Published ports are discarded when using host network mode/) as string });
    const directory = await lab().docker.run(["run", "--rm", "-w", "/etc/passwd", lab().busybox, "true"]);
    expect(directory.stderr).toMatch(/Cannot mkdir: \/etc\/passwd is not a directory|\/etc\/passwd.*not a directory/);
    expect(await call("POST", "/swarm/init", {})).toMatchObject({ status: 501, message: expect.stringMatching(/docker swarm init is not offered/) as string });
    await lab().docker.run(["container", "prune", "-f"]);
  });

  it("an API version that is too new or too old: 400 with what to do", async () => {
    const { socket } = lab().engine;
    expect(await api(socket, "GET", "/v9.99/version")).toMatchObject({ status: 400, message: expect.stringMatching(/too new/) as string });
    expect((await api(socket, "GET", "/v1.2/version")).status).toBe(400);
    const ping = await api(socket, "GET", "/_ping");
    expect(ping).toMatchObject({ status: 200, body: "OK" });
  });
};
