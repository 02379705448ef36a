import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createSamples } from "./samples.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "slipway-samples-"));
});
afterEach(() => rm(home, { recursive: true }));

it("writes a project whose root file system works by itself, and does so again over an old one", async () => {
  const samples = createSamples({ ...process.env, HOME: home, XDG_DATA_HOME: undefined });
  await samples.prepare();
  const { path, containerPort } = await samples.prepare();
  expect(path).toBe(join(home, ".local/share/slipway/samples/hello"));
  expect(await readFile(join(path, "Dockerfile"), "utf8")).toContain("FROM scratch");
  expect(await readFile(join(path, "Dockerfile"), "utf8")).toContain(`EXPOSE ${containerPort}`);
  expect(await readFile(join(path, "site/index.html"), "utf8")).toContain("Hello from a container");
  expect(await readlink(join(path, "rootfs/bin/sh"))).toBe("busybox");
  await access(join(path, "rootfs/bin/busybox"));
  if (process.getuid?.() === 0) expect((await promisify(execFile)("chroot", [join(path, "rootfs"), "/bin/sh", "-c", "echo works"])).stdout).toBe("works\n");
});
