import { execFile } from "node:child_process";
import { chmod, link, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openContext, packContext } from "./build-context.ts";

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "slipway-context-"));
  folder = join(root, "project");
  await mkdir(folder);
  await write("Dockerfile", "FROM scratch\n");
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** What the system's tar reads: `mode owner size name`, without the time. */
async function listed(dockerfile?: string): Promise<string[]> {
  const context = await openContext(folder, dockerfile);
  const tar = execFile("tar", ["-tvf", "-", "--numeric-owner", "--quoting-style=literal"]);
  Readable.from(packContext(context, () => undefined)).pipe(tar.stdin!);
  let text = "";
  for await (const part of tar.stdout!) text += part as string;
  return text.split("\n").filter(Boolean).map((line) => line.replace(/^(\S+) +(\S+) +(\d+) \S+ \S+ /, "$1 $2 $3 "));
}
const names = async (dockerfile?: string) => (await listed(dockerfile)).map((line) => line.split(" ").slice(3).join(" "));

it("packs files, folders, links and long names as they are, owned by root", async () => {
  await write("bin/run", "#!/bin/sh\n");
  await chmod(join(folder, "bin/run"), 0o755);
  await write("empty", "");
  await symlink("../bin/run", join(folder, "bin/link"));
  await link(join(folder, "bin/run"), join(folder, "hard"));
  const long = `${"long/".repeat(30)}name with ü`;
  await write(long, "x".repeat(600_000));
  const server = createServer().listen(join(folder, "socket"));
  try {
    const found = await listed();
    expect(found).toContain("-rwxr-xr-x 0/0 10 bin/run");
    expect(found).toContain("lrwxrwxrwx 0/0 0 bin/link -> ../bin/run");
    expect(found).toContain("-rwxr-xr-x 0/0 10 hard");
    expect(found.find((line) => line.endsWith(" bin/"))).toMatch(/^drwx/);
    expect(found.find((line) => line.endsWith(long))).toMatch(/ 0\/0 600000 /);
    expect(found.some((line) => line.endsWith("socket"))).toBe(false);
  } finally {
    server.close();
  }
});

it("leaves out what .dockerignore says, with exceptions, but never the Dockerfile and the ignore file", async () => {
  for (const path of ["a.log", "keep.log", "node_modules/x/y", "src/a.ts", "src/a.test.ts", "docs/readme", "docs/deep/note"]) await write(path, "x");
  await write(".dockerignore", "*.log\n!keep.log\nnode_modules\n**/*.test.ts\ndocs\n!docs/deep/note\nDockerfile\n.dockerignore\n");
  expect(await names()).toEqual([".dockerignore", "Dockerfile", "docs/deep/note", "keep.log", "src/", "src/a.ts"]);
});

it("prefers the Dockerfile's own ignore file", async () => {
  for (const path of ["one", "two", "docker/web.Dockerfile"]) await write(path, "FROM scratch\n");
  await write(".dockerignore", "one\n");
  await write("docker/web.Dockerfile.dockerignore", "two\n");
  expect(await names("docker/web.Dockerfile")).toEqual([".dockerignore", "Dockerfile", "docker/", "docker/web.Dockerfile", "docker/web.Dockerfile.dockerignore", "one"]);
});

it("sends along a Dockerfile from elsewhere, hidden from COPY", async () => {
  await writeFile(join(root, "other"), "FROM scratch\n");
  await write(".dockerignore", "secret\n");
  await write("secret", "x");
  const found = await names(join(root, "other"));
  expect(found[0]).toMatch(/^\.dockerfile\.[0-9a-f]{20}$/);
  expect(found.slice(1)).toEqual([".dockerignore", "Dockerfile"]);
  const { added, dockerfile } = await openContext(folder, join(root, "other"));
  expect(added.get(".dockerignore")).toBe(`secret\n\n${dockerfile}\n`);
});

it("says what is wrong with a folder, a Dockerfile and an ignore file", async () => {
  await expect(openContext(join(root, "none"))).rejects.toMatchObject({ code: "notFound", message: `${join(root, "none")} does not exist.` });
  await expect(openContext(join(folder, "Dockerfile"))).rejects.toMatchObject({ code: "invalidArgument" });
  await expect(openContext(folder, "docker/none")).rejects.toMatchObject({ code: "notFound", message: `There is no Dockerfile at ${join(folder, "docker/none")}.` });
  await write(".dockerignore", "[a\n");
  await expect(openContext(folder)).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining(join(folder, ".dockerignore")) });
});

it("notices a file that shrinks while it is sent", async () => {
  await write("large", "x".repeat(4_000_000));
  const context = await openContext(folder);
  await expect((async () => {
    for await (const _ of packContext(context, () => undefined)) await truncate(join(folder, "large"), 10);
  })()).rejects.toMatchObject({ message: expect.stringContaining("became shorter while it was sent") });
});

it("takes no more memory for more files, and stops reading when nobody takes it", async () => {
  for (let index = 0; index < 40; index++) await write(`part-${index}`, "x".repeat(1_000_000));
  const context = await openContext(folder);
  let files = 0;
  const stream = Readable.from(packContext(context, (progress) => (files = progress.files)), { objectMode: false });
  await new Promise((resolve) => stream.once("readable", resolve));
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(files).toBeLessThan(5);
  stream.destroy();
});
