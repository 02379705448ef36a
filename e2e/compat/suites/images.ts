import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { newName } from "../lab.ts";
import type { Suite } from "../lab.ts";
import { tempDir } from "../../fixtures/exec.ts";
import { ARCHITECTURE } from "../../fixtures/images.ts";
import { makeTar } from "../../fixtures/tar.ts";
import { join } from "node:path";
import { stat, writeFile } from "node:fs/promises";

const OTHER = ARCHITECTURE === "arm64" ? "amd64" : "arm64";

/** pull, images, tag, save, load, import, history, rmi, prune, df. */
export const imagesSuite: Suite = (lab, capabilities) => {
  it("pull shows layers, digest and status, and says when nothing is new", async () => {
    const { docker } = lab();
    const reference = lab().image("library/layered:latest");
    const first = await docker.ok("pull", reference);
    expect(first).toMatch(/latest: Pulling from library\/layered/);
    expect(first).toMatch(/[0-9a-f]{12}: Pull complete/);
    expect(first).toMatch(/Digest: sha256:[0-9a-f]{64}/);
    expect(first).toContain(`Status: Downloaded newer image for ${reference}`);
    expect(await docker.ok("pull", reference)).toContain(`Status: Image is up to date for ${reference}`);
  });

  it("pull takes a missing tag as latest, a digest, and -a for all tags", async () => {
    const { docker, busybox } = lab();
    expect(await docker.ok("pull", "-q", lab().image("busybox"))).toBe(busybox);
    const digest = (await docker.ok("image", "inspect", "-f", "{{index .RepoDigests 0}}", busybox)).split("@")[1]!;
    expect(await docker.ok("pull", "-q", `${lab().image("busybox")}@${digest}`)).toBe(`${lab().image("busybox")}@${digest}`);
    await docker.ok("pull", "-q", "-a", lab().image("busybox"));
    expect(await docker.ok("images", "-q", lab().image("busybox:1.0"))).toMatch(/^[0-9a-f]{12}$/);
  });

  it("unpacks whiteouts, opaque directories, links, owners, modes and long names", async () => {
    const { docker } = lab();
    const image = lab().image("library/layered");
    await docker.ok("pull", "-q", image);
    const listing = await docker.ok("run", "--rm", image, "sh", "-c", "cd /data; find . | sort | cut -c1-30; cat kept becomes-file becomes-dir/y loop; stat -c '%a %u:%g %h %F' setuid owned first pipe");
    expect(listing).toBe([
      ".", "./becomes-dir", "./becomes-dir/y", "./becomes-file", "./first", "./kept", `./${"long-".repeat(10)}`.slice(0, 30), "./loop", "./opaque", "./opaque/above", "./owned", "./pipe",
      "./second", "./setuid", "./top", "./xattr", "replaced", "now a file", "y", "replaced", "4755 0:0 1 regular file", "600 1000:100 1 regular file", "644 0:0 2 regular file", "644 0:0 1 fifo",
    ].join("\n"));
  });

  it("pulls layers compressed with zstd", { skip: !capabilities.zstd }, async () => {
    const { docker } = lab();
    await docker.ok("pull", "-q", lab().image("zstd"));
    expect(await docker.ok("run", "--rm", lab().image("zstd"), "cat", "/zstd")).toBe("zstd");
  });

  it("picks this machine's image from an index, and honours --platform", async () => {
    const { docker } = lab();
    const multi = lab().image("multi");
    await docker.ok("pull", "-q", multi);
    expect(await docker.ok("run", "--rm", multi, "cat", "/arch")).toBe(ARCHITECTURE);
    await docker.ok("pull", "-q", "--platform", `linux/${OTHER}`, multi);
    expect(await docker.ok("image", "inspect", "-f", "{{.Os}}/{{.Architecture}}", multi)).toBe(`linux/${OTHER}`);
    await docker.ok("rmi", multi);
    const absent = await docker.run(["pull", "--platform", "linux/s390x", multi]);
    expect(absent.code).toBe(1);
    expect(absent.stderr).toMatch(/no matching manifest for linux\/s390x/);
  });

  it("images lists with filters, formats and digests", async () => {
    const { docker, busybox } = lab();
    const id = await docker.ok("images", "-q", "--no-trunc", busybox);
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    const row = await docker.ok("images", "--format", "{{.Repository}}|{{.Tag}}|{{.ID}}|{{.Size}}", busybox);
    expect(row).toMatch(new RegExp(`^${lab().image("busybox")}\\|latest\\|${id.slice(7, 19)}\\|[0-9.]+MB$`));
    expect(await docker.ok("images", "--digests", "--format", "{{.Digest}}", lab().image("busybox"))).toMatch(/^sha256:[0-9a-f]{64}$/m);
    expect(await docker.ok("images", "-q", "--no-trunc", "-f", `reference=${lab().image("busy*")}`)).toContain(id);
    expect(await docker.ok("images", "-q", "-f", "reference=nothing-like-this")).toBe("");
    await docker.ok("pull", "-q", lab().image("configured"));
    expect(await docker.ok("images", "--format", "{{.Repository}}", "-f", "label=test.kind=configured")).toBe(lab().image("configured"));
    expect(await docker.ok("images", "-q", "-f", `before=${lab().image("configured")}`)).toBeDefined();
  });

  it("image inspect answers docker's templates", async () => {
    const { docker } = lab();
    await docker.ok("pull", "-q", lab().image("configured"));
    const of = (template: string): Promise<string> => docker.ok("image", "inspect", "-f", template, lab().image("configured"));
    expect(await of("{{.Os}}/{{.Architecture}} {{len .RootFS.Layers}} {{.RootFS.Type}}")).toBe(`linux/${ARCHITECTURE} 2 layers`);
    expect(await of('{{.Config.User}} {{json .Config.Env}} {{index .Config.Labels "test.kind"}}')).toMatch(/^app \[.*"COLOR=blue"\] configured$/);
    expect(await of("{{json .Config.Volumes}} {{json .Config.ExposedPorts}} {{.Config.Healthcheck.Test}}")).toBe('{"/data":{}} {"8080/tcp":{}} [CMD-SHELL test ! -e /tmp/sick]');
    expect(await of("{{.Created}} {{gt .Size 1000000}} {{index .RepoTags 0}}")).toBe(`2024-01-02T03:04:05.000000006Z true ${lab().image("configured:latest")}`);
  });

  it("history shows each layer", async () => {
    const { docker } = lab();
    await docker.ok("pull", "-q", lab().image("configured"));
    const lines = (await docker.ok("history", "--format", "{{.CreatedBy}}", lab().image("configured"))).split("\n");
    expect(lines).toEqual(["layer 2", "layer 1"]);
  });

  it("tag adds a name, rmi takes names away and then the image", async () => {
    const { docker, busybox } = lab();
    const name = newName("tagged");
    await docker.ok("tag", busybox, `${name}:a`);
    await docker.ok("tag", `${name}:a`, `${name}:b`);
    expect((await docker.ok("images", "-q", name)).split("\n")).toHaveLength(2);
    expect(await docker.ok("rmi", `${name}:a`)).toBe(`Untagged: ${name}:a`);
    await docker.ok("pull", "-q", lab().image("foreign"));
    const output = await docker.ok("rmi", lab().image("foreign"));
    expect(output).toContain(`Untagged: ${lab().image("foreign")}:latest`);
    expect(output).toMatch(/Deleted: sha256:[0-9a-f]{64}/);
    expect(await docker.ok("images", "-q", lab().image("foreign"))).toBe("");
    await docker.ok("rmi", `${name}:b`);
  });

  it("rmi of an image that a container uses is refused, -f only takes the name", async () => {
    const { docker } = lab();
    await docker.ok("pull", "-q", lab().image("configured"));
    const name = newName();
    await docker.ok("create", "--name", name, lab().image("configured"));
    const refused = await docker.run(["rmi", lab().image("configured")]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/conflict: unable to (remove repository reference|delete)/);
    await docker.ok("rm", "-v", name);
    await docker.ok("rmi", lab().image("configured"));
  });

  it("save and load carry images with their names", async () => {
    const { docker, busybox } = lab();
    await using dir = await tempDir("save");
    const file = join(dir.path, "images.tar");
    const name = newName("saved");
    await docker.ok("tag", lab().busybox, `${name}:1`);
    const id = await docker.ok("images", "-q", "--no-trunc", `${name}:1`);
    await docker.ok("save", "-o", file, `${name}:1`, busybox);
    expect((await stat(file)).size).toBeGreaterThan(1_000_000);
    await docker.ok("rmi", `${name}:1`);
    expect(await docker.ok("load", "-i", file)).toContain(`Loaded image: ${name}:1`);
    expect(await docker.ok("images", "-q", "--no-trunc", `${name}:1`)).toBe(id);
    expect(await docker.ok("run", "--rm", `${name}:1`, "echo", "alive")).toBe("alive");
    await docker.ok("rmi", `${name}:1`);
  });

  it("load of rubbish is refused with a sentence", async () => {
    await using dir = await tempDir("load");
    await writeFile(join(dir.path, "bad.tar"), Buffer.alloc(4096, 7));
    const result = await lab().docker.run(["load", "-i", join(dir.path, "bad.tar")]);
    expect(result.code).toBe(1);
    expect(result.stderr.trim()).not.toBe("");
  });

  it("import makes an image of an archive, with --change and --message", async () => {
    const { docker } = lab();
    await using dir = await tempDir("import");
    const file = join(dir.path, "root.tar");
    await writeFile(file, makeTar([{ name: "etc/", type: "dir" }, { name: "etc/marker", data: "imported\n" }]));
    const name = newName("imported");
    const id = await docker.ok("import", "-c", 'CMD ["/nothing"]', "-c", "ENV A=b", "-m", "made by a test", file, `${name}:x`);
    expect(id).toMatch(/^sha256:/);
    expect(await docker.ok("image", "inspect", "-f", "{{json .Config.Cmd}} {{json .Config.Env}} {{.Comment}}", `${name}:x`)).toBe('["/nothing"] ["A=b"] made by a test');
    await docker.ok("rmi", `${name}:x`);
  });

  it("import takes an archive from an address", async () => {
    const { docker } = lab();
    const archive = makeTar([{ name: "etc/", type: "dir" }, { name: "etc/marker", data: "from afar\n" }]);
    const server = createServer((request, response) => {
      if (request.url === "/root.tar") response.end(archive);
      else response.writeHead(404).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const name = newName("imported");
    await docker.ok("import", `${address}/root.tar`, name);
    const made = await docker.ok("create", name, "/nothing");
    expect(await docker.ok("cp", `${made}:/etc/marker`, "-")).toContain("from afar");
    expect(await docker.ok("history", "--format", "{{.Comment}}", name)).toBe(`Imported from ${address}/root.tar`);
    const missing = await docker.run(["import", `${address}/nothing.tar`]);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/404|not found/i) as string });
    await docker.ok("rm", made);
    await docker.ok("rmi", name);
    server.close();
  });

  it("export writes the container's files, import of it runs", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("run", "--name", name, busybox, "sh", "-c", "echo exported > /root/file");
    const tar = await docker.bytes(["export", name]);
    const image = newName("exported");
    const imported = await docker.run(["import", "-", image], { input: tar });
    expect(imported.code).toBe(0);
    expect(await docker.ok("run", "--rm", image, "/bin/cat", "/root/file")).toBe("exported");
    await docker.ok("rm", name);
    await docker.ok("rmi", image);
  });

  it("system df counts images, containers and volumes", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("run", "--name", name, "-v", `${name}:/v`, busybox, "dd", "if=/dev/zero", "of=/big", "bs=1M", "count=3");
    const rows = (await docker.ok("system", "df", "--format", "{{.Type}}|{{.TotalCount}}|{{.Size}}")).split("\n");
    expect(rows[0]).toMatch(/^Images\|[1-9]\d*\|[0-9.]+MB$/);
    expect(rows[1]).toMatch(/^Containers\|[1-9]\d*\|[0-9.]+MB$/);
    expect(rows[2]).toMatch(/^Local Volumes\|[1-9]/);
    expect(await docker.ok("system", "df", "-v")).toContain(name);
    expect(await docker.ok("ps", "-as", "--format", "{{.Size}}", "-f", `name=${name}`)).toMatch(/^3(\.\d+)?MB \(virtual [0-9.]+MB\)$/);
    await docker.ok("rm", name);
    await docker.ok("volume", "rm", name);
  });

  it("image prune -a removes only what nothing uses", async () => {
    const { docker, busybox } = lab();
    const name = newName();
    await docker.ok("create", "--name", name, busybox);
    await docker.ok("pull", "-q", lab().image("foreign"));
    const output = await docker.ok("image", "prune", "-af");
    expect(output).toContain(lab().image("foreign"));
    expect(output).toContain("Total reclaimed space:");
    expect(await docker.ok("images", "-q", busybox)).not.toBe("");
    await docker.ok("rm", name);
  });
};
