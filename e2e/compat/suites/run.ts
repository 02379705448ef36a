import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { PATIENCE, tempDir } from "../../fixtures/exec.ts";
import { freePort } from "../../fixtures/registry.ts";
import { createSocket } from "node:dgram";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** `docker run` and each of its flags. */
export const runSuite: Suite = (lab, capabilities) => {
  /** Runs busybox with flags and a shell command; answers stdout. */
  const shell = (flags: string[], command: string): Promise<string> => lab().docker.ok("run", "--rm", ...flags, lab().busybox, "sh", "-c", command);

  it("runs a command and passes stdout, stderr and the exit code on", async () => {
    const result = await lab().docker.run(["run", "--rm", lab().busybox, "sh", "-c", "echo out; echo err >&2; exit 42"]);
    expect(result).toEqual({ code: 42, stdout: "out\n", stderr: "err\n" });
  });

  it("-i feeds stdin, and closes it at its end", async () => {
    const result = await lab().docker.run(["run", "--rm", "-i", lab().busybox, "cat"], { input: "a\nb\n" });
    expect(result).toEqual({ code: 0, stdout: "a\nb\n", stderr: "" });
  });

  it("-i passes a megabyte of binary through unchanged", async () => {
    const input = Buffer.alloc(1 << 20, Buffer.from([0, 1, 2, 254, 255, 10, 13]));
    const output = await lab().docker.bytes(["run", "--rm", "-i", lab().busybox, "cat"], { input });
    expect(output.equals(input)).toBe(true);
  });

  it("-d prints the id and leaves the container running", async () => {
    const { docker, busybox } = lab();
    const id = await docker.ok("run", "-d", busybox, "sleep", "1000");
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await docker.ok("inspect", "-f", "{{.State.Status}} {{.State.Running}}", id)).toBe("running true");
    await docker.ok("rm", "-f", id);
  });

  it("-it gives a real terminal with size, resize and exit code", async () => {
    const session = lab().docker.terminal(["run", "--rm", "-it", lab().busybox, "sh"]);
    await session.until("/ # ");
    session.write("stty size; test -t 0 && test -t 1 && echo is-a-tty\r");
    await session.until(/30 100[^]*\nis-a-tty/);
    await session.resize(17, 61);
    session.write("until stty size | grep -q '17 61'; do sleep 0.1; done; echo re''sized\r");
    await session.until("resized");
    session.write("exit 7\r");
    expect(await session.exited).toBe(7);
  });

  it("-it passes ctrl-C to the foreground process", async () => {
    const session = lab().docker.terminal(["run", "--rm", "-it", lab().busybox, "sh"]);
    await session.until("/ # ");
    session.write("sleep 1000\r");
    await session.until("sleep 1000");
    await new Promise((resolve) => setTimeout(resolve, 200 * PATIENCE));
    session.write("\x03");
    session.write("echo code=$?\r");
    await session.until("code=130");
    session.write("exit\r");
    await session.exited;
  });

  it("--rm removes the container and its anonymous volumes", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    const before = await docker.ok("volume", "ls", "-q");
    await docker.ok("run", "--rm", "--name", name, "-v", "/anonymous", busybox, "true");
    expect(await docker.ok("ps", "-aq", "-f", `name=${name}`)).toBe("");
    expect(await docker.ok("volume", "ls", "-q")).toBe(before);
  });

  it("-p publishes a port on the chosen address, with a random or a fixed host port", async () => {
    const { docker, busybox } = lab();
    const name = newName("web");
    const fixed = await freePort();
    await docker.ok("run", "-d", "--name", name, "-p", "127.0.0.1::80", "-p", `127.0.0.1:${fixed}:80`, busybox, "httpd", "-f", "-p", "80", "-h", "/var/www");
    const mapped = await docker.ok("port", name, "80/tcp");
    expect(mapped.split("\n")).toContain(`127.0.0.1:${fixed}`);
    for (const address of mapped.split("\n")) expect(await get(`http://${address}/`)).toBe("hello from slipway\n");
    // A list is filtered by the port of the host.
    const published = (filter: string): Promise<string> => docker.ok("ps", "--filter", `publish=${filter}`, "--filter", `name=^${name}$`, "--format", "{{.Names}}");
    expect([await published(String(fixed)), await published(`${fixed}/tcp`), await published("80")]).toEqual([name, name, ""]);
    await docker.ok("rm", "-f", name);
    await expect(fetch(`http://127.0.0.1:${fixed}/`)).rejects.toThrow();
  });

  it("-p without an address serves on loopback, IPv6 loopback and the host's own address", async () => {
    const { docker, busybox } = lab();
    const name = newName("web");
    const port = await freePort();
    await docker.ok("run", "-d", "--name", name, "-p", `${port}:80`, busybox, "httpd", "-f", "-p", "80", "-h", "/var/www");
    expect(await get(`http://127.0.0.1:${port}/`)).toBe("hello from slipway\n");
    if (capabilities.ipv6Loopback) expect(await get(`http://[::1]:${port}/`)).toBe("hello from slipway\n");
    expect(await docker.ok("ps", "--format", "{{.Ports}}", "-f", `name=${name}`)).toContain(`0.0.0.0:${port}->80/tcp`);
    await docker.ok("rm", "-f", name);
  });

  it("-p publishes udp, and a range", async () => {
    const { docker, busybox } = lab();
    const name = newName("udp");
    const port = await freePort();
    await docker.ok("run", "-d", "--name", name, "-p", `127.0.0.1:${port}:9/udp`, "-p", "127.0.0.1::7000-7002", busybox, "sleep", "1000");
    // This busybox has no UDP server: the kernel's count of datagrams for closed ports proves that they arrive.
    const count = async (): Promise<number> => Number(await docker.ok("exec", name, "sh", "-c", `grep ^Udp: /proc/net/snmp | tail -1 | cut -d' ' -f3`));
    await expect.poll(() => sendUdp(port, "ping\n").then(count)).toBeGreaterThan(0);
    const ports = await docker.inspect<{ NetworkSettings: { Ports: Record<string, { HostPort: string }[]> } }>(name);
    expect(Object.keys(ports.NetworkSettings.Ports).sort()).toEqual(["7000/tcp", "7001/tcp", "7002/tcp", "9/udp"]);
    await docker.ok("rm", "-f", name);
  });

  it("-P publishes the image's exposed ports", async () => {
    const { docker } = lab();
    const name = newName();
    await docker.ok("run", "-d", "-P", "--name", name, "--entrypoint", "sleep", lab().image("configured"), "1000");
    expect(await docker.ok("port", name)).toMatch(/^8080\/tcp -> 0\.0\.0\.0:\d+/m);
    await docker.ok("rm", "-f", name);
  });

  it("-e and --env-file set the environment, an empty name takes the client's value", async () => {
    await using dir = await tempDir("env");
    await writeFile(join(dir.path, "env"), "FROM_FILE=file value\n# comment\nFROM_CLIENT\n");
    const result = await lab().docker.run(["run", "--rm", "-e", "A=one two", "-e", "FROM_CLIENT2", "--env-file", join(dir.path, "env"), lab().busybox, "env"], { env: { FROM_CLIENT: "c1", FROM_CLIENT2: "c2" } });
    const lines = result.stdout.split("\n");
    expect(lines).toEqual(expect.arrayContaining(["A=one two", "FROM_FILE=file value", "FROM_CLIENT=c1", "FROM_CLIENT2=c2", "HOME=/root"]));
    expect(lines.some((line) => line.startsWith("PATH=/"))).toBe(true);
  });

  it("-v binds a host folder, read-write and read-only", async () => {
    await using dir = await tempDir("bind");
    await chmod(dir.path, 0o777);
    await writeFile(join(dir.path, "in"), "from host\n");
    expect(await shell(["-v", `${dir.path}:/mnt`], "cat /mnt/in; echo from container > /mnt/out")).toBe("from host");
    expect(await readFile(join(dir.path, "out"), "utf8")).toBe("from container\n");
    const refused = await lab().docker.run(["run", "--rm", "-v", `${dir.path}:/mnt:ro`, lab().busybox, "touch", "/mnt/x"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("Read-only file system");
  });

  it("--mount binds a file, and refuses a source that is missing", async () => {
    await using dir = await tempDir("mount");
    // A rootless engine may look only where its user may.
    await chmod(dir.path, 0o755);
    await writeFile(join(dir.path, "file"), "content\n");
    expect(await shell(["--mount", `type=bind,src=${dir.path}/file,dst=/etc/config,readonly`], "cat /etc/config")).toBe("content");
    const missing = await lab().docker.run(["run", "--rm", "--mount", `type=bind,src=${dir.path}/none,dst=/x`, lab().busybox, "true"]);
    expect(missing.code).toBe(125);
    expect(missing.stderr).toContain(`${dir.path}/none`);
  });

  it("-v with a name makes a volume that is seeded from the image and keeps its data", async () => {
    const { docker } = lab();
    const volume = newName("vol");
    const image = lab().image("configured");
    expect(await docker.ok("run", "--rm", "-v", `${volume}:/data`, "--entrypoint", "sh", image, "-c", "cat /data/seed; stat -c %u /data; echo kept > /data/new")).toBe("from the image\n1000");
    expect(await docker.ok("run", "--rm", "-v", `${volume}:/v`, lab().busybox, "cat", "/v/new")).toBe("kept");
    await docker.ok("volume", "rm", volume);
  });

  it("--volumes-from shares another container's volumes", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("run", "--name", name, "-v", "/shared", busybox, "sh", "-c", "echo shared > /shared/f");
    expect(await shell(["--volumes-from", name], "cat /shared/f")).toBe("shared");
    await docker.ok("rm", "-v", name);
  });

  it("--tmpfs mounts a tmpfs with options", async () => {
    expect(await shell(["--tmpfs", "/scratch:size=1m,mode=700"], "grep ' /scratch ' /proc/mounts; stat -c %a /scratch")).toMatch(/tmpfs .*size=1024k[^]*700$/);
  });

  it("-w sets and creates the working directory", async () => {
    expect(await shell(["-w", "/not/there/yet"], "pwd")).toBe("/not/there/yet");
  });

  it("-u takes ids and names, with the groups of the image", async () => {
    expect(await shell(["-u", "app"], "id; echo $HOME")).toBe("uid=1000(app) gid=1000(app) groups=100(users),1000(app)\n/home/app");
    expect(await shell(["-u", "1234:100"], "id -u; id -g")).toBe("1234\n100");
    expect(await shell(["-u", "app:users"], "id -g")).toBe("100");
    expect(await shell(["-u", "app", "--group-add", "daemon"], "id -G")).toMatch(/\b1\b/);
  });

  it("--entrypoint replaces the image's, arguments follow it", async () => {
    const { docker } = lab();
    const image = lab().image("configured");
    expect(await docker.ok("run", "--rm", image)).toBe("user=app dir=/work/dir color=blue args=default");
    expect(await docker.ok("run", "--rm", image, "x", "y z")).toBe("user=app dir=/work/dir color=blue args=x y z");
    expect(await docker.ok("run", "--rm", "--entrypoint", "echo", image, "just", "this")).toBe("just this");
  });

  it("--init puts an init at pid 1 that reaps", async () => {
    expect(await shell(["--init"], "cat /proc/1/comm")).toMatch(/init|tini|catatonit/);
    expect(await shell([], "cat /proc/1/comm; true")).toBe("sh");
  });

  it("--hostname, --add-host and --dns show in the container's files", async () => {
    const output = await shell(["--hostname", "box", "--add-host", "db:10.1.2.3", "--dns", "192.0.2.53", "--dns-search", "example.org"], "hostname; cat /etc/hostname /etc/hosts /etc/resolv.conf");
    expect(output).toMatch(/^box\nbox\n/);
    expect(output).toMatch(/10\.1\.2\.3\s+db/);
    expect(output).toMatch(/nameserver 192\.0\.2\.53/);
    expect(output).toMatch(/search example\.org/);
  });

  it("--memory, --cpus and --pids-limit are enforced or warned about", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    const created = await docker.run(["create", "--name", name, "--memory", "64m", "--cpus", "0.5", "--pids-limit", "50", busybox, "sh", "-c",
      "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null"]);
    expect(created.code).toBe(0);
    expect(await docker.ok("inspect", "-f", "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}", name)).toBe("67108864 500000000 50");
    const limits = await docker.run(["start", "-a", name]);
    if (!/WARNING.*memory/i.test(created.stderr)) expect(limits.stdout).toContain("67108864");
    if (!/WARNING.*pids/i.test(created.stderr)) expect(limits.stdout).toMatch(/^50$/m);
    await docker.ok("rm", name);
  });

  it("--read-only makes the root read-only and leaves tmpfs and volumes writable", async () => {
    const result = await lab().docker.run(["run", "--rm", "--read-only", "--tmpfs", "/tmp", lab().busybox, "sh", "-c", "touch /tmp/ok && echo tmp-ok; touch /x"]);
    expect(result.stdout).toBe("tmp-ok\n");
    expect(result.stderr).toContain("Read-only file system");
  });

  it("--cap-drop and --cap-add change the default set", async () => {
    const caps = async (...flags: string[]): Promise<bigint> => BigInt(`0x${(await shell(flags, "grep CapEff /proc/self/status")).split("\t")[1]}`);
    const byDefault = await caps();
    expect(byDefault & (1n << 0n)).not.toBe(0n);
    expect(byDefault & (1n << 21n)).toBe(0n);
    expect(await caps("--cap-drop", "ALL")).toBe(0n);
    expect(await caps("--cap-drop", "CHOWN")).toBe(byDefault & ~1n);
    const refused = await lab().docker.run(["run", "--rm", "--cap-drop", "chown", lab().busybox, "chown", "1", "/tmp"]);
    expect(refused.stderr).toContain("Operation not permitted");
    expect((await caps("--cap-add", "NET_ADMIN")) & (1n << 12n)).not.toBe(0n);
    // What the engine does not hold itself it cannot give, and says so.
    const all = await lab().docker.run(["run", "--rm", "--cap-add", "SYS_TIME", lab().busybox, "grep", "CapEff", "/proc/self/status"]);
    if (capabilities.adapts) expect((BigInt(`0x${all.stdout.trim().split("\t")[1]}`) & (1n << 25n)) === 0n).toBe(/does not hold CAP_SYS_TIME/.test(all.stderr));
  });

  it("protects the host: seccomp, no new mounts, masked and read-only paths", async () => {
    expect(await shell([], "grep Seccomp: /proc/self/status")).toMatch(/2$/);
    const mount = await lab().docker.run(["run", "--rm", lab().busybox, "mount", "-t", "tmpfs", "x", "/tmp"]);
    expect(mount.code).not.toBe(0);
    expect(await shell([], "cat /proc/kcore 2>/dev/null | head -c 1 | wc -c; touch /proc/sys/kernel/x 2>&1 || true")).toMatch(/^0\n.*(Read-only|Permission|No such)/);
  });

  it("--privileged runs with what the engine itself holds", { skip: !capabilities.adapts }, async () => {
    expect(await shell(["--privileged"], "mount -t tmpfs x /tmp && echo mounted")).toBe("mounted");
  });

  it("--ulimit, --device, --shm-size and --sysctl", async () => {
    expect(await shell(["--ulimit", "nofile=100:200"], "ulimit -n")).toBe("100");
    expect(await shell(["--device", "/dev/zero:/dev/nothing"], "head -c 3 /dev/nothing | wc -c")).toBe("3");
    expect(await shell(["--shm-size", "8m"], "df -k /dev/shm | tail -1")).toMatch(/\b8192\b/);
    expect(await shell(["--sysctl", "net.ipv4.ip_forward=0"], "cat /proc/sys/net/ipv4/ip_forward")).toBe("0");
  });

  it("--network none has only loopback, container:NAME shares, host is the engine's", async () => {
    const { docker, busybox } = lab();
    expect(await shell(["--network", "none"], "ls /sys/class/net")).toBe("lo");
    const name = newName();
    await docker.ok("run", "-d", "--name", name, busybox, "sleep", "1000");
    const own = await docker.ok("exec", name, "ip", "-o", "-4", "addr", "show", "eth0");
    expect(await shell(["--network", `container:${name}`], "ip -o -4 addr show eth0")).toBe(own);
    expect(await shell(["--network", "host"], "ls /sys/class/net")).not.toBe("lo");
    await docker.ok("rm", "-f", name);
  });

  it("gives containers on the default network addresses of their own that reach each other", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("run", "-d", "--name", name, busybox, "httpd", "-f", "-p", "80", "-h", "/var/www");
    const address = await docker.ok("inspect", "-f", "{{.NetworkSettings.IPAddress}}", name);
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(await shell([], `wget -qO- http://${address}/`)).toBe("hello from slipway");
    await docker.ok("rm", "-f", name);
  });

  it("--link gives the other container's address, also after its restart; what does not run is no target", async () => {
    const { docker, busybox } = lab();
    const [server, client, own] = [newName(), newName(), newName()];
    await docker.ok("run", "-d", "--name", server, busybox, "httpd", "-f", "-p", "80", "-h", "/var/www");
    await docker.ok("run", "-d", "--name", client, "--link", `${server}:backend`, busybox, "sleep", "1000");
    // By hand: busybox is linked statically, which leaves it without the C library's way of looking names up.
    const page = (name: string): Promise<string> => docker.ok("exec", client, "sh", "-c", `wget -qO- http://$(grep -w ${name} /etc/hosts | cut -f 1)/`);
    expect([await page("backend"), await page(server)]).toEqual(["hello from slipway", "hello from slipway"]);
    expect(await docker.ok("inspect", "-f", "{{json .HostConfig.Links}}", client)).toBe(`["/${server}:/${client}/backend"]`);
    // The address it had is given to another one meanwhile.
    await docker.ok("stop", "-t", "0", server);
    await docker.ok("run", "-d", "--name", own, busybox, "sleep", "1000");
    await docker.ok("start", server);
    await expect.poll(() => page("backend").catch(String)).toBe("hello from slipway");
    await docker.ok("rm", "-f", server);
    const late = await docker.run(["run", "--rm", "--link", `${server}:backend`, busybox, "true"]);
    expect(late).toMatchObject({ code: 125, stderr: expect.stringMatching(new RegExp(`No such container: ${server}`)) as string });
    await docker.ok("create", "--name", server, busybox, "true");
    const stopped = await docker.run(["run", "--rm", "--link", server, busybox, "true"]);
    expect(stopped).toMatchObject({ code: 125, stderr: expect.stringMatching(/Cannot link to a non running container/) as string });
    await docker.ok("rm", "-f", server, client, own);
  });

  it("shows programs that they run in a container, and its mounts, which are in no image of it", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    expect(await shell(["--read-only"], "stat -c '%a %s' /.dockerenv; readlink /etc/mtab; grep -c ' / ' /etc/mtab")).toBe("755 0\n/proc/mounts\n1");
    await docker.ok("create", "--name", name, busybox, "true");
    expect(await docker.ok("cp", `${name}:/.dockerenv`, "-")).toContain(".dockerenv");
    await docker.ok("start", "-a", name);
    expect(await docker.ok("diff", name)).toBe("");
    await docker.ok("commit", name, `${name}:made`);
    expect(await docker.ok("history", "--format", "{{.Size}}", `${name}:made`)).toMatch(/^0B\n/);
    await docker.ok("rm", name);
    await docker.ok("rmi", `${name}:made`);
  });

  it("--label, --stop-signal and the image's settings are in inspect, through docker's templates", async () => {
    const { docker } = lab();
    const name = newName();
    await docker.ok("create", "--name", name, "--label", "a=b", "--stop-signal", "SIGINT", lab().image("configured"));
    expect(await docker.ok("inspect", "-f", '{{index .Config.Labels "a"}} {{index .Config.Labels "test.kind"}} {{.Config.StopSignal}}', name)).toBe("b configured SIGINT");
    expect(await docker.ok("inspect", "-f", "{{.Config.User}} {{.Config.WorkingDir}} {{json .Config.Entrypoint}} {{json .Config.Cmd}} {{.Path}} {{join .Args \",\"}}", name)).toBe('app /work/dir ["/entry.sh"] ["default"] /entry.sh default');
    expect(await docker.ok("inspect", "-f", "{{range $p, $c := .Config.ExposedPorts}}{{$p}}{{end}} {{(index .Mounts 0).Destination}} {{.State.Status}}", name)).toBe("8080/tcp /data created");
    expect(await docker.ok("inspect", "-f", "{{.Name}} {{.Driver}} {{.Platform}} {{.RestartCount}} {{.HostConfig.NetworkMode}}", name)).toMatch(new RegExp(`^/${name} \\S+ linux 0 (default|bridge)$`));
    await docker.ok("rm", "-v", name);
  });

  it("--health-cmd turns healthy and unhealthy", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("run", "-d", "--name", name, "--health-cmd", "test ! -e /sick", "--health-interval", "300ms", "--health-retries", "1", busybox, "sleep", "1000");
    const status = async (wanted: string): Promise<void> => {
      await expect.poll(() => docker.ok("inspect", "-f", "{{.State.Health.Status}}", name)).toBe(wanted);
    };
    await status("healthy");
    await docker.ok("exec", name, "touch", "/sick");
    await status("unhealthy");
    expect(await docker.ok("ps", "-f", "health=unhealthy", "--format", "{{.Names}}")).toContain(name);
    await docker.ok("rm", "-f", name);
  });

  it("--cidfile, --pull and --name behave as the CLI expects", async () => {
    await using dir = await tempDir("cid");
    const file = join(dir.path, "cid");
    await lab().docker.ok("run", "--rm", "--cidfile", file, "--pull", "never", lab().busybox, "true");
    expect(await readFile(file, "utf8")).toMatch(/^[0-9a-f]{64}$/);
  });
};

async function get(url: string): Promise<string> {
  let last: unknown;
  for (let attempt = 0; attempt < 40 * PATIENCE; attempt++) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      last = error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw last;
}

function sendUdp(port: number, text: string): Promise<void> {
  const socket = createSocket("udp4");
  return new Promise((resolve, reject) => {
    socket.send(text, port, "127.0.0.1", (error) => {
      socket.close();
      if (error) reject(error);
      else resolve();
    });
  });
}
