import { mkdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { tempDir } from "../../fixtures/exec.ts";
import { makeTar } from "../../fixtures/tar.ts";

/** cp, diff, commit, volumes, networks, system. */
export const filesSuite: Suite = (lab, capabilities) => {
  const sleeper = async (...flags: string[]): Promise<string> => {
    const name = newName();
    await lab().docker.ok("run", "-d", "--name", name, ...flags, lab().busybox, "sleep", "1000");
    return name;
  };
  const remove = (name: string): Promise<string> => lab().docker.ok("rm", "-fv", name);

  it("cp copies files and folders into a container, running or not", async () => {
    const { docker, busybox } = lab();
    await using dir = await tempDir("cp");
    await mkdir(join(dir.path, "tree/sub"), { recursive: true });
    await writeFile(join(dir.path, "tree/sub/file"), "deep\n", { mode: 0o640 });
    await symlink("sub/file", join(dir.path, "tree/link"));
    for (const name of [await sleeper(), newName()]) {
      if ((await docker.run(["inspect", "--type", "container", name])).code !== 0) await docker.ok("create", "--name", name, busybox, "sh", "-c", "cat /root/tree/link /root/renamed");
      await docker.ok("cp", join(dir.path, "tree"), `${name}:/root/`);
      await docker.ok("cp", join(dir.path, "tree/sub/file"), `${name}:/root/renamed`);
      const running = (await docker.ok("inspect", "-f", "{{.State.Running}}", name)) === "true";
      const output = running ? await docker.ok("exec", name, "cat", "/root/tree/link", "/root/renamed") : await docker.ok("start", "-a", name);
      expect(output).toBe("deep\ndeep");
      await remove(name);
    }
  });

  it("cp copies out of a container, running or not, follows links with -L", async () => {
    const { docker } = lab();
    await using dir = await tempDir("cp");
    const name = await sleeper();
    await docker.ok("exec", name, "sh", "-c", "mkdir -p /out/sub && echo inner > /out/sub/f && ln -s sub/f /out/l");
    await docker.ok("cp", `${name}:/out`, dir.path);
    expect(await readFile(join(dir.path, "out/sub/f"), "utf8")).toBe("inner\n");
    expect(await readlink(join(dir.path, "out/l"))).toBe("sub/f");
    await docker.ok("cp", "-L", `${name}:/out/l`, join(dir.path, "followed"));
    expect(await readFile(join(dir.path, "followed"), "utf8")).toBe("inner\n");
    await docker.ok("stop", "-t", "0", name);
    await docker.ok("cp", `${name}:/out/sub/f`, join(dir.path, "stopped"));
    expect(await readFile(join(dir.path, "stopped"), "utf8")).toBe("inner\n");
    await remove(name);
  });

  it("cp streams archives with -, and sees volumes", async () => {
    const { docker } = lab();
    const name = await sleeper("-v", "/vol");
    const result = await docker.run(["cp", "-", `${name}:/vol`], { input: makeTar([{ name: "streamed", data: "bytes\n", uid: 1000, mode: 0o600 }]) });
    expect(result.code).toBe(0);
    expect(await docker.ok("exec", name, "cat", "/vol/streamed")).toBe("bytes");
    const tar = await docker.bytes(["cp", `${name}:/vol/streamed`, "-"]);
    expect(tar.toString("latin1")).toContain("bytes\n");
    await remove(name);
  });

  it("cp never leaves the container through a symbolic link", async () => {
    const { docker } = lab();
    await using outside = await tempDir("outside");
    await writeFile(join(outside.path, "secret"), "secret\n");
    await using dir = await tempDir("cp");
    await writeFile(join(dir.path, "payload"), "payload\n");
    const name = await sleeper();
    await docker.ok("exec", name, "sh", "-c", `ln -s ${outside.path} /escape; ln -s /../../../../../..${outside.path}/secret /steal`);
    await docker.run(["cp", join(dir.path, "payload"), `${name}:/escape/planted`]);
    await expect(stat(join(outside.path, "planted"))).rejects.toThrow();
    await docker.run(["cp", "-L", `${name}:/steal`, join(dir.path, "stolen")]);
    await expect(stat(join(dir.path, "stolen"))).rejects.toThrow();
    await remove(name);
  });

  it("cp of a path that is missing is refused with its name", async () => {
    const name = await sleeper();
    const result = await lab().docker.run(["cp", `${name}:/no/such`, "/tmp/x"]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/\/no\/such/);
    await remove(name);
  });

  it("cp takes a path with a slash at its end for a directory", async () => {
    const { docker } = lab();
    const name = await sleeper();
    for (const args of [["/etc/hostname", `${name}:/etc/passwd/`], [`${name}:/etc/passwd/`, "-"], [`${name}:/etc/passwd/.`, "-"]]) expect((await docker.run(["cp", ...args])).code).toBe(1);
    expect(await docker.ok("exec", name, "head", "-1", "/etc/passwd")).toMatch(/^root:/);
    await docker.ok("cp", "/etc/hostname", `${name}:/var/`);
    await remove(name);
  });

  it("diff lists added, changed and deleted paths", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("run", "--name", name, busybox, "sh", "-c", "echo a > /added; echo x >> /etc/group; rm /etc/shadow; mkdir /dir; echo b > /dir/b");
    expect((await docker.ok("diff", name)).split("\n").sort()).toEqual(["A /added", "A /dir", "A /dir/b", "C /etc", "C /etc/group", "D /etc/shadow"]);
    await remove(name);
  });

  it("commit makes an image of the container, with changes, author and message", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    const image = newName("committed");
    await docker.ok("run", "--name", name, "-e", "FROM=run", busybox, "sh", "-c", "echo data > /data; rm /etc/shadow");
    const id = await docker.ok("commit", "-a", "someone", "-m", "a message", "-c", 'CMD ["cat", "/data"]', "-c", "LABEL x=y", name, `${image}:1`);
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await docker.ok("run", "--rm", `${image}:1`)).toBe("data");
    expect((await docker.run(["run", "--rm", `${image}:1`, "ls", "/etc/shadow"])).code).toBe(1);
    expect(await docker.ok("image", "inspect", "-f", '{{.Author}} {{.Comment}} {{index .Config.Labels "x"}} {{len .RootFS.Layers}}', `${image}:1`)).toBe("someone a message y 2");
    await remove(name);
    await docker.ok("rmi", `${image}:1`);
  });

  it("commit of a running container pauses and resumes it", async () => {
    const { docker } = lab();
    const name = await sleeper();
    const image = newName("committed");
    await docker.ok("commit", name, image);
    expect(await docker.ok("inspect", "-f", "{{.State.Status}}", name)).toBe("running");
    await docker.ok("rmi", image);
    await remove(name);
  });

  it("volume create, ls, inspect, rm and prune", async () => {
    const { docker } = lab();
    const name = newName("vol");
    expect(await docker.ok("volume", "create", "--label", "k=v", name)).toBe(name);
    expect(await docker.ok("volume", "ls", "-q", "-f", "label=k=v")).toBe(name);
    expect(await docker.ok("volume", "inspect", "-f", '{{.Driver}} {{.Scope}} {{index .Labels "k"}}', name)).toBe("local local v");
    const user = await sleeper("-v", `${name}:/v`);
    const refused = await docker.run(["volume", "rm", name]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/volume is in use/);
    await remove(user);
    expect(await docker.ok("volume", "ls", "-q", "-f", "dangling=true")).toContain(name);
    await docker.ok("volume", "rm", name);
    const anonymous = await docker.ok("volume", "create");
    expect(await docker.pruneVolumes()).toContain(anonymous);
  });

  it("network ls and inspect show the default networks", async () => {
    const { docker } = lab();
    const rows = (await docker.ok("network", "ls", "--format", "{{.Name}} {{.Driver}} {{.Scope}}")).split("\n");
    expect(rows).toEqual(expect.arrayContaining(["bridge bridge local", "host host local", "none null local"]));
    const name = await sleeper();
    const address = await docker.ok("inspect", "-f", "{{.NetworkSettings.IPAddress}}", name);
    expect(await docker.ok("network", "inspect", "bridge", "-f", '{{index .Options "com.docker.network.bridge.default_bridge"}} {{index .Options "com.docker.network.bridge.name"}}')).toMatch(/^true [a-z]+\S+$/);
    expect(await docker.ok("network", "inspect", "bridge", "-f", "{{range .Containers}}{{.Name}} {{.IPv4Address}};{{end}}")).toContain(`${name} ${address}/`);
    await remove(name);
  });

  it("info and version answer docker's templates", async () => {
    const { docker } = lab();
    expect(await docker.ok("version", "-f", "{{.Server.Os}} {{.Server.APIVersion}}")).toMatch(/^linux 1\.\d+$/);
    expect(await docker.ok("version")).toContain("Server");
    const info = JSON.parse(await docker.ok("info", "-f", "{{json .}}")) as Record<string, unknown>;
    expect(info).toMatchObject({ OSType: "linux" });
    expect(info["NCPU"]).toBeGreaterThan(0);
    expect(info["MemTotal"]).toBeGreaterThan(0);
    expect(info["DockerRootDir"]).toBe(lab().engine.root);
    expect(await docker.ok("info")).toMatch(/Storage Driver: overlay/);
    if (capabilities.rootless) expect(JSON.stringify(info["SecurityOptions"])).toContain("rootless");
  });

  it("system prune removes stopped containers and dangling images", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("run", "--name", name, busybox, "true");
    const output = await docker.ok("system", "prune", "-f");
    expect(output).toContain("Deleted Containers");
    expect(output).toContain("Total reclaimed space");
  });
};
