import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Lab, Suite } from "../lab.ts";
import { expectUntouched, makeCanary, residentKilobytes } from "../../fixtures/canary.ts";
import { startEngine } from "../../fixtures/engines.ts";
import { must, PATIENCE, run, tempDir, waitFor } from "../../fixtures/exec.ts";
import type { TempDir } from "../../fixtures/exec.ts";
import { startFaultyRegistry } from "../../fixtures/faulty-registry.ts";
import type { FaultyRegistry } from "../../fixtures/faulty-registry.ts";
import { busyboxRoot, makeImage, makeLayer, sha256 } from "../../fixtures/images.ts";
import type { TestLayer } from "../../fixtures/images.ts";
import { pushImage } from "../../fixtures/push.ts";
import { makeTar } from "../../fixtures/tar.ts";
import type { TarEntry } from "../../fixtures/tar.ts";
import { ensureTestUser } from "../../fixtures/users.ts";

/** Layers, manifests and registries that mean harm, and a full disk. */
export const hostileSuite: Suite = (lab, capabilities) => {
  let canary: TempDir;
  let faulty: FaultyRegistry;
  beforeAll(async () => {
    canary = await makeCanary(capabilities.rootless && process.getuid?.() === 0 ? await ensureTestUser() : undefined);
    faulty = await startFaultyRegistry(lab().registry);
  });
  afterAll(async () => {
    await faulty[Symbol.asyncDispose]();
    await canary[Symbol.asyncDispose]();
  });

  const UP = "../".repeat(24);
  /** Each may be refused or tamed; none may touch the canary. */
  const attacks: readonly { readonly name: string; readonly layers: (outside: string) => readonly (readonly TarEntry[])[] }[] = [
    { name: "a name that climbs with ../", layers: (outside) => [[{ name: `${UP}${outside.slice(1)}/planted`, data: "x" }, { name: `bin/${UP}${outside.slice(1)}/planted2`, data: "x" }]] },
    { name: "an absolute name", layers: (outside) => [[{ name: `${outside}/planted`, data: "x" }]] },
    { name: "a symbolic link, then a file through it", layers: (outside) => [[{ name: "out", type: "symlink", link: outside }, { name: "out/planted", data: "x" }]] },
    { name: "a symbolic link in one layer, a file through it in the next", layers: (outside) => [[{ name: "out", type: "symlink", link: outside }], [{ name: "out/planted", data: "x" }, { name: "out/dir/", type: "dir" }]] },
    { name: "a chain of relative symbolic links", layers: (outside) => [[{ name: "a", type: "symlink", link: UP }, { name: "b", type: "symlink", link: `a${outside}` }, { name: "b/planted", data: "x" }]] },
    { name: "a hard link to a file outside, then a write to it", layers: (outside) => [[{ name: "hl", type: "link", link: `${UP}${outside.slice(1)}/secret` }, { name: "hl", data: "overwritten" }], [{ name: "hl2", type: "link", link: `${outside}/secret` }, { name: "hl2", data: "overwritten" }]] },
    { name: "a hard link through a symbolic link", layers: (outside) => [[{ name: "out", type: "symlink", link: outside }, { name: "hl", type: "link", link: "out/secret" }, { name: "hl", data: "overwritten" }]] },
    { name: "a whiteout through a symbolic link, and of ..", layers: (outside) => [[{ name: "out", type: "symlink", link: outside }], [{ name: "out/.wh.secret" }, { name: "out/.wh..wh..opq" }, { name: "bin/.wh..." }, { name: ".wh..." }, { name: ".wh.." }]] },
    { name: "a mode and owner through a symbolic link", layers: (outside) => [[{ name: "out", type: "symlink", link: outside }, { name: "out", type: "dir", mode: 0o777, uid: 4242 }, { name: "out/secret", type: "link", link: "out/secret", mode: 0o777 }]] },
    { name: "a directory replaced by a symbolic link", layers: (outside) => [[{ name: "d/", type: "dir" }, { name: "d/f", data: "x" }, { name: "d", type: "symlink", link: outside }, { name: "d/planted", data: "x" }]] },
    { name: "names with NUL, empty names and dots", layers: () => [[{ name: "", data: "x" }, { name: ".", type: "dir" }, { name: "./../..", type: "dir" }, { name: "..", data: "x" }, { name: "a\0b", data: "x" }]] },
    { name: "a long name by PAX that climbs", layers: (outside) => [[{ name: "harmless", data: "x", pax: { path: `${UP}${outside.slice(1)}/planted` } }, { name: "l", type: "symlink", link: "x", pax: { linkpath: outside } }, { name: "l/planted", data: "x" }]] },
  ];

  for (const attack of attacks) {
    it(`layers never touch a file outside: ${attack.name}`, async () => {
      const name = newName("attack");
      const layers = attack.layers(canary.path).map((entries) => makeLayer(entries));
      await pushImage(lab().registry.url, name, "latest", makeImage([makeLayer(busyboxRoot()), ...layers]));
      const pulled = await lab().docker.run(["pull", "-q", lab().image(name)]);
      if (pulled.code === 0) {
        await lab().docker.run(["run", "--rm", lab().image(name), "true"]);
        await lab().docker.ok("rmi", "-f", lab().image(name));
      } else expect(pulled.stderr.trim().split("\n")).toHaveLength(1);
      await expectUntouched(canary.path);
      expect(await lab().docker.ok("images", "-q", lab().image(name))).toBe("");
    });
  }

  it("device nodes and setuid files stay inside the image", async () => {
    const name = newName("devices");
    await pushImage(lab().registry.url, name, "latest", makeImage([makeLayer([...busyboxRoot(), { name: "dev/disk", type: "block", device: [254, 0], mode: 0o666 }, { name: "dev/mem2", type: "char", device: [1, 1], mode: 0o666 }, { name: "bin/suid", data: "#!/bin/sh\n", mode: 0o4755 }])]));
    const pulled = await lab().docker.run(["pull", "-q", lab().image(name)]);
    if (pulled.code !== 0) expect(pulled.stderr).toMatch(/device/);
    else {
      expect((await lab().docker.run(["run", "--rm", lab().image(name), "head", "-c", "1", "/dev/disk"])).code).not.toBe(0);
      expect(await lab().docker.ok("run", "--rm", lab().image(name), "stat", "-c", "%a", "/bin/suid")).toBe("4755");
    }
  });

  it("members that lie about their size are refused quickly, without eating memory", async () => {
    const before = await residentKilobytes(await lab().engine.pid());
    const lies: readonly (readonly TarEntry[])[] = [
      [{ name: "huge", data: "x", claimedSize: 8_000_000_000 }],
      [{ name: "PaxHeaders/x", data: "x" }, { name: "y", data: "", pax: { path: "z".repeat(5_000_000) } }],
    ];
    for (const entries of lies) {
      const name = newName("lie");
      await pushImage(lab().registry.url, name, "latest", makeImage([makeLayer(busyboxRoot()), makeLayer(entries)]));
      const begin = Date.now();
      const pulled = await lab().docker.run(["pull", "-q", lab().image(name)]);
      expect(Date.now() - begin).toBeLessThan(20_000 * PATIENCE);
      expect(pulled.code).not.toBe(0);
    }
    expect((await residentKilobytes(await lab().engine.pid())) - before).toBeLessThan(300_000);
  });

  it("layers that are no archive, cut short, or not what the configuration says are refused", { skip: !capabilities.ourErrors }, async () => {
    const base = makeLayer(busyboxRoot());
    const good = makeTar([{ name: "f", data: "x".repeat(100_000) }]);
    const cases: Readonly<Record<string, TestLayer>> = {
      rubbish: makeLayer(randomBytes(100_000)),
      "not gzip": { ...base, ...bytesOf(randomBytes(50_000)) },
      "cut archive": makeLayer(good.subarray(0, 50_000)),
      "cut gzip": { ...makeLayer(good), ...bytesOf(gzipSync(Buffer.concat([good, randomBytes(100_000)])).subarray(0, 60_000)) },
      "another diff id": { ...makeLayer([{ name: "a", data: "b" }]), diffId: sha256("something else") },
    };
    for (const [what, layer] of Object.entries(cases)) {
      const name = newName("broken");
      await pushImage(lab().registry.url, name, "latest", makeImage([base, layer]));
      const pulled = await lab().docker.run(["pull", "-q", lab().image(name)]);
      expect(pulled.code, what).toBe(1);
      expect(pulled.stderr, what).not.toMatch(/\bat .*\.ts:|undefined|\[object/);
      expect(await lab().docker.ok("images", "-q", lab().image(name)), what).toBe("");
    }
  });

  const layerPath = /\/blobs\/sha256:/;
  const pullThrough = async (image: string): ReturnType<Lab["docker"]["run"]> => {
    await lab().docker.run(["rmi", "-f", `${faulty.host}/${image}`]);
    return lab().docker.run(["pull", `${faulty.host}/${image}`], { timeout: 120_000 });
  };
  /** Pushes an image of one layer that no other image has. */
  const freshImage = async (): Promise<string> => {
    const name = newName("fresh");
    await pushImage(lab().registry.url, name, "latest", makeImage([makeLayer([{ name: "random", data: randomBytes(400_000) }])]));
    return name;
  };

  it("each failing status of a registry has its own sentence", { timeout: 180_000 * PATIENCE, skip: !capabilities.ourErrors }, async () => {
    const image = await freshImage();
    const sentences = new Map<number, string>();
    for (const status of [401, 403, 404, 429, 500]) {
      faulty.spoil((path) => (path.includes("/manifests/") ? { type: "status", status } : undefined));
      const result = await pullThrough(image);
      expect(result.code).toBe(1);
      sentences.set(status, result.stderr.trim());
    }
    expect(sentences.get(401)).toMatch(/denied|unauthorized|log ?in/i);
    expect(sentences.get(404)).toMatch(/not found/);
    expect(sentences.get(429)).toMatch(/toomanyrequests|limit/);
    expect(sentences.get(500)).toMatch(/500/);
    expect(new Set([401, 404, 429, 500].map((status) => sentences.get(status))).size).toBe(4);
    for (const sentence of sentences.values()) expect(sentence.split("\n")).toHaveLength(1);
  });

  it("a blob with a wrong digest is refused and nothing is kept", { timeout: 120_000 * PATIENCE, skip: !capabilities.ourErrors }, async () => {
    const image = await freshImage();
    faulty.spoil((path) => (layerPath.test(path) ? { type: "corrupt" } : undefined));
    const result = await pullThrough(image);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/digest/);
    expect(await lab().docker.ok("images", "-q", `${faulty.host}/${image}`)).toBe("");
    faulty.spoil(() => undefined);
    expect((await pullThrough(image)).code).toBe(0);
  });

  it("a cut transfer is resumed where it stopped", { timeout: 120_000 * PATIENCE, skip: !capabilities.ourErrors }, async () => {
    const image = await freshImage();
    faulty.spoil((path, count, request) => (layerPath.test(path) && count === 1 && !request.headers.range ? { type: "truncate", part: 0.5 } : undefined));
    expect(await pullThrough(image)).toMatchObject({ code: 0 });
    expect(faulty.seen.some((line) => /blobs.* bytes=\d+-/.test(line))).toBe(true);
  });

  it("a transfer that is cut again and again fails with a sentence", { timeout: 180_000 * PATIENCE, skip: !capabilities.ourErrors }, async () => {
    const image = await freshImage();
    faulty.spoil((path) => (layerPath.test(path) ? { type: "truncate", part: 0 } : undefined));
    const result = await pullThrough(image);
    expect(result.code).toBe(1);
    expect(result.stderr.trim().split("\n")).toHaveLength(1);
  });

  it("errors that go away are retried: one 500, one 429", { timeout: 60_000 * PATIENCE, skip: !capabilities.ourErrors }, async () => {
    const image = await freshImage();
    faulty.spoil((path, count) => (count === 1 && layerPath.test(path) ? { type: "status", status: 500 } : count === 1 && path.includes("/manifests/latest") ? { type: "status", status: 429, headers: { "retry-after": "1" } } : undefined));
    expect(await pullThrough(image)).toMatchObject({ code: 0 });
  });

  it("a cancelled pull stops, and the next one succeeds", async () => {
    const image = await freshImage();
    faulty.spoil((path) => (layerPath.test(path) ? { type: "hang", part: 0.3 } : undefined));
    const session = lab().docker.start("pull", `${faulty.host}/${image}`);
    await session.until(/Pulling|Downloading/);
    await new Promise((resolve) => setTimeout(resolve, 500));
    session.kill("SIGINT");
    await session.exited;
    faulty.spoil(() => undefined);
    expect(await pullThrough(image)).toMatchObject({ code: 0 });
  });

  it("a hanging registry ends by time-out", { timeout: 300_000 * PATIENCE, skip: !capabilities.ourErrors || process.env["SLIPWAY_COMPAT_SLOW"] === undefined }, async () => {
    const image = await freshImage();
    faulty.spoil((path) => (path.includes("/manifests/") ? { type: "hang", part: 0 } : undefined));
    const result = await lab().docker.run(["pull", `${faulty.host}/${image}`], { timeout: 280_000 });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/sent nothing|time/);
  });

  it("a registry that is not there: the pull says so", async () => {
    const result = await lab().docker.run(["pull", "127.0.0.1:1/nothing"]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/refused/);
  });

  it("a full disk during a pull is told, the store stays whole, and a bomb does no more than fill it", { timeout: 120_000 * PATIENCE, skip: !capabilities.ourErrors || process.getuid?.() !== 0 }, async () => {
    await using dir = await tempDir("small");
    const root = join(dir.path, "root");
    await mkdir(root);
    await must("mount", ["-t", "tmpfs", "-o", "size=40m,mode=755", "tmpfs", root]);
    try {
      await run("chmod", ["755", dir.path]);
      await using engine = await startEngine(lab().engine.kind, { root });
      const { docker } = engine;
      await docker.ok("pull", "-q", lab().busybox);
      const big = newName("big");
      await pushImage(lab().registry.url, big, "latest", makeImage([makeLayer(busyboxRoot()), ...[0, 1, 2].map((index) => makeLayer([{ name: `big${index}`, data: randomBytes(25_000_000) }], { compression: "none" }))]));
      const bomb = newName("bomb");
      await pushImage(lab().registry.url, bomb, "latest", makeImage([makeLayer([...busyboxRoot(), { name: "zeros", data: Buffer.alloc(200_000_000) }])]));
      for (const image of [big, bomb]) {
        const result = await docker.run(["pull", lab().image(image)]);
        expect(result.code).toBe(1);
        expect(result.stderr).toMatch(/no space left on device/);
        expect(await docker.ok("images", "--format", "{{.Repository}}")).toBe(lab().image("busybox"));
      }
      await waitFor("space to come back", async () => {
        const used = Number((await must("df", ["--output=used", "-k", root])).split("\n")[1]);
        return used < 15_000;
      }, 10_000);
      expect(await docker.ok("run", "--rm", lab().busybox, "echo", "still fine")).toBe("still fine");
      expect((await docker.run(["pull", lab().image("configured")])).code).toBe(0);
    } finally {
      await run("umount", ["-l", root]);
    }
  });
};

function bytesOf(bytes: Buffer): { bytes: Buffer; digest: string } {
  return { bytes, digest: sha256(bytes) };
}
