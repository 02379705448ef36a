import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";
import Docker from "dockerode";
import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { run } from "../../fixtures/exec.ts";
import { makeTar } from "../../fixtures/tar.ts";

/** Client libraries: dockerode and Testcontainers. */
export const clientsSuite: Suite = (lab) => {
  const client = (): Docker => new Docker({ socketPath: lab().engine.socket });

  it("dockerode pulls with progress", async () => {
    const docker = client();
    const events: { status?: string; id?: string }[] = [];
    const stream = await docker.pull(lab().image("library/layered:latest"));
    await new Promise<void>((resolve, reject) => docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()), (event: { status?: string }) => events.push(event)));
    expect(events.some((event) => event.status === "Pull complete")).toBe(true);
    expect((await docker.listImages()).flatMap((image) => image.RepoTags)).toContain(lab().image("library/layered:latest"));
  });

  it("dockerode runs, waits, reads demultiplexed logs and removes", async () => {
    const docker = client();
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const texts = Promise.all([text(stdout), text(stderr)]);
    const container = await docker.createContainer({ Image: lab().busybox, Cmd: ["sh", "-c", "echo out; echo err >&2; exit 3"], name: newName() });
    const attached = await container.attach({ stream: true, stdout: true, stderr: true });
    docker.modem.demuxStream(attached, stdout, stderr);
    attached.on("end", () => {
      stdout.end();
      stderr.end();
    });
    await container.start();
    expect(await container.wait()).toMatchObject({ StatusCode: 3 });
    expect(await texts).toEqual(["out\n", "err\n"]);
    const logs = await container.logs({ stdout: true, stderr: true });
    expect(logs.toString("latin1")).toContain("err\n");
    await container.remove();
    await expect(container.inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  it("dockerode execs with a hijacked stdin", async () => {
    const docker = client();
    const container = await docker.createContainer({ Image: lab().busybox, Cmd: ["sleep", "1000"] });
    await container.start();
    const exec = await container.exec({ Cmd: ["cat"], AttachStdin: true, AttachStdout: true, AttachStderr: true });
    const stream = await exec.start({ hijack: true, stdin: true });
    const out = new PassThrough();
    docker.modem.demuxStream(stream, out, out);
    stream.on("end", () => out.end());
    stream.write("typed\n");
    stream.end();
    expect(await text(out)).toBe("typed\n");
    await expect.poll(async () => (await exec.inspect()).ExitCode).toBe(0);
    await container.remove({ force: true });
  });

  it("dockerode puts and gets archives, and lists with filters", async () => {
    const docker = client();
    const name = newName();
    const container = await docker.createContainer({ Image: lab().busybox, Cmd: ["sleep", "1000"], name, Labels: { via: "dockerode" } });
    await container.putArchive(makeTar([{ name: "put", data: "archived\n" }]), { path: "/root" });
    const archive = await container.getArchive({ path: "/root/put" });
    expect(await text(archive)).toContain("archived\n");
    const listed = await docker.listContainers({ all: true, filters: { label: ["via=dockerode"] } });
    expect(listed.map((info) => info.Names)).toEqual([[`/${name}`]]);
    expect(listed[0]).toMatchObject({ Image: lab().busybox, State: "created" });
    await container.remove();
  });

  it("dockerode sees events and stats", async () => {
    const docker = client();
    const events = await docker.getEvents({ filters: { type: ["container"] } });
    let seen = "";
    events.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    const container = await docker.createContainer({ Image: lab().busybox, Cmd: ["sleep", "1000"] });
    await container.start();
    await expect.poll(() => seen).toMatch(/"start"/);
    const stats = await container.stats({ stream: false });
    expect(stats.memory_stats).toBeDefined();
    expect(stats.cpu_stats.cpu_usage.total_usage).toBeGreaterThan(0);
    (events as unknown as { destroy(): void }).destroy();
    await container.remove({ force: true });
  });

  it("Testcontainers runs a generic container, waits for its port, execs, copies files and reads logs", async () => {
    const script = fileURLToPath(new URL("../testcontainers-client.ts", import.meta.url));
    // Where this runs in a container itself, Testcontainers would take the bridge's gateway for the host.
    const env = { DOCKER_HOST: `unix://${lab().engine.socket}`, TESTCONTAINERS_HOST_OVERRIDE: "localhost", DOCKER_CONFIG: lab().engine.dir, TESTCONTAINERS_RYUK_DISABLED: "true", TEST_IMAGE: lab().busybox };
    const result = await run(process.execPath, [script], { env, timeout: 50_000 });
    expect(result.stderr).toBe("");
    expect(JSON.parse(result.stdout)).toEqual({ page: "copied in\n", exec: { exitCode: 5, output: "from exec\n" }, logged: true, copiedOut: true, stopped: true });
  });
};
