import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import Docker from "dockerode";
import { expect, it } from "vitest";
import { leaksOf } from "../../fixtures/leaks.ts";
import { buildKitCli } from "../../fixtures/docker.ts";
import { PATIENCE, tempDir, waitFor } from "../../fixtures/exec.ts";
import type { Result } from "../../fixtures/exec.ts";
import { makeTar } from "../../fixtures/tar.ts";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";

type Files = Readonly<Record<string, string>>;

/** Builds of a CLI that opens a session: what it shows, and what it sends only when asked. */
export const buildKitSuite: Suite = (lab, capabilities) => {
  const skip = !capabilities.buildKitSessions || buildKitCli() === undefined;
  const from = (): string => `FROM ${lab().busybox}\n`;

  const inContext = async <T>(files: Files, work: (directory: string) => Promise<T>): Promise<T> => {
    await using dir = await tempDir("context");
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir.path, name)), { recursive: true });
      await writeFile(join(dir.path, name), text);
    }
    return await work(dir.path);
  };
  const build = (files: Files, ...flags: string[]): Promise<Result> => inContext(files, (directory) => lab().docker.buildKit(["build", ...flags, directory]));
  const built = async (files: Files, ...flags: string[]): Promise<{ readonly image: string; readonly said: string }> => {
    const image = newName("session");
    const { code, stdout, stderr } = await build(files, "-t", image, ...flags);
    expect(code, stdout + stderr).toBe(0);
    return { image, said: stdout + stderr };
  };
  const runs = (image: string, command: string): Promise<string> => lab().docker.ok("run", "--rm", image, "sh", "-c", command);

  it("shows the steps with their output, and those that were cached the second time", { skip }, async () => {
    const dockerfile = `${from()}WORKDIR /app\nCOPY hello .\nENV A=1\nRUN echo "said by the step: $(cat hello)" && echo wrong >&2\n`;
    const files = { Dockerfile: dockerfile, hello: "hello\n" };
    const first = await built(files);
    for (const line of ["[internal] load build definition from Dockerfile", "[internal] load .dockerignore", "[internal] load build context", `[1/4] FROM ${lab().busybox}`, "[3/4] COPY hello .", "said by the step: hello", "wrong", "exporting to image", `naming to docker.io/library/${first.image}`]) expect(first.said).toContain(line);
    const second = await built(files);
    expect(second.said.match(/CACHED/g)!.length).toBeGreaterThanOrEqual(3);
    expect(second.said).not.toContain("said by the step: hello");
    const changed = await built({ ...files, hello: "changed\n" });
    expect(changed.said).toContain("said by the step: changed");
  });

  it("names the stages, and builds only those that the target needs", { skip }, async () => {
    const dockerfile = `${from().trim()} AS tools\nRUN echo tool > /tool\n${from().trim()} AS unused\nRUN false\n${from()}COPY --from=tools /tool /tool\n`;
    const { image, said } = await built({ Dockerfile: dockerfile });
    expect(said).toContain("[tools 2/2] RUN echo tool > /tool");
    expect(said).toContain("[stage-2 2/2] COPY --from=tools /tool /tool");
    expect(said).not.toContain("unused");
    expect(await runs(image, "cat /tool")).toBe("tool");
    expect((await build({ Dockerfile: dockerfile }, "--target", "unused")).code).toBe(1);
  });

  it("passes arguments, labels, hosts, network and platform on; -q prints the image's id alone, --iidfile keeps it", { skip }, async () => {
    await using dir = await tempDir("iid");
    const dockerfile = `${from()}ARG WORD\nRUN echo "$WORD" > /word; grep 10.9.8.7 /etc/hosts > /hosts; ls /sys/class/net > /links\n`;
    const { image } = await built({ Dockerfile: dockerfile }, "--build-arg", "WORD=given", "--label", "a=b", "--add-host", "db:10.9.8.7", "--network", "none", "--iidfile", join(dir.path, "iid"));
    expect((await runs(image, "cat /word /hosts /links")).replaceAll(/\s+/g, " ")).toBe("given 10.9.8.7 db lo");
    expect(await lab().docker.ok("image", "inspect", "-f", "{{.Config.Labels.a}}", image)).toBe("b");
    const quiet = await build({ Dockerfile: dockerfile }, "-q", "--build-arg", "WORD=given", "--label", "a=b", "--add-host", "db:10.9.8.7", "--network", "none");
    expect(quiet).toMatchObject({ code: 0, stdout: `${await lab().docker.ok("image", "inspect", "-f", "{{.Id}}", image)}\n` });
  });

  it("the client leaves out what .dockerignore says; a Dockerfile's own ignore file wins; symlinks and modes arrive", { skip }, async () => {
    const files = { "docker/web.Dockerfile": `${from()}COPY . /c\n`, ".dockerignore": "secret\nnode_modules\n!node_modules/keep\n*.log\n", secret: "x", "a.log": "", "node_modules/drop": "", "node_modules/keep": "", "tree/deep/ü name": "unicode" };
    await inContext(files, async (directory) => {
      await symlink("tree/deep", join(directory, "link"));
      await writeFile(join(directory, "run.sh"), "#!/bin/sh\n");
      await chmod(join(directory, "run.sh"), 0o750);
      const find = async (...flags: string[]): Promise<string[]> => {
        const image = newName("session");
        const { code, stderr } = await lab().docker.buildKit(["build", "-t", image, "-f", join(directory, "docker/web.Dockerfile"), ...flags, directory]);
        expect(code, stderr).toBe(0);
        return (await runs(image, "cd /c; find . ! -type d | sort; stat -c '%a %u' run.sh; readlink link; cat 'link/ü name'")).split("\n");
      };
      expect(await find()).toEqual(["./.dockerignore", "./docker/web.Dockerfile", "./link", "./node_modules/keep", "./run.sh", "./tree/deep/ü name", "750 0", "tree/deep", "unicode"]);
      await writeFile(join(directory, "docker/web.Dockerfile.dockerignore"), "**/*ockerfile*\n.dockerignore\nnode_modules\ngrüße\n");
      expect(await find()).toEqual(["./a.log", "./link", "./run.sh", "./secret", "./tree/deep/ü name", "750 0", "tree/deep", "unicode"]);
    });
  });

  it("takes the Dockerfile, or a whole context, from standard input", { skip }, async () => {
    const docker = lab().docker;
    await inContext({ f: "in the context" }, async (directory) => {
      const image = newName("session");
      expect((await docker.buildKit(["build", "-t", image, "-f", "-", directory], { input: `${from()}COPY f /f\n` })).code).toBe(0);
      expect(await runs(image, "cat /f")).toBe("in the context");
    });
    const image = newName("session");
    const input = makeTar([{ name: "Dockerfile", data: `${from()}COPY f /f\n` }, { name: "f", data: "in the tar" }]);
    expect(await docker.buildKit(["build", "-t", image, "-"], { input })).toMatchObject({ code: 0 });
    expect(await runs(image, "cat /f")).toBe("in the tar");
  });

  it("secrets come from the client when a step needs them, and stay nowhere", { skip }, async () => {
    await using dir = await tempDir("secret");
    await writeFile(join(dir.path, "token"), "s3cret");
    const { image, said } = await built({ Dockerfile: `${from()}RUN --mount=type=secret,id=token wc -c < /run/secrets/token > /seen\n` }, "--secret", `id=token,src=${join(dir.path, "token")}`);
    expect(await runs(image, "cat /seen; ls /run/secrets 2>/dev/null | wc -l")).toBe("6\n0");
    expect(said).not.toContain("s3cret");
    const missing = await build({ Dockerfile: `${from()}RUN --mount=type=secret,id=other,required=true true\n` }, "--secret", `id=token,src=${join(dir.path, "token")}`);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("secret other: not found");
  });

  it("a step has the client's agent as a socket; an id that the client does not have is none", { skip }, async () => {
    await using dir = await tempDir("agent");
    const agent = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => agent.listen(join(dir.path, "sock"), resolve));
    try {
      const { image } = await built({ Dockerfile: `${from()}RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && stat -c '%a' "$SSH_AUTH_SOCK" > /seen\nRUN --mount=type=ssh,id=other test -S "$SSH_AUTH_SOCK" || echo absent >> /seen\n` }, "--ssh", `default=${join(dir.path, "sock")}`);
      expect(await runs(image, "cat /seen")).toBe("600\nabsent");
    } finally {
      agent.close();
    }
  });

  it("a step that fails ends the build with its code, its output and its place", { skip }, async () => {
    const { code, stderr } = await build({ Dockerfile: `${from()}RUN echo before\nRUN echo why it failed; exit 3\nRUN echo never\n` });
    expect(code).toBe(1);
    expect(stderr).toContain("why it failed");
    expect(stderr).toContain('process "/bin/sh -c echo why it failed; exit 3" did not complete successfully: exit code: 3');
    expect(stderr).toMatch(/> 3 \| RUN echo why it failed/);
    expect(stderr).not.toContain("echo never\n#");
  });

  it("what is wrong with a Dockerfile, a tag or a file is said with its place", { skip }, async () => {
    const wrong = await build({ Dockerfile: `${from()}RNU true\n` });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/unknown instruction: RNU[^]*> 2 \| RNU true/) as string });
    expect(await build({ Dockerfile: `${from()}COPY nothing /\n` })).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing") as string });
    expect(await build({ "Other": from() })).toMatchObject({ code: 1 });
    expect(await build({ Dockerfile: "FROM localhost:1/nowhere\n" })).toMatchObject({ code: 1, stderr: expect.stringContaining("localhost:1") as string });
  });

  it("dockerode builds with a session too", { skip: !capabilities.buildKitSessions }, async () => {
    const docker = new Docker({ socketPath: lab().engine.socket });
    const image = newName("session");
    const tar = makeTar([{ name: "Dockerfile", data: `${from()}COPY f /f\n` }, { name: "f", data: "from dockerode" }]);
    const stream = await docker.buildImage(Readable.from([tar]), { t: image, version: "2" });
    await new Promise<void>((resolve, reject) => docker.modem.followProgress(stream, (error) => (error === null || error === undefined ? resolve() : reject(error))));
    expect(await runs(image, "cat /f")).toBe("from dockerode");
  });

  it("ends with its client: Ctrl-C leaves nothing", { skip }, async () => {
    const { docker, engine } = lab();
    await inContext({ Dockerfile: `${from()}RUN echo begun; sleep 1000\n` }, async (directory) => {
      const session = docker.startBuildKit("build", directory);
      await session.until("begun");
      session.kill("SIGINT");
      expect(await session.exited).not.toBe(0);
      await waitFor("the build to leave nothing", async () => (await leaksOf(engine, [])).length === 0, 10_000);
    });
  });

  it("10,000 files arrive in seconds, and are known the second time", { skip, timeout: 120_000 * PATIENCE }, async () => {
    const files = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`d${index % 100}/f${index}`, `content ${index}\n`]));
    await inContext({ ...files, Dockerfile: `${from()}COPY . /c\nRUN find /c -type f | wc -l > /count\n` }, async (directory) => {
      for (const limit of [20_000, 10_000]) {
        const image = newName("session");
        const began = performance.now();
        expect((await lab().docker.buildKit(["build", "-t", image, directory], { timeout: 60_000 })).code).toBe(0);
        expect(performance.now() - began).toBeLessThan(limit * PATIENCE);
        expect(await runs(image, "cat /count")).toBe("10001");
      }
    });
  });
};
