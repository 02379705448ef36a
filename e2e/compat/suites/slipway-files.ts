import { request } from "node:http";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { tempDir } from "../../fixtures/exec.ts";
import { FilesApi, done } from "../../fixtures/slipway-files.ts";
import { makeTar } from "../../fixtures/tar.ts";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";

/** A directory of the host that links in containers point to. */
const OUTSIDE = `/tmp/slipway-outside-${process.pid}`;

/** `/slipway/containers/NAME/files` and `/slipway/volumes/NAME/files`. */
export const slipwayFilesSuite: Suite = (lab) => {
  const remove = (name: string): Promise<string> => lab().docker.ok("rm", "-fv", name);
  const filesOf = (name: string): FilesApi => new FilesApi(lab().engine.socket, "containers", name);
  /** A container, running or stopped, in which `script` has run. */
  const container = async (running: boolean, script: string, ...flags: string[]): Promise<{ name: string; files: FilesApi }> => {
    const name = newName();
    const { docker, busybox } = lab();
    if (running) {
      await docker.ok("run", "-d", "--name", name, ...flags, busybox, "sh", "-c", `(${script}) >/tmp/log 2>&1; echo >/tmp/ready; exec sleep 1000`);
      while ((await docker.run(["exec", name, "test", "-e", "/tmp/ready"])).code !== 0) await new Promise((resolve) => setTimeout(resolve, 20));
    } else await docker.ok("run", "--name", name, ...flags, busybox, "sh", "-c", script);
    return { name, files: filesOf(name) };
  };

  for (const running of [true, false]) {
    const state = running ? "running" : "stopped";
    let made: ReturnType<typeof container> | undefined;
    /** The container of this state; each test has a directory or files of its own. */
    const shared = (): ReturnType<typeof container> => (made ??= container(running, [
      "mkdir /d; echo hi > /d/f; ln -s f /d/link; mkfifo /d/pipe; chown 1000:0 /d/f; chmod 4750 /d/f; echo x >> /etc/group; rm /etc/shadow; touch /etc/new",
      "printf 0123456789 > /f; chown 1:2 /f; chmod 640 /f; ln -s /f /link",
      "mkdir /m; touch /m/a",
      "rm -r /root; mkdir /root; echo y > /root/y",
      `ln -s ${OUTSIDE} /abs; ln -s ../../../../../../..${OUTSIDE} /rel; ln -s ${OUTSIDE}/secret /file; ln -s loop /loop; ln -s /proc/1/root /magic; printf 'x' > "/$(printf 'odd\\377\\nname')"; mkdir -p /deep/a; ln -s ${OUTSIDE} /deep/a/b`,
    ].join(";")));

    it(`lists a ${state} container: types, owners, links, what changed and in which layer`, async () => {
      const { files } = await shared();
      const { Path, Entries } = await files.list("/d");
      expect(Path).toBe("/d");
      expect(Entries.map(({ Name, Type, Mode, Target, Layer, Change }) => [Name, Type, Mode.toString(8), Target, Layer, Change])).toEqual([
        ["f", "file", "4750", "", "container", "added"],
        ["link", "symlink", "777", "f", "container", "added"],
        ["pipe", "fifo", "644", "", "container", "added"],
      ]);
      expect(Entries[0]).toMatchObject({ Uid: 1000, Gid: 0, User: "app", Group: "root", Size: 3 });
      const etc = new Map((await files.list("/etc")).Entries.map((entry) => [entry.Name, entry]));
      expect(etc.get("group")).toMatchObject({ Layer: "container", Change: "modified" });
      expect(etc.get("passwd")).toMatchObject({ Layer: 0, Change: "" });
      expect(etc.has("shadow")).toBe(false);
      const changed = (await files.list("/etc", { changed: 1 })).Entries.map(({ Name, Change }) => `${Name} ${Change}`);
      expect(changed).toEqual(expect.arrayContaining(["group modified", "new added", "shadow deleted"]));
      expect(changed.some((line) => line.startsWith("passwd"))).toBe(false);
      expect((await files.list("/", { changed: 1 })).Entries.find(({ Name }) => Name === "etc")).toMatchObject({ Change: "inside", Layer: 0 });
      const layers = JSON.parse(done(await files.call("GET", "/layers")).body) as { Layers: { Number: number; Instruction: string }[] };
      expect(layers.Layers.map(({ Number }) => Number)).toEqual(layers.Layers.map((_, index) => index));
    });

    it(`reads, writes and guards versions in a ${state} container`, async () => {
      const { files } = await shared();
      const part = done(await files.call("GET", "/content", { path: "/f", offset: 3, limit: 4 }));
      expect(part.body).toBe("3456");
      expect(await files.text("/link")).toBe("0123456789");
      const { Version } = await files.entry("/f");
      const written = await files.write("/f", "new\n", Version);
      expect(written).toMatchObject({ Size: 4, Uid: 1, Gid: 2, Mode: 0o640 });
      const late = await files.call("PUT", "/content", { path: "/f", version: Version }, "later");
      expect([late.status, late.message]).toEqual([409, expect.stringContaining("has changed since it was read")]);
      expect(await files.text("/f")).toBe("new\n");
      expect((await files.call("PUT", "/content", { path: "/f", version: "none" }, "x")).status).toBe(409);
      expect((await files.call("PUT", "/content", { path: "/link" }, "x")).message).toMatch(/symbolic link/);
      for (const path of ["/d/pipe", "/etc"]) expect((await files.call("GET", "/content", { path })).status).toBe(400);
      expect((await files.call("GET", "/content", { path: "/no/such" })).status).toBe(404);
      expect(await files.write("/fresh", "x")).toMatchObject({ Mode: 0o644, Uid: 0, Change: "added" });
      expect((await files.names("/")).some((entry) => entry.startsWith(".slipway"))).toBe(false);
    });

    it(`makes, renames, removes and changes attributes in a ${state} container`, async () => {
      const { files } = await shared();
      done(await files.call("POST", "/folder", { path: "/m/sub" }));
      expect((await files.call("POST", "/folder", { path: "/m/sub" })).status).toBe(409);
      await files.write("/m/sub/x", "1");
      done(await files.call("POST", "/rename", {}, { From: "/m/sub", To: "/m/moved" }));
      expect(await files.text("/m/moved/x")).toBe("1");
      expect((await files.call("POST", "/rename", {}, { From: "/m/a", To: "/m/moved" })).status).toBe(409);
      expect((await files.call("POST", "/rename", {}, { From: "/m", To: "/m/moved/m" })).status).toBe(400);
      // A directory of the image: the kernel cannot rename it.
      done(await files.call("POST", "/rename", {}, { From: "/var", To: "/var.old" }));
      expect(await files.text("/var.old/www/index.html")).toBe("hello from slipway\n");
      expect((await files.call("GET", "/stat", { path: "/var" })).status).toBe(404);
      done(await files.call("POST", "/attributes", {}, { Path: "/m", Mode: 0o750, User: "app", Group: "7", Recursive: true }));
      expect(await files.entry("/m/moved/x")).toMatchObject({ User: "app", Gid: 7, Mode: 0o640 });
      expect(await files.entry("/m")).toMatchObject({ Mode: 0o750 });
      expect((await files.call("POST", "/attributes", {}, { Path: "/m", User: "no-such-user" })).status).toBe(400);
      expect((await files.call("DELETE", "", { path: "/m" })).status).toBe(204);
      expect((await files.call("GET", "/stat", { path: "/m" })).status).toBe(404);
      expect((await files.call("DELETE", "", { path: "/" })).status).toBe(400);
    });

    it(`reverts to the image's version in a ${state} container`, async () => {
      const { files } = await shared();
      const before = await files.text("/etc/passwd");
      const revert = async (path: string): Promise<string> => (JSON.parse(done(await files.call("POST", "/revert", { path })).body) as { How: string }).How;
      for (const path of ["/etc/group", "/etc/shadow", "/etc/new", "/root"]) expect(await revert(path), path).toBe(running ? "copied" : "dropped");
      expect(await files.text("/etc/group")).not.toContain("x\n");
      expect((await files.list("/etc", { changed: 1 })).Entries.map(({ Name }) => Name)).not.toEqual(expect.arrayContaining(["group"]));
      expect(await files.names("/etc")).toContain("shadow");
      expect(await files.names("/etc")).not.toContain("new");
      expect(await files.names("/root")).not.toContain("y");
      expect(await files.text("/etc/passwd")).toBe(before);
      if (!running) expect((await files.call("POST", "/revert", { path: "/etc/passwd" })).message).toMatch(/as the image has it/);
    });

    it(`never leaves a ${state} container, whatever links and names say`, async () => {
      const out = OUTSIDE;
      await mkdir(join(out, "dir"), { recursive: true });
      await writeFile(join(out, "secret"), "host\n", { mode: 0o644 });
      const { files } = await shared();
      for (const path of ["/abs", "/rel", "/abs/secret", "/rel/dir"]) {
        const answer = await files.call("GET", path === "/abs/secret" ? "/content" : "", { path });
        expect([path, answer.status]).toEqual([path, 404]);
      }
      expect((await files.call("GET", "/content", { path: "/file" })).status).toBe(404);
      expect((await files.call("GET", "", { path: "/loop" })).status).toBe(400);
      expect((await files.call("PUT", "/content", { path: "/abs/planted" }, "x")).status).toBe(404);
      expect((await files.call("PUT", "/content", { path: "/../../..//etc/../dd" }, "inside")).status).toBe(200);
      expect(await files.text("/dd")).toBe("inside");
      expect((await files.call("POST", "/attributes", {}, { Path: "/file", Mode: 0o777, User: "1", Recursive: true })).status).toBe(200);
      done(await files.call("DELETE", "", { path: "/deep" }));
      done(await files.call("POST", "/rename", {}, { From: "/abs", To: "/abs2" }));
      expect(await readFile(join(out, "secret"), "utf8")).toBe("host\n");
      expect((await files.search("/", "secret")).found).not.toContain(`${out}/secret`);
      if (running) expect((await files.list("/magic/etc")).Path).toBe("/etc");
      const odd = (await files.names("/")).find((entry) => entry.startsWith("odd"))!;
      expect(odd.isWellFormed()).toBe(false);
      expect(await files.text(`/${odd}`)).toBe("x");
      expect((await files.call("DELETE", "", { path: `/${odd}` })).status).toBe(204);
      for (const path of ["relative", '"broken', "/nul\0"]) expect((await files.call("GET", "", { path })).status).toBe(400);
      await rm(out, { recursive: true });
    });
  }

  it("stays inside while a container moves directories and links about", async () => {
    await using outside = await tempDir("outside");
    await mkdir(join(outside.path, "x"));
    await writeFile(join(outside.path, "x/kept"), "kept\n");
    const { name, files } = await container(true, `mkdir -p /a/x /real/x; touch /real/x/f; (while :; do mv /a/x /a/y; ln -s ${outside.path}/x /a/x; rm /a/x; mv /a/y /a/x; touch /a/x/kept; done) & true`);
    const end = Date.now() + 700;
    while (Date.now() < end) {
      const answers = await Promise.all([
        files.call("GET", "/content", { path: "/a/x/kept" }), files.call("DELETE", "", { path: "/a/x/kept" }),
        files.call("POST", "/attributes", {}, { Path: "/a/x", Mode: 0o700, Recursive: true }), files.call("PUT", "/content", { path: "/a/x/planted" }, "p"),
      ]);
      expect(answers[0]!.body).not.toBe("kept\n");
      for (const { status } of answers) expect(status).not.toBe(500);
    }
    expect(await readFile(join(outside.path, "x/kept"), "utf8")).toBe("kept\n");
    await expect(readFile(join(outside.path, "x/planted"))).rejects.toThrow();
    await remove(name);
  });

  it("pages huge directories, finds names, and packs a folder", async () => {
    const { name, files } = await container(false, "mkdir /many; cd /many; seq 1 1500 | xargs touch; mkdir zdir; mkdir -p /t/Sub; echo 1 > /t/Sub/needle.TXT");
    const page = await files.list("/many", { offset: 1, limit: 3 });
    expect([page.Total, page.Entries.map(({ Name }) => Name)]).toEqual([1501, ["1", "10", "100"]]);
    expect((await files.names("/many", { limit: 1 }))).toEqual(["zdir"]);
    expect((await files.call("GET", "", { path: "/many", limit: 100_000 })).status).toBe(400);
    expect(await files.search("/", "NEEDLE")).toEqual({ found: ["/t/Sub/needle.TXT"], truncated: false });
    expect((await files.search("/t", "*.t?t")).found).toEqual(["/t/Sub/needle.TXT"]);
    expect(await files.search("/many", "1", 5)).toMatchObject({ truncated: true, found: { length: 5 } });
    expect(done(await files.call("GET", "/archive", { path: "/t/Sub" })).body).toContain("Sub/needle.TXT");
    await remove(name);
  });

  it("shows volumes in a container as mounts, and a volume by itself", async () => {
    const volume = newName("vol");
    await lab().docker.ok("volume", "create", volume);
    const { name, files } = await container(false, "echo 1 > /made/by-container; echo 2 > /plain", "-v", `${volume}:/made`, "-v", "/anon");
    expect((await files.list("/")).Entries.find(({ Name }) => Name === "made")).toMatchObject({ Mount: { Type: "volume", Name: volume, ReadWrite: true }, Layer: null });
    expect((await files.list("/made")).Entries).toMatchObject([{ Name: "by-container", Layer: null, Change: "" }]);
    expect((await files.call("DELETE", "", { path: "/made" })).message).toMatch(/is mounted at/);
    expect((await files.call("POST", "/revert", { path: "/made/by-container" })).message).toMatch(/no version/);
    const own = new FilesApi(lab().engine.socket, "volumes", volume);
    expect(await own.names("/")).toEqual(["by-container"]);
    await own.write("/from-outside", "3");
    expect(await files.text("/made/from-outside")).toBe("3");
    expect((await own.list("/", { changed: 1 })).Entries).toEqual([]);
    expect((await own.call("POST", "/revert", { path: "/x" })).status).toBe(404);
    await remove(name);
    const created = newName();
    await lab().docker.ok("create", "--name", created, "-v", `${volume}:/not/in/image:ro`, lab().busybox, "true");
    expect(await filesOf(created).names("/not/in/image")).toEqual(["by-container", "from-outside"]);
    expect((await filesOf(created).call("PUT", "/content", { path: "/not/in/image/x" }, "x")).status).toBe(403);
    expect(await lab().docker.ok("diff", created)).toBe("");
    await remove(created);
    await lab().docker.ok("volume", "rm", volume);
    expect((await own.call("GET", "")).status).toBe(404);
  });

  it("tells which image layer each file is from", async () => {
    const { docker, image } = lab();
    const name = newName();
    await docker.ok("create", "--name", name, image("library/layered:latest"), "true");
    const files = filesOf(name);
    const layers = new Map((await files.list("/data")).Entries.map((entry) => [entry.Name, entry.Layer]));
    expect(Object.fromEntries([...layers].filter(([entry]) => !entry.startsWith("long")))).toEqual({ opaque: 2, "becomes-dir": 2, "becomes-file": 2, first: 1, second: 1, setuid: 1, owned: 1, loop: 1, pipe: 1, xattr: 1, top: 3, kept: 3 });
    expect(await files.names("/data/opaque")).toEqual(["above"]);
    expect(JSON.parse(done(await files.call("GET", "/layers")).body)).toMatchObject({ Layers: [{ Number: 0, Instruction: "layer 1" }, { Number: 1, Instruction: "layer 2" }, { Number: 2, Instruction: "layer 3" }, { Number: 3, Instruction: "layer 4" }] });
    await remove(name);
  });

  it("works for an image with nothing but one file", async () => {
    const { docker } = lab();
    const image = newName("scratch");
    await docker.run(["import", "-", image], { input: makeTar([{ name: "bin/app", data: "\x7fELF not really", mode: 0o755 }]) });
    const name = newName();
    await docker.ok("create", "--name", name, image, "/bin/app");
    const files = filesOf(name);
    expect(await files.names("/bin")).toEqual(["app"]);
    expect(await files.entry("/bin/app")).toMatchObject({ Layer: 0, User: "", Uid: 0 });
    await docker.run(["start", name]);
    // It is no program: whether its start fails or it ends at once, the files are looked at afterwards.
    await docker.run(["wait", name]);
    expect((await files.list("/", { changed: 1 })).Entries, "what the runtime made to mount on").toEqual([]);
    await files.write("/config", "a=1\n");
    expect((await files.list("/", { changed: 1 })).Entries).toMatchObject([{ Name: "config", Change: "added", Layer: "container" }]);
    await remove(name);
    await docker.ok("rmi", image);
  });

  it("an engine that is killed during an upload leaves a container that starts, with its old file, and no mount", async () => {
    const { engine, docker, busybox } = lab();
    const name = newName();
    await docker.ok("create", "--name", name, busybox, "sleep", "100");
    await filesOf(name).write("/greeting", "old\n");
    const call = request({ socketPath: engine.socket, method: "PUT", path: `/slipway/containers/${name}/files/content?path=/greeting` });
    call.on("error", () => undefined);
    call.write("half of what");
    await expect.poll(() => filesOf(name).names("/")).toContainEqual(expect.stringMatching(/^\.slipway-/));
    await engine.kill9();
    await engine.start();
    expect(await docker.ok("start", name)).toBe(name);
    expect(await docker.ok("exec", name, "cat", "/greeting")).toBe("old");
    await remove(name);
  });

  it("a stopped container starts while its files are looked at, and keeps what was written", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("create", "--name", name, busybox, "sh", "-c", "sleep 100");
    const files = filesOf(name);
    const looks = Array.from({ length: 6 }, () => files.names("/etc"));
    const writes = files.write("/greeting", "hello\n");
    await Promise.all([...looks, writes]);
    await Promise.all([docker.ok("start", name), files.names("/"), files.write("/also", "1")]);
    expect(await docker.ok("exec", name, "cat", "/greeting")).toBe("hello");
    expect(await docker.ok("exec", name, "cat", "/also")).toBe("1");
    await remove(name);
  });

  it("an upload that kill -9 of the engine cuts short leaves nothing, and no file of a user is taken for its rest", async () => {
    const { docker, engine } = lab();
    const volume = newName("volume");
    const users = ".slipway-0123456789ab";
    await docker.ok("volume", "create", volume);
    const running = await container(true, `mkdir /d; ln -s /d /link; echo mine > /d/${users}`, "-v", `${volume}:/v`);
    const stopped = await container(false, `mkdir /d; echo mine > /d/${users}`);
    const inVolume = new FilesApi(engine.socket, "volumes", volume);
    const layer = await docker.ok("inspect", "-f", "{{.GraphDriver.Data.UpperDir}}", stopped.name);
    const hidden = async (files: FilesApi, path: string): Promise<string[]> => (await files.names(path)).filter((name) => name.startsWith("."));
    const uploads = [running.files.startUpload("/link/f", "first half"), running.files.startUpload("/v/f", "first half"), stopped.files.startUpload("/d/f", "first half"), inVolume.startUpload("/g", "first half")];
    await expect.poll(() => hidden(running.files, "/d")).toHaveLength(2);
    await expect.poll(() => hidden(inVolume, "/")).toHaveLength(2);
    await expect.poll(() => readdir(join(layer, "d"))).toHaveLength(2);
    await engine.kill9();
    for (const upload of uploads) upload.destroy();
    await engine.start();
    expect(await hidden(running.files, "/d")).toEqual([users]);
    expect(await hidden(stopped.files, "/d")).toEqual([users]);
    expect(await inVolume.names("/")).toEqual([]);
    expect(await readdir(join(engine.root, "unfinished"))).toEqual([]);
    await running.files.write("/v/f", "whole");
    expect(await docker.ok("exec", running.name, "cat", "/v/f")).toBe("whole");
    for (const { name } of [running, stopped]) await remove(name);
    await docker.ok("volume", "rm", volume);
  });
};
