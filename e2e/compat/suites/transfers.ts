import { randomBytes } from "node:crypto";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { api } from "../../fixtures/api.ts";
import { must, run, tempDir, waitFor } from "../../fixtures/exec.ts";
import { makeImage, makeLayer } from "../../fixtures/images.ts";
import { pushImage } from "../../fixtures/push.ts";
import { startSlowLine } from "../../fixtures/slow-line.ts";

interface TransferJson {
  readonly Id: string;
  readonly Reference: string;
  readonly State: string;
  readonly Current: number;
  readonly Total: number;
  readonly BytesPerSecond: number;
}

const MB = 1_000_000;
/** What is pulled over a line that is cut 20 times; 400 is what the promise is about. */
const CUT_MEGABYTES = Number(process.env["SLIPWAY_CUT_MEGABYTES"] ?? 50);

/** Cut lines, crashes and other people's tools. */
export const transfersSuite: Suite = (lab, capabilities) => {
  /** Layers that do not compress, in no time. */
  const pushLarge = async (sizes: readonly number[]): Promise<string> => {
    const name = newName("large");
    await pushImage(lab().registry.url, name, "latest", makeImage(sizes.map((size, i) => makeLayer([{ name: `file${i}`, data: randomBytes(size) }], { compression: "none", format: "oci" }))));
    return name;
  };
  const transferOf = async (reference: string): Promise<TransferJson | undefined> =>
    (JSON.parse((await api(lab().engine.socket, "GET", "/slipway/transfers")).body) as TransferJson[]).findLast((transfer) => transfer.Reference === `${reference}:latest`);

  it("20 random cuts of the line during a pull fetch at most 5% twice", { skip: !capabilities.slipway }, async () => {
    const whole = CUT_MEGABYTES * MB;
    await using line = await startSlowLine({ target: lab().registry.host, bytesPerSecond: whole / 17 });
    const name = await pushLarge([whole / 2, whole / 2]);
    const pull = lab().docker.run(["pull", "-q", `${line.host}/${name}`], { timeout: 120_000 });
    let over = false;
    void pull.then(() => (over = true));
    let cuts = 0;
    while (!over && cuts < 20) {
      await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 150));
      if (line.cut() > 0) cuts++;
    }
    expect((await pull).stderr).toBe("");
    console.log(`${cuts} cuts, fetched ${(line.delivered / whole).toFixed(3)} of the image over ${line.connections} connections`);
    expect(cuts).toBeGreaterThanOrEqual(12);
    expect(line.delivered).toBeLessThan(whole * 1.05);
    await lab().docker.ok("rmi", `${line.host}/${name}`);
  });

  it("kill -9 in the middle of a pull costs no finished chunk; the transfer is there after the restart and goes on", { skip: !capabilities.slipway }, async () => {
    const { engine, docker } = lab();
    await using line = await startSlowLine({ target: lab().registry.host, bytesPerSecond: 6 * MB });
    const sizes = [3 * MB, 30 * MB, 30 * MB];
    const reference = `${line.host}/${await pushLarge(sizes)}`;
    const whole = sizes.reduce((a, b) => a + b);
    const others = await heldBytes(engine.root);
    const pull = docker.run(["pull", "-q", reference]);
    await waitFor("half of it", async () => ((await transferOf(reference))?.Current ?? 0) > whole * 0.55, 60_000);
    const { Current: reported } = (await transferOf(reference))!;
    await engine.kill9();
    expect((await pull).code).toBe(1);
    const held = (await heldBytes(engine.root)) - others;
    // What was on its way to the disk: two buffers of 1 MiB of each of two layers.
    expect(held).toBeGreaterThan(reported - 2 * 2.2 * MB);
    // Nobody reads any more: what sockets still take, those of the forwarder too, is lost to us.
    let before = -1;
    while (before !== line.delivered) {
      before = line.delivered;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await engine.start();
    const interrupted = await transferOf(reference);
    expect(interrupted).toMatchObject({ State: "interrupted" });
    expect(interrupted!.Current).toBeGreaterThan(whole * 0.2);
    expect((await api(engine.socket, "POST", `/slipway/transfers/${interrupted!.Id}/resume`)).status).toBe(200);
    await waitFor("the rest", async () => (await transferOf(reference))?.State === "done", 60_000);
    const again = line.delivered - before - (whole - held);
    console.log(`kill -9 at ${(reported / MB).toFixed(1)} of ${whole / MB} MB: ${(held / MB).toFixed(1)} MB on disk, ${(again / MB).toFixed(2)} MB of them fetched again`);
    expect(again).toBeLessThan(1.5 * MB);
    expect(await docker.ok("image", "inspect", "-f", "{{len .RootFS.Layers}}", reference)).toBe("3");
    await docker.ok("rmi", reference);
  });

  it("a paused pull moves nothing, its client waits, and it goes on", { skip: !capabilities.slipway }, async () => {
    const { engine, docker } = lab();
    await using line = await startSlowLine({ target: lab().registry.host, bytesPerSecond: 6 * MB });
    const reference = `${line.host}/${await pushLarge([12 * MB])}`;
    const pull = docker.run(["pull", reference]);
    await waitFor("a beginning", async () => ((await transferOf(reference))?.Current ?? 0) > 2 * MB);
    const { Id } = (await transferOf(reference))!;
    expect((await api(engine.socket, "POST", `/slipway/transfers/${Id}/pause`)).status).toBe(200);
    await waitFor("the pause", async () => (await transferOf(reference))?.State === "paused");
    const at = line.delivered;
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(line.delivered).toBe(at);
    await api(engine.socket, "POST", `/slipway/transfers/${Id}/resume`);
    const result = await pull;
    expect([result.code, result.stderr]).toEqual([0, ""]);
    expect(line.delivered).toBeLessThan(12 * MB * 1.3);
  });

  it("with a round trip of 100 ms, layers do not wait for each other", { skip: !capabilities.slipway }, async () => {
    await using line = await startSlowLine({ target: lab().registry.host, latencyMs: 100 });
    const name = await pushLarge(Array.from({ length: 20 }, () => 50_000));
    await lab().docker.ok("pull", "-q", `${line.host}/busybox`);
    const begin = performance.now();
    await lab().docker.ok("pull", "-q", `${line.host}/${name}`);
    console.log(`20 layers at 100 ms: ${(performance.now() - begin).toFixed(0)} ms over ${line.connections} connections`);
    expect(line.connections).toBeLessThan(16);
  });

  it("skopeo reads back what was pushed, copies to us and from us", { skip: !programs.has("skopeo") }, async () => {
    const { docker, registry, busybox, engine } = lab();
    await using dir = await tempDir("skopeo");
    const skopeo = (...args: string[]): Promise<string> => must("skopeo", ["--insecure-policy", ...args]);
    const made = newName("made");
    await docker.ok("run", "--name", made, busybox, "sh", "-c", "echo made > /made");
    const reference = `${registry.host}/skopeo/${made}:1`;
    await docker.ok("commit", made, reference);
    await docker.ok("push", reference);
    const inspected = JSON.parse(await skopeo("inspect", "--tls-verify=false", `docker://${reference}`)) as { Layers: string[]; Digest: string };
    expect(inspected.Layers).toHaveLength(2);
    expect(await docker.ok("image", "inspect", "-f", "{{json .RepoDigests}}", reference)).toContain(inspected.Digest);
    await skopeo("copy", "--src-tls-verify=false", `docker://${reference}`, `oci:${dir.path}/oci:1`);
    await skopeo("copy", "--src-tls-verify=false", "--dest-daemon-host", `unix://${engine.socket}`, `docker://${reference}`, `docker-daemon:copied/${made}:1`);
    expect(await docker.ok("run", "--rm", `copied/${made}:1`, "cat", "/made")).toBe("made");
    await skopeo("copy", "--src-daemon-host", `unix://${engine.socket}`, "--dest-tls-verify=false", `docker-daemon:copied/${made}:1`, `docker://${registry.host}/skopeo/${made}:back`);
    await skopeo("copy", "--src-tls-verify=false", "--dest-tls-verify=false", "--format", "v2s2", `oci:${dir.path}/oci:1`, `docker://${registry.host}/skopeo/${made}:v2`);
    for (const tag of ["back", "v2"]) expect(await docker.ok("run", "--rm", "--pull", "always", `${registry.host}/skopeo/${made}:${tag}`, "cat", "/made")).toBe("made");
    await docker.ok("rm", made);
  });

  it("what buildah pushes, we pull and run", { skip: !programs.has("buildah") || capabilities.rootless }, async () => {
    const { docker, registry, busybox } = lab();
    await using dir = await tempDir("buildah");
    const storage = ["--storage-driver", "vfs", "--root", `${dir.path}/root`, "--runroot", `${dir.path}/run`];
    const buildah = (...args: string[]): Promise<string> => must("buildah", [...storage, ...args]);
    const policy = ["--signature-policy", join(dir.path, "policy.json")];
    await writeFile(policy[1]!, JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
    const container = await buildah("from", ...policy, "--tls-verify=false", busybox);
    await buildah("config", "--cmd", "cat /made", container);
    const mounted = await buildah("mount", container);
    await must("sh", ["-c", `echo buildah > ${mounted}/made`]);
    await buildah("umount", container);
    const reference = `${registry.host}/buildah/made:1`;
    await buildah("commit", ...policy, container, reference);
    await buildah("push", ...policy, "--tls-verify=false", reference);
    expect(await docker.ok("run", "--rm", reference, "cat", "/made")).toBe("buildah");
    await buildah("rm", container);
  });
};

/** Bytes of blobs and of what is in transit. */
async function heldBytes(root: string): Promise<number> {
  const folders = [join(root, "blobs/sha256"), join(root, "ingest")];
  const files = (await Promise.all(folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))))).flat();
  return (await Promise.all(files.map(async (file) => (await stat(file)).size))).reduce((a, b) => a + b, 0);
}

/** Debian's tools that not every machine has; what they would show is said when they are absent. */
const programs = new Set<string>();
for (const name of ["skopeo", "buildah"]) {
  if ((await run("sh", ["-c", `command -v ${name}`])).code === 0) programs.add(name);
  else console.warn(`${name} is not installed: apt-get install ${name}, or its tests are left out`);
}
