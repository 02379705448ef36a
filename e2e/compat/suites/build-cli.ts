import { gzipSync } from "node:zlib";
import { mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { contextTar } from "../building.ts";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { api } from "../../fixtures/api.ts";
import { must, tempDir, waitFor } from "../../fixtures/exec.ts";
import type { Result, TempDir } from "../../fixtures/exec.ts";
import { startGitServer } from "../../fixtures/git-server.ts";
import { ARCHITECTURE, busyboxRoot, makeImage, makeLayer } from "../../fixtures/images.ts";
import { leaksOf } from "../../fixtures/leaks.ts";
import { pushImage } from "../../fixtures/push.ts";
import { startWebServer } from "../../fixtures/web-server.ts";

const OTHER = ARCHITECTURE === "arm64" ? "amd64" : "arm64";

/** `docker build` as people type it: every way to name a context, every flag, and what it prints. */
export const buildCliSuite: Suite = (lab, capabilities) => {
  const from = (): string => `FROM ${lab().busybox}\n`;
  const context = async (files: Readonly<Record<string, string>>): Promise<TempDir> => {
    const dir = await tempDir("context");
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir.path, path)), { recursive: true });
      await writeFile(join(dir.path, path), text);
    }
    return dir;
  };
  /** Builds in `cwd` and must succeed. */
  const built = async (args: readonly string[], options: { cwd?: string; input?: string | Uint8Array; env?: Record<string, string> } = {}): Promise<Result> => {
    const result = await lab().docker.run(["build", ...args], options);
    if (result.code !== 0) throw new Error(`docker build ${args.join(" ")}: exit ${result.code}\n${result.stdout}${result.stderr}`);
    return result;
  };
  const cat = (image: string, ...paths: string[]): Promise<string> => lab().docker.ok("run", "--rm", image, "cat", ...paths);
  const idOf = (image: string): Promise<string> => lab().docker.ok("image", "inspect", "-f", "{{.Id}}", image);

  it("-t x . prints the steps as people know them", async () => {
    await using dir = await context({ Dockerfile: `${from()}COPY f /f\nRUN echo loud; echo low >&2\nCMD ["cat", "/f"]\n`, f: "f\n" });
    const name = newName("cli");
    const { stdout, stderr } = await built(["-t", name, "."], { cwd: dir.path });
    const short = (await idOf(name)).slice(7, 19);
    expect(stdout.split("\n").filter((line) => /^(Step|Successfully) /.test(line))).toEqual([
      `Step 1/4 : FROM ${lab().busybox}`, "Step 2/4 : COPY f /f", "Step 3/4 : RUN echo loud; echo low >&2", 'Step 4/4 : CMD ["cat", "/f"]', `Successfully built ${short}`, `Successfully tagged ${name}:latest`,
    ]);
    expect(stdout.match(/^ ---> [0-9a-f]{12}$/gm)).toHaveLength(4);
    expect(stdout).toMatch(/^Step 3\/4 .*\n ---> Running in [0-9a-f]{12}$/m);
    expect(stdout).toMatch(/^ ---> [0-9a-f]{12}\nSuccessfully built/m);
    expect(stdout).toContain("\nloud\n");
    expect(stdout + stderr).toContain("low\n");
    expect(await lab().docker.ok("run", "--rm", name)).toBe("f");
  });

  it("a second build says Using cache, gives the same image, and is quicker; times of files do not count, content does", async () => {
    await using dir = await context({ Dockerfile: `${from()}RUN sleep 1\nCOPY f /f\nRUN cat /f > /copy\nLABEL a=b\n`, f: "one\n" });
    const name = newName("cli");
    const timed = async (): Promise<{ output: string; ms: number; id: string }> => {
      const begin = Date.now();
      const { stdout } = await built(["-t", name, dir.path]);
      return { output: stdout, ms: Date.now() - begin, id: await idOf(name) };
    };
    const first = await timed();
    expect(first.output).not.toContain("Using cache");
    await utimes(join(dir.path, "f"), 1_000_000_000, 1_000_000_000);
    const second = await timed();
    expect(second.output.match(/^ ---> Using cache$/gm)).toHaveLength(4);
    expect(second.id).toBe(first.id);
    expect(second.ms).toBeLessThan(first.ms);
    await writeFile(join(dir.path, "f"), "two\n");
    const third = await timed();
    expect(third.output.match(/^ ---> Using cache$/gm)).toHaveLength(1);
    expect(await cat(name, "/copy")).toBe("two");
    await writeFile(join(dir.path, "f"), "one\n");
    expect((await timed()).id).toBe(first.id);
  });

  it("the cache: only arguments that a step can see count, and only files that it copies", async () => {
    await using dir = await context({ Dockerfile: `${from()}COPY used /used\nRUN echo first > /first\nARG V\nRUN echo "$V" > /v\n`, used: "", unused: "1" });
    const hits = async (version: string): Promise<number> => (await built(["--build-arg", `V=${version}`, dir.path])).stdout.match(/Using cache/g)?.length ?? 0;
    await hits("1");
    await writeFile(join(dir.path, "unused"), "2");
    const all = await hits("1");
    expect(all).toBeGreaterThanOrEqual(3);
    // COPY and the first RUN; the ARG itself is a step to some and none to others.
    expect([2, all - 1]).toContain(await hits("2"));
    expect(all).toBeGreaterThan(2);
  });

  it("--no-cache runs everything again", async () => {
    await using dir = await context({ Dockerfile: `${from()}RUN head -c 8 /dev/urandom | xxd -p > /random\n` });
    const name = newName("cli");
    await built(["-t", name, dir.path]);
    const before = await cat(name, "/random");
    const { stdout } = await built(["--no-cache", "-t", name, dir.path]);
    expect(stdout).not.toContain("Using cache");
    expect(await cat(name, "/random")).not.toBe(before);
  });

  it("-q prints the image's id alone", async () => {
    await using dir = await context({ Dockerfile: `${from()}RUN echo noise\nLABEL quiet=yes\n` });
    const { stdout } = await built(["-q", "-t", "quiet", dir.path]);
    expect(stdout).toBe(`${await idOf("quiet")}\n`);
  });

  it("--iidfile, no tag at all, a tag that moves", async () => {
    await using dir = await context({ Dockerfile: `${from()}LABEL a=1\n` });
    await built(["--iidfile", join(dir.path, "id"), dir.path]);
    const id = (await readFile(join(dir.path, "id"), "utf8")).trim();
    expect(await lab().docker.ok("image", "inspect", "-f", '{{.Id}} {{index .Config.Labels "a"}} {{len .RepoTags}}', id)).toBe(`${id} 1 0`);
    const name = newName("cli");
    await built(["-t", name, dir.path]);
    expect(await idOf(name)).toBe(id);
    await built(["-t", name, "--label", "b=2", dir.path]);
    expect(await idOf(name)).not.toBe(id);
    expect(await lab().docker.ok("images", "-q", name)).toMatch(/^[0-9a-f]{12}$/);
  });

  it("-f: another name, a folder below, a file outside the context", async () => {
    await using dir = await context({ "docker/Other.Dockerfile": `${from()}COPY f /f\n`, f: "f\n" });
    await using elsewhere = await context({ Outside: `${from()}COPY f /g\n` });
    await built(["-q", "-t", "by-f", "-f", "docker/Other.Dockerfile", "."], { cwd: dir.path });
    expect(await cat("by-f", "/f")).toBe("f");
    await built(["-q", "-t", "by-f", "-f", join(elsewhere.path, "Outside"), dir.path]);
    expect(await cat("by-f", "/g")).toBe("f");
    const missing = await lab().docker.run(["build", "-f", "no-such-file", "."], { cwd: dir.path });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/no-such-file/);
  });

  it("--target: a stage by name or number; one that is not there is refused", async () => {
    await using dir = await context({ Dockerfile: `${from().trim()} AS one\nLABEL stage=one\nFROM one AS two\nLABEL stage=two\nFROM two\nLABEL stage=three\nRUN exit 9\n` });
    for (const target of ["two", "TWO", ...(capabilities.modernDockerfile ? ["1"] : [])]) {
      await built(["-q", "-t", "by-target", "--target", target, dir.path]);
      expect(await lab().docker.ok("image", "inspect", "-f", '{{index .Config.Labels "stage"}}', "by-target")).toBe("two");
    }
    const missing = await lab().docker.run(["build", "--target", "nowhere", dir.path]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/nowhere/);
  });

  it("--build-arg: a value, and one of the environment; --label", async () => {
    await using dir = await context({ Dockerfile: `${from()}ARG A=unset\nARG B=unset\nARG C=unset\nRUN echo "$A $B $C" > /args\n` });
    await built(["-q", "-t", "by-arg", "--build-arg", "A=a b=c", "--build-arg", "B", "--build-arg", "NOT_IN_ENV", "--label", "x=y z", dir.path], { env: { B: "from the environment" } });
    expect(await cat("by-arg", "/args")).toBe("a b=c from the environment unset");
    expect(await lab().docker.ok("image", "inspect", "-f", '{{index .Config.Labels "x"}}', "by-arg")).toBe("y z");
  });

  it("--pull asks the registry again; without it the local base serves", async () => {
    const repository = newName("base");
    const push = (text: string): Promise<unknown> => pushImage(lab().registry.url, repository, "latest", makeImage([makeLayer(busyboxRoot()), makeLayer([{ name: "version", data: text }])]));
    await push("one\n");
    await using dir = await context({ Dockerfile: `FROM ${lab().image(repository)}\nRUN cat /version > /seen\n` });
    await built(["-q", "-t", "by-pull", dir.path]);
    await push("two\n");
    await built(["-q", "-t", "by-pull", dir.path]);
    expect(await cat("by-pull", "/seen")).toBe("one");
    await built(["-q", "--pull", "-t", "by-pull", dir.path]);
    expect(await cat("by-pull", "/seen")).toBe("two");
  });

  it("--cache-from: an image's steps count as results, where nothing else is left of them", async () => {
    const { docker } = lab();
    const name = lab().image(newName("cached"));
    await using dir = await context({ Dockerfile: `${from()}RUN head -c 8 /dev/urandom | xxd -p > /random # ${name}\nCOPY f /f\nRUN echo done > /done\n`, f: "" });
    await built(["-q", "-t", name, dir.path]);
    const random = await cat(name, "/random");
    await docker.ok("push", "-q", name);
    await docker.ok("rmi", name);
    await docker.ok("builder", "prune", "-af");
    await docker.ok("pull", "-q", name);
    const without = await built(["-t", "by-cache", dir.path]);
    expect(without.stdout).not.toContain("Using cache");
    await docker.ok("rmi", "by-cache");
    await docker.ok("builder", "prune", "-af");
    const { stdout } = await built(["-t", "by-cache", "--cache-from", name, dir.path]);
    expect(stdout.match(/Using cache/g)?.length).toBe(3);
    expect(await cat("by-cache", "/random")).toBe(random);
  });

  it("--network, --add-host, --shm-size, --ulimit reach RUN", async () => {
    await using dir = await context({ Dockerfile: `${from()}RUN ls /sys/class/net > /net; grep -v localhost /etc/hosts > /hosts; df -k /dev/shm | awk 'END { print $2 }' > /shm; ulimit -n > /files\n` });
    await built(["-q", "-t", "by-flags", "--network", "none", "--add-host", "db.test:10.9.8.7", "--shm-size", "32m", "--ulimit", "nofile=321:654", dir.path]);
    expect(await cat("by-flags", "/net", "/shm", "/files")).toBe("lo\n32768\n321");
    expect(await cat("by-flags", "/hosts")).toMatch(/10\.9\.8\.7\s+db\.test/);
    await built(["-q", "-t", "by-flags", "--no-cache", "--network", "host", dir.path]);
    expect(await cat("by-flags", "/hosts")).not.toContain("db.test");
  });

  it("--memory limits RUN", { skip: !capabilities.limits }, async () => {
    await using dir = await context({ Dockerfile: `${from()}RUN cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes > /limit 2>/dev/null; true\n` });
    await built(["-q", "-t", "by-memory", "--memory", "64m", dir.path]);
    expect(await cat("by-memory", "/limit")).toBe(String(64 << 20));
  });

  it("--platform: another architecture's base", async () => {
    await using dir = await context({ Dockerfile: `FROM ${lab().image("multi")}\nLABEL a=b\n` });
    await built(["-q", "-t", "by-platform", "--platform", `linux/${OTHER}`, "--pull", dir.path]);
    expect(await lab().docker.ok("image", "inspect", "-f", "{{.Architecture}}", "by-platform")).toBe(OTHER);
  });

  it("from stdin: a Dockerfile alone, one with a context, a tar, a compressed tar", async () => {
    await built(["-q", "-t", "by-stdin", "-"], { input: `${from()}RUN echo alone > /f\n` });
    expect(await cat("by-stdin", "/f")).toBe("alone");
    const noContext = await lab().docker.run(["build", "-"], { input: `${from()}COPY f /f\n` });
    expect(noContext.code).toBe(1);
    await using dir = await context({ f: "context\n", Dockerfile: "FROM not-this-one\n" });
    await built(["-q", "-t", "by-stdin", "-f-", dir.path], { input: `${from()}COPY f /f\n` });
    expect(await cat("by-stdin", "/f")).toBe("context");
    const tar = contextTar({ "sub/Dockerfile": `${from()}COPY f /f\n`, f: "tar\n" });
    await built(["-q", "-t", "by-stdin", "-f", "sub/Dockerfile", "-"], { input: tar });
    expect(await cat("by-stdin", "/f")).toBe("tar");
    await built(["-q", "-t", "by-stdin", "-f", "sub/Dockerfile", "-"], { input: gzipSync(contextTar({ "sub/Dockerfile": `${from()}COPY f /f\n`, f: "gzip\n" })) });
    expect(await cat("by-stdin", "/f")).toBe("gzip");
  });

  it("from an address: git with a branch and a folder, a tar, a Dockerfile; through the CLI and by the engine itself", async () => {
    await using git = await startGitServer([
      { files: { Dockerfile: `${from()}COPY VERSION /\n`, VERSION: "1\n", "sub/Dockerfile": `${from()}COPY inner /VERSION\n`, "sub/inner": "inner\n" }, tag: "v1" },
      { files: { VERSION: "2\n" } },
    ]);
    await using web = await startWebServer({ "/context.tar.gz": gzipSync(contextTar({ Dockerfile: `${from()}COPY f /VERSION\n`, f: "archive\n" })), "/Dockerfile": `${from()}RUN echo plain > /VERSION\n` });
    const addresses: readonly (readonly [string, string])[] = [[`${git.repository}#main`, "2"], [`${git.repository}#v1`, "1"], [`${git.repository}#main:sub`, "inner"], [`${web.url}/context.tar.gz`, "archive"], [`${web.url}/Dockerfile`, "plain"]];
    for (const [address, version] of addresses) {
      await built(["-q", "-t", "by-address", address]);
      expect(await cat("by-address", "/VERSION"), address).toBe(version);
      const answer = await api(lab().engine.socket, "POST", `/build?t=by-remote&remote=${encodeURIComponent(address)}`);
      expect(answer.body, address).toContain("Successfully tagged by-remote:latest");
      expect(await cat("by-remote", "/VERSION"), address).toBe(version);
    }
    // Without a branch, current Docker takes the repository's own default, where 20.10 and the classic CLI take master.
    if (capabilities.current) expect((await api(lab().engine.socket, "POST", `/build?remote=${encodeURIComponent(git.repository)}`)).body).toContain("Successfully built");
    const missing = await api(lab().engine.socket, "POST", `/build?remote=${encodeURIComponent(`${web.url}/missing`)}`);
    expect(missing.body).toMatch(/404/);
  });

  it("a failing step: its exit code, the message on stderr, no image", async () => {
    for (const [command, code, says] of [
      ["echo before; exit 3", 3, "The command '/bin/sh -c echo before; exit 3' returned a non-zero code: 3"], ["no-such-command", 127, "The command '/bin/sh -c no-such-command' returned a non-zero code: 127"],
      ["sh -c 'kill -9 $$'; exit $?", 137, "The command '/bin/sh -c sh -c 'kill -9 $$'; exit $?' returned a non-zero code: 137"],
    ] as const) {
      const name = newName("failed");
      const result = await lab().docker.run(["build", "-t", name, "-"], { input: `${from()}RUN ${command}\nRUN echo never\n` });
      expect(result.code, command).toBe(code);
      expect(result.stderr.trimEnd().endsWith(says), result.stderr).toBe(true);
      expect(result.stdout).not.toContain("Step 3/3");
      expect(await lab().docker.ok("images", "-q", name)).toBe("");
    }
    const exec = await lab().docker.run(["build", "-"], { input: `${from()}RUN ["sh", "-c", "exit 4"]\n` });
    expect(exec).toMatchObject({ code: 4, stderr: expect.stringContaining("The command 'sh -c exit 4' returned a non-zero code: 4") as string });
  });

  it("a failing build keeps the steps before it in the cache", async () => {
    const input = (last: string): string => `${from()}RUN head -c 8 /dev/urandom | xxd -p > /random\nRUN ${last}\n`;
    expect((await lab().docker.run(["build", "-"], { input: input("exit 1") })).code).toBe(1);
    expect((await built(["-"], { input: input("true") })).stdout.match(/Using cache/g)).toHaveLength(1);
  });

  it("a syntax error and a missing source: the sentence, with the line or the name", async () => {
    const syntax = await lab().docker.run(["build", "-"], { input: `${from()}FOO bar\n` });
    expect(syntax.code).toBe(1);
    expect(syntax.stderr).toMatch(/(dockerfile parse error (on )?line 2|Dockerfile:2:1): unknown instruction: FOO/);
    await using dir = await context({ Dockerfile: `${from()}COPY missing /x\n` });
    const missing = await lab().docker.run(["build", "."], { cwd: dir.path });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/missing.*not (found|exist)|not found.*missing/s);
    expect(missing.stdout).toContain("Step 2/2 : COPY missing /x");
    const noDockerfile = await lab().docker.run(["build", "-"], { input: contextTar({ f: "" }) });
    expect(noDockerfile.code).toBe(1);
    expect(noDockerfile.stderr).toMatch(/Dockerfile/);
  });

  it("prints what RUN prints while it runs", async () => {
    await using dir = await context({ Dockerfile: `${from()}RUN echo early; until test -e /go; do sleep 0.1; test $((i += 1)) -lt 30 || break; done; echo late\n` });
    const session = lab().docker.start("build", "--no-cache", dir.path);
    const early = await session.until(/^early$/m);
    expect(early).not.toMatch(/^late$/m);
    expect(await session.exited).toBe(0);
    expect(session.output).toMatch(/^late$/m);
  });

  it("Ctrl-C: the build ends, nothing is left behind, and the next build goes on from the last finished step", async () => {
    const { docker, engine } = lab();
    await using dir = await context({ Dockerfile: `${from()}RUN head -c 8 /dev/urandom | xxd -p > /random\nRUN echo started; sleep 1000\n` });
    const name = newName("cancelled");
    const before = (await docker.ok("ps", "-aq")).split("\n").filter(Boolean).length;
    const session = docker.start("build", "-t", name, dir.path);
    await session.until(/^started$/m);
    session.kill("SIGINT");
    expect(await session.exited).not.toBe(0);
    await waitFor("the step's process to end", async () => !(await must("ps", ["-eo", "args"])).includes("echo started; sleep 1000"));
    await waitFor("its container to go", async () => (await docker.ok("ps", "-aq")).split("\n").filter(Boolean).length === before);
    await waitFor("nothing to be left", async () => (await leaksOf(engine)).length === 0);
    expect(await docker.ok("images", "-q", name)).toBe("");
    await writeFile(join(dir.path, "Dockerfile"), (await readFile(join(dir.path, "Dockerfile"), "utf8")).replace("echo started; sleep 1000", "true"));
    expect((await built(["-t", name, dir.path])).stdout).toContain("Using cache");
  });

  it("two builds of the same thing at once both succeed", async () => {
    await using dir = await context({ Dockerfile: `${from()}RUN sleep 0.3; echo x > /x\nCOPY f /f\n`, f: "f" });
    const names = [newName("twin"), newName("twin")];
    await Promise.all(names.map((name) => built(["-t", name, dir.path])));
    for (const name of names) expect(await cat(name, "/x", "/f")).toBe("x\nf");
  });

  it("stages that do not need each other run side by side, those that nobody needs not at all", { skip: !capabilities.modernDockerfile }, async () => {
    const stage = (name: string): string => `FROM ${lab().busybox} AS ${name}\nRUN cut -d" " -f1 /proc/uptime > /begin; sleep 1; cut -d" " -f1 /proc/uptime > /end\n`;
    const name = newName("cli");
    await built(["-q", "--no-cache", "-t", name, "-"], { input: `${stage("one")}${stage("two")}FROM two AS unneeded\nRUN exit 1\nFROM ${lab().busybox}\nCOPY --from=one /begin /end /one/\nCOPY --from=two /begin /end /two/\n` });
    const [begin1, end1, begin2, end2] = (await cat(name, "/one/begin", "/one/end", "/two/begin", "/two/end")).split("\n").map(Number);
    expect(begin1! < end2! && begin2! < end1!).toBe(true);
  });

  it("SOURCE_DATE_EPOCH: the same image twice", { skip: !capabilities.modernDockerfile }, async () => {
    await using dir = await context({ Dockerfile: `${from()}ARG SOURCE_DATE_EPOCH\nCOPY f /f\nWORKDIR /work\nLABEL a=b\n`, f: "f\n" });
    const ids: string[] = [];
    for (let round = 0; round < 2; round++) {
      await built(["-q", "--no-cache", "-t", "by-epoch", "--build-arg", "SOURCE_DATE_EPOCH=1700000000", dir.path]);
      ids.push(await idOf("by-epoch"));
      // As a second checkout would; times after the epoch are the epoch.
      await utimes(join(dir.path, "f"), 1_800_000_000, 1_800_000_000);
    }
    expect(ids[1]).toBe(ids[0]);
    expect(await lab().docker.ok("image", "inspect", "-f", "{{.Created}}", "by-epoch")).toMatch(/^2023-11-14T22:13:20(\.0+)?Z$/);
  });

  it("kill -9 of the engine in the middle of a build: finished steps are in the cache, nothing is left", { skip: !capabilities.crashProof }, async () => {
    const { docker, engine } = lab();
    await using dir = await context({ Dockerfile: `${from()}RUN head -c 8 /dev/urandom | xxd -p > /random # before the crash\nRUN echo crashing; sleep 1000\n` });
    const session = docker.start("build", dir.path);
    await session.until(/^crashing$/m);
    await engine.kill9();
    expect(await session.exited).not.toBe(0);
    await engine.start();
    await waitFor("the step's process to end", async () => !(await must("ps", ["-eo", "args"])).includes("echo crashing; sleep 1000"));
    await waitFor("nothing to be left", async () => (await leaksOf(engine)).length === 0);
    await writeFile(join(dir.path, "Dockerfile"), (await readFile(join(dir.path, "Dockerfile"), "utf8")).replace("echo crashing; sleep 1000", "true"));
    expect((await built([dir.path])).stdout.match(/Using cache/g)).toHaveLength(1);
  });

  it("builder prune and system df know the cache", { skip: !capabilities.modernDockerfile }, async () => {
    const { docker } = lab();
    await built(["-"], { input: `${from()}RUN dd if=/dev/zero of=/big bs=1M count=3 2>/dev/null\n` });
    await docker.ok("image", "prune", "-f");
    const row = (await docker.ok("system", "df", "--format", "{{.Type}}|{{.TotalCount}}|{{.Size}}")).split("\n").find((line) => line.startsWith("Build Cache"));
    expect(row).toMatch(/^Build Cache\|[1-9]\d*\|[0-9.]+[kMG]B$/);
    expect(await docker.ok("builder", "prune", "-af")).toMatch(/Total( reclaimed space)?:\s+[0-9.]+[kMG]B/);
    expect((await docker.ok("system", "df", "--format", "{{.Type}}|{{.TotalCount}}")).split("\n")).toContain("Build Cache|0");
  });

  it("a wrong request is answered with a sentence", async () => {
    const { socket } = lab().engine;
    for (const [query, says] of [["t=UPPER%2FCase", /lowercase|invalid reference/], ["buildargs=not-json", /./], ["labels=%5B", /./]] as const) {
      const answer = await api(socket, "POST", `/build?${query}`, contextTar({ Dockerfile: from() }), { "content-type": "application/x-tar" });
      expect(answer.status >= 400 || answer.body.includes('"error"'), query).toBe(true);
      expect(answer.body, query).toMatch(says);
    }
  });
};
